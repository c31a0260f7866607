/* Polls of devices of the simulator, without a manager. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "stage.h"

#define CONFIG                                                                                     \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static void test_poll__sends_whole_once_then_same(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "5", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":2,\"address\":\"127.10.0.1\","
                          "\"drivers\":[\"printer-mib\"],\"credential\":\"3\","
                          "\"protocol\":\"snmpv2c\",\"memo\":{}}]");
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,2]]}");
    stage_wait_done(&s, "1", 20);
    const cJSON *first = stage_target(&s, "1", 5);
    assert_non_null(first);
    assert_string_equal(json_get_text(first, "state", ""), "success");
    assert_string_equal(json_get_text(first, "power", ""), "on");
    assert_true(cJSON_GetArraySize(json_get_array(json_get_object(first, "report"), "supplies")) >
                0);
    stage_job(&s, "{\"id\":\"2\",\"run\":\"2\",\"kind\":\"device.monitor\",\"targets\":[[5,2]]}");
    stage_wait_done(&s, "2", 20);
    assert_null(stage_target(&s, "2", 5));
    assert_int_equal(stage_same(&s, "2", 5), 1);
    assert_int_equal(s.questions, 1); /* known in that revision */
    stage_close(&s);
}

static void set_device(stage *s, int revision, const char *address, const char *credential,
                       const char *protocol)
{
    char text[512];
    (void)snprintf(
        text, sizeof(text),
        "[{\"id\":\"5\",\"revision\":%d,\"address\":\"%s\",\"drivers\":[\"printer-mib\"],"
        "\"credential\":\"%s\",\"protocol\":\"%s\",\"memo\":{}}]",
        revision, address, credential, protocol);
    stage_set_devices(s, text);
}

static const cJSON *poll_device(stage *s, int job, int revision)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "%d", job);
    stage_job(s, "{\"id\":\"%d\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,%d]]}",
              job, revision);
    (void)stage_wait_done(s, name, 30);
    return stage_target(s, name, 5);
}

/* What is not acknowledged is not "same"; what changes is sent whole. */
static void test_poll__same_needs_an_acknowledgement_and_no_change(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "5", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    set_device(&s, 1, "127.10.0.1", "3", "snmpv2c");
    s.hold = true;
    assert_non_null(poll_device(&s, 1, 1));
    assert_non_null(poll_device(&s, 2, 1)); /* the manager may not have the first */
    (void)pthread_mutex_lock(&s.mutex);
    s.hold = false;
    (void)pthread_mutex_unlock(&s.mutex);
    assert_non_null(poll_device(&s, 3, 1));
    assert_null(poll_device(&s, 4, 1));
    assert_int_equal(stage_same(&s, "4", 5), 1);
    stage_sim(&s, "alert add 0 cover-open");
    const cJSON *changed = poll_device(&s, 5, 1);
    assert_non_null(changed);
    assert_true(cJSON_GetArraySize(json_get_array(json_get_object(changed, "report"), "alerts")) >
                0);
    desk_session(s.desk); /* hello: the manager may have been restored from a backup */
    assert_non_null(poll_device(&s, 6, 1));
    assert_null(poll_device(&s, 7, 1));
    set_device(&s, 2, "127.10.0.1", "3", "snmpv2c");
    assert_non_null(poll_device(&s, 8, 2)); /* another record of the device */
    assert_int_equal(s.questions, 2);
    stage_close(&s);
}

/* DEV-87 to DEV-89: 127.10.0.1 refuses TCP, so its host is alive. */
static void test_poll__silence_of_a_live_host_is_no_response(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    set_device(&s, 1, "127.10.0.1", "3", "snmpv2c");
    assert_string_equal(json_get_text(poll_device(&s, 1, 1), "power", ""), "on");
    stage_sim(&s, "silent 0");
    const cJSON *result = poll_device(&s, 2, 1);
    assert_string_equal(json_get_text(result, "power", ""), "no-response");
    assert_string_equal(json_get_text(result, "state", ""), "timeout");
    assert_non_null(strstr(json_get_text(result, "text", ""), "printer-mib, status"));
    assert_null(json_get_text(result, "hash", NULL));
    stage_sim(&s, "clear 0");
    result = poll_device(&s, 3, 1);
    assert_true(result == NULL || strcmp(json_get_text(result, "power", ""), "on") == 0);
    stage_close(&s);
}

static void assert_no_response(const cJSON *result)
{
    assert_string_equal(json_get_text(result, "state", ""), "timeout");
    assert_string_equal(json_get_text(result, "power", ""), "no-response");
}

/* The community of a device was changed: the other ones of the agent are tried, one with each poll
 * in which it is silent again, and what works is remembered. */
static void test_poll__finds_a_changed_credential(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, "\"wrong_per_day\":5,\"ranges\":[],\"credentials\":["
                     "{\"id\":\"1\",\"kind\":\"snmpv1\",\"community\":\"old\"},"
                     "{\"id\":\"2\",\"kind\":\"snmpv1\",\"community\":\"older\"},"
                     "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]");
    set_device(&s, 1, "127.10.0.1", "1", "snmpv2c");
    assert_no_response(poll_device(&s, 1, 1));
    assert_no_response(poll_device(&s, 2, 1)); /* "older" */
    const cJSON *result = poll_device(&s, 3, 1);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    assert_string_equal(json_get_text(result, "credential", ""), "3");
    assert_string_equal(json_get_text(result, "protocol", ""), "snmpv2c");
    assert_string_equal(json_get_text(result, "power", ""), "on");
    assert_null(poll_device(&s, 4, 1)); /* and goes straight to the right one */
    stage_close(&s);
}

/* Where all have been tried the first one has its turn again; no more a day than configured. */
static void test_poll__tries_others_by_turns_and_a_day_s_share(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, "\"wrong_per_day\":2,\"ranges\":[],\"credentials\":["
                     "{\"id\":\"1\",\"kind\":\"snmpv1\",\"community\":\"a\"},"
                     "{\"id\":\"2\",\"kind\":\"snmpv1\",\"community\":\"b\"},"
                     "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"c\"},"
                     "{\"id\":\"4\",\"kind\":\"snmpv1\",\"community\":\"public\"}]");
    set_device(&s, 1, "127.10.0.1", "1", "snmpv2c");
    for (int i = 1; i <= 6; i++) {
        assert_no_response(poll_device(&s, i, 1)); /* "b", "c", and then it is enough for today */
    }
    stage_close(&s);
}

/* A device that fell silent is asked in the other version too, as the last of its tries: v1 only
 * printers of which the manager has another opinion are found with the second poll. */
static void test_poll__a_silent_device_is_asked_in_the_other_version(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", "--versions", "1", NULL};
    stage s = {.timeout_ms = 300};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    set_device(&s, 1, "127.10.0.1", "3", "snmpv2c");
    int64_t begun = clock_mono();
    assert_no_response(poll_device(&s, 1, 1));
    int64_t ms = clock_mono() - begun;
    assert_in_range(ms, 550, 1500); /* 2 tries x 300 ms and no third */
    const cJSON *result = poll_device(&s, 2, 1);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    assert_string_equal(json_get_text(result, "protocol", ""), "snmpv1");
    assert_null(poll_device(&s, 3, 1));
    stage_close(&s);
}

/* The first `count` devices of the fleet, as the manager knows them. */
static void set_fleet(stage *s, int count)
{
    strbuf devices;
    strbuf_init(&devices);
    for (int i = 1; i <= count; i++) {
        strbuf_appendf(&devices,
                       "%s{\"id\":\"%d\",\"revision\":1,\"address\":\"127.10.%d.%d\","
                       "\"drivers\":[\"printer-mib\"],\"credential\":\"3\","
                       "\"protocol\":\"snmpv2c\"}",
                       i == 1 ? "[" : ",", i, (i - 1) / 254, (i - 1) % 254 + 1);
    }
    strbuf_append_char(&devices, ']');
    stage_set_devices(s, devices.data);
    strbuf_fini(&devices);
}

/* Polls them with one job each `most`, all at once. */
static void poll_fleet(stage *s, int round, int count, int most)
{
    for (int first = 1; first <= count; first += most) {
        strbuf targets;
        strbuf_init(&targets);
        for (int i = first; i < first + most && i <= count; i++) {
            strbuf_appendf(&targets, "%s[%d,1]", i == first ? "[" : ",", i);
        }
        strbuf_append_char(&targets, ']');
        stage_job(s, "{\"id\":\"%d\",\"run\":\"%d\",\"kind\":\"device.monitor\",\"targets\":%s}",
                  round * 100 + first / most, round, targets.data);
        strbuf_fini(&targets);
    }
    for (int first = 1; first <= count; first += most) {
        char name[16];
        (void)snprintf(name, sizeof(name), "%d", round * 100 + first / most);
        (void)stage_wait_done(s, name, 60);
    }
}

/* Silent devices at the end of a round that is many times too large to be begun at once: they are
 * judged while the others are still at work, both in the first round, in which they are found by
 * knocking, and in the next, in which they are known. */
static void test_poll__silent_devices_do_not_wait_for_their_turn(void **state)
{
    (void)state;
    enum { COUNT = 300, SILENT = 20 };
    static const char *const sim[] = {"--devices", "300", "--still", NULL};
    stage s = {.timeout_ms = 1000};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    set_fleet(&s, COUNT);
    poll_fleet(&s, 1, COUNT, 100);
    stage_sim(&s, "silent 280-299");
    stage_sim(&s, "latency 150"); /* most of a second a device, 64 at a time */
    for (int round = 2; round <= 3; round++) {
        int before = cJSON_GetArraySize(s.results);
        poll_fleet(&s, round, COUNT, 100);
        int silent = 0;
        int others_behind = 0;
        for (int i = cJSON_GetArraySize(s.results) - 1; i >= before; i--) {
            const cJSON *row = cJSON_GetArrayItem(s.results, i);
            bool is_silent = json_get_i64(row, "id", 0) > COUNT - SILENT &&
                             strcmp(json_get_text(row, "power", ""), "no-response") == 0;
            silent += is_silent ? 1 : 0;
            others_behind += silent == 0 ? cJSON_GetArraySize(json_get_array(row, "same")) : 0;
        }
        assert_int_equal(silent, SILENT);
        assert_in_range(others_behind, 30, COUNT);
    }
    stage_close(&s);
}

/* Of the devices in the order of their results since `from`, how many come before the first whose
 * number is `slow` or lower. */
static int ahead_of_slow(const stage *s, int from, int slow)
{
    int ahead = 0;
    for (int i = from; i < cJSON_GetArraySize(s->results); i++) {
        const cJSON *id = NULL;
        cJSON_ArrayForEach(id, json_get_array(cJSON_GetArrayItem(s->results, i), "same"))
        {
            const cJSON *first = cJSON_IsArray(id) ? cJSON_GetArrayItem(id, 0) : id;
            if (cJSON_GetNumberValue(first) <= slow) {
                return ahead;
            }
            ahead++;
        }
    }
    return ahead;
}

/* More slow devices than quick ones are polled at a time stand first in the list: they do not hold
 * up the quick ones behind them. */
static void test_poll__slow_devices_do_not_hold_up_quick_ones(void **state)
{
    (void)state;
    enum { COUNT = 1000, SLOW = 700 };
    static const char *const sim[] = {"--devices", "1000", "--still", NULL};
    stage s = {.timeout_ms = 2000};
    stage_open(&s, sim, "printer-mib", 2500);
    stage_config(&s, CONFIG);
    stage_sim(&s, "slow 0-699 200");
    set_fleet(&s, COUNT);
    for (int round = 1; round <= 2; round++) { /* the first shows who is slow */
        int before = cJSON_GetArraySize(s.results);
        poll_fleet(&s, round, COUNT, COUNT);
        if (round == 2) {
            assert_in_range(ahead_of_slow(&s, before, SLOW), 50, COUNT - SLOW);
        }
    }
    stage_close(&s);
}

/* DECISIONS, Devices: a device known by v3 is never asked with a community. */
static void test_poll__v3_never_falls_back(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", NULL}; /* speaks v1 and v2c */
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, "\"wrong_per_day\":5,\"ranges\":[\"127.10.0.1\"],\"credentials\":["
                     "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"},"
                     "{\"id\":\"8\",\"kind\":\"snmpv3\",\"user\":\"op\",\"auth\":\"sha256\","
                     "\"auth_password\":\"authpass1\"}]");
    set_device(&s, 1, "127.10.0.1", "8", "snmpv3");
    const cJSON *result = poll_device(&s, 1, 1);
    assert_string_not_equal(json_get_text(result, "state", ""), "success");
    assert_null(json_get_text(result, "credential", NULL));
    /* A search does not either: the device is known. */
    stage_job(&s, "{\"id\":\"9\",\"run\":\"9\",\"kind\":\"device.discover\",\"settings\":{}}");
    (void)stage_wait_done(&s, "9", 30);
    const cJSON *verdict = json_get_object(stage_verdict(&s, "9", "127.10.0.1"), "verdict");
    assert_string_not_equal(json_get_text(verdict, "decision", ""), "found");
    stage_close(&s);
}

/* A device that was imported: nobody knows its driver or credential yet. */
static void test_poll__finds_driver_and_credential_of_an_imported_device(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "2", "--still", NULL};
    stage s = {0};
    stage_open(&s, sim, "printer-mib", 64);
    stage_config(&s, CONFIG);
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.10.0.2\",\"drivers\":[],"
                          "\"credential\":null,\"protocol\":\"\",\"memo\":{}}]");
    const cJSON *result = poll_device(&s, 1, 1);
    assert_string_equal(json_get_text(result, "state", ""), "success");
    assert_string_equal(json_get_text(result, "credential", ""), "3");
    const cJSON *drivers = json_get_array(result, "drivers");
    assert_int_equal(cJSON_GetArraySize(drivers), 1);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(drivers, 0)), "printer-mib");
    stage_close(&s);
}

/* Thousands at once; the questions for them go in pieces of 5,000. Some of them only speak SNMPv1,
 * which the manager does not know yet: with the second poll all have answered. */
static void test_poll__many_devices(void **state)
{
    (void)state;
    enum { COUNT = 6000 };
    static const char *const sim[] = {"--devices", "6000", "--still", NULL};
    stage s = {.timeout_ms = 1000}; /* the machine is busy, nobody is silent */
    strbuf devices;
    strbuf targets;
    stage_open(&s, sim, "printer-mib", 1024);
    stage_config(&s, CONFIG);
    strbuf_init(&devices);
    strbuf_init(&targets);
    int at = 0;
    for (int i = 1; i <= COUNT; i++) {
        do {
            at++;
        } while (at % 256 == 0 || at % 256 == 255); /* as the simulator counts */
        strbuf_appendf(&devices,
                       "%s{\"id\":\"%d\",\"revision\":1,\"address\":\"127.10.%d.%d\","
                       "\"drivers\":[\"printer-mib\"],\"credential\":\"3\","
                       "\"protocol\":\"snmpv2c\"}",
                       i == 1 ? "[" : ",", i, at / 256, at % 256);
        strbuf_appendf(&targets, "%s[%d,1]", i == 1 ? "[" : ",", i);
    }
    strbuf_append_char(&devices, ']');
    strbuf_append_char(&targets, ']');
    stage_set_devices(&s, devices.data);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":%s}",
              targets.data);
    (void)stage_wait_done(&s, "1", 200);
    assert_int_equal(s.questions, 2);
    stage_job(&s, "{\"id\":\"2\",\"run\":\"2\",\"kind\":\"device.monitor\",\"targets\":%s}",
              targets.data);
    (void)stage_wait_done(&s, "2", 200);
    size_t good = 0;
    const cJSON *row = NULL;
    cJSON_ArrayForEach(row, s.results)
    {
        good += strcmp(json_get_text(row, "state", ""), "success") == 0 &&
                        cJSON_HasObjectItem(row, "id")
                    ? 1
                    : 0;
    }
    if (good != COUNT) {
        cJSON_ArrayForEach(row, s.results)
        {
            if (strcmp(json_get_text(row, "state", ""), "success") != 0) {
                char *text = cJSON_PrintUnformatted(row);
                print_message("%.300s\n", text);
                cJSON_free(text);
            }
        }
    }
    assert_int_equal(good, COUNT);
    strbuf_fini(&devices);
    strbuf_fini(&targets);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_poll__sends_whole_once_then_same),
        cmocka_unit_test(test_poll__same_needs_an_acknowledgement_and_no_change),
        cmocka_unit_test(test_poll__silence_of_a_live_host_is_no_response),
        cmocka_unit_test(test_poll__finds_a_changed_credential),
        cmocka_unit_test(test_poll__tries_others_by_turns_and_a_day_s_share),
        cmocka_unit_test(test_poll__a_silent_device_is_asked_in_the_other_version),
        cmocka_unit_test(test_poll__silent_devices_do_not_wait_for_their_turn),
        cmocka_unit_test(test_poll__slow_devices_do_not_hold_up_quick_ones),
        cmocka_unit_test(test_poll__v3_never_falls_back),
        cmocka_unit_test(test_poll__finds_driver_and_credential_of_an_imported_device),
        cmocka_unit_test(test_poll__many_devices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
