/* op/1 through real plugins: schemas, roles, regions, audit, who calls whom, misuse. */
#include "tests/unit/feature/feature_world.h"

#include <platen/op.h>
#include <platen/store.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/feature/operation.h"
#include "core/flow/flows.h"

static const platen_op *op;
static const platen_store *db;
static platen_ctx *own;
static platen_error error;
static int released;
static char seen[512];

static const char greet_arguments[] =
    "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":20},"
    "\"secret\":{\"type\":\"string\",\"writeOnly\":true},"
    "\"words\":{\"type\":\"string\",\"writeOnly\":true},"
    "\"content\":{\"type\":\"string\",\"format\":\"file\",\"contentEncoding\":\"base64\"},"
    "\"times\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}}}";

static void release(void *user)
{
    int *count = user;
    (*count)++;
}

static platen_code add_row(platen_tx *tx, void *user, platen_error *err)
{
    platen_rows *rows = NULL;
    PLATEN_TRY(db->prepare(tx, "add", &rows, err));
    db->bind_text(rows, "text", user);
    return db->run(rows, NULL, err);
}

/* Says who was greeted; "nobody" is not there, "bad" breaks the rules of answers. */
static platen_code greet(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    char text[600];
    platen_who who = PLATEN_WHO_INIT;
    (void)user;
    op->who(call, &who);
    (void)snprintf(seen, sizeof(seen), "%s by %s (%u, %s)", arguments, who.name, who.role, who.way);
    if (strstr(arguments, "nobody") != NULL) {
        op->invalid(call, "/name", "not-found", "there is nobody of that name");
        return PLATEN_E_INVAL;
    }
    if (strstr(arguments, "bad") != NULL) {
        assert_int_equal(op->answer(call, "{", err), PLATEN_E_INVAL);
        assert_int_equal(op->answer(call, NULL, err), PLATEN_E_INVAL);
        assert_int_equal(op->answer(NULL, "{}", err), PLATEN_E_INVAL);
        assert_int_equal(op->answer(call, "1", err), PLATEN_OK);
        assert_int_equal(op->answer(call, "2", err), PLATEN_E_STATE);
        op->invalid(call, NULL, "x", "y");
        op->invalid(NULL, "", "x", "y");
        op->who(call, NULL);
        assert_false(op->in_regions(NULL, 1));
        return PLATEN_OK;
    }
    PLATEN_TRY(db->write(own, add_row, seen, err));
    (void)snprintf(text, sizeof(text), "{\"greeted\":%s}", arguments);
    return op->answer(call, text, err);
}

static platen_code look(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    int64_t device = strstr(arguments, ":2") != NULL ? 2 : 1;
    (void)user;
    return op->answer(call, op->in_regions(call, device) ? "true" : "false", err);
}

static platen_code forget(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)arguments;
    (void)user;
    return op->answer(call, "\"all\"", err); /* of devices, and asks about none */
}

static platen_code again(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)user;
    (void)call;
    return op->call(own, "probe.again", arguments, NULL, NULL, err);
}

static platen_code odd(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)call;
    (void)arguments;
    (void)user;
    (void)err;
    return (platen_code)4711;
}

static platen_code add_operation(platen_ctx *ctx, const char *id, uint32_t flags, uint32_t role,
                                 platen_operation_fn run, platen_error *err)
{
    platen_operation o = PLATEN_OPERATION_INIT;
    o.flags = flags;
    o.role = role;
    o.id = id;
    o.function = role == PLATEN_ACCESS_DEVICE_MANAGER ? "devices" : NULL;
    o.title = "Some title";
    o.arguments = run == greet  ? greet_arguments
                  : run == look ? "{\"type\":\"object\",\"properties\":{\"device\":{\"type\":"
                                  "\"integer\"}}}"
                                : NULL;
    o.result = run == greet ? "{\"type\":\"object\"}" : NULL;
    o.run = run;
    o.user = &released;
    o.release = release;
    return op->add(ctx, &o, err);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_migration step = {(uint32_t)sizeof(step), 1, "rows",
                                   "CREATE TABLE probe_row (id {{id}}, text TEXT NOT NULL);"};
    const platen_statement add = {(uint32_t)sizeof(add), 0, "add",
                                  "INSERT INTO probe_row (text) VALUES (:text)", NULL};
    own = ctx;
    op = host->iface(ctx, "op/1");
    db = host->iface(ctx, "store/1");
    PLATEN_TRY(db->migration(ctx, &step, err));
    PLATEN_TRY(db->statement(ctx, &add, err));
    PLATEN_TRY(add_operation(ctx, "probe.greet",
                             PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES,
                             PLATEN_ACCESS_DEVICE_MANAGER, greet, err));
    PLATEN_TRY(
        add_operation(ctx, "probe.look", PLATEN_OPERATION_READ, PLATEN_ACCESS_USER, look, err));
    PLATEN_TRY(
        add_operation(ctx, "probe.forget", PLATEN_OPERATION_READ, PLATEN_ACCESS_USER, forget, err));
    PLATEN_TRY(add_operation(ctx, "probe.odd", PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES,
                             PLATEN_ACCESS_SYSTEM_MANAGER, odd, err));
    return add_operation(ctx, "probe.again", PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES,
                         PLATEN_ACCESS_SYSTEM_MANAGER, again, err);
}

/* ---- over REST ---- */

static char member[256]; /* a device manager of region 1 */
static char reader[256]; /* a user of all regions */

static void open_world(feature_world *w)
{
    released = 0;
    feature_world_open(w, load, NULL);
    assert_string_equal(feature_world_error(w, 0), "");
    feature_world_fleet(w);
    rest_world_token(&w->rest,
                     "{\"name\":\"m\",\"role\":\"device-manager\",\"functions\":[\"devices\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     member, sizeof(member));
    rest_world_token(&w->rest, "{\"name\":\"r\",\"role\":\"user\"}", reader, sizeof(reader));
}

static void expect(feature_world *w, const char *who, int status, const char *path,
                   const char *body, const char *answer)
{
    rest_reply reply;
    rest_world_ask(&w->rest, who, status, "POST", path, body, &reply);
    if (strstr(reply.body, answer) == NULL) {
        fail_msg("%s: %s", path, reply.body);
    }
    rest_reply_fini(&reply);
}

static size_t listed(feature_world *w, const char *who)
{
    rest_reply reply;
    rest_world_ask(&w->rest, who, 200, "GET", "/operations", NULL, &reply);
    int count = cJSON_GetArraySize(json_get_array(reply.json, "items"));
    assert_int_equal(json_get_i64(reply.json, "total", -1), count);
    const cJSON *first = cJSON_GetArrayItem(json_get_array(reply.json, "items"), 0);
    assert_string_equal(json_get_text(first, "plugin", ""), "probe");
    assert_non_null(json_get_object(first, "arguments"));
    rest_reply_fini(&reply);
    return (size_t)count;
}

/* An operation is called with its schema, role and regions held. */
static void test_op__rest_holds_arguments_roles_and_regions(void **state)
{
    feature_world w;
    (void)state;
    open_world(&w);
    assert_int_equal(listed(&w, w.rest.admin), 5);
    assert_int_equal(listed(&w, member), 3);
    assert_int_equal(listed(&w, reader), 2);
    expect(&w, w.rest.admin, 200, "/operations/probe.greet", "{\"name\":\"Ada\",\"times\":2}",
           "{\"greeted\":{\"name\":\"Ada\",\"times\":2}}");
    assert_non_null(strstr(seen, "(3, rest)"));
    expect(&w, w.rest.admin, 422, "/operations/probe.greet", "{\"name\":\"\",\"times\":10}",
           "\"pointer\":\"/times\"");
    expect(&w, w.rest.admin, 422, "/operations/probe.greet", "{\"name\":\"nobody\"}",
           "\"code\":\"not-found\"");
    expect(&w, w.rest.admin, 422, "/operations/probe.greet", "{\"nam\":\"x\"}", "\"/nam\"");
    expect(&w, w.rest.admin, 422, "/operations/probe.greet", NULL, "required");
    expect(&w, w.rest.admin, 200, "/operations/probe.greet", "{\"name\":\"bad\"}", "1");
    expect(&w, w.rest.admin, 404, "/operations/probe.nothing", "{}", "there is no operation");
    expect(&w, w.rest.admin, 500, "/operations/probe.odd", "{}", "internal");
    expect(&w, w.rest.admin, 413, "/operations/probe.again", "{}",
           "more than 8 operations call each other");
    expect(&w, reader, 403, "/operations/probe.greet", "{\"name\":\"Ada\"}", "forbidden");
    expect(&w, member, 200, "/operations/probe.greet", "{\"name\":\"Ada\"}", "Ada");
    assert_non_null(strstr(seen, "(2, rest)"));
    expect(&w, member, 403, "/operations/probe.odd", "{}", "forbidden");
    expect(&w, member, 200, "/operations/probe.look", "{\"device\":1}", "true");
    expect(&w, w.rest.admin, 200, "/operations/probe.look", "{\"device\":2}", "true");
    expect(&w, member, 200, "/operations/probe.look", "{\"device\":2}", "false");
    expect(&w, member, 500, "/operations/probe.forget", "{}", "\"internal\"");
    expect(&w, reader, 200, "/operations/probe.forget", "{}", "all");
    assert_int_equal(feature_world_close(&w), 0);
    assert_int_equal(released, 5);
}

static int64_t count_of(feature_world *w, const char *sql)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    assert_int_equal(store_read(w->rest.rest.store, &conn, &error), PLATEN_OK);
    assert_int_equal(store_prepare_text(conn, sql, &st, &error), PLATEN_OK);
    assert_int_equal(store_step(st, &error), PLATEN_OK);
    int64_t count = store_i64(st, 0);
    store_reset(st);
    store_read_end(conn);
    return count;
}

/* What writes has its entry in the same transaction, without secrets; what reads has none. */
static void test_op__writing_ones_are_in_the_audit_log(void **state)
{
    static const char entries[] = "SELECT count(*) FROM audit_entry WHERE object = 'probe.greet'";
    feature_world w;
    (void)state;
    open_world(&w);
    expect(&w, w.rest.admin, 200, "/operations/probe.look", "{}", "true");
    assert_int_equal(count_of(&w, "SELECT count(*) FROM audit_entry WHERE object LIKE 'probe%'"),
                     0);
    expect(&w, w.rest.admin, 200, "/operations/probe.greet",
           "{\"name\":\"Ada\",\"secret\":\"swordfish\"}", "Ada");
    assert_non_null(strstr(seen, "swordfish"));
    assert_int_equal(count_of(&w, entries), 1);
    assert_int_equal(count_of(&w,
                              "SELECT count(*) FROM audit_entry WHERE object = 'probe.greet' AND "
                              "after_text LIKE '%Ada%'"),
                     1);
    assert_int_equal(
        count_of(&w, "SELECT count(*) FROM audit_entry WHERE after_text LIKE '%swordfish%'"), 0);
    expect(&w, w.rest.admin, 422, "/operations/probe.greet", "{\"name\":\"nobody\"}", "nobody");
    assert_int_equal(count_of(&w, entries), 2); /* the refusal is told too */
    assert_int_equal(feature_world_close(&w), 0);
}

static int64_t told(feature_world *w, const char *words)
{
    char sql[160];
    (void)snprintf(sql, sizeof(sql),
                   "SELECT count(*) FROM audit_entry WHERE after_text LIKE '%%%s%%'", words);
    return count_of(w, sql);
}

/* Neither a file nor what the schema calls a secret, however it is called and whoever asks. */
static void test_op__what_the_audit_log_never_has(void **state)
{
    static const char body[] = "{\"name\":\"bad\",\"words\":\"swordfish\","
                               "\"content\":\"aGVsbG8=\"}";
    feature_world w;
    (void)state;
    open_world(&w);
    expect(&w, w.rest.admin, 200, "/operations/probe.greet", body, "1");
    expect(&w, reader, 403, "/operations/probe.greet", body, "forbidden");
    expect(&w, w.rest.admin, 404, "/operations/probe.nothing", body, "no operation");
    expect(&w, w.rest.admin, 422, "/operations/probe.greet",
           "{\"name\":\"bad\",\"words\":\"swordfish\",\"content\":\"aGVsbG8\"}", "/content");
    assert_int_equal(told(&w, "swordfish"), 0);
    assert_int_equal(told(&w, "aGVsbG8="), 0);
    assert_int_equal(told(&w, "\"content\":\"(a file of 5 bytes)\""), 2);
    assert_int_equal(told(&w, "\"words\":\"***\""), 3);
    assert_int_equal(feature_world_close(&w), 0);
}

/* A file of 8 MiB fits where one is taken, and nothing so large elsewhere. */
static void test_op__files(void **state)
{
    const size_t length = (size_t)8 * 1024 * 1024 / 3 * 4;
    static const char head[] = "{\"name\":\"bad\",\"content\":\"";
    feature_world w;
    char *body = malloc(sizeof(head) + length + 3);
    (void)state;
    assert_non_null(body);
    memcpy(body, head, sizeof(head) - 1);
    memset(body + sizeof(head) - 1, 'A', length);
    memcpy(body + sizeof(head) - 1 + length, "\"}", 3);
    open_world(&w);
    expect(&w, w.rest.admin, 200, "/operations/probe.greet", body, "1");
    expect(&w, w.rest.admin, 413, "/operations/probe.look", body, "operation 'probe.look' takes");
    assert_int_equal(told(&w, "(a file of 8388606 bytes)"), 1);
    assert_int_equal(feature_world_close(&w), 0);
    free(body);
}

/* ---- among plugins ---- */

static char taken[128];

static void take(const char *result, void *user)
{
    (void)user;
    (void)snprintf(taken, sizeof(taken), "%s", result);
}

static void test_op__plugins_call_each_other(void **state)
{
    feature_world w;
    (void)state;
    open_world(&w);
    assert_int_equal(op->call(own, "probe.look", "{\"device\":2}", take, NULL, &error), PLATEN_OK);
    assert_string_equal(taken, "true");
    assert_int_equal(op->call(own, "probe.greet", "{\"name\":\"Bo\"}", NULL, NULL, &error),
                     PLATEN_OK);
    assert_string_equal(seen, "{\"name\":\"Bo\"} by probe (3, plugin)");
    assert_int_equal(op->call(own, "probe.look", NULL, take, NULL, &error), PLATEN_OK);
    assert_int_equal(op->call(own, "probe.none", "{}", take, NULL, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(op->call(own, NULL, "{}", take, NULL, &error), PLATEN_E_NOT_FOUND);
    assert_int_equal(op->call(own, "probe.look", "{", take, NULL, &error), PLATEN_E_MALFORMED);
    assert_int_equal(op->call(own, "probe.look", "[]", take, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(op->call(own, "probe.greet", "{}", take, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(op->call(NULL, "probe.look", "{}", take, NULL, &error), PLATEN_E_INVAL);
    assert_int_equal(
        add_operation(own, "probe.late", PLATEN_OPERATION_READ, PLATEN_ACCESS_USER, look, &error),
        PLATEN_E_STATE);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- from scripts ---- */

static void expect_operate(feature_world *w, const flow_operation *call, const char *answer)
{
    char *text = feature_operate(w->feature, call);
    assert_non_null(text);
    if (strncmp(text, answer, strlen(answer)) != 0) {
        fail_msg("%s", text);
    }
    free(text);
}

static void test_op__scripts_call_them(void **state)
{
    const int64_t north[] = {1};
    feature_world w;
    (void)state;
    open_world(&w);
    flow_operation call = {
        .run = 7, .id = "probe.greet", .arguments = "{\"name\":\"Bo\",\"words\":\"swordfish\"}"};
    expect_operate(&w, &call, "{\"value\":{\"greeted\":{\"name\":\"Bo\"");
    assert_int_equal(told(&w, "\"words\":\"***\""), 1);
    assert_int_equal(told(&w, "swordfish"), 0);
    call.arguments = "{\"name\":\"Bo\"}";
    expect_operate(&w, &call, "{\"value\":{\"greeted\":{\"name\":\"Bo\"}}}");
    assert_string_equal(seen, "{\"name\":\"Bo\"} by run 7 (3, flow)");
    call.arguments = "{}";
    expect_operate(&w, &call, "{\"code\":\"inval\"");
    call.arguments = "{\"name\":\"Bo\"}";
    seen[0] = '\0';
    call.again = true; /* it writes: it is not done a second time */
    expect_operate(&w, &call, "{\"code\":\"unavailable\"");
    call.again = false;
    call.preview = true;
    expect_operate(&w, &call, "{\"value\":null}");
    assert_string_equal(seen, "");
    call = (flow_operation){
        .run = 7, .id = "probe.look", .arguments = "{\"device\":2}", .again = true};
    expect_operate(&w, &call, "{\"value\":true}"); /* it reads */
    call.regions = north;
    call.region_count = 1;
    expect_operate(&w, &call, "{\"value\":false}");
    call.id = "probe.forget";
    call.arguments = "{}";
    expect_operate(&w, &call, "{\"code\":\"internal\"");
    call.id = "probe.nothing";
    expect_operate(&w, &call, "{\"code\":\"not-found\"");
    /* Two that were done and one that could not be; not what reads, nor what was not done. ACC-96
     */
    assert_int_equal(count_of(&w, "SELECT count(*) FROM audit_entry WHERE user_name = 'run 7' AND "
                                  "object = 'probe.greet' AND result = 'success'"),
                     2);
    assert_int_equal(count_of(&w, "SELECT count(*) FROM audit_entry WHERE user_name = 'run 7'"), 3);
    assert_int_equal(feature_world_close(&w), 0);
}

/* ---- misuse ---- */

static platen_code load_misuse(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    op = host->iface(ctx, "op/1");
    own = ctx;
    platen_operation o = PLATEN_OPERATION_INIT;
    assert_int_equal(op->add(NULL, &o, err), PLATEN_E_INVAL);
    assert_int_equal(op->add(ctx, NULL, err), PLATEN_E_INVAL);
    o.size = 8;
    assert_int_equal(op->add(ctx, &o, err), PLATEN_E_INVAL);
    static const char *const ids[] = {NULL,      "",        "probe",       "probe.",
                                      "other.x", "probe.A", "probe-two.x", "probe.x.y"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        assert_int_equal(add_operation(ctx, ids[i], PLATEN_OPERATION_READ, 1, look, err),
                         PLATEN_E_INVAL);
    }
    assert_int_equal(add_operation(ctx, "probe.x", 0, 1, look, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 3, 1, look, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 9, 1, look, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 1, 0, look, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 1, 4, look, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 1, 1, NULL, err), PLATEN_E_INVAL);
    assert_int_equal(add_operation(ctx, "probe.x", 1, 1, look, err), PLATEN_OK);
    assert_int_equal(add_operation(ctx, "probe.x", 1, 1, look, err), PLATEN_E_EXISTS);
    o = (platen_operation)PLATEN_OPERATION_INIT;
    o.flags = PLATEN_OPERATION_READ;
    o.role = PLATEN_ACCESS_USER;
    o.id = "probe.y";
    o.run = look;
    assert_int_equal(op->add(ctx, &o, err), PLATEN_E_INVAL); /* no title */
    o.title = "Y";
    o.arguments = "{\"type\":\"array\"}";
    assert_int_equal(op->add(ctx, &o, err), PLATEN_E_INVAL);
    o.arguments = "{\"type\":\"object\",\"teapot\":1}";
    assert_int_equal(op->add(ctx, &o, err), PLATEN_E_INVAL);
    assert_non_null(strstr(err->text, "the arguments of operation 'probe.y'"));
    o.arguments = NULL;
    o.result = "{";
    assert_int_equal(op->add(ctx, &o, err), PLATEN_E_INVAL);
    assert_int_equal(op->call(ctx, "probe.x", "{}", NULL, NULL, err), PLATEN_E_STATE);
    return PLATEN_OK;
}

static platen_code load_unknown_word(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    op = host->iface(ctx, "op/1");
    platen_operation o = PLATEN_OPERATION_INIT;
    o.flags = PLATEN_OPERATION_READ;
    o.role = PLATEN_ACCESS_DEVICE_MANAGER;
    o.id = "probe-two.x";
    o.function = "teapots";
    o.title = "X";
    o.run = look;
    o.user = &released;
    o.release = release;
    return op->add(ctx, &o, err);
}

static void test_op__misuse_is_told_and_changes_nothing(void **state)
{
    feature_world w;
    (void)state;
    released = 0;
    feature_world_open(&w, load_misuse, load_unknown_word);
    assert_string_equal(feature_world_error(&w, 0), "");
    assert_string_equal(feature_world_error(&w, 1),
                        "plugin 'probe-two' cannot be used: operation 'probe-two.x' names the "
                        "function 'teapots', there is none");
    assert_int_equal(released, 1); /* it was withdrawn, and unload() was called */
    assert_int_equal(feature_world_unloads(), 1);
    assert_int_equal(listed(&w, w.rest.admin), 1);
    assert_int_equal(feature_world_close(&w), 0);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_op__rest_holds_arguments_roles_and_regions),
        cmocka_unit_test(test_op__writing_ones_are_in_the_audit_log),
        cmocka_unit_test(test_op__what_the_audit_log_never_has),
        cmocka_unit_test(test_op__files),
        cmocka_unit_test(test_op__plugins_call_each_other),
        cmocka_unit_test(test_op__scripts_call_them),
        cmocka_unit_test(test_op__misuse_is_told_and_changes_nothing),
    };
    return rest_world_run_both("op/1", tests, sizeof(tests) / sizeof(tests[0]), NULL, NULL);
}
