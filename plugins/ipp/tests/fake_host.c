/* See fake_host.h. Works of different threads share nothing but the constant tables. */
#include "fake_host.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct platen_work {
    uint32_t kind;
    const platen_target *target;
    char *memo;
    fake_result *result;
};

struct platen_ctx {
    platen_driver driver;
    size_t drivers;
};

struct fake_host {
    void *object;
    const platen_plugin *plugin;
    struct platen_ctx ctx;
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void add_line(fake_result *result, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_line(fake_result *result, const char *format, ...)
{
    va_list args;
    char *line = NULL;
    va_start(args, format);
    int length = vasprintf(&line, format, args);
    va_end(args);
    if (length < 0 || result->count == FAKE_LINES) {
        free(length < 0 ? NULL : line);
        return;
    }
    result->lines[result->count++] = line;
}

static uint32_t work_kind(const platen_work *work)
{
    return work->kind;
}

static void work_target(const platen_work *work, platen_target *target)
{
    *target = *work->target;
}

static const char *work_memo(const platen_work *work)
{
    return work->memo;
}

static void work_memo_set(platen_work *work, const char *memo)
{
    (void)snprintf(work->memo, FAKE_MEMO, "%s", memo);
}

static void work_sure(platen_work *work, uint32_t sureness, const char *why)
{
    work->result->sureness = sureness;
    (void)snprintf(work->result->why, sizeof(work->result->why), "%s", why);
    add_line(work->result, "sure %u %s", sureness, why);
}

static const char *field_name(uint32_t field)
{
    static const char *const names[] = {"?",      "name",     "manufacturer", "model",
                                        "serial", "firmware", "location",     "contact",
                                        "mac",    "uuid",     "hostname",     "description",
                                        "link",   "state",    "page_count",   "page_unit",
                                        "color",  "uptime",   "object_id",    "asset"};
    return field < sizeof(names) / sizeof(names[0]) ? names[field] : "?";
}

static void work_text(platen_work *work, uint32_t field, const char *value, size_t length)
{
    int width = (int)(length == SIZE_MAX ? strlen(value) : length);
    add_line(work->result, "text %s=%.*s", field_name(field), width, value);
}

static void work_integer(platen_work *work, uint32_t field, int64_t value)
{
    add_line(work->result, "integer %s=%lld", field_name(field), (long long)value);
}

static void work_firmware(platen_work *work, const char *component, const char *version)
{
    add_line(work->result, "firmware %s=%s", component, version);
}

static void work_counter(platen_work *work, const platen_counter *counter)
{
    add_line(work->result, "counter %s %s %s %lld", counter->key, counter->unit, counter->source,
             (long long)counter->value);
}

static void work_supply(platen_work *work, const platen_supply *supply)
{
    add_line(work->result,
             "supply %s class=%u type=%s color=%s unit=%s capacity=%lld level=%lld percent=%d "
             "clamped=%u source=%s description=%s",
             supply->key, supply->class_of, supply->type, supply->color, supply->unit,
             (long long)supply->capacity, (long long)supply->level, supply->percent,
             supply->clamped, supply->source, supply->description);
}

static void work_part(platen_work *work, const platen_part *part)
{
    add_line(work->result,
             "part %u %s type=%s media=%s unit=%s state=%s capacity=%lld level=%lld percent=%d "
             "name=%s description=%s",
             part->part, part->key, part->type, part->media, part->unit, part->state,
             (long long)part->capacity, (long long)part->level, part->percent, part->name,
             part->description);
}

static void work_alert(platen_work *work, const platen_alert *alert)
{
    add_line(work->result,
             "alert severity=%u training=%u group=%u index=%d code=%u location=%d uptime=%lld "
             "source=%s text=%s",
             alert->severity, alert->training, alert->group, alert->group_index, alert->code,
             alert->location, (long long)alert->uptime, alert->source, alert->text);
}

static void work_finish(platen_work *work, platen_code code, const platen_error *err)
{
    work->result->finished++;
    work->result->code = code;
    (void)snprintf(work->result->text, sizeof(work->result->text), "%s",
                   err == NULL ? "" : err->text);
}

static platen_code driver_add(platen_ctx *ctx, const platen_driver *driver, platen_error *err)
{
    (void)err;
    ctx->driver = *driver;
    ctx->drivers++;
    return PLATEN_OK;
}

static const platen_drivers drivers = {
    .size = (uint32_t)sizeof(platen_drivers),
    .add = driver_add,
    .kind = work_kind,
    .target = work_target,
    .memo = work_memo,
    .memo_set = work_memo_set,
    .sure = work_sure,
    .text = work_text,
    .integer = work_integer,
    .firmware = work_firmware,
    .counter = work_counter,
    .supply = work_supply,
    .part = work_part,
    .alert = work_alert,
    .finish = work_finish,
};

static const void *host_iface(platen_ctx *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "driver/1") == 0 ? &drivers : NULL;
}

static platen_code host_fail(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static platen_code host_fail(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->code = code;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

static const platen_host table = {
    (uint32_t)sizeof(platen_host), PLATEN_ABI, PLATEN_ROLE_AGENT, "test", host_iface, host_fail};

const platen_host *fake_host_table(void)
{
    return &table;
}

const platen_drivers *fake_host_drivers(const fake_host *host)
{
    (void)host;
    return &drivers;
}

const platen_driver *fake_host_driver(const fake_host *host)
{
    return &host->ctx.driver;
}

fake_host *fake_host_open(const char *plugin)
{
    platen_error err = PLATEN_ERROR_INIT;
    fake_host *host = calloc(1, sizeof(*host));
    if (host == NULL) {
        return NULL;
    }
    host->object = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
    if (host->object != NULL) {
        host->plugin = dlsym(host->object, "platen_plugin_descriptor");
    }
    if (host->plugin == NULL) {
        (void)fprintf(stderr, "%s: %s\n", plugin, dlerror());
    } else if (host->plugin->load(&table, &host->ctx, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "%s: %s\n", plugin, err.text);
    } else if (host->ctx.drivers == 1) {
        return host;
    }
    free(host);
    return NULL;
}

void fake_host_close(fake_host *host)
{
    if (host != NULL && host->plugin->unload != NULL) {
        host->plugin->unload(&host->ctx);
    }
    /* The object stays mapped, as it does in the daemon. */
    free(host);
}

void fake_host_run(fake_host *host, uint32_t kind, const platen_target *target,
                   char memo[FAKE_MEMO], fake_result *result)
{
    platen_work work = {kind, target, memo, result};
    memset(result, 0, sizeof(*result));
    int64_t start = now_ms();
    host->ctx.driver.run(&work, host->ctx.driver.user);
    result->took_ms = now_ms() - start;
}

void fake_result_fini(fake_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        free(result->lines[i]);
    }
    result->count = 0;
}

bool fake_result_has(const fake_result *result, const char *line)
{
    size_t length = strlen(line);
    bool prefix = length > 0 && line[length - 1] == '*';
    for (size_t i = 0; i < result->count; i++) {
        if (prefix ? strncmp(result->lines[i], line, length - 1) == 0
                   : strcmp(result->lines[i], line) == 0) {
            return true;
        }
    }
    return false;
}

platen_work *fake_work_new(uint32_t kind, fake_result *result)
{
    static const platen_target none = PLATEN_TARGET_INIT;
    platen_work *work = calloc(1, sizeof(*work));
    if (work != NULL) {
        memset(result, 0, sizeof(*result));
        work->kind = kind;
        work->target = &none;
        work->memo = calloc(1, FAKE_MEMO);
        work->result = result;
    }
    return work;
}

void fake_work_free(platen_work *work)
{
    if (work != NULL) {
        free(work->memo);
        free(work);
    }
}
