/* What drivers read for features: settings of each device, data(), and how much of it at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "plug_double.h"
#include "stage.h"

#define MEMBERS                                                                                    \
    "\"ranges\":[],\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"
#define DEVICES 90

static const platen_drivers *const api = &desk_drivers;
static const char *const actions[] = {"setting.read", NULL};

static atomic_int under_way, most;
static unsigned wait_ms;

/* ---- a driver ---- */

/* "bytes" of the settings as a JSON text of that length, or something that is none. */
static char *make_data(const char *settings, size_t *length)
{
    const char *at = strstr(settings, "\"bytes\":");
    *length = at != NULL ? strtoul(at + 8, NULL, 10) : 0;
    char *text = malloc(*length + 1);
    assert_non_null(text);
    memset(text, ' ', *length);
    text[*length] = '\0';
    if (*length >= 2) {
        text[0] = '[';
        text[*length - 1] = ']';
    }
    return text;
}

static void end(platen_work *work, void *user)
{
    (void)user;
    atomic_fetch_sub(&under_way, 1);
    api->finish(work, PLATEN_OK, NULL);
}

static platen_code bring(platen_work *work, platen_error *err)
{
    platen_act act = PLATEN_ACT_INIT;
    size_t length = 0;
    api->act(work, &act);
    char *text = make_data(act.settings, &length);
    platen_code rc = api->data(work, "[1]", 3, err); /* the second counts */
    rc = rc == PLATEN_OK ? api->data(work, text, length, err) : rc;
    free(text);
    return rc;
}

static void bring_late(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)user;
    atomic_fetch_sub(&under_way, 1);
    api->finish(work, bring(work, &err), &err);
}

static void begin(void)
{
    int now = atomic_fetch_add(&under_way, 1) + 1;
    if (now > atomic_load(&most)) {
        atomic_store(&most, now); /* one thread */
    }
}

/* Brings its data and takes a while to end. */
static void run(platen_work *work, void *user)
{
    platen_error err = PLATEN_ERROR_INIT;
    begin();
    platen_code rc = bring(work, &err);
    rc = rc == PLATEN_OK ? api->later(work, wait_ms, end, user, &err) : rc;
    if (rc != PLATEN_OK) {
        atomic_fetch_sub(&under_way, 1);
        api->finish(work, rc, &err);
    }
}

/* Waits, as for a device that starts anew, and brings something then. */
static void run_late(platen_work *work, void *user)
{
    begin();
    if (api->later(work, wait_ms, bring_late, user, NULL) != PLATEN_OK) {
        bring_late(work, user);
    }
}

static platen_code reading_code;

static void reads(platen_work *work, void *user)
{
    (void)user;
    reading_code = api->data(work, "[]", 2, NULL);
    api->finish(work, PLATEN_OK, NULL);
}

static void open_scene(stage *s, void (*act)(platen_work *work, void *user))
{
    platen_driver d = PLATEN_DRIVER_INIT;
    strbuf devices;
    d.id = "first";
    d.run = act;
    d.works = PLATEN_WORK_BIT(PLATEN_WORK_STATUS) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    d.transport = PLATEN_TRANSPORT_SNMP;
    d.actions = actions;
    plug_double_drivers[0] = (plug_driver){d, "1.0", false};
    plug_double_count = 1;
    atomic_store(&most, 0);
    atomic_store(&under_way, 0);
    wait_ms = 200;
    stage_open(s, NULL, "", 4096);
    stage_config(s, MEMBERS);
    strbuf_init(&devices);
    for (int i = 1; i <= DEVICES; i++) {
        strbuf_appendf(&devices,
                       "%c{\"id\":\"%d\",\"revision\":1,\"address\":\"127.0.1.%d\","
                       "\"drivers\":[\"first\"],\"credential\":\"3\",\"protocol\":\"snmpv2c\","
                       "\"memo\":{}}",
                       i == 1 ? '[' : ',', i, i);
    }
    strbuf_append(&devices, "]");
    stage_set_devices(s, devices.data);
    strbuf_fini(&devices);
}

static const char *data_of(stage *s, const char *job, int device)
{
    const cJSON *result = stage_target(s, job, device);
    assert_non_null(result);
    return json_get_text(result, "data", NULL);
}

static void test_data__of_each_device(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"setting.read\",\"data\":true,"
                  "\"settings\":{\"bytes\":4},"
                  "\"targets\":[[1,1,\"{\\\"bytes\\\":6}\"],[2,1],[3,1,\"{\\\"bytes\\\":1}\"]]}");
    (void)stage_wait_done(&s, "1", 20);
    assert_string_equal(data_of(&s, "1", 1), "[    ]"); /* its own settings */
    assert_string_equal(data_of(&s, "1", 2), "[  ]");
    const cJSON *failed = stage_target(&s, "1", 3);
    assert_string_equal(json_get_text(failed, "state", ""), "error");
    assert_string_equal(json_get_text(failed, "code", ""), "malformed");
    stage_job(&s, "{\"id\":\"2\",\"run\":\"2\",\"kind\":\"setting.read\","
                  "\"settings\":{\"bytes\":4},\"targets\":[[1,1]]}");
    (void)stage_wait_done(&s, "2", 20);
    assert_null(data_of(&s, "2", 1)); /* nobody wants it */
    stage_job(&s, "{\"id\":\"3\",\"run\":\"3\",\"kind\":\"setting.read\",\"data\":true,"
                  "\"mode\":\"preview\",\"settings\":{\"bytes\":4},\"targets\":[[1,1]]}");
    (void)stage_wait_done(&s, "3", 20);
    assert_null(data_of(&s, "3", 1));
    stage_close(&s);
}

static void test_data__has_bounds(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"setting.read\",\"data\":true,"
                  "\"targets\":[[1,1,\"{\\\"bytes\\\":4194304}\"],"
                  "[2,1,\"{\\\"bytes\\\":4194305}\"]]}");
    (void)stage_wait_done(&s, "1", 30);
    assert_int_equal(strlen(data_of(&s, "1", 1)), PLATEN_DATA_MAX);
    assert_string_equal(json_get_text(stage_target(&s, "1", 2), "code", ""), "too-large");
    stage_close(&s);
}

static void test_data__of_a_work_that_reads(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, reads);
    stage_job(&s, "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"device.monitor\",\"targets\":[[1,1]]}");
    (void)stage_wait_done(&s, "1", 20);
    assert_int_equal(reading_code, PLATEN_E_STATE);
    stage_close(&s);
}

static void run_on_all(stage *s, const char *settings)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_appendf(&text,
                   "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"setting.read\",\"data\":true,"
                   "\"settings\":%s,\"targets\":",
                   settings);
    for (int i = 1; i <= DEVICES; i++) {
        strbuf_appendf(&text, "%c[%d,1]", i == 1 ? '[' : ',', i);
    }
    strbuf_append(&text, "]}");
    stage_job(s, "%s", text.data);
    strbuf_fini(&text);
    (void)stage_wait_done(s, "1", 120);
    for (int i = 1; i <= DEVICES; i++) {
        assert_non_null(data_of(s, "1", i));
    }
}

static void test_data__many_devices_in_little_memory(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run);
    run_on_all(&s, "{\"bytes\":1500000}");
    assert_in_range(atomic_load(&most), 16, 46); /* 64 MiB of them */
    assert_true(s.batches >= DEVICES); /* a batch has one of them, as it is one transaction */
    stage_close(&s);
}

static void test_data__waiting_devices_take_no_room(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run_late);
    wait_ms = 3000;
    run_on_all(&s, "{\"bytes\":4}");
    assert_int_equal(atomic_load(&most),
                     DEVICES); /* at once, though nobody knows what they bring */
    stage_close(&s);
}

/* A job of 140 devices with 250 kB of settings each, all the same ones or each its own; the first
 * keeps the job alive. What room there is while it runs. */
static unsigned room_beside_plans(stage *s, bool same)
{
    strbuf text;
    char *own = malloc(250001);
    assert_non_null(own);
    memset(own, ' ', 250000);
    own[250000] = '\0';
    strbuf_init(&text);
    strbuf_append(&text,
                  "{\"id\":\"1\",\"run\":\"1\",\"kind\":\"setting.read\",\"targets\":[[1,1]");
    for (int i = 0; i < 140; i++) {
        strbuf_appendf(&text, ",[%d,1,\"%s{\\\"n\\\":%d}\"]", 1000 + i, own, same ? 0 : i);
    }
    strbuf_append(&text, "]}");
    unsigned before = desk_room(s->desk);
    wait_ms = 1000;
    stage_job(s, "%s", text.data);
    for (int i = 0; i < 400 && desk_room(s->desk) == before; i++) {
        (void)usleep(5000);
    }
    unsigned room = desk_room(s->desk);
    (void)stage_wait_done(s, "1", 60);
    for (int i = 0; i < 400 && desk_room(s->desk) != before; i++) {
        (void)usleep(5000);
    }
    assert_int_equal(desk_room(s->desk), before);
    strbuf_fini(&text);
    free(own);
    return room;
}

/* Settings of devices that wait take memory: no more jobs are asked for. */
static void test_data__no_room_for_more_plans(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run_late);
    assert_int_equal(room_beside_plans(&s, false), 0);
    stage_close(&s);
}

/* What all devices of a job are told is there once, and leaves room. */
static void test_data__the_same_plan_takes_room_once(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s, run_late);
    unsigned before = desk_room(s.desk);
    assert_int_equal(room_beside_plans(&s, true), before - 1);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data__of_each_device),
        cmocka_unit_test(test_data__has_bounds),
        cmocka_unit_test(test_data__of_a_work_that_reads),
        cmocka_unit_test(test_data__many_devices_in_little_memory),
        cmocka_unit_test(test_data__waiting_devices_take_no_room),
        cmocka_unit_test(test_data__no_room_for_more_plans),
        cmocka_unit_test(test_data__the_same_plan_takes_room_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
