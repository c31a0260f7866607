/* Task kinds that agents bring in hello, on SQLite and PostgreSQL. */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/database/database.h"
#include "core/link/link_manager.h"
#include "core/rest/rest_scripts.h"
#include "core/run/kind.h"

#define SETTINGS "'settings':{'type':'object','properties':{'times':{'type':'integer'}}}"
#define BLINK(title)                                                                               \
    "{'id':'acme.blink','title':'" title "',"                                                      \
    "'writes':true,'verify':true,'limit_s':90," SETTINGS "}"

#define GOOD BLINK("Good")

typedef struct office {
    store *s;
    secret_key *key;
    runs *runs;
    link_manager *link;
} office;

static void open_link(office *o)
{
    const link_authority authority = {.user = NULL};
    assert_ok(link_manager_new(o->s, o->key, &authority, &o->link, error));
    link_manager_set_runs(o->link, o->runs);
    assert_ok(link_manager_take_kinds(o->link, rest_scripts_schema, error));
}

static office enter(void **state)
{
    office o = {.s = world_open(state)};
    char folder[] = "/tmp/platen-key-XXXXXX";
    char path[64];
    const runs_hooks hooks = {.user = NULL};
    assert_ok(database_migrate(o.s, error));
    assert_non_null(mkdtemp(folder));
    assert_ok(secret_key_load(folder, true, &o.key, error));
    (void)snprintf(path, sizeof(path), "%s/platen.key", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    assert_ok(runs_new(o.s, &hooks, &o.runs, error));
    open_link(&o);
    return o;
}

static void leave(office *o)
{
    link_manager_free(o->link);
    runs_free(o->runs);
    secret_key_free(o->key);
    kind_forget_all();
}

/* `kinds` with ' for ", NULL: an agent of an older release. */
static void say_hello(const office *o, int64_t agent, const char *kinds)
{
    json_writer w;
    strbuf answer;
    cJSON *body = cJSON_CreateObject();
    cJSON_AddStringToObject(body, "boot", "b1");
    if (kinds != NULL) {
        cJSON_AddItemToObject(body, "kinds", world_json(kinds));
    }
    strbuf_init(&answer);
    json_init(&w, &answer);
    usleep(2000); /* the newest hello counts, by the millisecond */
    assert_ok(link_hello(o->link, agent, body, "127.0.0.1", &w, error));
    strbuf_fini(&answer);
    cJSON_Delete(body);
}

static void test_link_kinds__are_task_kinds_of_devices(void **state)
{
    office o = enter(state);
    say_hello(&o, 1, "[" BLINK("[Acme] Blink") "]");
    const task_kind *kind = kind_find("acme.blink");
    assert_non_null(kind);
    assert_string_equal(kind->title, "[Acme] Blink");
    assert_string_equal(kind->settings,
                        "{\"type\":\"object\",\"properties\":{\"times\":{\"type\":\"integer\"}}}");
    assert_int_equal(kind->targets, KIND_DEVICES);
    assert_int_equal(kind->where, KIND_ON_AGENT);
    assert_int_equal(kind->flags, KIND_PLUGIN | KIND_WRITES | KIND_VERIFY);
    assert_int_equal(kind->limit_ms, 90000);
    assert_int_equal(kind->script, 0);
    say_hello(&o, 1, "[" BLINK("[Acme] Blink") "]");
    assert_ptr_equal(kind_find("acme.blink"), kind); /* the same is not put again */
    leave(&o);
}

/* One that cannot be costs the others nothing. */
static void test_link_kinds__bad_ones_are_refused(void **state)
{
    office o = enter(state);
    const task_kind taken = {
        .id = "taken.id", .title = "Taken", .settings = "{}", .limit_ms = 1, .script = 7};
    assert_ok(kind_put(&taken, error));
    const char *restart = kind_find("device.restart")->title;
    static const char kinds[] =
        "[7,{},"
        "{'id':'device.restart','title':'A'," SETTINGS ",'limit_s':9},"
        "{'id':'device.other','title':'A'," SETTINGS ",'limit_s':9},"
        "{'id':'script.other','title':'A'," SETTINGS ",'limit_s':9},"
        "{'id':'taken.id','title':'A'," SETTINGS ",'limit_s':9},"
        "{'id':'plain','title':'A'," SETTINGS ",'limit_s':9},"
        "{'id':'a.no-title','title':''," SETTINGS ",'limit_s':9},"
        "{'id':'a.no-limit','title':'A'," SETTINGS "},"
        "{'id':'a.long','title':'A'," SETTINGS ",'limit_s':86401},"
        "{'id':'a.no-settings','title':'A','limit_s':9},"
        "{'id':'a.no-object','title':'A','settings':{'type':'string'},'limit_s':9},"
        "{'id':'a.no-word','title':'A','settings':{'type':'object','not':{}},'limit_s':9}," GOOD
        "]";
    say_hello(&o, 1, kinds);
    assert_non_null(kind_find("acme.blink"));
    assert_string_equal(kind_find("device.restart")->title, restart);
    assert_int_equal(kind_find("taken.id")->script, 7);
    for (size_t i = 0; kind_at(i) != NULL; i++) {
        if (strcmp(kind_at(i)->title, "A") == 0) {
            fail_msg("%s is taken", kind_at(i)->id);
        }
        assert_true((kind_at(i)->flags & KIND_PLUGIN) == 0 ||
                    strcmp(kind_at(i)->id, "acme.blink") == 0);
    }
    leave(&o);
}

static void test_link_kinds__at_most_64_of_an_agent(void **state)
{
    office o = enter(state);
    strbuf text;
    size_t count = 0;
    strbuf_init(&text);
    for (int i = 0; i < 70; i++) {
        strbuf_appendf(&text, "%s{'id':'a.k%d','title':'A'," SETTINGS ",'limit_s':9}",
                       i == 0 ? "[" : ",", i);
    }
    strbuf_append(&text, "]");
    say_hello(&o, 1, text.data);
    strbuf_fini(&text);
    for (size_t i = 0; kind_at(i) != NULL; i++) {
        count += (kind_at(i)->flags & KIND_PLUGIN) != 0;
    }
    assert_int_equal(count, 64);
    leave(&o);
}

static void test_link_kinds__are_there_after_a_restart(void **state)
{
    office o = enter(state);
    say_hello(&o, 1, "[" BLINK("Blink") "]");
    link_manager_free(o.link);
    kind_forget_all();
    assert_null(kind_find("acme.blink"));
    open_link(&o); /* no agent has called yet */
    assert_non_null(kind_find("acme.blink"));
    assert_string_equal(kind_find("acme.blink")->title, "Blink");
    leave(&o);
}

static void test_link_kinds__of_two_agents_the_newest_hello_counts(void **state)
{
    office o = enter(state);
    say_hello(&o, 2, "[" BLINK("Of two") "]");
    say_hello(&o, 1, "[" BLINK("Of one") "]");
    assert_string_equal(kind_find("acme.blink")->title, "Of one");
    say_hello(&o, 2, "[" BLINK("Of two") "]");
    assert_string_equal(kind_find("acme.blink")->title, "Of two");
    say_hello(&o, 2, NULL); /* its plugin is gone */
    assert_string_equal(kind_find("acme.blink")->title, "Of one");
    assert_ok(link_agent_remove(o.link, 1, error));
    assert_null(kind_find("acme.blink"));
    leave(&o);
}

/* A feature that was installed since has the id now: what agents said before does not count. */
static void test_link_kinds__a_feature_goes_before_agents(void **state)
{
    office o = enter(state);
    task_kind kind = {.id = "acme.blink",
                      .title = "[Feature] Blink",
                      .targets = KIND_DEVICES,
                      .flags = KIND_FEATURE,
                      .settings = "{\"type\":\"object\"}",
                      .limit_ms = 60000};
    say_hello(&o, 1, "[" BLINK("Of one") "]");
    link_manager_free(o.link);
    kind_forget_all();
    assert_ok(kind_put(&kind, error));
    open_link(&o);
    assert_string_equal(kind_find("acme.blink")->title, "[Feature] Blink");
    say_hello(&o, 1, "[" BLINK("Of one") "]");
    assert_string_equal(kind_find("acme.blink")->title, "[Feature] Blink");
    assert_int_equal(kind_find("acme.blink")->flags, KIND_FEATURE);
    leave(&o);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_link_kinds__are_task_kinds_of_devices),
        cmocka_unit_test(test_link_kinds__bad_ones_are_refused),
        cmocka_unit_test(test_link_kinds__at_most_64_of_an_agent),
        cmocka_unit_test(test_link_kinds__are_there_after_a_restart),
        cmocka_unit_test(test_link_kinds__of_two_agents_the_newest_hello_counts),
        cmocka_unit_test(test_link_kinds__a_feature_goes_before_agents),
    };
    return fixture_run_both("link_kinds", tests, sizeof(tests) / sizeof(tests[0]));
}
