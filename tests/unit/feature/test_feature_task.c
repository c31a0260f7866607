/* task/1: what a plugin registers becomes task kinds, built-in tasks and words that are granted. */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "core/feature/feature.h"
#include "core/rest/function.h"
#include "core/run/here.h"
#include "core/run/kind.h"
#include "core/run/plan.h"

typedef struct world {
    store *s;
    conf *conf;
    feature *feature;
    plug *plugins;
} world;

static void open(world *w, void **state, const char *enabled)
{
    const feature_options features = {.data = "/nonexistent"};
    plug_options options = {.role = PLATEN_ROLE_MANAGER,
                            .version = "0",
                            .folder = FEATURE_PLUGINS,
                            .enabled = enabled,
                            .required = ""};
    *w = (world){.s = ((fixture *)*state)->s};
    kind_forget_all();
    assert_ok(feature_new(&features, &w->feature, error));
    feature_offer(w->feature, &options);
    assert_ok(plug_load_all(&options, &w->plugins, error));
    assert_ok(feature_apply(w->feature, w->plugins, w->s, error));
}

static void close(world *w)
{
    plug_unload_all(w->plugins);
    feature_free(w->feature);
    assert_null(kind_find("hello.collect"));
    assert_false(function_known("hello"));
    kind_forget_all();
}

static void test_task__kinds(void **state)
{
    world w;
    open(&w, state, "tasker");
    assert_string_equal(plug_get(w.plugins, 0)->error, ""); /* it refused what it should */
    const task_kind *collect = kind_find("hello.collect");
    const task_kind *count = kind_find("hello.count");
    assert_non_null(collect);
    assert_string_equal(collect->title, "[Hello] Collect");
    assert_string_equal(collect->action, "setting.read");
    assert_int_equal(collect->flags,
                     KIND_FEATURE | KIND_WRITES | KIND_VERIFY | KIND_EACH | KIND_AFTER);
    assert_int_equal(collect->targets, KIND_DEVICES);
    assert_int_equal(collect->where, KIND_ON_AGENT);
    assert_int_equal(collect->limit_ms, 3600000);
    assert_int_equal(collect->builtin_minutes, 720);
    assert_string_equal(collect->builtin_name, "Collect");
    assert_non_null(count);
    assert_int_equal(count->targets, KIND_NONE);
    assert_int_equal(count->where, KIND_ON_MANAGER);
    assert_int_equal(count->builtin_minutes, 0);
    assert_null(kind_find("hello.wrong"));
    assert_true(function_known("hello")); // ACC-47
    assert_false(function_known("hello-more"));
    close(&w);
}

static void test_task__plans(void **state)
{
    world w;
    open(&w, state, "tasker");
    const kind_hooks *hooks = kind_find("hello.collect")->hooks;
    const int64_t devices[] = {7, 10, 8};
    kind_job job = {.run = 1,
                    .job = 2,
                    .kind = "hello.collect",
                    .settings = "{}",
                    .devices = devices,
                    .count = 3};
    planned list[] = {{.device = 7}, {.device = 10}, {.device = 8}};
    kind_plan plan = {list, 3};
    store_conn *conn = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_ok(store_read(w.s, &conn, error));
    assert_int_equal(hooks->plan(conn, &job, &plan, hooks->user, &err), PLATEN_OK);
    assert_string_equal(list[0].settings, "{\"device\":7}");
    assert_null(list[0].text);
    assert_string_equal(list[1].code, "even");
    assert_false(list[1].failed);
    assert_string_equal(list[2].code, "four");
    assert_true(list[2].failed);
    job.preview = true;
    assert_int_equal(hooks->plan(conn, &job, &plan, hooks->user, &err), PLATEN_E_INTERNAL);
    assert_non_null(strstr(err.text, "plugin 'tasker' failed with code")); /* it said no text */
    store_read_end(conn);
    free(list[0].settings);
    free(list[1].text);
    free(list[2].text);
    close(&w);
}

typedef struct choosing {
    const kind_hooks *hooks;
    const char *settings;
    kind_choice choice;
} choosing;

static platen_code choose(store_conn *conn, void *user, platen_error *err)
{
    choosing *c = user;
    return c->hooks->choose(conn, c->settings, &c->choice, c->hooks->user, err);
}

static void test_task__chooses_and_hears_the_end(void **state)
{
    world w;
    open(&w, state, "tasker");
    const kind_hooks *hooks = kind_find("hello.collect")->hooks;
    choosing own = {.hooks = hooks, .settings = "{\"own\":true}"};
    choosing not_own = {.hooks = hooks, .settings = "{}"};
    assert_ok(store_write(w.s, choose, &own, error));
    assert_true(own.choice.made);
    assert_int_equal(own.choice.count, 2);
    assert_int_equal(own.choice.ids[1], 9);
    assert_ok(store_write(w.s, choose, &not_own, error));
    assert_false(not_own.choice.made);
    hooks->ended(4, "name", "{}", hooks->user);
    free(own.choice.ids);
    close(&w);
}

typedef struct result {
    const kind_hooks *hooks;
    const char *data;
} result;

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    const result *r = user;
    const kind_outcome outcome = {.run = 1,
                                  .device = 7,
                                  .kind = "hello.collect",
                                  .state = "success",
                                  .code = "ok",
                                  .text = "",
                                  .params = "{}",
                                  .changes = "[]",
                                  .data = r->data,
                                  .data_length = strlen(r->data)};
    return r->hooks->done(conn, &outcome, r->hooks->user, err);
}

static void test_task__takes_results_in(void **state)
{
    world w;
    open(&w, state, "tasker");
    platen_error err = PLATEN_ERROR_INIT;
    result good = {kind_find("hello.collect")->hooks, "{\"a\":1}"};
    result bad = {kind_find("hello.collect")->hooks, "[]"};
    assert_ok(store_write(w.s, put, &good, error));
    assert_int_equal(store_write(w.s, put, &bad, &err), PLATEN_E_MALFORMED);
    assert_string_equal(err.text, "device 7 brings a list");
    close(&w);
}

typedef struct work {
    const here_kind *kind;
    void *work;
} work;

static platen_code commit(store_conn *conn, void *user, platen_error *err)
{
    const work *at = user;
    return at->kind->commit(conn, at->work, at->kind->user, err);
}

static void test_task__of_the_manager(void **state)
{
    world w;
    open(&w, state, "tasker");
    work at = {kind_find("hello.count")->hooks->here, NULL};
    here_job job = {.run = 1, .job = 1, .kind = "hello.count", .name = "n", .settings = "{}"};
    platen_error err = PLATEN_ERROR_INIT;
    assert_string_equal(at.kind->kind, "hello.count");
    assert_ok(at.kind->prepare(&job, &at.work, at.kind->user, error));
    assert_ok(store_write(w.s, commit, &at, error));
    int before = *(int *)at.work;
    at.kind->finish(at.work, true, at.kind->user);
    assert_int_equal(*(int *)at.work, before + 1);
    job.settings = "{\"fail\":true}";
    assert_int_equal(at.kind->prepare(&job, &at.work, at.kind->user, &err), PLATEN_E_UNAVAILABLE);
    assert_string_equal(err.text, "not now");
    close(&w);
}

static void test_task__refuses_what_shows_late(void **state)
{
    world w;
    open(&w, state, "tasker-late tasker");
    assert_non_null(strstr(plug_get(w.plugins, 0)->error, "late.kind"));
    assert_string_equal(plug_get(w.plugins, 1)->error, "");
    assert_null(kind_find("late.kind"));
    assert_false(function_known("late")); /* nothing of it stays */
    assert_non_null(kind_find("hello.count"));
    close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_task__kinds),
        cmocka_unit_test(test_task__plans),
        cmocka_unit_test(test_task__chooses_and_hears_the_end),
        cmocka_unit_test(test_task__takes_results_in),
        cmocka_unit_test(test_task__of_the_manager),
        cmocka_unit_test(test_task__refuses_what_shows_late),
    };
    return fixture_run_both("feature_task", tests, sizeof(tests) / sizeof(tests[0]));
}
