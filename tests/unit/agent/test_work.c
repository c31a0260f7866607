/* The desk with drivers of the test's own: ranks, failures, drivers that break the rules. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "plug_double.h"
#include "stage.h"

#define MEMBERS                                                                                    \
    "\"ranges\":[],\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"},"  \
    "{\"id\":\"4\",\"kind\":\"user\",\"user\":\"admin\",\"password\":\"secret\"}]"

static const platen_drivers *const api = &desk_drivers;

/* ---- drivers ---- */

static platen_work *kept; /* by the driver that never finishes */
static atomic_int blocking_runs;
static char seen_user[64], seen_address[64], seen_memo[64];

static void plain(platen_work *work, void *user)
{
    (void)user;
    platen_target t = PLATEN_TARGET_INIT;
    platen_supply supply = PLATEN_SUPPLY_INIT;
    api->target(work, &t);
    (void)snprintf(seen_user, sizeof(seen_user), "%s", t.user);
    (void)snprintf(seen_address, sizeof(seen_address), "%s", t.address);
    (void)snprintf(seen_memo, sizeof(seen_memo), "%s", api->memo(work));
    supply.key = "marker.1.1";
    supply.description = "toner of the first";
    supply.percent = 40;
    api->text(work, PLATEN_FIELD_MODEL, "First", SIZE_MAX);
    api->supply(work, &supply);
    api->memo_set(work, "row=1");
    api->finish(work, PLATEN_OK, NULL);
}

static void blocking(platen_work *work, void *user)
{
    (void)user;
    platen_supply supply = PLATEN_SUPPLY_INIT;
    platen_counter counter = PLATEN_COUNTER_INIT;
    struct timespec nap = {0, 30000000};
    atomic_fetch_add(&blocking_runs, 1);
    (void)nanosleep(&nap, NULL);
    supply.key = "ipp.1";
    supply.description = "the same toner, seen by the second";
    counter.key = "total";
    counter.value = 7;
    api->text(work, PLATEN_FIELD_MODEL, "Second", SIZE_MAX);
    api->text(work, PLATEN_FIELD_UUID, "only the second knows", SIZE_MAX);
    api->supply(work, &supply);
    api->counter(work, &counter);
    api->finish(work, PLATEN_OK, NULL);
}

static void failing(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(err.text, sizeof(err.text), "reading prtGeneral: wrong type");
    api->text(work, PLATEN_FIELD_LOCATION, "read before the failure", SIZE_MAX);
    api->finish(work, *(const platen_code *)user, &err);
}

static void twice(platen_work *work, void *user)
{
    (void)user;
    api->finish(work, PLATEN_OK, NULL);
    api->text(work, PLATEN_FIELD_MODEL, "too late", SIZE_MAX);
    api->finish(work, PLATEN_E_DEVICE, NULL);
}

static void never(platen_work *work, void *user)
{
    (void)user;
    kept = work;
}

/* A device that never stops talking. */
static void chatty(platen_work *work, void *user)
{
    (void)user;
    char text[5000];
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 20000; i++) {
        platen_alert alert = PLATEN_ALERT_INIT;
        char line[32];
        (void)snprintf(line, sizeof(line), "alert %d", i);
        alert.text = line;
        api->alert(work, &alert);
        api->text(work, PLATEN_FIELD_NAME, text, sizeof(text));
    }
    api->finish(work, PLATEN_OK, NULL);
}

static void reads(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    platen_code rc = desk_snmp.read(work, NULL, NULL, NULL, &err);
    assert_int_equal(rc, PLATEN_E_INVAL); /* a read without plan is refused, not crashed */
    api->finish(work, PLATEN_OK, NULL);
}

static snmpeng_plan *half_plan;

static void half_read(platen_work *work, const platen_snmp_result *result, void *user)
{
    (void)user;
    assert_int_equal(result->code, PLATEN_OK);
    api->finish(work, PLATEN_E_TIMEOUT, NULL); /* as if the next question got no answer */
}

static void half(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    if (desk_snmp.read(work, (const platen_snmp_plan *)half_plan, half_read, NULL, &err) !=
        PLATEN_OK) {
        api->finish(work, (platen_code)err.code, &err);
    }
}

static void set_driver(size_t at, const char *id, void (*run)(platen_work *work, void *user),
                       uint32_t flags, uint32_t rank, void *user)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    d.id = id;
    d.run = run;
    d.flags = flags;
    d.rank = rank;
    d.user = user;
    d.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_STATUS);
    d.transport =
        (flags & PLATEN_DRIVER_BLOCKING) != 0 ? PLATEN_TRANSPORT_TCP : PLATEN_TRANSPORT_SNMP;
    d.port = d.transport == PLATEN_TRANSPORT_TCP ? 631 : 0;
    plug_double_drivers[at] = (plug_driver){d, "1.0", false};
    plug_double_count = at + 1;
}

/* ---- the scene: device 5 at 127.0.0.1 ---- */

static void open_scene(stage *s, const char *drivers)
{
    char devices[512];
    stage_open(s, NULL, "", 64);
    stage_config(s, MEMBERS);
    (void)snprintf(devices, sizeof(devices),
                   "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.0.0.1\",\"drivers\":%s,"
                   "\"credential\":\"3\",\"protocol\":\"snmpv2c\",\"memo\":{}}]",
                   drivers);
    stage_set_devices(s, devices);
}

static const cJSON *poll_device(stage *s, const char *job)
{
    stage_job(s, "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,1]]}",
              job);
    assert_string_equal(json_get_text(stage_wait_done(s, job, 20), "state", ""), "success");
    return stage_target(s, job, 5);
}

static void test_work__higher_rank_wins_and_lower_fills_gaps(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", plain, 0, 20, NULL);
    set_driver(1, "second", blocking, PLATEN_DRIVER_BLOCKING, 10, NULL);
    open_scene(&s, "[\"first\",\"second\"]");
    const cJSON *result = poll_device(&s, "1");
    const cJSON *report = json_get_object(result, "report");
    assert_string_equal(json_get_text(result, "state", ""), "success");
    assert_string_equal(json_get_text(report, "model", ""), "First");
    assert_string_equal(json_get_text(report, "uuid", ""), "only the second knows");
    assert_int_equal(cJSON_GetArraySize(json_get_array(report, "supplies")), 1); /* not twice */
    assert_int_equal(cJSON_GetArraySize(json_get_array(report, "counters")), 1);
    assert_string_equal(json_get_text(json_get_object(result, "memo"), "first", ""), "row=1");
    assert_string_equal(seen_address, "127.0.0.1");
    assert_string_equal(seen_user, "admin"); /* a device of ours may be shown the password */
    assert_string_equal(seen_memo, "");
    assert_null(poll_device(&s, "2")); /* nothing has changed */
    assert_int_equal(stage_same(&s, "2", 5), 1);
    assert_string_equal(seen_memo, "row=1");
    stage_close(&s);
}

static void test_work__one_failure_of_two_is_a_warning(void **state)
{
    (void)state;
    stage s = {0};
    static platen_code code = PLATEN_E_DEVICE;
    set_driver(0, "first", failing, 0, 20, &code);
    set_driver(1, "second", blocking, PLATEN_DRIVER_BLOCKING, 10, NULL);
    open_scene(&s, "[\"first\",\"second\"]");
    const cJSON *result = poll_device(&s, "1");
    assert_string_equal(json_get_text(result, "state", ""), "warning");
    assert_string_equal(json_get_text(result, "code", ""), "device");
    assert_string_equal(json_get_text(result, "text", ""),
                        "first, status: reading prtGeneral: wrong type");
    assert_string_equal(json_get_text(result, "power", ""), "on");
    const cJSON *report = json_get_object(result, "report");
    assert_string_equal(json_get_text(report, "location", ""), "read before the failure");
    assert_string_equal(json_get_text(report, "model", ""), "Second");
    stage_close(&s);
}

static void test_work__a_failure_says_step_and_answer(void **state)
{
    (void)state;
    stage s = {0};
    static platen_code code = PLATEN_E_PROTOCOL;
    set_driver(0, "first", failing, 0, 20, &code);
    open_scene(&s, "[\"first\"]");
    const cJSON *result = poll_device(&s, "1");
    assert_string_equal(json_get_text(result, "state", ""), "error");
    assert_string_equal(json_get_text(result, "code", ""), "protocol");
    assert_string_equal(json_get_text(result, "power", ""), "no-response"); /* it is alive */
    assert_null(json_get_object(result, "report"));
    stage_close(&s);
}

/* A device that answered one question and not the next is on, and not silent. */
static void test_work__half_an_answer_is_a_sign_of_life(void **state)
{
    (void)state;
    static const char *const sim[] = {"--devices", "1", NULL};
    platen_snmp_item uptime = PLATEN_SNMP_ITEM_INIT;
    uptime.oid = "1.3.6.1.2.1.1.3.0";
    assert_int_equal(snmpeng_plan_new(&uptime, 1, &half_plan, NULL), PLATEN_OK);
    stage s = {.timeout_ms = 2000};
    set_driver(0, "first", half, 0, 20, NULL);
    stage_open(&s, sim, "", 64);
    stage_config(&s, MEMBERS);
    stage_set_devices(&s, "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.10.0.1\","
                          "\"drivers\":[\"first\"],\"credential\":\"3\","
                          "\"protocol\":\"snmpv2c\"}]");
    const cJSON *result = poll_device(&s, "1");
    assert_string_equal(json_get_text(result, "state", ""), "timeout");
    assert_string_equal(json_get_text(result, "power", ""), "on");
    stage_close(&s);
    snmpeng_plan_free(half_plan);
}

static void test_work__second_finish_is_noticed_and_has_no_effect(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "twice", twice, 0, 20, NULL);
    uint64_t before = desk_misuses();
    open_scene(&s, "[\"twice\"]");
    const cJSON *result = poll_device(&s, "1");
    assert_string_equal(json_get_text(result, "state", ""), "success");
    assert_null(json_get_text(json_get_object(result, "report"), "model", NULL));
    assert_int_equal(desk_misuses() - before, 2);
    assert_int_equal(stage_count(&s, "1", "id"), 1);
    stage_close(&s);
}

/* A driver that forgets to finish loses the device; when it finishes after all, nothing happens. */
static void test_work__late_driver_loses_the_device(void **state)
{
    (void)state;
    stage s = {.work_ms = 400};
    set_driver(0, "never", never, 0, 20, NULL);
    open_scene(&s, "[\"never\"]");
    const cJSON *result = poll_device(&s, "1");
    assert_string_equal(json_get_text(result, "state", ""), "timeout");
    assert_non_null(strstr(json_get_text(result, "text", ""), "did not finish"));
    assert_non_null(kept);
    api->text(kept, PLATEN_FIELD_MODEL, "too late", SIZE_MAX);
    api->finish(kept, PLATEN_OK, NULL);
    set_driver(0, "first", plain, 0, 20, NULL); /* the device is free again */
    assert_string_equal(json_get_text(poll_device(&s, "2"), "state", ""), "success");
    stage_close(&s);
    kept = NULL;
    stage again = {.work_ms = 400}; /* one that never comes back is no leak either */
    set_driver(0, "never", never, 0, 20, NULL);
    open_scene(&again, "[\"never\"]");
    (void)poll_device(&again, "1");
    stage_close(&again);
}

static void test_work__a_chatty_device_is_bounded(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "chatty", chatty, 0, 20, NULL);
    open_scene(&s, "[\"chatty\"]");
    const cJSON *report = json_get_object(poll_device(&s, "1"), "report");
    assert_int_equal(cJSON_GetArraySize(json_get_array(report, "alerts")), 200);
    assert_true(strlen(json_get_text(report, "name", "")) <= 255);
    stage_close(&s);
}

static void test_work__a_read_without_plan_is_refused(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "reads", reads, 0, 20, NULL);
    open_scene(&s, "[\"reads\"]");
    assert_string_equal(json_get_text(poll_device(&s, "1"), "state", ""), "success");
    stage_close(&s);
}

/* One device, two jobs: the second waits for the first; both get their result. */
static void test_work__a_device_has_one_visit_at_a_time(void **state)
{
    (void)state;
    stage s = {0};
    atomic_store(&blocking_runs, 0);
    set_driver(0, "second", blocking, PLATEN_DRIVER_BLOCKING, 10, NULL);
    open_scene(&s, "[\"second\"]");
    for (int i = 1; i <= 5; i++) {
        stage_job(
            &s, "{\"id\":\"%d\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,1]]}", i);
    }
    for (int i = 1; i <= 5; i++) {
        char job[16];
        (void)snprintf(job, sizeof(job), "%d", i);
        (void)stage_wait_done(&s, job, 20);
        assert_int_equal((stage_target(&s, job, 5) != NULL ? 1 : 0) + stage_same(&s, job, 5), 1);
    }
    assert_int_equal(atomic_load(&blocking_runs), 5);
    stage_close(&s);
}

static void test_work__jobs_that_cannot_be_are_answered(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", plain, 0, 20, NULL);
    stage_open(&s, NULL, "", 64);
    stage_job(&s, "{\"id\":\"0\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[]}");
    assert_string_equal(json_get_text(stage_wait_done(&s, "0", 10), "code", ""), "state");
    stage_config(&s, MEMBERS);
    stage_set_devices(&s, "[{\"id\":\"6\",\"revision\":1,\"address\":\"\"}]");
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"targets\":[[5,1]]}");
    const cJSON *done = stage_wait_done(&s, "1", 10);
    assert_string_equal(json_get_text(done, "state", ""), "error");
    assert_string_equal(json_get_text(done, "code", ""), "malformed");
    stage_job(&s,
              "{\"id\":\"2\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,1],[6,1]]}");
    (void)stage_wait_done(&s, "2", 10);
    assert_string_equal(json_get_text(stage_target(&s, "2", 5), "code", ""), "not-found");
    assert_string_equal(json_get_text(stage_target(&s, "2", 6), "code", ""), "unreachable");
    stage_job(&s, "{\"id\":\"3\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[]}");
    assert_string_equal(json_get_text(stage_wait_done(&s, "3", 10), "state", ""), "success");
    stage_job(&s, "{\"id\":\"4\",\"run\":\"1\",\"kind\":\"device.discover\",\"settings\":{}}");
    assert_string_equal(json_get_text(stage_wait_done(&s, "4", 10), "state", ""), "error");
    stage_close(&s);
}

/* While the link can take no more, nothing is begun; a cancel answers what has not begun. */
static void test_work__waits_while_full_and_cancels(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", plain, 0, 20, NULL);
    open_scene(&s, "[\"first\"]");
    s.full = true;
    stage_job(&s, "{\"id\":\"1\",\"run\":\"77\",\"kind\":\"device.monitor\",\"targets\":[[5,1]]}");
    struct timespec nap = {0, 300000000};
    (void)nanosleep(&nap, NULL);
    assert_null(stage_target(&s, "1", 5));
    desk_cancel(s.desk, "78"); /* of another run */
    desk_cancel(s.desk, "77");
    assert_string_equal(json_get_text(stage_wait_done(&s, "1", 10), "state", ""), "cancelled");
    assert_string_equal(json_get_text(stage_target(&s, "1", 5), "state", ""), "cancelled");
    (void)pthread_mutex_lock(&s.mutex);
    s.full = false;
    (void)pthread_mutex_unlock(&s.mutex);
    assert_string_equal(json_get_text(poll_device(&s, "2"), "state", ""), "success");
    stage_close(&s);
}

/* The agent stops in the middle: no crash, no leak, no result that says "failed". */
static void test_work__stops_in_the_middle(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "second", blocking, PLATEN_DRIVER_BLOCKING, 10, NULL);
    open_scene(&s, "[\"second\"]");
    atomic_store(&blocking_runs, 0);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[5,1]]}");
    for (int i = 0; i < 1000 && atomic_load(&blocking_runs) == 0; i++) {
        struct timespec nap = {0, 1000000};
        (void)nanosleep(&nap, NULL);
    }
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work__higher_rank_wins_and_lower_fills_gaps),
        cmocka_unit_test(test_work__one_failure_of_two_is_a_warning),
        cmocka_unit_test(test_work__a_failure_says_step_and_answer),
        cmocka_unit_test(test_work__half_an_answer_is_a_sign_of_life),
        cmocka_unit_test(test_work__second_finish_is_noticed_and_has_no_effect),
        cmocka_unit_test(test_work__late_driver_loses_the_device),
        cmocka_unit_test(test_work__a_chatty_device_is_bounded),
        cmocka_unit_test(test_work__a_read_without_plan_is_refused),
        cmocka_unit_test(test_work__a_device_has_one_visit_at_a_time),
        cmocka_unit_test(test_work__jobs_that_cannot_be_are_answered),
        cmocka_unit_test(test_work__waits_while_full_and_cancels),
        cmocka_unit_test(test_work__stops_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
