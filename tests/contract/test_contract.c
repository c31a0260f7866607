/*
 * The contract between host and plugin, from the host's side: handshake, load and unload twice,
 * registrations that can be, and load() with each host call failing in turn. The host here is a
 * fake: it shares no code with the loader.
 *
 * usage: test_contract FOLDER PLUGIN
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/log.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

static const char *folder;
static const char *name;

#define DRIVERS 32
#define PLANS 64
#define KEYS 32

/* The fake host's handle of the plugin; counts what the plugin does. */
struct platen_ctx {
    char own_folder[1024];
    unsigned calls;   /* of the host that can fail */
    unsigned fail_at; /* the call that fails, 0: none */
    platen_driver drivers[DRIVERS];
    char ids[DRIVERS][64];
    size_t driver_count;
    void *plans[PLANS];
    size_t plan_count;
    char keys[KEYS][64];
    char presets[KEYS][128];
    uint32_t types[KEYS];
    size_t key_count;
    size_t releases;
    size_t asked_undeclared; /* interfaces that `needs` does not name */
    const platen_plugin *plugin;
};

static platen_code fill(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static platen_code fill(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        err->code = (uint32_t)code;
    }
    return code;
}

static bool fails(platen_ctx *ctx)
{
    return ++ctx->calls == ctx->fail_at;
}

/* ---- the fake interfaces ---- */

static void log_line(platen_ctx *ctx, uint32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void log_line(platen_ctx *ctx, uint32_t level, const char *format, ...)
{
    char line[1024];
    va_list args;
    assert_non_null(ctx);
    assert_true(level <= PLATEN_LOG_DEBUG);
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    assert_null(strchr(line, '\n')); /* one line a call */
}

static platen_code conf_add(platen_ctx *ctx, const platen_conf_item *item, platen_error *err)
{
    if (fails(ctx)) {
        return fill(err, PLATEN_E_NOMEM, "told to fail");
    }
    assert_true(item->size >= sizeof(*item));
    assert_true(item->type >= PLATEN_CONF_TEXT && item->type <= PLATEN_CONF_BOOLEAN);
    assert_non_null(item->help);
    assert_true(strlen(item->help) > 0);
    assert_true(strspn(item->key, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(item->key));
    for (size_t i = 0; i < ctx->key_count; i++) {
        assert_string_not_equal(ctx->keys[i], item->key);
    }
    assert_true(ctx->key_count < KEYS);
    (void)snprintf(ctx->keys[ctx->key_count], 64, "%s", item->key);
    (void)snprintf(ctx->presets[ctx->key_count], 128, "%s",
                   item->preset != NULL ? item->preset : "");
    ctx->types[ctx->key_count++] = item->type;
    return PLATEN_OK;
}

static const char *conf_text(platen_ctx *ctx, const char *key)
{
    for (size_t i = 0; i < ctx->key_count; i++) {
        if (strcmp(ctx->keys[i], key) == 0) {
            return ctx->presets[i];
        }
    }
    return NULL;
}

static int64_t conf_integer(platen_ctx *ctx, const char *key)
{
    const char *text = conf_text(ctx, key);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

static bool conf_boolean(platen_ctx *ctx, const char *key)
{
    const char *text = conf_text(ctx, key);
    return text != NULL && strcmp(text, "yes") == 0;
}

static const char *conf_folder(platen_ctx *ctx)
{
    return ctx->own_folder;
}

static const platen_conf conf_table = {
    (uint32_t)sizeof(platen_conf), conf_add, conf_text, conf_integer, conf_boolean, conf_folder};
static const platen_log log_table = {(uint32_t)sizeof(platen_log), log_line};

static platen_code driver_add(platen_ctx *ctx, const platen_driver *driver, platen_error *err)
{
    if (fails(ctx)) {
        return fill(err, PLATEN_E_NOMEM, "told to fail");
    }
    assert_true(driver->size >= sizeof(*driver));
    assert_true(ctx->driver_count < DRIVERS);
    platen_driver *d = &ctx->drivers[ctx->driver_count];
    *d = *driver;
    if ((driver->works & PLATEN_WORK_BIT(PLATEN_WORK_ACT)) != 0) {
        assert_non_null(driver->actions);
        assert_non_null(driver->actions[0]);
    }
    (void)snprintf(ctx->ids[ctx->driver_count], 64, "%s", driver->id);
    d->id = ctx->ids[ctx->driver_count++];
    return PLATEN_OK;
}

static platen_code driver_action(platen_ctx *ctx, const platen_action *action, platen_error *err)
{
    if (fails(ctx)) {
        return fill(err, PLATEN_E_NOMEM, "told to fail");
    }
    assert_true(action->size >= sizeof(*action));
    assert_int_equal(action->flags & ~(PLATEN_ACTION_WRITES | PLATEN_ACTION_VERIFY), 0);
    assert_true(action->limit_s >= 1 && action->limit_s <= 86400);
    assert_non_null(strchr(action->id, '.'));
    assert_true(strlen(action->title) >= 1 && strlen(action->title) <= 200);
    assert_true(strlen(action->settings) <= PLATEN_ACTION_SETTINGS_MAX);
    return PLATEN_OK;
}

static platen_code snmp_plan(platen_ctx *ctx, const platen_snmp_item *items, uint32_t count,
                             platen_snmp_plan **plan, platen_error *err)
{
    if (fails(ctx)) {
        return fill(err, PLATEN_E_NOMEM, "told to fail");
    }
    assert_true(count >= 1 && count <= 256);
    for (uint32_t i = 0; i < count; i++) {
        const platen_snmp_item *item =
            (const platen_snmp_item *)(const void *)((const char *)items + i * items[0].size);
        assert_true(item->op == PLATEN_SNMP_GET || item->op == PLATEN_SNMP_WALK);
        assert_true(strspn(item->oid, "0123456789.") == strlen(item->oid));
        assert_true(strncmp(item->oid, "1.", 2) == 0);
    }
    assert_true(ctx->plan_count < PLANS);
    ctx->plans[ctx->plan_count] = malloc(1);
    *plan = ctx->plans[ctx->plan_count++];
    return PLATEN_OK;
}

/* There is no work here, so nothing calls these: they tell that the host has them. */
static platen_code never_later(platen_work *work, uint32_t ms,
                               void (*then)(platen_work *of, void *user), void *user,
                               platen_error *err)
{
    (void)work;
    (void)ms;
    (void)then;
    (void)user;
    return fill(err, PLATEN_E_STATE, "no work");
}

static platen_code never_set(platen_work *work, const platen_snmp_value *values, uint32_t count,
                             void (*done)(platen_work *of, const platen_snmp_result *result,
                                          void *user),
                             void *user, platen_error *err)
{
    (void)work;
    (void)values;
    (void)count;
    (void)done;
    (void)user;
    return fill(err, PLATEN_E_STATE, "no work");
}

static const platen_drivers driver_tables[] = {
    {.size = sizeof(platen_drivers),
     .add = driver_add,
     .later = never_later,
     .action = driver_action},
    {.size = offsetof(platen_drivers, act), .add = driver_add}};
static const platen_snmp snmp_tables[] = {
    {.size = sizeof(platen_snmp), .plan = snmp_plan, .set = never_set},
    {.size = offsetof(platen_snmp, set), .plan = snmp_plan}};
static size_t generation; /* 1: a host of 1.0, whose tables end earlier */

static const void *iface(platen_ctx *ctx, const char *wanted)
{
    const struct {
        const char *name;
        const void *table;
    } tables[] = {{"log/1", &log_table},
                  {"conf/1", &conf_table},
                  {"driver/1", &driver_tables[generation]},
                  {"snmp/1", &snmp_tables[generation]}};
    bool named = false;
    for (size_t i = 0; ctx->plugin->needs != NULL && ctx->plugin->needs[i] != NULL; i++) {
        named = named || strcmp(ctx->plugin->needs[i], wanted) == 0;
    }
    ctx->asked_undeclared += named ? 0 : 1;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i].name, wanted) == 0) {
            return tables[i].table;
        }
    }
    return NULL;
}

static const platen_host host = {
    (uint32_t)sizeof(platen_host), PLATEN_ABI, PLATEN_ROLE_AGENT, "contract", iface, fill};

/* ---- what the host does ---- */

static const platen_plugin *open_plugin(void)
{
    static void *handle;
    char path[2048];
    if (handle == NULL) {
        (void)snprintf(path, sizeof(path), "%s/%s.so", folder, name);
        handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL) {
            fail_msg("%s", dlerror()); // NOLINT(concurrency-mt-unsafe)
        }
    }
    const platen_plugin *plugin = dlsym(handle, "platen_plugin_descriptor");
    assert_non_null(plugin);
    return plugin;
}

static platen_code load(platen_ctx *ctx, unsigned fail_at, platen_error *err)
{
    memset(ctx, 0, sizeof(*ctx));
    (void)snprintf(ctx->own_folder, sizeof(ctx->own_folder), "%s/%s", folder, name);
    ctx->fail_at = fail_at;
    ctx->plugin = open_plugin();
    return ctx->plugin->load(&host, ctx, err);
}

static void withdraw(platen_ctx *ctx)
{
    while (ctx->driver_count > 0) {
        const platen_driver *d = &ctx->drivers[--ctx->driver_count];
        if (d->release != NULL) {
            d->release(d->user);
            ctx->releases++;
        }
    }
}

static void free_plans(platen_ctx *ctx)
{
    while (ctx->plan_count > 0) {
        free(ctx->plans[--ctx->plan_count]);
    }
}

static void unload(platen_ctx *ctx)
{
    withdraw(ctx);
    if (ctx->plugin->unload != NULL) {
        ctx->plugin->unload(ctx);
    }
    free_plans(ctx);
}

/* ---- tests ---- */

static void test_contract__descriptor_keeps_the_handshake(void **state)
{
    (void)state;
    const platen_plugin *plugin = open_plugin();
    assert_true(plugin->size >= offsetof(platen_plugin, unload) + sizeof(plugin->unload));
    assert_int_equal(plugin->abi >> 16, PLATEN_ABI_MAJOR);
    assert_true((plugin->abi & 0xffff) <= PLATEN_ABI_MINOR);
    assert_string_equal(plugin->name, name);
    assert_true(strlen(plugin->version) > 0);
    assert_non_null(plugin->load);
    assert_true(plugin->kind == PLATEN_KIND_DRIVER || plugin->kind == PLATEN_KIND_FEATURE);
    assert_true((plugin->roles & (PLATEN_ROLE_AGENT | PLATEN_ROLE_MANAGER)) != 0);
    assert_int_equal(plugin->roles & ~(PLATEN_ROLE_AGENT | PLATEN_ROLE_MANAGER), 0);
}

static void test_contract__loads_and_unloads_twice(void **state)
{
    (void)state;
    static platen_ctx ctx;
    for (int i = 0; i < 2; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        if (load(&ctx, 0, &err) != PLATEN_OK) {
            fail_msg("%s", err.text);
        }
        assert_int_equal(ctx.asked_undeclared, 0);
        if (ctx.plugin->kind == PLATEN_KIND_DRIVER) {
            assert_true(ctx.driver_count > 0);
        }
        unload(&ctx);
    }
}

static void test_contract__drivers_are_what_a_host_takes(void **state)
{
    (void)state;
    static platen_ctx ctx;
    assert_int_equal(load(&ctx, 0, NULL), PLATEN_OK);
    for (size_t i = 0; i < ctx.driver_count; i++) {
        const platen_driver *d = &ctx.drivers[i];
        assert_true(strlen(d->id) > 0 &&
                    strspn(d->id, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(d->id));
        assert_int_equal(d->flags & ~PLATEN_DRIVER_BLOCKING, 0);
        assert_true((d->works & PLATEN_WORK_BIT(PLATEN_WORK_PROBE)) != 0);
        assert_int_equal(d->works & ~0x3eu, 0);
        assert_true(d->transport == PLATEN_TRANSPORT_SNMP || d->transport == PLATEN_TRANSPORT_TCP);
        assert_true(d->transport == PLATEN_TRANSPORT_SNMP || (d->port > 0 && d->port < 65536));
        assert_non_null(d->run);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(d->id, ctx.drivers[k].id);
        }
    }
    unload(&ctx);
}

/* A host whose tables end before what came later: no driver may count on that. */
static void test_contract__an_older_host_gets_no_actions(void **state)
{
    (void)state;
    static platen_ctx ctx;
    generation = 1;
    assert_int_equal(load(&ctx, 0, NULL), PLATEN_OK);
    for (size_t i = 0; i < ctx.driver_count; i++) {
        assert_int_equal(ctx.drivers[i].works & PLATEN_WORK_BIT(PLATEN_WORK_ACT), 0);
    }
    unload(&ctx);
    generation = 0;
}

/* After a load() that failed, the host withdraws and does not call unload(): what the plugin had is
 * the plugin's to free. The address sanitizer and its leak check are the judges. */
static void test_contract__survives_each_failing_call(void **state)
{
    (void)state;
    static platen_ctx ctx;
    assert_int_equal(load(&ctx, 0, NULL), PLATEN_OK);
    unsigned calls = ctx.calls;
    unload(&ctx);
    assert_true(calls > 0);
    for (unsigned n = 1; n <= calls; n++) {
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = load(&ctx, n, &err);
        if (rc == PLATEN_OK) { /* a call that the plugin can do without */
            unload(&ctx);
            continue;
        }
        assert_true(err.text[0] != '\0');
        withdraw(&ctx);
        free_plans(&ctx);
    }
    assert_int_equal(load(&ctx, 0, NULL), PLATEN_OK); /* and it still works */
    unload(&ctx);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: %s FOLDER PLUGIN\n", argv[0]);
        return 2;
    }
    folder = argv[1];
    name = argv[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract__descriptor_keeps_the_handshake),
        cmocka_unit_test(test_contract__loads_and_unloads_twice),
        cmocka_unit_test(test_contract__drivers_are_what_a_host_takes),
        cmocka_unit_test(test_contract__an_older_host_gets_no_actions),
        cmocka_unit_test(test_contract__survives_each_failing_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
