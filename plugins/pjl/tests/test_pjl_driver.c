/* The driver's works against a device in memory. SET-02, SET-55, SET-56, DEV-112 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"

#define WRITE(path, value)                                                                         \
    "{\"items\":[{\"path\":\"" path "\",\"value\":" value "}],\"write\":true}"

static int set_up(void **state)
{
    *state = fake_new();
    return 0;
}

static int tear_down(void **state)
{
    fake_free(*state);
    return 0;
}

static bool flag(const fake *f, const char *member)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(f->data, member));
}

static const char *word(const fake *f, const char *member)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(f->data, member));
    return text != NULL ? text : "";
}

/* Paper: nothing is sent to a port of which nobody knows that it takes PJL. */
static void test_probe__sends_nothing_uninvited(void **state)
{
    fake *f = *state;
    fake_run(f, PLATEN_WORK_PROBE);
    assert_int_equal(f->sureness, 0);
    assert_int_equal(f->opened, 0);
    f->target.hints = PLATEN_TARGET_PRINTER;
    fake_run(f, PLATEN_WORK_PROBE);
    assert_true(f->sureness >= 30);
    assert_int_equal(f->opened, 0);
    f->target.sys_descr = "Zebra Technologies ZTC ZT410";
    fake_run(f, PLATEN_WORK_PROBE);
    assert_int_equal(f->sureness, 0);
    assert_int_equal(f->opened, 0);
    f->target.sys_descr = "";
    f->target.hints = PLATEN_TARGET_NAMED;
    fake_run(f, PLATEN_WORK_PROBE);
    assert_int_equal(f->sureness, 90);
    assert_non_null(strstr(f->why, "Acme Laser 9"));
    f->silent = true;
    f->memo[0] = '\0';
    fake_run(f, PLATEN_WORK_PROBE);
    assert_int_equal(f->code, PLATEN_OK);
    assert_int_equal(f->sureness, 0);
}

static void test_facts__of_a_device_that_speaks_nothing_else(void **state)
{
    fake *f = *state;
    f->id = "\"HP LaserJet 4200\"";
    f->prodinfo = "SerialNumber = CNX1234567\r\nFirmware = \"20040101 1.2\"";
    fake_run(f, PLATEN_WORK_INFORMATION);
    assert_int_equal(f->code, PLATEN_OK);
    assert_non_null(strstr(f->facts, "3=HP LaserJet 4200\n"));
    assert_non_null(strstr(f->facts, "2=HP\n"));
    assert_non_null(strstr(f->facts, "4=CNX1234567\n"));
    assert_non_null(strstr(f->facts, "firmware main=20040101 1.2\n"));
    f->status = "CODE=40021\r\nDISPLAY=\"41.3 LOAD A4\"\r\nONLINE=FALSE";
    fake_run(f, PLATEN_WORK_STATUS);
    assert_non_null(strstr(f->facts, "13=down\n"));
    assert_non_null(strstr(f->facts, "alert 3=41.3 LOAD A4\n"));
    f->pages = "PAGECOUNT=183933";
    fake_run(f, PLATEN_WORK_COUNTERS);
    assert_non_null(strstr(f->facts, "counter total=183933 impressions\n"));
    f->pages = "183934";
    fake_run(f, PLATEN_WORK_COUNTERS);
    assert_non_null(strstr(f->facts, "14=183934\n"));
}

static void test_check__says_what_is_possible(void **state)
{
    fake *f = *state;
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_true(flag(f, "supported") && flag(f, "read"));
    assert_string_equal(word(f, "write"), "yes");
    assert_string_equal(word(f, "type"), "IV");
    f->password = 4711;
    f->tells_password = true;
    fake_act(f, "settings.check", "{}", 0);
    assert_string_equal(word(f, "write"), "unknown"); /* the credential may be registered later */
    assert_non_null(strstr(word(f, "why"), "credential"));
    f->raw_variables = "\"?\"\r\n";
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_false(flag(f, "supported"));
}

/* Paper: a device that lists other languages only is not asked, unless it has answered before. */
static void test_check__of_other_languages(void **state)
{
    fake *f = *state;
    f->target.hints = PLATEN_TARGET_PRINTER | PLATEN_TARGET_OTHER_LANGUAGES;
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_false(flag(f, "supported"));
    assert_non_null(strstr(word(f, "why"), "not asked"));
    f->target.hints = PLATEN_TARGET_PRINTER; /* other works do not hear of it */
    fake_act(f, "settings.read", "{}", 0);
    assert_string_equal(f->skipped, "unsupported");
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_string_equal(f->skipped, "unsupported");
    assert_int_equal(f->opened, 0);
    fake_act(f, "settings.check", "{}", 0);
    assert_true(flag(f, "supported"));
    f->target.hints |= PLATEN_TARGET_OTHER_LANGUAGES;
    fake_act(f, "settings.check", "{}", 0);
    assert_true(flag(f, "supported"));
}

/* One-way lines are told from ports that a job holds. */
static void test_check__silence_and_refusal(void **state)
{
    fake *f = *state;
    f->silent = true;
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_false(flag(f, "supported"));
    assert_non_null(strstr(word(f, "why"), "no readback"));
    fake_act(f, "settings.read", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(f->skipped, "unsupported");
    assert_non_null(strstr(f->reason, "no readback"));
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_int_equal(f->code, PLATEN_E_TIMEOUT);
    assert_non_null(strstr(f->text, "no readback"));
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "failed");
    assert_null(strstr(f->seen, "DEFAULT"));
    f->silent = false;
    fake_act(f, "settings.check", "{}", 0);
    f->silent = true; /* it has answered before: now it is busy */
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_E_TIMEOUT);
    f->silent = false;
    f->refuses = true;
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_E_UNREACHABLE);
    assert_non_null(strstr(f->text, "a print job may hold the port"));
    f->refuses = false;
    f->resets = true;
    fake_act(f, "settings.check", "{}", 0);
    assert_int_equal(f->code, PLATEN_E_UNREACHABLE);
    f->resets = false;
    f->echoes = true;
    fake_act(f, "settings.read", "{}", 0);
    assert_int_equal(f->code, PLATEN_E_PROTOCOL);
    f->echoes = false;
    f->garbage = true;
    fake_act(f, "settings.read", "{}", 0);
    assert_int_equal(f->code, PLATEN_E_PROTOCOL);
}

// SET-04: all that the device lists
static void test_read__in_every_shape(void **state)
{
    fake *f = *state;
    for (int shape = 0; shape < 5; shape++) {
        f->chunk = shape == 1 ? 1 : shape == 2 ? 7 : 0;
        f->lower_case = shape == 3;
        f->ustatus = shape == 4;
        fake_act(f, "settings.read", "{}", 0);
        assert_int_equal(f->code, PLATEN_OK);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(f->data, "items")), 6);
        assert_string_equal(fake_word(f, "pjl/PAPER", "value"), "LETTER");
        assert_string_equal(fake_word(f, "pjl/CPLOCK", "category"), "panel");
        assert_true(cJSON_IsFalse(
            cJSON_GetObjectItemCaseSensitive(fake_item(f, "pjl/ECONOMODE"), "writable")));
        assert_string_equal(word(f, "model"), "Acme Laser 9");
        assert_null(strstr(f->seen, "DEFAULT"));
    }
    fake_act(f, "settings.read", "{\"categories\":[\"panel\"]}", 0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(f->data, "items")), 1);
}

static void test_read__no_form_feeds_and_no_secrets(void **state)
{
    fake *f = *state;
    f->no_form_feed = true;
    fake_add(f, "PASSWORD", "ENABLED", " [2 ENUMERATED]\r\n\tDISABLED\r\n\tENABLED");
    fake_act(f, "settings.read", "{}", 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_non_null(fake_item(f, "pjl/COPIES"));
    assert_null(fake_item(f, "pjl/PASSWORD"));
}

/* A list without LPARM variables: they are asked for where the language is listed. */
static void test_read__languages_by_name(void **state)
{
    fake *f = *state;
    f->raw_variables = "COPIES=1 [2 RANGE]\r\n\t1\r\n\t999\r\n";
    f->config = "LANGUAGES [2 ENUMERATED]\r\n\tPCL\r\n\tPJL";
    fake_act(f, "settings.read", "{}", 0);
    assert_string_equal(fake_word(f, "pjl/PCL/PITCH", "value"), "10.00");
    assert_null(strstr(f->seen, "POSTSCRIPT"));
}

static void test_write__writes_what_differs(void **state)
{
    fake *f = *state;
    fake_act(f, "settings.write",
             "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":5},{\"path\":\"pjl/PAPER\",\"value\":"
             "\"LETTER\"},{\"path\":\"pjl/PCL/PITCH\",\"value\":12.5},{\"path\":\"mib/x\",\"value\""
             ":1}],\"write\":true}",
             0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
    assert_string_equal(fake_word(f, "pjl/PAPER", "result"), "same");
    assert_string_equal(fake_word(f, "pjl/PCL/PITCH", "result"), "written");
    assert_null(fake_item(f, "mib/x"));
    assert_int_equal(f->defaults, 2);
    assert_string_equal(fake_find(f, "COPIES")->value, "5");
    assert_string_equal(fake_find(f, "LPARM:PCL PITCH")->value, "12.50");
    assert_string_equal(f->changes, "pjl/COPIES: 1 -> 5\npjl/PCL/PITCH: 10.00 -> 12.50\n");
    assert_non_null(strstr(f->seen, "@PJL USTATUSOFF\r\n"));
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "5"), PLATEN_ACT_VERIFY);
    assert_int_equal(f->defaults, 0); /* nothing is written twice */
    fake_act(f, "settings.write", "{\"items\":[{\"path\":\"mib/x\",\"value\":1}]}", 0);
    assert_string_equal(f->skipped, "unsupported");
}

static void test_write__preview_and_comparison(void **state)
{
    fake *f = *state;
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "3"), PLATEN_ACT_PREVIEW);
    assert_int_equal(f->code, PLATEN_OK);
    assert_null(strstr(f->seen, "DEFAULT"));
    assert_string_equal(f->changes, "pjl/COPIES: 1 -> 3\n");
    fake_act(f, "settings.write",
             "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":3},{\"path\":\"pjl/NONE\",\"value\":1}"
             "],\"write\":false}",
             0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_null(strstr(f->seen, "DEFAULT"));
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "different");
    assert_string_equal(fake_word(f, "pjl/NONE", "result"), "not-supported");
    assert_string_equal(f->warned, "different");
    assert_string_equal(f->reason, "1 setting differs");
}

static void test_write__what_cannot_be(void **state)
{
    fake *f = *state;
    fake_act(
        f, "settings.write",
        "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":1000},{\"path\":\"pjl/ECONOMODE\","
        "\"value\":\"ON\"},{\"path\":\"pjl/NONE\",\"value\":\"x\"},{\"path\":\"pjl/PASSWORD\","
        "\"value\":7},{\"path\":\"pjl/PAPER\",\"value\":\"A4\\r\\n@PJL INITIALIZE\"},"
        "{\"path\":\"pjl/A\\r\\n@PJL B\",\"value\":1},{\"path\":\"pjl/DUPLEX\",\"value\":true}]}",
        0);
    assert_int_equal(f->code, PLATEN_E_DEVICE);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "not-allowed");
    assert_string_equal(fake_word(f, "pjl/ECONOMODE", "result"), "read-only");
    assert_string_equal(fake_word(f, "pjl/NONE", "result"), "not-supported");
    assert_string_equal(fake_word(f, "pjl/PASSWORD", "result"), "not-allowed");
    assert_string_equal(fake_word(f, "pjl/PAPER", "result"), "not-allowed");
    assert_string_equal(fake_word(f, "pjl/A\r\n@PJL B", "result"), "not-supported");
    assert_string_equal(fake_word(f, "pjl/DUPLEX", "result"), "written"); /* true is ON */
    assert_null(strstr(f->seen, "INITIALIZE"));
    assert_null(strstr(f->seen, "PASSWORD="));
    assert_non_null(strstr(f->text, "4 of 7 settings are not as wanted; pjl/COPIES: not-allowed"));
    char *json = cJSON_PrintUnformatted(f->data);
    assert_null(strstr(json, "\"wanted\":7"));
    free(json);
}

static void test_write__devices_that_lie(void **state)
{
    fake *f = *state;
    fake_find(f, "COPIES")->turns = "20";
    fake_find(f, "PAPER")->stubborn = true;
    fake_act(f, "settings.write",
             "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":30},{\"path\":\"pjl/PAPER\",\"value\":"
             "\"A4\"}],\"write\":true}",
             0);
    assert_int_equal(f->code, PLATEN_E_DEVICE);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "changed");
    assert_int_equal(
        cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(fake_item(f, "pjl/COPIES"), "after")),
        20);
    assert_string_equal(fake_word(f, "pjl/PAPER", "result"), "refused");
    assert_string_equal(f->changes, "");
}

/* One value is possible only after another one: once more, after all were read back. */
static void test_write__order(void **state)
{
    fake *f = *state;
    f->needs_paper = true;
    fake_act(f, "settings.write",
             "{\"items\":[{\"path\":\"pjl/DUPLEX\",\"value\":\"ON\"},{\"path\":\"pjl/PAPER\","
             "\"value\":\"A4\"},{\"path\":\"pjl/CPLOCK\",\"value\":\"ON\"}],\"write\":true}",
             0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(fake_word(f, "pjl/DUPLEX", "result"), "written");
    assert_int_equal(f->defaults, 4);
    const char *lock = strstr(f->seen, "DEFAULT CPLOCK");
    assert_true(lock != NULL && lock > strstr(f->seen, "DEFAULT PAPER")); /* the lock shuts last */
}

static void test_write__password(void **state)
{
    fake *f = *state;
    f->password = 4711;
    f->tells_password = true;
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_int_equal(f->code, PLATEN_E_AUTH);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "refused");
    assert_non_null(strstr(fake_word(f, "pjl/COPIES", "text"), "register a credential"));
    f->target.password = "1234";
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_int_equal(f->code, PLATEN_E_AUTH);
    assert_non_null(strstr(fake_word(f, "pjl/COPIES", "text"), "another one"));
    f->target.password = "4711";
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
    f->tells_password = false; /* without, then with it */
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "3"), 0);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
    f->password = 0;
    f->tells_password = true; /* no lock: nobody is shown the password */
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "4"), 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_null(strstr(f->seen, "4711"));
    f->target.password = "not a number";
    f->password = 9;
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "5"), 0);
    assert_int_equal(f->code, PLATEN_E_AUTH);
    assert_null(strstr(f->seen, "not a number"));
}

static void test_write__without_dinquire(void **state)
{
    fake *f = *state;
    f->no_dinquire = true;
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "2"), 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
}

/* The device restarts in the middle: what it has afterwards is the result, and the rest is sent. */
static void test_write__device_goes_away(void **state)
{
    static const char *const three =
        "{\"items\":[{\"path\":\"pjl/COPIES\",\"value\":2},{\"path\":\"pjl/"
        "PAPER\",\"value\":\"A4\"},"
        "{\"path\":\"pjl/DUPLEX\",\"value\":\"ON\"}],\"write\":true}";
    fake *f = *state;
    f->close_after = 1;
    f->down = 1;
    fake_act(f, "settings.write", three, 0);
    assert_int_equal(f->code, PLATEN_OK);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
    assert_string_equal(fake_word(f, "pjl/DUPLEX", "result"), "written");
    assert_int_equal(f->defaults, 3);
    assert_non_null(strstr(f->log, "went away"));
    f->mute_after = true; /* says nothing after the DEFAULTs, then answers a new session */
    fake_act(f, "settings.write", WRITE("pjl/COPIES", "7"), 0);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "written");
    f->refuses = true;
    fake_act(f, "settings.write", three, 0);
    assert_int_equal(f->code, PLATEN_E_UNREACHABLE);
    assert_string_equal(fake_word(f, "pjl/COPIES", "result"), "failed");
    assert_non_null(strstr(fake_word(f, "pjl/COPIES", "text"), "nothing was written"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_probe__sends_nothing_uninvited),
        TEST(test_facts__of_a_device_that_speaks_nothing_else),
        TEST(test_check__says_what_is_possible),
        TEST(test_check__of_other_languages),
        TEST(test_check__silence_and_refusal),
        TEST(test_read__in_every_shape),
        TEST(test_read__no_form_feeds_and_no_secrets),
        TEST(test_read__languages_by_name),
        TEST(test_write__writes_what_differs),
        TEST(test_write__preview_and_comparison),
        TEST(test_write__what_cannot_be),
        TEST(test_write__devices_that_lie),
        TEST(test_write__order),
        TEST(test_write__password),
        TEST(test_write__without_dinquire),
        TEST(test_write__device_goes_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
