/* Actions with drivers of the test's own: who has its turn, waiting, what is refused. MON-48. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "plug_double.h"
#include "stage.h"

#define MEMBERS                                                                                    \
    "\"ranges\":[],\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static const platen_drivers *const api = &desk_drivers;
static const char *const actions[] = {"device.polish", "device.wax", NULL};

static atomic_int runs, waits;
static platen_code set_code, later_code, second_code;
static int64_t waited_ms;

/* ---- drivers ---- */

static void unable(platen_work *work, void *user)
{
    (void)user;
    api->act_log(work, PLATEN_ACT_INFO, "looking for the cloth");
    (api->skip)(work, "unsupported", "it has no cloth");
    api->finish(work, PLATEN_OK, NULL);
}

static void nothing_done(platen_work *work, const platen_snmp_result *result, void *user)
{
    (void)work;
    (void)result;
    (void)user;
    fail();
}

/* Tells what it was told, and tries to write. */
static void able(platen_work *work, void *user)
{
    platen_act act = PLATEN_ACT_INIT;
    platen_snmp_value value = PLATEN_SNMP_VALUE_INIT;
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    atomic_fetch_add(&runs, 1);
    api->act(work, &act);
    value.oid = "1.3.6.1.2.1.1.5.0";
    if ((act.flags & PLATEN_ACT_PREVIEW) != 0) {
        set_code = desk_snmp.set(work, &value, 1, nothing_done, NULL, &err);
    }
    api->change(work, "surface", "dull", act.settings);
    api->change(work, NULL, "x", "y");
    for (int i = 0; i < 300; i++) {
        api->act_log(work, 99, "rubbing\tthe \x01 surface");
        api->change(work, act.action, "", "x");
    }
    api->finish(work, PLATEN_OK, NULL);
}

static void warns(platen_work *work, void *user)
{
    (void)user;
    api->warn(work, "Not A Code", "it shines, but not much");
    api->finish(work, PLATEN_OK, NULL);
}

static void fails(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    (void)snprintf(err.text, sizeof(err.text), "out of polish");
    api->change(work, "surface", "dull", "bright"); /* half of it was done */
    api->finish(work, PLATEN_E_DEVICE, &err);
}

static int64_t begun;

static void woken(platen_work *work, void *user)
{
    assert_ptr_equal(user, &waits);
    waited_ms = clock_mono() - begun;
    if (atomic_fetch_add(&waits, 1) < 2) {
        platen_error err = PLATEN_ERROR_INIT;
        platen_code rc = api->later(work, 150, woken, &waits, &err);
        if (rc == PLATEN_OK) {
            return;
        }
        api->finish(work, rc, &err); /* the agent ends */
        return;
    }
    api->finish(work, PLATEN_OK, NULL);
}

static void waiting(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    begun = clock_mono();
    later_code = api->later(work, 0, woken, &waits, &err);
    if (api->later(work, 150, woken, &waits, &err) != PLATEN_OK) {
        api->finish(work, PLATEN_E_INTERNAL, &err);
    }
}

/* A work that reads may neither wait nor write nor tell changes. */
static void reading(platen_work *work, void *user)
{
    platen_snmp_value value = PLATEN_SNMP_VALUE_INIT;
    platen_act act = PLATEN_ACT_INIT;
    (void)user;
    value.oid = "1.3.6.1.2.1.1.5.0";
    set_code = desk_snmp.set(work, &value, 1, nothing_done, NULL, NULL);
    second_code = api->later(work, 10, woken, NULL, NULL);
    api->act(work, &act);
    assert_string_equal(act.action, "");
    api->change(work, "a", "b", "c");
    (api->skip)(work, "unsupported", "x");
    api->warn(work, "late", "x");
    api->finish(work, PLATEN_OK, NULL);
}

static void set_driver(size_t at, const char *id, void (*run)(platen_work *work, void *user),
                       uint32_t flags)
{
    platen_driver d = PLATEN_DRIVER_INIT;
    d.id = id;
    d.run = run;
    d.flags = flags;
    d.works = PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    d.transport =
        (flags & PLATEN_DRIVER_BLOCKING) != 0 ? PLATEN_TRANSPORT_TCP : PLATEN_TRANSPORT_SNMP;
    d.port = d.transport == PLATEN_TRANSPORT_TCP ? 631 : 0;
    d.actions = actions;
    plug_double_drivers[at] = (plug_driver){d, "1.0", false};
    plug_double_count = at + 1;
}

static void open_scene(stage *s, const char *drivers)
{
    char devices[512];
    atomic_store(&runs, 0);
    atomic_store(&waits, 0);
    stage_open(s, NULL, "", 64);
    stage_config(s, MEMBERS);
    (void)snprintf(devices, sizeof(devices),
                   "[{\"id\":\"5\",\"revision\":1,\"address\":\"127.0.0.1\",\"drivers\":%s,"
                   "\"credential\":\"3\",\"protocol\":\"snmpv2c\",\"memo\":{}}]",
                   drivers);
    stage_set_devices(s, devices);
}

static const cJSON *act(stage *s, const char *job, const char *kind, const char *more)
{
    stage_job(s, "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"%s\",\"targets\":[[5,1]]%s}", job, kind,
              more);
    (void)stage_wait_done(s, job, 20);
    const cJSON *result = stage_target(s, job, 5);
    assert_non_null(result);
    return result;
}

static void expect(const cJSON *result, const char *state, const char *code, const char *text)
{
    assert_string_equal(json_get_text(result, "state", ""), state);
    assert_string_equal(json_get_text(result, "code", ""), code);
    assert_string_equal(json_get_text(result, "text", ""), text);
}

static void test_action__the_next_driver_where_one_cannot(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", unable, 0);
    set_driver(1, "second", able, 0);
    open_scene(&s, "[\"first\",\"second\"]");
    const cJSON *r = act(&s, "1", "device.polish", ",\"settings\":{\"gloss\":7}");
    expect(r, "success", "ok", "");
    assert_int_equal(atomic_load(&runs), 1);
    const cJSON *change = cJSON_GetArrayItem(json_get_array(r, "changes"), 0);
    assert_string_equal(json_get_text(change, "to", ""), "{\"gloss\":7}");
    assert_int_equal(cJSON_GetArraySize(json_get_array(r, "changes")), 200);
    assert_int_equal(cJSON_GetArraySize(json_get_array(r, "log")), 100);
    const cJSON *line = cJSON_GetArrayItem(json_get_array(r, "log"), 0);
    assert_string_equal(json_get_text(line, "text", ""), "rubbing the surface");
    assert_string_equal(json_get_text(line, "level", ""), "info");
    expect(act(&s, "2", "device.paint", ""), "skipped", "unsupported",
           "no driver of the device does this");
    stage_close(&s);

    memset(&s, 0, sizeof(s));
    set_driver(1, "second", unable, 0);
    open_scene(&s, "[\"first\",\"second\"]");
    expect(act(&s, "1", "device.wax", ""), "skipped", "unsupported", "it has no cloth");
    stage_close(&s);
}

static void test_action__a_preview_cannot_write(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", able, 0);
    open_scene(&s, "[\"first\"]");
    expect(act(&s, "1", "device.polish", ",\"mode\":\"preview\""), "success", "ok", "");
    assert_int_equal(set_code, PLATEN_E_STATE);
    stage_close(&s);
}

static void test_action__outcomes(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", warns, 0);
    open_scene(&s, "[\"first\"]");
    expect(act(&s, "1", "device.polish", ""), "warning", "internal", "it shines, but not much");
    stage_close(&s);

    memset(&s, 0, sizeof(s));
    set_driver(0, "first", fails, 0);
    set_driver(1, "second", able, 0);
    open_scene(&s, "[\"first\",\"second\"]");
    const cJSON *r = act(&s, "1", "device.polish", "");
    expect(r, "error", "device", "first, action: out of polish");
    assert_int_equal(atomic_load(&runs), 0); /* nobody does the rest of another's work */
    assert_int_equal(cJSON_GetArraySize(json_get_array(r, "changes")), 1);
    stage_close(&s);
}

static void wait_thrice(uint32_t flags)
{
    stage s = {0};
    set_driver(0, "first", waiting, flags);
    open_scene(&s, "[\"first\"]");
    expect(act(&s, "1", "device.polish", ""), "success", "ok", "");
    assert_int_equal(later_code, PLATEN_E_INVAL);
    assert_int_equal(atomic_load(&waits), 3);
    assert_true(waited_ms >= 450);
    atomic_store(&waits, -100000);
    stage_job(&s, "{\"id\":\"2\",\"run\":\"1\",\"kind\":\"device.polish\",\"targets\":[[5,1]]}");
    struct timespec pause = {0, 400000000};
    (void)nanosleep(&pause, NULL);
    stage_close(&s); /* in the middle of waiting: the driver hears of it and ends */
    assert_true(atomic_load(&waits) > -100000);
}

static void test_action__waits_on_the_snmp_thread(void **state)
{
    (void)state;
    wait_thrice(0);
}

static void test_action__waits_of_blocking_drivers(void **state)
{
    (void)state;
    wait_thrice(PLATEN_DRIVER_BLOCKING);
}

static void test_action__a_work_that_reads_does_not_act(void **state)
{
    (void)state;
    stage s = {0};
    set_driver(0, "first", reading, 0);
    open_scene(&s, "[\"first\"]");
    const cJSON *r = act(&s, "1", "device.monitor", "");
    expect(r, "success", "ok", "");
    assert_null(json_get_array(r, "changes"));
    assert_int_equal(set_code, PLATEN_E_STATE);
    assert_int_equal(second_code, PLATEN_E_STATE);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_action__the_next_driver_where_one_cannot),
        cmocka_unit_test(test_action__a_preview_cannot_write),
        cmocka_unit_test(test_action__outcomes),
        cmocka_unit_test(test_action__waits_on_the_snmp_thread),
        cmocka_unit_test(test_action__waits_of_blocking_drivers),
        cmocka_unit_test(test_action__a_work_that_reads_does_not_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
