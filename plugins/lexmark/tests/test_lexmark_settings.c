/*
 * The driver's actions: what is read, what is sent, and that every setting has its result whatever
 * the device does. SET-37..41, SET-50..60, SET-76..79.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "tests/unit/plugin_data.h"

static void same(const char *what, const char *got, const char *want)
{
    if (strcmp(got, want) != 0) {
        fail_msg("%s is '%s', not '%s'", what, got, want);
    }
}

static void has(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, text);
    }
}

/* What the work, which is over, handed over. */
static cJSON *handed(const fake *f)
{
    assert_int_equal(f->work.finished, 1);
    return data_of(f->work.data);
}

/* ---- probe, check, read ---- */

static void test_probe__asks_only_lexmark_devices(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    fake_probe(&f);
    assert_int_equal(f.work.code, PLATEN_OK);
    assert_int_equal(f.work.sureness, 90);
    f.get_status = 401; /* without a login, as it is asked */
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 90);
    f.get_status = 404;
    fake_probe(&f);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    f.get_status = 0;
    f.gets = 0;
    f.work.target.manufacturer = "Acme";
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 0);
    assert_int_equal(f.gets, 0);
    f.work.target.manufacturer = "";
    f.work.target.sys_object_id = "1.3.6.1.4.1.641.2.71";
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 90);
    assert_int_equal(f.posts, 0);
    fake_fini(&f);
}

// SET-42, SET-50, SET-55, SET-56
static void test_check__support_contact_and_login(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    cJSON *data = handed(&f);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "supported")));
    same("type", text_of(data, "type"), "I");
    cJSON_Delete(data);

    f.get_status = 404;
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    data = handed(&f);
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "supported")));
    has(text_of(data, "why"), "export of settings is off"); // SET-126
    has(text_of(data, "why"), "firmware is too old");       // SET-129
    cJSON_Delete(data);
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    has(f.work.error, "firmware is too old");

    f.get_status = 401;
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_AUTH);
    assert_null(f.work.data);
    f.get_status = 0;
    f.fails = PLATEN_E_UNREACHABLE;
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNREACHABLE);
    fake_fini(&f);
}

// SET-03, SET-09, SET-59, SET-60: all that the bundle has, but for secrets
static void test_read__items_without_secrets(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    cJSON *data = handed(&f);
    same("model", text_of(data, "model"), "MX622");
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(data, "items")), 3);
    const cJSON *item = item_of(data, "vcc/mfp.fax.stationName");
    same("value", text_of(item, "value"), "Copy room");
    same("kind", text_of(item, "kind"), "text");
    same("case", text_of(item, "case"), "A");
    same("category", text_of(item_of(data, "vcc/network.hostname"), "category"), "network");
    cJSON_Delete(data);
    assert_null(strstr(f.work.data, "hunter2"));

    fake_act(&f, "settings.read", "{\"categories\":[\"network\"]}", 0);
    data = handed(&f);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(data, "items")), 1);
    cJSON_Delete(data);
    fake_act(&f, "settings.read", "{\"categories\":[\"box\"]}", 0);
    same("nothing of it", f.work.skipped, "unsupported");
    f.work.data_fails = true;
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNAVAILABLE);
    fake_fini(&f);
}

static void test_read__what_is_no_bundle_is_told(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    f.raw = "<html>Sign in</html>";
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_PROTOCOL);
    has(f.work.error, "no zip file");
    fake_fini(&f);
}

static void test_names__secrets_and_categories(void **state)
{
    (void)state;
    assert_true(bundle_is_secret("mfp.fax.sip.password"));
    assert_true(bundle_is_secret("user.PIN"));
    assert_true(bundle_is_secret("box.pin.1"));
    assert_true(bundle_is_secret("userPin"));
    assert_true(bundle_is_secret("snmp.readCommunity"));
    assert_false(bundle_is_secret("mapping.mode"));
    assert_false(bundle_is_secret("pinkness"));
    assert_false(bundle_is_secret("spinner"));
    same("tray", bundle_category("print.defaultTray"), "paper");
    same("else", bundle_category("mfp.fax.mode"), "basic");
    same("case", bundle_case("mfp.fax.mode"), "B");
}

// SET-39
static void test_busy__is_asked_again_within_its_time(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    f.busy = 5;
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    has(f.work.log, "busy");
    f.always_busy = true;
    int64_t begun = f.work.now;
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    has(f.work.error, "busy (HTTP 408");
    has(f.work.error, "no job is reserved"); // SET-127
    has(f.work.error, "no other task runs"); // SET-128
    has(f.work.error, "nothing is printed"); // SET-134
    assert_true(f.work.now - begun <= 300000 && f.work.now <= f.work.target.deadline);
    f.work.target.deadline = f.work.now + 5000;
    begun = f.work.now;
    fake_act(&f, "settings.read", "{}", 0);
    assert_true(f.work.now - begun <= 5000);
    fake_fini(&f);
}

/* ---- write ---- */

static const char several[] =
    "{\"items\":[{\"path\":\"vcc/mfp.fax.stationName\",\"value\":\"Room <7>\"},"
    "{\"path\":\"vcc/network.hostname\",\"value\":\"ET0001\"},"
    "{\"path\":\"vcc/print.defaultTray\",\"value\":\"2\"},"
    "{\"path\":\"vcc/no.such\",\"value\":\"1\"},"
    "{\"path\":\"pjl/COPIES\",\"value\":1}],\"write\":%s}";

static void write_several(fake *f, const char *write, uint32_t flags)
{
    char settings[1024];
    (void)snprintf(settings, sizeof(settings), several, write);
    fake_act(f, "settings.write", settings, flags);
}

static void expect_results(const fake *f, const char *station, const char *host, const char *tray)
{
    cJSON *data = handed(f);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(data, "items")), 4);
    same("station", text_of(item_of(data, "vcc/mfp.fax.stationName"), "result"), station);
    same("host", text_of(item_of(data, "vcc/network.hostname"), "result"), host);
    same("tray", text_of(item_of(data, "vcc/print.defaultTray"), "result"), tray);
    cJSON_Delete(data);
}

// SET-76, SET-79
static void test_write__a_bundle_of_only_what_differs(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    same("warning", f.work.warned, "not-supported");
    assert_int_equal(f.posts, 1);
    assert_int_equal(f.posted_count, 2);
    same("device", fake_value(&f, "mfp.fax.stationName"), "Room <7>");
    expect_results(&f, "written", "same", "written");
    assert_int_equal(f.work.changes, 2);
    /* Again, as after a crash of the agent. */
    write_several(&f, "true", PLATEN_ACT_VERIFY);
    assert_int_equal(f.posts, 1);
    expect_results(&f, "same", "same", "same");
    fake_fini(&f);
}

static void test_write__without_write_and_in_a_preview(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    write_several(&f, "false", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    same("warning", f.work.warned, "different");
    same("how many", f.work.reason, "2 settings differ");
    expect_results(&f, "different", "same", "different");
    assert_int_equal(f.work.changes, 0);
    write_several(&f, "true", PLATEN_ACT_PREVIEW);
    assert_int_equal(f.work.changes, 2);
    assert_int_equal(f.posts, 0);
    fake_act(&f, "settings.write", "{\"items\":[{\"path\":\"mib/x/1\",\"value\":1}]}", 0);
    same("skipped", f.work.skipped, "unsupported");
    fake_act(&f, "settings.write", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_INVAL);
    fake_act(&f, "settings.melt", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    fake_fini(&f);
}

static void test_write__secrets_and_other_kinds_are_not_sent(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    fake_act(&f, "settings.write",
             "{\"items\":[{\"path\":\"vcc/security.admin.password\",\"value\":\"new-secret\"},"
             "{\"path\":\"vcc/print.defaultTray\",\"value\":2},"
             "{\"path\":\"vcc/network.hostname\",\"value\":\"a\\u0001\"}]}",
             0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    has(f.work.error, "3 of 3 settings");
    assert_int_equal(f.posts, 0);
    assert_null(strstr(f.work.data, "new-secret"));
    assert_null(strstr(f.work.data, "hunter2"));
    assert_null(strstr(f.work.log, "new-secret"));
    cJSON *data = handed(&f);
    same("secret", text_of(item_of(data, "vcc/security.admin.password"), "result"), "not-allowed");
    cJSON_Delete(data);
    fake_fini(&f);
}

// SET-80: what guards a setting is not known here, so the device decides what it takes
static void test_write__guarded_settings_are_the_devices_matter(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    fake_act(&f, "settings.write",
             "{\"items\":[{\"path\":\"vcc/security.admin.password\",\"value\":\"new-secret\","
             "\"guard\":\"vcc/security.admin.password\"},"
             "{\"path\":\"vcc/network.hostname\",\"value\":\"two\","
             "\"guard\":\"vcc/security.admin.password\"}],\"write\":true}",
             0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    assert_int_equal(f.posts, 1);
    cJSON *data = handed(&f);
    same("secret", text_of(item_of(data, "vcc/security.admin.password"), "result"), "not-allowed");
    same("setting", text_of(item_of(data, "vcc/network.hostname"), "result"), "written");
    cJSON_Delete(data);
    fake_fini(&f);
}

static void test_write__a_device_that_keeps_or_takes_its_time(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    f.settles_ms = 20000;
    write_several(&f, "true", 0);
    expect_results(&f, "written", "same", "written");
    fake_fini(&f);

    fake_init(&f);
    f.ignores = "print.defaultTray";
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    expect_results(&f, "written", "same", "changed");
    assert_int_equal(f.work.changes, 1);
    fake_fini(&f);

    fake_init(&f);
    f.post_status = 400;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    has(f.work.error, "not today");
    expect_results(&f, "refused", "same", "refused");
    fake_fini(&f);

    fake_init(&f);
    f.post_status = 403;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_AUTH);
    expect_results(&f, "failed", "same", "failed");
    fake_fini(&f);
}

// SET-37, SET-38, SET-78
static void test_write__restarts_and_lost_answers(void **state)
{
    (void)state;
    fake f;
    fake_init(&f);
    f.away_ms = 90000;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    expect_results(&f, "written", "same", "written");
    has(f.work.data, "\"restart\":\"done\"");
    fake_fini(&f);

    fake_init(&f);
    f.away_ms = 3600000;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    expect_results(&f, "not-confirmed", "same", "not-confirmed");
    assert_true(f.work.now <= f.work.target.deadline);
    fake_fini(&f);

    fake_init(&f);
    f.loses_answer = true;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_OK); /* reading back told */
    assert_int_equal(f.posts, 1);
    expect_results(&f, "written", "same", "written");
    fake_fini(&f);

    fake_init(&f);
    f.loses_post = true;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_DEVICE);
    assert_int_equal(f.posts, 1); /* never sent twice */
    expect_results(&f, "changed", "same", "changed");
    fake_fini(&f);

    fake_init(&f);
    f.cancelled = true;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_CANCELLED);
    expect_results(&f, "not-confirmed", "same", "not-confirmed");
    fake_fini(&f);

    fake_init(&f);
    f.fails = PLATEN_E_UNREACHABLE;
    write_several(&f, "true", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNREACHABLE);
    expect_results(&f, "failed", "failed", "failed");
    fake_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe__asks_only_lexmark_devices),
        cmocka_unit_test(test_check__support_contact_and_login),
        cmocka_unit_test(test_read__items_without_secrets),
        cmocka_unit_test(test_read__what_is_no_bundle_is_told),
        cmocka_unit_test(test_names__secrets_and_categories),
        cmocka_unit_test(test_busy__is_asked_again_within_its_time),
        cmocka_unit_test(test_write__a_bundle_of_only_what_differs),
        cmocka_unit_test(test_write__without_write_and_in_a_preview),
        cmocka_unit_test(test_write__secrets_and_other_kinds_are_not_sent),
        cmocka_unit_test(test_write__guarded_settings_are_the_devices_matter),
        cmocka_unit_test(test_write__a_device_that_keeps_or_takes_its_time),
        cmocka_unit_test(test_write__restarts_and_lost_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
