/*
 * Actions through the desk, the real driver and the simulator: device.edit, device.restart, kinds
 * that no driver does. TSK-07, MON-47 to MON-50.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "stage.h"

#define READ_ONLY                                                                                  \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"
#define READ_WRITE                                                                                 \
    "\"ranges\":[],"                                                                               \
    "\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"private\"}]"

static const char *const sim[] = {"--devices",       "40", "--still", "--only", "hp-color-laser",
                                  "--reset-seconds", "1",  NULL};

/* Devices 1 to `count` of the simulator. */
static void open_stage(stage *s, const char *config, int count, unsigned in_flight)
{
    strbuf text;
    strbuf_init(&text);
    stage_open(s, sim, "printer-mib", in_flight);
    stage_config(s, config);
    for (int i = 1; i <= count; i++) {
        strbuf_appendf(&text,
                       "%c{\"id\":\"%d\",\"revision\":1,\"address\":\"127.10.0.%d\","
                       "\"drivers\":[\"printer-mib\"],\"credential\":\"3\","
                       "\"protocol\":\"snmpv2c\",\"memo\":{}}",
                       i == 1 ? '[' : ',', i, i);
    }
    strbuf_append(&text, "]");
    stage_set_devices(s, text.data);
    strbuf_fini(&text);
}

/* Runs a job on devices 1 to `count`; its members are JSON. */
static void run_job(stage *s, const char *job, int count, const char *members)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_appendf(&text, "{\"id\":\"%s\",\"run\":\"%s\",%s,\"targets\":", job, job, members);
    for (int i = 1; i <= count; i++) {
        strbuf_appendf(&text, "%c[%d,1]", i == 1 ? '[' : ',', i);
    }
    strbuf_append(&text, "]}");
    stage_job(s, "%s", text.data);
    strbuf_fini(&text);
}

static const cJSON *act_on_first(stage *s, const char *job, const char *members)
{
    run_job(s, job, 1, members);
    (void)stage_wait_done(s, job, 60);
    const cJSON *result = stage_target(s, job, 1);
    assert_non_null(result);
    return result;
}

static void expect(const cJSON *result, const char *state, const char *code, const char *words)
{
    assert_string_equal(json_get_text(result, "state", ""), state);
    assert_string_equal(json_get_text(result, "code", ""), code);
    const char *text = json_get_text(result, "text", "");
    if (strstr(text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, text);
    }
}

static const cJSON *change_of(const cJSON *result, int n)
{
    return cJSON_GetArrayItem(json_get_array(result, "changes"), n);
}

static void test_act__edit_changes_what_differs_and_reads_the_report(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_WRITE, 1, 64);
    const cJSON *r = act_on_first(&s, "1",
                                  "\"kind\":\"device.edit\",\"mode\":\"preview\","
                                  "\"settings\":{\"name\":\"lp-new\"}");
    expect(r, "success", "ok", "");
    assert_string_equal(json_get_text(change_of(r, 0), "to", ""), "lp-new");
    assert_null(json_get_object(r, "report"));
    r = act_on_first(&s, "2",
                     "\"kind\":\"device.edit\",\"settings\":{\"name\":\"lp-new\",\"location\":"
                     "\"R\xc3\xa4ume 7\"}");
    expect(r, "success", "ok", "");
    assert_int_equal(cJSON_GetArraySize(json_get_array(r, "changes")), 2);
    assert_string_equal(json_get_text(change_of(r, 0), "path", ""), "name");
    assert_true(json_get_text(change_of(r, 0), "from", "")[0] != '\0');
    assert_true(cJSON_GetArraySize(json_get_array(r, "log")) >= 2);
    assert_true(json_get_i64(r, "started", 0) > clock_now() - 60000);
    assert_string_equal(json_get_text(json_get_object(r, "report"), "name", ""), "lp-new");
    assert_string_equal(json_get_text(json_get_object(r, "report"), "location", ""),
                        "R\xc3\xa4ume 7");
    r = act_on_first(&s, "3", "\"kind\":\"device.edit\",\"settings\":{\"name\":\"lp-new\"}");
    expect(r, "success", "ok", "");
    assert_null(json_get_array(r, "changes"));
    stage_close(&s);
}

/* ERR-50, ERR-57: the words name the credential and what helps, never the community. */
static void test_act__a_credential_that_may_not_write(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_ONLY, 1, 64);
    const cJSON *r =
        act_on_first(&s, "1", "\"kind\":\"device.edit\",\"settings\":{\"name\":\"lp-new\"}");
    expect(r, "error", "auth", "credential 3 (SNMP community) reads this device but may not write");
    assert_null(strstr(json_get_text(r, "text", ""), "public"));
    assert_string_equal(json_get_text(json_get_object(r, "params"), "credential", ""), "3");
    r = act_on_first(&s, "2", "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    expect(r, "error", "auth", "may not write");
    stage_close(&s);
}

/* DEV-05: a community for reading and another one for writing. The one in between is wrong. */
static void test_act__the_credential_that_may_write_is_found(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s,
               "\"ranges\":[],\"wrong_per_day\":5,\"credentials\":["
               "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"},"
               "{\"id\":\"4\",\"kind\":\"snmpv1\",\"community\":\"stranger\"},"
               "{\"id\":\"5\",\"kind\":\"snmpv1\",\"community\":\"private\"}]",
               1, 64);
    const cJSON *r =
        act_on_first(&s, "1", "\"kind\":\"device.edit\",\"settings\":{\"name\":\"lp-new\"}");
    expect(r, "success", "ok", "");
    assert_string_equal(json_get_text(r, "credential", ""), "5"); /* from now on */
    assert_int_equal(cJSON_GetArraySize(json_get_array(r, "changes")), 1);
    r = act_on_first(&s, "2", "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    expect(r, "success", "ok", "");
    stage_close(&s);

    memset(&s, 0, sizeof(s));
    open_stage(&s,
               "\"ranges\":[],\"wrong_per_day\":1,\"credentials\":["
               "{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"},"
               "{\"id\":\"4\",\"kind\":\"snmpv1\",\"community\":\"stranger\"},"
               "{\"id\":\"5\",\"kind\":\"snmpv1\",\"community\":\"private\"}]",
               1, 64);
    r = act_on_first(&s, "1", "\"kind\":\"device.edit\",\"settings\":{\"name\":\"lp-new\"}");
    expect(r, "error", "auth", "credential 3"); /* no more wrong ones today */
    stage_close(&s);
}

static void test_act__restart_is_confirmed_by_a_young_uptime(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_WRITE, 1, 64);
    const cJSON *r =
        act_on_first(&s, "1", "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    expect(r, "success", "ok", "");
    assert_string_equal(json_get_text(change_of(r, 0), "to", ""), "powerCycleReset");
    char members[160];
    (void)snprintf(members, sizeof(members),
                   "\"kind\":\"device.restart\",\"verify\":true,\"first\":%lld,"
                   "\"settings\":{\"action\":\"restart\"}",
                   (long long)clock_now() - 30000);
    r = act_on_first(&s, "2", members); /* it has started since: it is done */
    expect(r, "success", "ok", "");
    assert_true(json_get_i64(r, "started", 0) != 0);
    bool told = false;
    const cJSON *line = NULL;
    cJSON_ArrayForEach(line, json_get_array(r, "log"))
    {
        told = told || strstr(json_get_text(line, "text", ""), "since this was given") != NULL;
    }
    assert_true(told);
    r = act_on_first(&s, "3", "\"kind\":\"device.restart\",\"settings\":{\"action\":\"shutdown\"}");
    expect(r, "skipped", "unsupported", "SNMP cannot switch a device off");
    stage_close(&s);
}

/* Forty devices restart at once in a window of two: waiting takes no room. */
static void test_act__waiting_devices_hold_no_slot(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_WRITE, 40, 2);
    int64_t begun = clock_mono();
    run_job(&s, "1", 40, "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    (void)stage_wait_done(&s, "1", 60);
    int64_t took = clock_mono() - begun;
    for (int i = 1; i <= 40; i++) {
        expect(stage_target(&s, "1", i), "success", "ok", "");
    }
    assert_true(took < 20000); /* 20 times two seconds and more, one pair after the other */
    stage_close(&s);
}

static void test_act__a_kind_that_no_driver_does_is_skipped(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_WRITE, 1, 64);
    const cJSON *r = act_on_first(&s, "1", "\"kind\":\"device.polish\",\"settings\":{}");
    expect(r, "skipped", "unsupported", "no driver of the device does this");
    assert_string_equal(json_get_text(r, "power", "left out"), ""); /* nothing was asked */
    stage_sim(&s, "silent 0");
    r = act_on_first(&s, "2", "\"kind\":\"device.edit\",\"settings\":{\"name\":\"x\"}");
    expect(r, "timeout", "timeout", "");
    assert_string_equal(json_get_text(r, "power", "left out"), ""); /* polls tell */
    stage_close(&s);
}

/* What waits finishes; what has not begun is cancelled; the agent may end in the middle. */
static void test_act__cancel_and_end(void **state)
{
    (void)state;
    stage s = {0};
    open_stage(&s, READ_WRITE, 40, 64);
    stage_sim(&s, "silent 10-39");
    run_job(&s, "1", 40, "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    desk_cancel(s.desk, "1");
    const cJSON *done = stage_wait_done(&s, "1", 60);
    assert_string_equal(json_get_text(done, "state", ""), "cancelled");
    for (int i = 1; i <= 40; i++) {
        assert_non_null(stage_target(&s, "1", i));
    }
    run_job(&s, "2", 9, "\"kind\":\"device.restart\",\"settings\":{\"action\":\"restart\"}");
    struct timespec pause = {1, 0};
    (void)nanosleep(&pause, NULL);
    stage_close(&s); /* nine devices are being waited for: nothing leaks */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_act__edit_changes_what_differs_and_reads_the_report),
        cmocka_unit_test(test_act__a_credential_that_may_not_write),
        cmocka_unit_test(test_act__the_credential_that_may_write_is_found),
        cmocka_unit_test(test_act__restart_is_confirmed_by_a_young_uptime),
        cmocka_unit_test(test_act__waiting_devices_hold_no_slot),
        cmocka_unit_test(test_act__a_kind_that_no_driver_does_is_skipped),
        cmocka_unit_test(test_act__cancel_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
