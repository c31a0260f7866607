/* The driver's actions: what is offered to the device, and that nothing is said that nobody knows.
 * SET-37..41, SET-50..55, SET-76..79. */
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

#define CSV "\"Copier\",\"Copies\",\"9\"\r\n"

static char order[8192]; /* of settings.write */

static void has(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, text);
    }
}

/* An order with the file in it, whose digest may be another. */
static const char *order_of(const char *csv, const char *digest)
{
    char own[FILE_DIGEST];
    char why[FILE_WHY];
    char *packed = file_pack(csv, strlen(csv), own, why);
    assert_non_null(packed);
    (void)snprintf(order, sizeof(order),
                   "{\"items\":[{\"path\":\"mib/other\",\"value\":1},"
                   "{\"path\":\"ricoh/file-sha256\",\"value\":\"%s\"},"
                   "{\"path\":\"ricoh/secret-file/001\",\"value\":\"%s\"}],\"write\":true}",
                   digest != NULL ? digest : own, packed);
    free(packed);
    return order;
}

/* What the work, which is over, handed over: each of its settings has this result. */
static void results(const fake *f, const char *result, const char *words)
{
    const cJSON *item = NULL;
    assert_int_equal(f->work.finished, 1);
    cJSON *data = data_of(f->work.data);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(data, "items");
    assert_int_equal(cJSON_GetArraySize(items), 2);
    cJSON_ArrayForEach(item, items)
    {
        assert_int_equal(strncmp(text_of(item, "path"), "ricoh/", 6), 0);
        assert_string_equal(text_of(item, "result"), result);
        has(text_of(item, "text"), words);
    }
    cJSON_Delete(data);
}

static void test_probe__asks_only_its_devices(void **state)
{
    fake f;
    (void)state;
    fake_init(&f);
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 90);
    assert_int_equal(f.published, 0);
    f.wants_tls = true;
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 90);
    assert_int_equal(f.asked_tls, 1);
    f.wants_tls = false;
    f.text = "<html>not found</html>";
    fake_probe(&f);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    f.text = "[file1]";
    f.status = 404;
    fake_probe(&f);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    f.status = 0;
    f.asked = 0;
    f.work.target.manufacturer = "Acme";
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 0);
    assert_int_equal(f.asked, 0);
    static const char *const brands[] = {"LANIER", "Savin", "nashuatec", "Gestetner"};
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        f.work.target.manufacturer = brands[i];
        fake_probe(&f);
        assert_int_equal(f.work.sureness, 90);
    }
    f.work.target.manufacturer = "";
    f.work.target.sys_object_id = "1.3.6.1.4.1.367.1.1";
    fake_probe(&f);
    assert_int_equal(f.work.sureness, 90);
    fake_fini(&f);
}

// SET-50, SET-55
static void test_check__url_and_last_fetch(void **state)
{
    fake f;
    (void)state;
    fake_init(&f);
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    cJSON *data = data_of(f.work.data);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(data, "supported")));
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "read")));
    assert_string_equal(text_of(data, "write"), "yes");
    has(text_of(data, "why"), "https://192.0.2.1:10443/i");
    assert_null(strstr(text_of(data, "why"), "fetched last")); /* what stays there must stay true */
    has(f.work.log, "nothing was fetched yet");
    cJSON_Delete(data);
    assert_null(f.places[0].body); /* nothing is served before something is distributed */
    f.places[0].is.fetched = 1700000000000;
    fake_act(&f, "settings.check", "{}", 0);
    has(f.work.data, "fetched last at 2023-11-14 22:13:20 UTC");
    f.publish_fails = PLATEN_E_STATE; /* the agent has no download port */
    fake_act(&f, "settings.check", "{}", 0);
    has(f.work.data, "\"write\":\"no\"");
    f.status = 404;
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    has(f.work.data, "\"supported\":false");
    f.fails = PLATEN_E_UNREACHABLE;
    fake_act(&f, "settings.check", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNREACHABLE);
    fake_fini(&f);
}

// SET-76, SET-79
static void test_write__fetched(void **state)
{
    fake f;
    (void)state;
    fake_init(&f);
    f.fetches_instructions_at = f.work.now + 5000;
    f.fetches_file_at = f.work.now + 9000;
    fake_act(&f, "settings.write", order_of(CSV, NULL), 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    assert_string_equal(f.work.warned, "not-confirmed");
    results(&f, "not-confirmed", "fetched at 2023-11-14 22:13:29 UTC");
    has(f.work.reason, "the device's own log");
    assert_string_equal(f.places[1].body, CSV); /* byte for byte */
    assert_string_equal(f.places[1].type, "text/csv");
    assert_string_equal(f.places[0].body,
                        "[file1]\r\nurl=https://192.0.2.1:10443/s\r\nkind=exportFile\r\n"
                        "type=forSameModel\r\ndoSetup=yes\r\n");
    assert_int_equal(f.places[0].days, 7);
    assert_int_equal(f.work.waits, 5);
    assert_int_equal(f.work.changes, 1);
    assert_null(strstr(f.work.log, "right"));
    fake_fini(&f);
}

static void test_write__not_fetched(void **state)
{
    fake f;
    (void)state;
    fake_init(&f);
    fake_act(&f, "settings.write", order_of(CSV, NULL), 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    assert_string_equal(f.work.warned, "not-fetched");
    results(&f, "not-confirmed",
            "not fetched yet, offered until 2023-11-21 at https://192.0.2.1:10443/i");
    assert_int_equal(f.work.waits, 30); /* a minute, and no longer */
    f.fetches_instructions_at = f.work.now + 1000;
    f.places[1].is.refused = f.work.now;
    (void)snprintf(f.places[1].is.refusal, sizeof(f.places[1].is.refusal),
                   "wrong user or password");
    fake_act(&f, "settings.write", order_of(CSV, NULL), 0);
    assert_string_equal(f.work.warned, "not-fetched");
    has(f.work.reason, "not fetched yet, the instructions were at");
    has(f.work.reason, "UTC; refused at");
    has(f.work.reason, "wrong user or password");
    f.fetches_file_at = f.work.now; /* a later fetch shows in the next distribution, at once */
    fake_act(&f, "settings.write", order_of(CSV, NULL), PLATEN_ACT_VERIFY);
    assert_string_equal(f.work.warned, "not-confirmed");
    assert_int_equal(f.work.waits, 0);
    fake_fini(&f);
}

static void test_write__preview_offers_nothing(void **state)
{
    fake f;
    (void)state;
    fake_init(&f);
    fake_act(&f, "settings.write", order_of(CSV, NULL), PLATEN_ACT_PREVIEW);
    assert_int_equal(f.work.code, PLATEN_OK);
    assert_int_equal(f.published, 0);
    assert_int_equal(f.work.changes, 1);
    has(f.work.log, "23 bytes would be offered");
    fake_fini(&f);
}

static void test_write__failures(void **state)
{
    static const platen_code codes[] = {PLATEN_E_AUTH, PLATEN_E_STATE, PLATEN_E_TOO_LARGE};
    fake f;
    (void)state;
    fake_init(&f);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        f.publish_fails = codes[i];
        fake_act(&f, "settings.write", order_of(CSV, NULL), 0);
        assert_int_equal(f.work.code, codes[i]);
        results(&f, "failed", "told to fail");
    }
    f.publish_fails = PLATEN_OK;
    f.cancelled = true;
    fake_act(&f, "settings.write", order_of(CSV, NULL), 0);
    assert_int_equal(f.work.code, PLATEN_E_CANCELLED);
    assert_int_equal(f.work.finished, 1);
    fake_fini(&f);
}

/* What is no whole file is not offered. */
static void test_write__orders(void **state)
{
    static const char *const bad[] = {
        "[]",
        "{}",
        "{\"items\":1}",
        "{\"items\":[{\"path\":\"ricoh/secret-file/001\",\"value\":1}]}",
        "{\"items\":[{\"path\":\"ricoh/secret-file/002\",\"value\":\"eJw=\"}]}",
        "{\"items\":[{\"path\":\"ricoh/secret-file/999\",\"value\":\"eJw=\"}]}",
        "{\"items\":[{\"path\":\"ricoh/secret-file/001\",\"value\":\"eJw=\"}]}",
        "{\"items\":[{\"path\":\"ricoh/file-sha256\",\"value\":\"0\"}]}"};
    fake f;
    (void)state;
    fake_init(&f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        fake_act(&f, "settings.write", bad[i], 0);
        assert_int_equal(f.work.code, PLATEN_E_INVAL);
        assert_int_equal(f.work.finished, 1);
    }
    fake_act(&f, "settings.write",
             order_of(CSV, "0000000000000000000000000000000000000000000000000000000000000000"), 0);
    assert_int_equal(f.work.code, PLATEN_E_INVAL);
    results(&f, "failed", "another digest");
    fake_act(&f, "settings.write", "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":1}]}", 0);
    assert_int_equal(f.work.code, PLATEN_OK);
    assert_string_equal(f.work.skipped, "unsupported");
    fake_act(&f, "settings.read", "{}", 0);
    assert_int_equal(f.work.code, PLATEN_E_UNSUPPORTED);
    assert_int_equal(f.published, 0);
    fake_fini(&f);
}

static void test_place__instructions(void **state)
{
    char text[600];
    char url[300];
    (void)state;
    memset(url, 'a', 255);
    url[255] = '\0';
    assert_true(place_instructions(url, text, sizeof(text)));
    url[255] = 'a';
    url[256] = '\0';
    assert_false(place_instructions(url, text, sizeof(text)));
    assert_false(place_instructions("https://a\r\n[file2]", text, sizeof(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe__asks_only_its_devices),
        cmocka_unit_test(test_check__url_and_last_fetch),
        cmocka_unit_test(test_write__fetched),
        cmocka_unit_test(test_write__not_fetched),
        cmocka_unit_test(test_write__preview_offers_nothing),
        cmocka_unit_test(test_write__failures),
        cmocka_unit_test(test_write__orders),
        cmocka_unit_test(test_place__instructions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
