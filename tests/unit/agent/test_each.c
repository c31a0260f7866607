/* Actions that each driver of a device does: what becomes of several outcomes, and of their data.
 * TSK-10 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/agent/act.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "plug_double.h"
#include "stage.h"

#define MEMBERS                                                                                    \
    "\"ranges\":[],\"credentials\":[{\"id\":\"3\",\"kind\":\"snmpv1\",\"community\":\"public\"}]"

static const platen_drivers *const api = &desk_drivers;
static const char *const actions[] = {"settings.read", NULL};
static const char *const ids[] = {"first", "second", "third"};

/* ---- drivers that do as the settings say: {"first":"done","second":"fail"} ---- */

static platen_code bring(platen_work *work, const char *text, platen_error *err)
{
    return api->data(work, text, strlen(text), err);
}

/* A JSON text of so many bytes. */
static platen_code bring_much(platen_work *work, size_t length, platen_error *err)
{
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, ' ', length);
    text[length] = '\0';
    text[0] = '[';
    text[length - 1] = ']';
    platen_code rc = bring(work, text, err);
    free(text);
    return rc;
}

static void do_so(platen_work *work, const char *id, const char *how)
{
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = PLATEN_OK;
    api->act_log(work, PLATEN_ACT_INFO, id);
    if (strcmp(how, "done") == 0) {
        api->change(work, id, "old", "new");
        rc = bring(work, "{\"n\":1}", &err);
    } else if (strcmp(how, "warn") == 0) {
        api->warn(work, "different", "3 settings differ");
        rc = bring(work, "[2]", &err);
    } else if (strcmp(how, "fail") == 0) {
        (void)bring(work, "3", &err);
        api->warn(work, "not-confirmed", "this does not count");
        rc = error_set(&err, PLATEN_E_DEVICE, "the tray is jammed");
    } else if (strcmp(how, "silent") == 0) {
        rc = error_set(&err, PLATEN_E_TIMEOUT, "it says nothing");
    } else if (strcmp(how, "idle") == 0) {
        (api->skip)(work, "not-wanted", "nothing is to be done");
    } else if (how[0] >= '0' && how[0] <= '9') {
        rc = bring_much(work, strtoul(how, NULL, 10), &err);
    } else {
        (api->skip)(work, "unsupported", "it cannot");
    }
    api->finish(work, rc, &err);
}

static void run(platen_work *work, void *user)
{
    const char *id = user;
    platen_act told = PLATEN_ACT_INIT;
    cJSON *tree = NULL;
    api->act(work, &told);
    assert_int_equal(json_parse(told.settings, strlen(told.settings), &tree, NULL), PLATEN_OK);
    do_so(work, id, json_get_text(tree, id, ""));
    cJSON_Delete(tree);
}

static void open_scene(stage *s)
{
    for (size_t i = 0; i < 3; i++) {
        platen_driver d = PLATEN_DRIVER_INIT;
        d.id = ids[i];
        d.run = run;
        d.works = PLATEN_WORK_BIT(PLATEN_WORK_ACT);
        d.transport = PLATEN_TRANSPORT_SNMP;
        d.actions = actions;
        d.user = (void *)(uintptr_t)ids[i];
        plug_double_drivers[i] = (plug_driver){d, "1.0", false};
    }
    plug_double_count = 3;
    stage_open(s, NULL, "", 64);
    stage_config(s, MEMBERS);
    stage_set_devices(s, "[{\"id\":\"1\",\"revision\":1,\"address\":\"127.0.1.1\","
                         "\"drivers\":[\"first\",\"second\",\"third\"],\"credential\":\"3\","
                         "\"protocol\":\"snmpv2c\",\"memo\":{}}]");
}

static const cJSON *do_it(stage *s, bool each, const char *settings)
{
    static unsigned number;
    char job[16];
    (void)snprintf(job, sizeof(job), "%u", ++number);
    stage_job(s,
              "{\"id\":\"%s\",\"run\":\"1\",\"kind\":\"settings.read\",\"data\":true,\"each\":%s,"
              "\"settings\":%s,\"targets\":[[1,1]]}",
              job, each ? "true" : "false", settings);
    (void)stage_wait_done(s, job, 30);
    const cJSON *result = stage_target(s, job, 1);
    assert_non_null(result);
    return result;
}

static void expect(const cJSON *result, const char *state, const char *code, const char *text,
                   const char *data)
{
    assert_string_equal(json_get_text(result, "text", ""), text);
    assert_string_equal(json_get_text(result, "state", ""), state);
    assert_string_equal(json_get_text(result, "code", ""), code);
    assert_string_equal(json_get_text(result, "data", ""), data);
}

/* ---- tests ---- */

typedef struct outcome {
    const char *settings, *state, *code, *text, *data;
} outcome;

static void test_each__the_worst_counts(void **state)
{
    static const outcome all[] = {
        {"{\"first\":\"done\"}", "success", "ok", "", "{\"first\":{\"n\":1}}"},
        {"{\"first\":\"done\",\"third\":\"done\"}", "success", "ok", "",
         "{\"first\":{\"n\":1},\"third\":{\"n\":1}}"},
        {"{\"second\":\"done\",\"third\":\"idle\"}", "success", "ok", "", "{\"second\":{\"n\":1}}"},
        {"{\"second\":\"idle\"}", "skipped", "not-wanted", "second: nothing is to be done", ""},
        {"{}", "skipped", "unsupported", "first: it cannot; second: it cannot; third: it cannot",
         ""},
        {"{\"first\":\"done\",\"second\":\"warn\"}", "warning", "different",
         "second: 3 settings differ", "{\"first\":{\"n\":1},\"second\":[2]}"},
        {"{\"first\":\"warn\",\"second\":\"warn\",\"third\":\"done\"}", "warning", "different",
         "first: 3 settings differ; second: 3 settings differ",
         "{\"first\":[2],\"second\":[2],\"third\":{\"n\":1}}"},
        {"{\"first\":\"done\",\"second\":\"fail\",\"third\":\"warn\"}", "error", "device",
         "second, action: the tray is jammed", "{\"first\":{\"n\":1},\"second\":3,\"third\":[2]}"},
        {"{\"first\":\"fail\",\"second\":\"silent\"}", "error", "device",
         "first, action: the tray is jammed; second, action: it says nothing", "{\"first\":3}"},
        {"{\"first\":\"silent\",\"second\":\"done\"}", "error", "timeout",
         "first, action: it says nothing", "{\"second\":{\"n\":1}}"},
    };
    (void)state;
    stage s = {0};
    open_scene(&s);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        const outcome *o = &all[i];
        expect(do_it(&s, true, o->settings), o->state, o->code, o->text, o->data);
    }
    const cJSON *result = do_it(&s, true, "{\"first\":\"done\",\"third\":\"done\"}");
    assert_int_equal(cJSON_GetArraySize(json_get_array(result, "log")), 3);
    const cJSON *changes = json_get_array(result, "changes");
    assert_int_equal(cJSON_GetArraySize(changes), 2);
    assert_string_equal(json_get_text(cJSON_GetArrayItem(changes, 1), "path", ""), "third");
    stage_close(&s);
}

/* As it always was: the first that does not say that it cannot; a failure after that is one. */
static void test_each__or_the_first(void **state)
{
    (void)state;
    stage s = {0};
    open_scene(&s);
    expect(do_it(&s, false, "{\"second\":\"done\",\"third\":\"fail\"}"), "success", "ok", "",
           "{\"n\":1}");
    expect(do_it(&s, false, "{\"second\":\"fail\",\"third\":\"done\"}"), "error", "device",
           "second, action: the tray is jammed", "3");
    stage_close(&s);
}

static void test_each__all_data_together_has_a_bound(void **state)
{
    (void)state;
    char settings[128];
    stage s = {0};
    const size_t before = 3000000;
    const size_t left = PLATEN_DATA_MAX - (before + strlen("first") + 5) - (strlen("second") + 5);
    open_scene(&s);
    for (size_t more = 0; more < 2; more++) {
        (void)snprintf(settings, sizeof(settings), "{\"first\":\"%zu\",\"second\":\"%zu\"}", before,
                       left + more);
        const cJSON *result = do_it(&s, true, settings);
        assert_string_equal(json_get_text(result, "code", ""), more == 0 ? "ok" : "too-large");
        const char *data = json_get_text(result, "data", "");
        assert_in_range(strlen(data), before, PLATEN_DATA_MAX);
        assert_int_equal(json_check(data, strlen(data), NULL), PLATEN_OK);
        assert_int_equal(strstr(data, "\"second\":[") != NULL, more == 0);
    }
    stage_close(&s);
}

static void fill(char *text, char with, size_t length)
{
    memset(text, with, length);
    text[length] = '\0';
}

static void test_each__texts_share_the_room(void **state)
{
    const size_t room = PLATEN_ERROR_TEXT - 1;
    char text[PLATEN_ERROR_TEXT] = "";
    char more[PLATEN_ERROR_TEXT];
    (void)state;
    act_join_text(text, "one");
    act_join_text(text, "two");
    assert_string_equal(text, "one; two");
    fill(text, 'a', room);
    fill(more, 'b', room);
    act_join_text(text, more); /* half each */
    assert_int_equal(strlen(text), room);
    assert_int_equal(strspn(text, "a"), room / 2);
    fill(text, 'a', room);
    act_join_text(text, "short");
    assert_string_equal(text + room - 7, "; short");
    fill(text, 'a', 10);
    act_join_text(text, more);
    assert_int_equal(strspn(text, "a"), 10);
    assert_int_equal(strlen(text), room);
    for (size_t i = 0; i + 2 <= room; i += 2) {
        memcpy(text + i, "é", 3);
    }
    act_join_text(text, more);
    assert_true(text_is_utf8(text, strlen(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each__the_worst_counts),
        cmocka_unit_test(test_each__or_the_first),
        cmocka_unit_test(test_each__all_data_together_has_a_bound),
        cmocka_unit_test(test_each__texts_share_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
