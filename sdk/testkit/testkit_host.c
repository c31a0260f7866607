/* The host itself, with log/1 and conf/1. */
#include "testkit_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void testkit_breach(testkit *kit, const char *what)
{
    if (kit->misuse[0] == '\0') {
        (void)snprintf(kit->misuse, sizeof(kit->misuse), "%s", what);
    }
}

bool testkit_strikes(testkit *kit, testkit_fault fault)
{
    if (kit->fault != fault) {
        return false;
    }
    kit->calls++;
    return kit->calls == kit->nth;
}

platen_code testkit_error(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = (uint32_t)code;
        err->sys = 0;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

/* log/1: lines go to standard error when TESTKIT_LOG is set. */
__attribute__((format(printf, 3, 4))) static void log_write(platen_ctx *ctx, uint32_t level,
                                                            const char *format, ...)
{
    va_list args;
    if (ctx == NULL || level > PLATEN_LOG_DEBUG || getenv("TESTKIT_LOG") == NULL) {
        return;
    }
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

static const platen_log testkit_log_table = {(uint32_t)sizeof(platen_log), log_write};

/* conf/1: no file, so no values. */
static platen_code conf_add(platen_ctx *ctx, const platen_conf_item *item, platen_error *err)
{
    (void)ctx;
    if (item->size != sizeof(*item) || item->key == NULL) {
        return testkit_error(err, PLATEN_E_INVAL, "a setting without a key");
    }
    return PLATEN_OK;
}

static const char *conf_text(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return NULL;
}

static int64_t conf_integer(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return 0;
}

static bool conf_boolean(platen_ctx *ctx, const char *key)
{
    (void)ctx;
    (void)key;
    return false;
}

static const char *conf_folder(platen_ctx *ctx)
{
    return ctx->kit->folder;
}

static const platen_conf testkit_conf_table = {(uint32_t)sizeof(platen_conf),
                                               conf_add,
                                               conf_text,
                                               conf_integer,
                                               conf_boolean,
                                               conf_folder,
                                               NULL,
                                               NULL};

const void *testkit_iface(platen_ctx *ctx, const char *name)
{
    (void)ctx;
    if (strcmp(name, "log/1") == 0) {
        return &testkit_log_table;
    }
    if (strcmp(name, "conf/1") == 0) {
        return &testkit_conf_table;
    }
    if (strcmp(name, "driver/1") == 0) {
        return &testkit_driver_table;
    }
    return strcmp(name, "snmp/1") == 0 ? (const void *)&testkit_snmp_table : NULL;
}

const platen_host testkit_host_table = {(uint32_t)sizeof(platen_host),
                                        PLATEN_ABI,
                                        PLATEN_ROLE_AGENT,
                                        "testkit",
                                        testkit_iface,
                                        testkit_error};
