/* Every broken plugin is refused with the line that says what it wants and what there is; frozen
 * ones load and work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "core/plug/plug.h"

/* A host like the agent's; the plugins here never run a work. */
static const platen_drivers drivers = {.size = sizeof(platen_drivers)};
static const platen_snmp reads = {.size = sizeof(platen_snmp)};

typedef struct host {
    conf *conf;
    plug *plugins;
    platen_error err;
    platen_code rc;
} host;

static void open_host(host *h, const char *folder, const char *enabled, const char *required,
                      uint32_t role)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", ABI_FOLDER, folder);
    *h = (host){.conf = conf_new(), .err = PLATEN_ERROR_INIT};
    assert_non_null(h->conf);
    plug_options options = {.role = role,
                            .version = "test",
                            .folder = path,
                            .enabled = enabled,
                            .required = required,
                            .conf = h->conf,
                            .drivers = role == PLATEN_ROLE_AGENT ? &drivers : NULL,
                            .snmp = role == PLATEN_ROLE_AGENT ? &reads : NULL};
    h->rc = plug_load_all(&options, &h->plugins, &h->err);
}

static void close_host(host *h)
{
    plug_unload_all(h->plugins);
    conf_free(h->conf);
}

static void expect_refusal(const char *folder, const char *name, const char *line)
{
    host h;
    open_host(&h, folder, name, "", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_OK); /* the daemon starts without it */
    assert_int_equal(plug_count(h.plugins), 1);
    assert_false(plug_get(h.plugins, 0)->loaded);
    assert_string_equal(plug_get(h.plugins, 0)->error, line);
    assert_int_equal(plug_driver_count(h.plugins), 0);
    close_host(&h);
}

static void test_abi__broken_plugins_are_refused_with_both_values(void **state)
{
    (void)state;
    char line[256];
    expect_refusal("no-symbol", "no-symbol",
                   "plugin 'no-symbol' has no symbol platen_plugin_descriptor");
    (void)snprintf(line, sizeof(line),
                   "plugin 'short-size' has a descriptor of 40 bytes, this host needs at least %zu",
                   sizeof(platen_plugin));
    expect_refusal("short-size", "short-size", line);
    expect_refusal("wrong-major", "wrong-major",
                   "plugin 'wrong-major' wants plugin API 2.0, this host has 1.2");
    expect_refusal("future-minor", "future-minor",
                   "plugin 'future-minor' wants plugin API 1.7, this host has 1.2");
    expect_refusal("missing-need", "missing-need",
                   "plugin 'missing-need' needs teapot/1, this host has none");
    expect_refusal("later-need", "later-need",
                   "plugin 'later-need' needs log/2, this host has log/1");
    /* What the manager needs does not count on an agent; that there is no operator does. */
    expect_refusal("bad-role-need", "bad-role-need",
                   "plugin 'bad-role-need' needs operator:log/1, this host has none");
    expect_refusal("name-mismatch", "other-name",
                   "plugin 'other-name' calls itself 'name-mismatch', the file is other-name.so");
    expect_refusal("no-load", "no-load", "plugin 'no-load' has no load()");
    expect_refusal("wrong-kind", "wrong-kind",
                   "plugin 'wrong-kind' is of kind 9, this host knows 1 and 2");
    expect_refusal("wrong-role", "wrong-role",
                   "plugin 'wrong-role' wants roles 0x4, this host knows 0x3");
    expect_refusal("failing-load", "failing-load",
                   "plugin 'failing-load' cannot start: the moon is in the wrong house");
    expect_refusal("bad-driver", "bad-driver",
                   "plugin 'bad-driver' cannot start: driver 'bad' has flags 0x80, this host knows "
                   "0x3");
    expect_refusal("no-actions", "no-actions",
                   "plugin 'no-actions' cannot start: driver 'idle' acts and has 0 actions, 1 to "
                   "32 can be");
    expect_refusal("bad-action", "bad-action",
                   "plugin 'bad-action' cannot start: action 'acme.a' is declared by plugin "
                   "'bad-action'");
}

static void expect_actions(const host *h, const char *json)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    plug_write_actions(h->plugins, &w, NULL);
    assert_string_equal(text.data, json);
    strbuf_fini(&text);
}

/* What a plugin declares is the host's copy, and goes with the plugin. */
static void test_abi__actions_are_declared_and_withdrawn(void **state)
{
    (void)state;
    host h;
    for (int i = 0; i < 2; i++) {
        open_host(&h, "acme", "acme", "acme", PLATEN_ROLE_AGENT);
        assert_int_equal(h.rc, PLATEN_OK);
        assert_string_equal(plug_driver_get(h.plugins, 0)->driver.actions[0], "acme.blink");
        expect_actions(&h, "[{\"id\":\"acme.blink\",\"title\":\"[Acme] Blink\",\"settings\":"
                           "{\"type\":\"object\",\"required\":[\"times\"],\"properties\":{"
                           "\"times\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}}},"
                           "\"writes\":true,\"verify\":false,\"limit_s\":600}]");
        close_host(&h);
    }
    open_host(&h, "bad-action", "bad-action", "", PLATEN_ROLE_AGENT);
    expect_actions(&h, "[]"); /* the good one was withdrawn with its plugin */
    close_host(&h);
}

static void test_abi__only_listed_names_of_plain_letters_are_opened(void **state)
{
    (void)state;
    expect_refusal("good-1-0", "../good-1-0/good-1-0",
                   "plugin name '../good-1-0/good-1-0' is not of a-z, 0-9 and '-'");
    host h;
    open_host(&h, "good-1-0", "", "", PLATEN_ROLE_AGENT); /* it lies there, nobody asked for it */
    assert_int_equal(h.rc, PLATEN_OK);
    assert_int_equal(plug_count(h.plugins), 0);
    close_host(&h);
    open_host(&h, "good-1-0", "no-such", "", PLATEN_ROLE_AGENT);
    assert_non_null(strstr(plug_get(h.plugins, 0)->error, "cannot read plugin file"));
    close_host(&h);
}

static void test_abi__frozen_plugin_loads_twice_and_leaves_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        host h;
        open_host(&h, "good-1-0", "good-1-0", "good-1-0", PLATEN_ROLE_AGENT);
        assert_int_equal(h.rc, PLATEN_OK);
        assert_true(plug_get(h.plugins, 0)->loaded);
        assert_string_equal(plug_get(h.plugins, 0)->version, "1.0");
        assert_int_equal(plug_driver_count(h.plugins), 1);
        assert_string_equal(plug_driver_get(h.plugins, 0)->driver.id, "good");
        assert_null(plug_driver_get(h.plugins, 0)->driver.actions[0]); /* it knew of none */
        platen_error err = PLATEN_ERROR_INIT;
        assert_int_equal(conf_set(h.conf, "good-1-0.cups_a_day=4", &err), PLATEN_OK);
        assert_int_equal(conf_check(h.conf, &err), PLATEN_OK); /* the key is known now */
        assert_int_equal(conf_integer(h.conf, "good-1-0", "cups_a_day"), 4);
        close_host(&h);
    }
}

static void test_abi__frozen_plugin_of_1_1_has_its_action(void **state)
{
    (void)state;
    host h;
    open_host(&h, "good-1-1", "good-1-1", "good-1-1", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_OK);
    assert_string_equal(plug_driver_get(h.plugins, 0)->driver.actions[0], "good.wave");
    expect_actions(&h, "[{\"id\":\"good.wave\",\"title\":\"[Good] Wave\",\"settings\":"
                       "{\"type\":\"object\"},\"writes\":true,\"verify\":false,\"limit_s\":600}]");
    close_host(&h);
}

/* ---- what other rooms offer ---- */

static const uint32_t teapot = sizeof(teapot);
static const plug_offer offers[] = {{"teapot/1", &teapot}};

static void open_offering(host *h, const char *required, uint32_t role)
{
    static const plug_place places[] = {{"elsewhere", "/nowhere"},
                                        {"good-1-2", ABI_FOLDER "/good-1-2"}};
    *h = (host){.conf = conf_new(), .err = PLATEN_ERROR_INIT};
    plug_options options = {.role = role,
                            .version = "test",
                            .folder = ABI_FOLDER "/acme",
                            .enabled = "good-1-2",
                            .required = required,
                            .conf = h->conf,
                            .offers = offers,
                            .offer_count = role == PLATEN_ROLE_MANAGER ? 1 : 0,
                            .places = places,
                            .place_count = 2,
                            .user = h};
    h->rc = plug_load_all(&options, &h->plugins, &h->err);
}

/* A need of the other role does not count; a plugin lies where its place says. */
static void test_abi__offers_are_found_and_needs_are_of_a_role(void **state)
{
    (void)state;
    host h;
    open_offering(&h, "good-1-2", PLATEN_ROLE_MANAGER);
    assert_int_equal(h.rc, PLATEN_OK);
    assert_true(plug_loaded(plug_ctx(h.plugins, 0)));
    assert_string_equal(plug_name(plug_ctx(h.plugins, 0)), "good-1-2");
    assert_string_equal(plug_version(plug_ctx(h.plugins, 0)), "1.2");
    assert_string_equal(plug_folder(plug_ctx(h.plugins, 0)), ABI_FOLDER "/good-1-2/good-1-2");
    assert_false(plug_loading(plug_ctx(h.plugins, 0)));
    assert_ptr_equal(plug_user(plug_ctx(h.plugins, 0)), &h);
    close_host(&h);
    open_offering(&h, "good-1-2", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_OK);
    assert_true(plug_loaded(plug_ctx(h.plugins, 0)));
    close_host(&h);
    open_host(&h, "good-1-2", "good-1-2", "", PLATEN_ROLE_MANAGER);
    assert_string_equal(plug_get(h.plugins, 0)->error,
                        "plugin 'good-1-2' needs teapot/1, this host has none");
    close_host(&h);
}

static void count_withdrawal(platen_ctx *ctx, void *object)
{
    int *count = object;
    (void)ctx;
    (*count)++;
}

/* A plugin that loaded and cannot be used goes as if it had been refused. */
static void test_abi__loaded_plugin_can_be_refused(void **state)
{
    (void)state;
    host h;
    int withdrawn = 0;
    open_offering(&h, "", PLATEN_ROLE_MANAGER);
    platen_ctx *ctx = plug_ctx(h.plugins, 0);
    assert_int_equal(plug_own(ctx, count_withdrawal, &withdrawn, NULL), PLATEN_OK);
    assert_int_equal(plug_refuse(ctx, PLATEN_E_VERSION, "its table is of oak", &h.err), PLATEN_OK);
    assert_int_equal(withdrawn, 1);
    assert_false(plug_get(h.plugins, 0)->loaded);
    assert_string_equal(plug_get(h.plugins, 0)->error,
                        "plugin 'good-1-2' cannot be used: its table is of oak");
    assert_int_equal(plug_refuse(ctx, PLATEN_E_VERSION, "again", &h.err), PLATEN_OK);
    close_host(&h);
    open_offering(&h, "good-1-2", PLATEN_ROLE_MANAGER);
    assert_int_equal(
        plug_refuse(plug_ctx(h.plugins, 0), PLATEN_E_VERSION, "its table is of oak", &h.err),
        PLATEN_E_VERSION);
    assert_string_equal(h.err.text,
                        "required plugin 'good-1-2' cannot be used: its table is of oak");
    close_host(&h);
}

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    size_t length = 0;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((length = fread(buffer, 1, sizeof(buffer), in)) > 0) {
        assert_int_equal(fwrite(buffer, 1, length, out), length);
    }
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

/* Two plugins, or one plugin twice: the later one is refused, the earlier one works. */
static void test_abi__duplicates_are_refused(void **state)
{
    (void)state;
    host h;
    open_host(&h, "good-1-0", "good-1-0 good-1-0", "", PLATEN_ROLE_AGENT);
    assert_int_equal(plug_count(h.plugins), 2);
    assert_true(plug_get(h.plugins, 0)->loaded);
    assert_string_equal(plug_get(h.plugins, 1)->error, "plugin 'good-1-0' is enabled twice");
    assert_int_equal(plug_driver_count(h.plugins), 1);
    close_host(&h);

    (void)mkdir(ABI_FOLDER "/pair", 0755);
    copy_file(ABI_FOLDER "/good-1-0/good-1-0.so", ABI_FOLDER "/pair/good-1-0.so");
    copy_file(ABI_FOLDER "/duplicate-driver/duplicate-driver.so",
              ABI_FOLDER "/pair/duplicate-driver.so");
    open_host(&h, "pair", "good-1-0 duplicate-driver", "", PLATEN_ROLE_AGENT);
    assert_string_equal(plug_get(h.plugins, 1)->error,
                        "plugin 'duplicate-driver' cannot start: driver 'good' is registered by "
                        "plugin 'good-1-0'");
    assert_int_equal(plug_driver_count(h.plugins), 1);
    close_host(&h);
}

static void test_abi__writable_folder_and_foreign_files_are_refused(void **state)
{
    (void)state;
    static const char folder[] = ABI_FOLDER "/open-house";
    (void)mkdir(folder, 0755);
    copy_file(ABI_FOLDER "/good-1-0/good-1-0.so", ABI_FOLDER "/open-house/good-1-0.so");
    const struct {
        mode_t mode;
        const char *digits;
    } modes[] = {{0775, "0775"}, {0757, "0757"}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(chmod(folder, modes[i].mode), 0);
        char line[512];
        (void)snprintf(line, sizeof(line),
                       "plugin folder '%s' has mode %s, neither group nor others may write there",
                       folder, modes[i].digits);
        expect_refusal("open-house", "good-1-0", line);
    }
    assert_int_equal(chmod(folder, 0755), 0);
    assert_int_equal(chmod(ABI_FOLDER "/open-house/good-1-0.so", 0666), 0);
    host h;
    open_host(&h, "open-house", "good-1-0", "", PLATEN_ROLE_AGENT);
    assert_false(plug_get(h.plugins, 0)->loaded);
    assert_non_null(strstr(plug_get(h.plugins, 0)->error, "has mode 0666"));
    close_host(&h);
    assert_int_equal(chmod(ABI_FOLDER "/open-house/good-1-0.so", 0644), 0);
    open_host(&h, "open-house", "good-1-0", "", PLATEN_ROLE_AGENT);
    assert_true(plug_get(h.plugins, 0)->loaded);
    close_host(&h);
    if (geteuid() == 0) { /* only root can give files away */
        assert_int_equal(chown(folder, 12345, 0), 0);
        open_host(&h, "open-house", "good-1-0", "", PLATEN_ROLE_AGENT);
        assert_non_null(strstr(plug_get(h.plugins, 0)->error, "belongs to user 12345"));
        close_host(&h);
        assert_int_equal(chown(folder, 0, 0), 0);
    }
}

static void test_abi__required_plugin_stops_the_start(void **state)
{
    (void)state;
    host h;
    open_host(&h, "wrong-major", "wrong-major", "wrong-major", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_E_VERSION);
    assert_string_equal(h.err.text,
                        "required plugin 'wrong-major' wants plugin API 2.0, this host has 1.2");
    close_host(&h);
    open_host(&h, "good-1-0", "good-1-0", "other", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_E_INVAL);
    assert_string_equal(h.err.text, "required plugin 'other' is not enabled");
    close_host(&h);
}

/* A plugin for the other role is left alone; it is no failure, even when it is required. */
static void test_abi__other_role_is_left_alone(void **state)
{
    (void)state;
    host h;
    open_host(&h, "manager-only", "manager-only", "manager-only", PLATEN_ROLE_AGENT);
    assert_int_equal(h.rc, PLATEN_OK);
    assert_false(plug_get(h.plugins, 0)->loaded);
    assert_string_equal(plug_get(h.plugins, 0)->error, "");
    close_host(&h);
    open_host(&h, "manager-only", "manager-only", "manager-only", PLATEN_ROLE_MANAGER);
    assert_true(plug_get(h.plugins, 0)->loaded);
    close_host(&h);
    open_host(&h, "good-1-0", "good-1-0", "", PLATEN_ROLE_MANAGER); /* needs are not asked there */
    assert_false(plug_get(h.plugins, 0)->loaded);
    assert_string_equal(plug_get(h.plugins, 0)->error, "");
    close_host(&h);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_abi__broken_plugins_are_refused_with_both_values),
        cmocka_unit_test(test_abi__actions_are_declared_and_withdrawn),
        cmocka_unit_test(test_abi__only_listed_names_of_plain_letters_are_opened),
        cmocka_unit_test(test_abi__frozen_plugin_loads_twice_and_leaves_nothing),
        cmocka_unit_test(test_abi__frozen_plugin_of_1_1_has_its_action),
        cmocka_unit_test(test_abi__offers_are_found_and_needs_are_of_a_role),
        cmocka_unit_test(test_abi__loaded_plugin_can_be_refused),
        cmocka_unit_test(test_abi__duplicates_are_refused),
        cmocka_unit_test(test_abi__writable_folder_and_foreign_files_are_refused),
        cmocka_unit_test(test_abi__required_plugin_stops_the_start),
        cmocka_unit_test(test_abi__other_role_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
