/* Scripts with their versions, from files and from people; what comes with Platen, run dry. */
#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/flow/batch_lua.h"
#include "core/flow/script.h"
#include "core/rest/schema.h"
#include "core/run/kind.h"

static store *s;

static platen_code compiles(const char *text, platen_error *err)
{
    schema *rules = NULL;
    PLATEN_TRY(schema_new(text, &rules, err));
    schema_free(rules);
    return PLATEN_OK;
}

static int64_t put_as(const char *name, const char *kind, const char *text, int64_t id,
                      const char *source)
{
    const script_change change = {.id = id,
                                  .name = name,
                                  .kind = kind,
                                  .text = text,
                                  .source = source,
                                  .author = "me",
                                  .enabled = -1};
    assert_ok(script_put(s, &change, compiles, &id, error));
    return id;
}

static int64_t put(const char *name, const char *kind, const char *text)
{
    return put_as(name, kind, text, 0, "user");
}

#define FLOW(name, body)                                                                           \
    "return platen.flow{name = '" name "', title = '[X] " name                                     \
    "', run = function(ctx, device) " body " end}"

// TSK-10
static void test_script__versions_and_kinds(void **state)
{
    s = run_world_open(state);
    int64_t id = put("one", "flow", FLOW("one", ""));
    assert_non_null(kind_find("flow.one"));
    assert_string_equal(kind_find("flow.one")->title, "[X] one");
    assert_int_equal(kind_find("flow.one")->script, id);
    (void)put_as("one", "flow", FLOW("one", ""), id, "user"); /* nothing new */
    assert_number(1, "SELECT count(*) FROM script_version");
    (void)put_as("one", "flow", FLOW("one", "local x = 1"), id, "user");
    assert_number(2, "SELECT max(number) FROM script_version");
    assert_number(2, "SELECT version_id FROM script");
    (void)put_as("one", "flow", "return platen.flow{\n\nname = ", id, "user");
    assert_number(2, "SELECT version_id FROM script"); /* the last good one stays */
    assert_number(3, "SELECT latest_id FROM script");
    assert_number(3, "SELECT error_line FROM script");
    assert_non_null(kind_find("flow.one"));
    int64_t out = 0;
    const script_change off = {.id = id, .source = "user", .enabled = 0};
    assert_ok(script_put(s, &off, compiles, &out, error));
    assert_null(kind_find("flow.one"));
    const script_change again = {.name = "one", .kind = "task", .text = "x", .source = "user"};
    assert_int_equal(script_put(s, &again, compiles, &out, NULL), PLATEN_E_EXISTS);
    assert_ok(script_remove(s, id, error));
    assert_number(0, "SELECT count(*) FROM script_version");
    assert_int_equal(script_remove(s, id, NULL), PLATEN_E_NOT_FOUND);
}

static void test_script__in_use(void **state)
{
    s = run_world_open(state);
    int64_t id = put("used", "task", "return platen.task{name = 'used', run = function() end}");
    assert_string_equal(kind_find("script.used")->title, "[Script] used");
    world_run(s, "INSERT INTO run (kind, name, builtin, state, settings, created, total) VALUES "
                 "('script.used', 'x', 0, 'running', '{}', 1, 0)");
    assert_int_equal(script_remove(s, id, NULL), PLATEN_E_STATE);
}

static void expect(const char *kind, const char *text, const char *code, int line, const char *part)
{
    script_fault fault;
    flow_declaration d;
    assert_ok(script_inspect(s, "x", kind, text, compiles, &fault, &d, error));
    free(d.params);
    if (!fault.wrong || strcmp(fault.code, code) != 0 || fault.line != line ||
        strstr(fault.text, part) == NULL) {
        fail_msg("%s: %s line %d: %s", text, fault.code, fault.line, fault.text);
    }
}

static void test_script__what_is_wrong(void **state)
{
    s = run_world_open(state);
    expect("flow", "x = = 1", "syntax", 1, "unexpected symbol");
    expect("flow", "\nio.open('x')", "script", 2, "io");
    expect("flow", "\n\nwhile true do end", "script", 3, "too long");
    expect("flow", "return 5", "script", 0, "returns no platen.flow");
    expect("task", FLOW("x", ""), "kind", 0, "platen.flow{...}");
    expect("flow", FLOW("y", ""), "name", 0, "'y'");
    expect("flow", "return platen.flow{name = 'x', params = {type = 'nothing'}, run = print}",
           "schema", 0, "params");
    expect("flow", "\033Lua", "syntax", 0, "binary");
    expect("lib", "error('no')", "script", 1, "no");
    (void)put("util", "lib", "return {v = 1}");
    script_fault fault;
    flow_declaration d;
    assert_ok(script_inspect(s, "x", "flow", "local u = require 'util' " FLOW("x", ""), compiles,
                             &fault, &d, error));
    assert_false(fault.wrong);
    free(d.params);
}

static void write_script(const char *folder, const char *part, const char *name, const char *text,
                         mode_t mode)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, part);
    assert_ok(file_make_dir(path, 0700, error));
    (void)snprintf(path, sizeof(path), "%s/%s/%s", folder, part, name);
    assert_ok(file_write(path, text, strlen(text), 0600, error));
    assert_int_equal(chmod(path, mode), 0);
}

static void test_script__files(void **state)
{
    char folder[] = "/tmp/platen-scripts-XXXXXX";
    s = run_world_open(state);
    assert_non_null(mkdtemp(folder));
    write_script(folder, "lib", "util.lua", "return {v = 1}", 0600);
    write_script(folder, "flows", "mine.lua", "require 'util' " FLOW("mine", ""), 0600);
    write_script(folder, "flows", "open.lua", FLOW("open", ""), 0666);
    write_script(folder, "flows", "Bad Name.lua", FLOW("open", ""), 0600);
    write_script(folder, "tasks", "broken.lua", "return", 0600);
    assert_ok(script_take_in(s, folder, "folder", true, compiles, error));
    assert_number(3, "SELECT count(*) FROM script");
    assert_text("folder", "SELECT source FROM script WHERE name = 'mine'");
    assert_number(1, "SELECT count(*) FROM script WHERE name = 'broken' AND error <> ''");
    assert_non_null(kind_find("flow.mine"));
    assert_null(kind_find("script.broken"));
    int64_t id = world_number(s, "SELECT id FROM script WHERE name = 'mine'");
    (void)put_as("mine", "flow", FLOW("mine", "ctx:log('user')"), id, "user");
    assert_ok(script_take_in(s, folder, "folder", true, compiles, error));
    assert_text("user", "SELECT source FROM script WHERE name = 'mine'"); /* the user's stays */
    assert_number(2, "SELECT max(number) FROM script_version");
    assert_int_equal(chmod(folder, 0777), 0);
    assert_int_equal(script_take_in(s, folder, "folder", true, compiles, NULL), PLATEN_E_FORBIDDEN);
    assert_ok(file_remove_tree(folder, error));
    assert_ok(script_take_in(s, folder, "folder", true, compiles, error)); /* absent is fine */
}

/* ---- dry runs ---- */

/* The text of a stock flow; "batch as Lua": what that of the settings is exported as. */
static char *text_of(const char *name, const cJSON *settings)
{
    char path[512];
    char *text = NULL;
    size_t length = 0;
    if (strcmp(name, "batch as Lua") == 0) {
        strbuf out;
        strbuf_init(&out);
        assert_ok(batch_lua_write(settings, "A \"Batch\"", &out, error));
        return strbuf_take(&out);
    }
    (void)snprintf(path, sizeof(path), PLATEN_SCRIPTS "/flows/%s.lua", name);
    assert_ok(file_read(path, 1 << 20, &text, &length, error));
    return text;
}

static cJSON *dry(const char *name, const char *params, const char *results)
{
    strbuf out;
    json_writer w;
    cJSON *tree = NULL;
    cJSON *settings = world_json(params);
    cJSON *answers = world_json(results);
    char *text = text_of(name, settings);
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    assert_ok(script_dry_run(s, name, text, settings, answers, &w, error));
    json_object_end(&w);
    assert_ok(json_parse(out.data, out.length, &tree, error));
    cJSON_Delete(settings);
    cJSON_Delete(answers);
    strbuf_fini(&out);
    free(text);
    return tree;
}

/* The kinds of subtasks and the words of other calls, in order. */
static void runs_as(const char *name, const char *params, const char *results, const char *calls,
                    const char *ends, const char *part)
{
    char done[1024] = "";
    size_t used = 0;
    const cJSON *call = NULL;
    cJSON *tree = dry(name, params, results);
    const cJSON *run = json_get_object(tree, "dry_run");
    cJSON_ArrayForEach(call, json_get_array(run, "calls"))
    {
        const cJSON *arguments = json_get_object(call, "arguments");
        const char *word = json_get_text(call, "call", "");
        used += (size_t)snprintf(
            done + used, sizeof(done) - used, "%s%s", used > 0 ? " " : "",
            json_get_text(arguments, "kind", json_get_text(arguments, "read", word)));
    }
    if (strcmp(done, calls) != 0 || strcmp(json_get_text(run, "state", ""), ends) != 0 ||
        strstr(json_get_text(run, "text", ""), part) == NULL) {
        fail_msg("%s: '%s' %s '%s'", name, done, json_get_text(run, "state", ""),
                 json_get_text(run, "text", ""));
    }
    cJSON_Delete(tree);
}

#define ERROR_DEVICE                                                                               \
    "'read.device':{'value':{'id':1,'name':'E','power':'on','severity':'error','alert':'jam',"     \
    "'location':'old','contact':''}}"

static void test_script__stock_flows(void **state)
{
    s = run_world_open(state);
    assert_ok(script_take_in(s, PLATEN_SCRIPTS, "stock", false, compiles, error));
    assert_number(0, "SELECT count(*) FROM script WHERE error <> ''");
    assert_non_null(kind_find("flow.batch"));
    assert_string_equal(kind_find("flow.batch")->title, "[System] Batch Task"); // TSK-09
    runs_as("restart-if-stuck", "{}", "{}", "", "skipped", "not stuck");
    runs_as("rolling-restart", "{}", "{}", "device.restart wait_online", "success", "");
    runs_as("rolling-restart", "{}", "{'wait_online':{'online':false}}",
            "device.restart wait_online", "error", "did not come back");
    runs_as("rolling-restart", "{}", "{'device.restart':{'state':'timeout','text':'silent'}}",
            "device.restart", "timeout", "silent");
    runs_as("quarterly-refresh", "{'location':'Room 1'}", "{}",
            "device.edit device.information device", "success", "read back");
    runs_as("quarterly-refresh", "{'location':'new'}", "{" ERROR_DEVICE "}",
            "device.edit device.information device device.edit", "error", "location is 'old'");
    runs_as("night-window", "{'kind':'device.counters','from':'22:00','till':'13:00'}", "{}",
            "local device.counters", "success", "");
    runs_as("night-window", "{'kind':'device.counters','from':'22:00','till':'06:00'}", "{}",
            "local sleep local sleep local sleep local sleep local sleep local sleep local sleep "
            "local sleep local sleep local sleep",
            "error", "never came"); /* the dry clock stands still */
    runs_as("retire-device", "{'location':'store','shutdown':true}", "{}",
            "device.edit device.restart device.manage", "success", "");
    /* the made-up device is number 1 */
    runs_as("clone-settings", "{'source':'1','key':'3'}",
            "{'operation.setting-value.newest-backup':{'value':{'id':'7'}}}",
            "setting-value.back-up operation operation", "success", "for the others");
    runs_as("clone-settings", "{'source':'1','key':'3'}", "{}", "setting-value.back-up operation",
            "error", "no backup of the source");
    runs_as("clone-settings", "{'source':'1','key':'3'}",
            "{'setting-value.back-up':{'state':'timeout','text':'silent'}}",
            "setting-value.back-up", "timeout", "silent");
    runs_as("clone-settings", "{'source':'2','key':'3'}",
            "{'operation.setting-value.find-data':{'value':{'id':'9'}}}",
            "operation setting-value.distribute", "success", "");
    runs_as("clone-settings", "{'source':'2','key':'3','wait_s':12}", "{}",
            "operation sleep operation sleep operation", "error", "one of the targets");
}

#define SUB(kind, more) "{'do':'subtask','name':'" kind "','kind':'" kind "'" more "}"

/* As data, and as the text that it is exported as. */
static void batch_runs_as(const char *params, const char *results, const char *calls,
                          const char *ends, const char *part)
{
    runs_as("batch", params, results, calls, ends, part);
    runs_as("batch as Lua", params, results, calls, ends, part);
}

// TSK-58 TSK-63 TSK-64 TSK-65
static void test_script__batch(void **state)
{
    s = run_world_open(state);
    batch_runs_as("{'steps':[" SUB("a", "") "," SUB("b", "") "]}", "{}", "a b", "success", "");
    batch_runs_as("{'steps':[" SUB("a", "") "," SUB("b", "") "]}",
                  "{'a':{'state':'error','text':'bad'}}", "a", "error", "bad");
    batch_runs_as("{'steps':[" SUB("a", ",'error':[" SUB("c", "") "]") "," SUB("b", "") "]}",
                  "{'a':{'state':'timeout'}}", "a c b", "success", "");
    /* as the page makes them: a branch without steps is none */
    batch_runs_as(
        "{'steps':[" SUB("a", ",'success':[],'warning':[],'error':[],'always':[]") "," SUB("b",
                                                                                           "") "]}",
        "{'a':{'state':'error','text':'bad'}}", "a", "error", "bad");
    batch_runs_as(
        "{'steps':[" SUB("a", ",'success':[],'warning':[],'error':[],'always':[]") "," SUB("b",
                                                                                           "") "]}",
        "{'a':{'state':'warning'}}", "a b", "success", "");
    runs_as(
        "batch",
        "{'steps':[" SUB("a", ",'warning':[" SUB("w", "") "],'success':[" SUB("x", "") "]") "]}",
        "{'a':{'state':'warning'},'w':{'state':'warning','text':'hm'}}", "a w", "warning", "hm");
    batch_runs_as("{'steps':[" SUB("a", ",'always':[" SUB("z", "") "]") "," SUB("b", "") "]}",
                  "{'a':{'state':'error','text':'bad'}}", "a z", "error", "bad");
    runs_as(
        "batch",
        "{'steps':[" SUB("a", ",'error':[{'do':'end','result':'success'}]") "," SUB("b", "") "]}",
        "{'a':{'state':'error'}}", "a", "success", "");
    batch_runs_as("{'steps':[" SUB("a", ",'error':[{'do':'end','result':'keep'}]") "]}",
                  "{'a':{'state':'timeout','text':'slow'}}", "a", "timeout", "slow");
    batch_runs_as("{'steps':[" SUB("a", "") ",{'do':'end','result':'error'}," SUB("b", "") "]}",
                  "{}", "a", "error", "ended as an error");
}

static void test_script__batch_that_cannot_be_exported(void **state)
{
    strbuf out;
    char deep[1024] = "{'do':'subtask','kind':'a'}";
    (void)state;
    strbuf_init(&out);
    for (int i = 0; i < 9; i++) {
        char more[1024];
        (void)snprintf(more, sizeof(more), "{'do':'subtask','kind':'a','always':[%.900s]}", deep);
        (void)snprintf(deep, sizeof(deep), "%s", more);
    }
    char all[1100];
    (void)snprintf(all, sizeof(all), "{'steps':[%s]}", deep);
    cJSON *settings = world_json(all);
    assert_int_equal(batch_lua_write(settings, "x", &out, NULL), PLATEN_E_INVAL);
    cJSON_Delete(settings);
    settings = world_json("{'steps':[{'do':'subtask'}]}");
    assert_int_equal(batch_lua_write(settings, "x", &out, NULL), PLATEN_E_INVAL);
    cJSON_Delete(settings);
    strbuf_fini(&out);
}

/* ---- the guide ---- */

/* A block of docs/lua-guide.md: a whole script, or the body of run(). */
static void run_example(const char *block, int number)
{
    char name[64] = "example";
    strbuf text;
    strbuf out;
    json_writer w;
    cJSON *tree = NULL;
    cJSON *answers = world_json("{'read.device':{'value':{'id':1,'name':'E','power':'on'}}}");
    script_fault fault;
    flow_declaration d;
    const char *named = strstr(block, "name = \"");
    bool whole = strncmp(block, "return platen.", 14) == 0;
    strbuf_init(&text);
    strbuf_appendf(
        &text, whole ? "%s" : "return platen.flow { run = function(ctx, device)\n%s end }", block);
    if (whole && named != NULL) {
        (void)sscanf(named, "name = \"%60[a-z0-9-]", name);
        const char *kind = strncmp(block, "return platen.task", 18) == 0 ? "task" : "flow";
        assert_ok(script_inspect(s, name, kind, text.data, compiles, &fault, &d, error));
        free(d.params);
        if (fault.wrong) {
            fail_msg("example %d: %s", number, fault.text);
        }
    }
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    assert_ok(script_dry_run(s, name, text.data, NULL, answers, &w, error));
    json_object_end(&w);
    assert_ok(json_parse(out.data, out.length, &tree, error));
    const cJSON *run = json_get_object(tree, "dry_run");
    if (strcmp(json_get_text(run, "state", ""), "error") == 0) {
        fail_msg("example %d: %s", number, json_get_text(run, "text", ""));
    }
    cJSON_Delete(tree);
    cJSON_Delete(answers);
    strbuf_fini(&out);
    strbuf_fini(&text);
}

static void test_script__examples_of_the_guide(void **state)
{
    char *guide = NULL;
    size_t length = 0;
    int count = 0;
    s = run_world_open(state);
    assert_ok(file_read(PLATEN_GUIDE, 1 << 20, &guide, &length, error));
    for (char *at = guide; (at = strstr(at, "```lua\n")) != NULL; count++) {
        char *block = at + 7;
        char *end = strstr(block, "```");
        assert_non_null(end);
        *end = '\0';
        run_example(block, count + 1);
        at = end + 3;
    }
    assert_true(count >= 9);
    free(guide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_script__versions_and_kinds),
        cmocka_unit_test(test_script__in_use),
        cmocka_unit_test(test_script__what_is_wrong),
        cmocka_unit_test(test_script__files),
        cmocka_unit_test(test_script__stock_flows),
        cmocka_unit_test(test_script__batch),
        cmocka_unit_test(test_script__examples_of_the_guide),
        cmocka_unit_test(test_script__batch_that_cannot_be_exported),
    };
    int failed = fixture_run_both("scripts", tests, sizeof(tests) / sizeof(tests[0]));
    kind_forget_all();
    return failed;
}
