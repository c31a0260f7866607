/* page/1: pages as data over tables of their plugin, as lists in REST and as things for the pages.
 */
#include "tests/unit/feature/feature_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/op.h>
#include <platen/page.h>
#include <platen/store.h>

/* ---- the plugin ---- */

static const char table_sql[] = "CREATE TABLE probe_note (id {{id}}, text {{fold}} NOT NULL,\n"
                                "state TEXT, device_id {{i64}}, sent {{i64}}, amount {{i64}});\n"
                                "CREATE INDEX probe_note_sent ON probe_note (sent);\n"
                                "CREATE INDEX probe_note_device ON probe_note (device_id);";

static const char notes_page[] =
    "{\"id\":\"notes\",\"menu\":\"data\",\"title\":\"Notes\",\"access\":\"device-manager\","
    "\"function\":\"data\",\"list\":{\"table\":\"probe_note\",\"device\":\"device_id\","
    "\"columns\":[{\"id\":\"text\",\"type\":\"text\",\"title\":\"Text\",\"search\":true},"
    "{\"id\":\"state\",\"type\":\"choice\",\"title\":\"State\",\"choices\":[\"new\",\"sent\"]},"
    "{\"id\":\"device_id\",\"type\":\"device\",\"title\":\"Device\"},"
    "{\"id\":\"sent\",\"type\":\"time\",\"title\":\"Sent\"},"
    "{\"id\":\"amount\",\"type\":\"number\",\"title\":\"Amount\"}],\"sort\":\"-sent\"},"
    "\"detail\":{\"columns\":[\"text\"],\"lists\":[{\"page\":\"plain\",\"filter\":\"amount\"}]},"
    "\"actions\":[{\"id\":\"restart\",\"title\":\"Restart\",\"task\":\"device.restart\","
    "\"on\":\"devices\"}]}";

/* Without a device's column among those that are shown. */
static const char plain_page[] =
    "{\"id\":\"plain\",\"menu\":\"reports\",\"title\":\"Plain\",\"access\":\"user\","
    "\"list\":{\"table\":\"probe_note\",\"device\":\"device_id\",\"columns\":["
    "{\"id\":\"amount\",\"type\":\"number\",\"title\":\"Amount\",\"sort\":false}]}}";

/* Of an operation. */
static const char made_page[] =
    "{\"id\":\"made\",\"menu\":\"system\",\"title\":\"Made\",\"access\":\"user\","
    "\"list\":{\"operation\":\"probe.all\",\"key\":\"word\",\"device\":\"device\",\"columns\":["
    "{\"id\":\"word\",\"type\":\"text\",\"title\":\"Word\",\"search\":true},"
    "{\"id\":\"device\",\"type\":\"device\",\"title\":\"Device\"},"
    "{\"id\":\"at\",\"type\":\"time\",\"title\":\"At\"},"
    "{\"id\":\"count\",\"type\":\"number\",\"title\":\"Count\"}],\"sort\":\"-count\"},"
    "\"create\":{\"operation\":\"probe.add\"},"
    "\"actions\":[{\"id\":\"again\",\"title\":\"Again\",\"operation\":\"probe.all\",\"on\":"
    "\"page\"}]}";

static const platen_op *op;
static const char *made_items =
    "{\"items\":[{\"word\":\"one\",\"device\":\"1\",\"at\":\"1970-01-01T00:00:01Z\",\"count\":1},"
    "{\"word\":\"Two\",\"device\":3,\"at\":2000,\"count\":2.5},"
    "{\"word\":\"three\",\"device\":null,\"count\":30},"
    "{\"word\":\"four\"}]}";

static platen_code run_all(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)arguments;
    (void)user;
    return op->answer(call, made_items, err);
}

static char asked[256]; /* what the operation of a part was told */

/* What belongs to something: "one" to whatever is asked for, "two" to 8. */
static platen_code run_part(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)user;
    (void)snprintf(asked, sizeof(asked), "%s", arguments);
    return op->answer(call, "{\"items\":[{\"word\":\"one\"},{\"word\":\"two\",\"of\":\"8\"}]}",
                      err);
}

static platen_code load_operations(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    platen_operation all = PLATEN_OPERATION_INIT;
    op = host->iface(ctx, "op/1");
    all.flags = PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES;
    all.role = PLATEN_ACCESS_USER;
    all.id = "probe.all";
    all.title = "All";
    all.run = run_all;
    PLATEN_TRY(op->add(ctx, &all, err));
    all.id = "probe.part";
    all.run = run_part;
    all.arguments = "{\"type\":\"object\",\"required\":[\"of\"],\"properties\":{"
                    "\"of\":{\"type\":\"string\"},\"language\":{\"type\":\"string\"},"
                    "\"other\":{\"type\":\"string\"}}}";
    PLATEN_TRY(op->add(ctx, &all, err));
    all.run = run_all;
    all.arguments = NULL;
    all.flags = PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    all.role = PLATEN_ACCESS_SYSTEM_MANAGER;
    all.id = "probe.add";
    return op->add(ctx, &all, err);
}

static const char *extra_page; /* what a test has more */
static platen_code extra_code;

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_store *tables = host->iface(ctx, "store/1");
    const platen_pages *pages = host->iface(ctx, "page/1");
    platen_migration step = PLATEN_MIGRATION_INIT;
    step.number = 1;
    step.name = "notes";
    step.sql = table_sql;
    PLATEN_TRY(tables->migration(ctx, &step, err));
    PLATEN_TRY(pages->page(ctx, notes_page, err));
    PLATEN_TRY(pages->page(ctx, plain_page, err));
    PLATEN_TRY(load_operations(host, ctx, err));
    PLATEN_TRY(pages->page(ctx, made_page, err));
    extra_code = extra_page != NULL ? pages->page(ctx, extra_page, err) : PLATEN_OK;
    return extra_code;
}

static const char *const rows[] = {
    "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
    "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
    "INSERT INTO device (managed, agent_id, name, address, address_key, region_id, first_seen, "
    "last_seen) VALUES (1, 1, 'n1', '10.0.0.1', '1', 1, 1, 1), (1, 1, '', '10.0.0.2', '2', 1, 1, "
    "1), (1, 1, 's1', '10.0.0.3', '3', 2, 1, 1), (1, 1, 'x', '10.0.0.4', '4', NULL, 1, 1)",
    "INSERT INTO probe_note (text, state, device_id, sent, amount) VALUES "
    "('Alpha', 'new', 1, 1000, 10), ('beta 50%', 'sent', 2, 2000, NULL), "
    "('Gamma, \"g\"', 'new', 3, 3000, 30), ('=delta', NULL, 4, NULL, 40), "
    "('Everybody', 'sent', NULL, 5000, 50), ('of one that is gone', 'new', 77, 6000, 60)",
};

typedef struct world {
    feature_world base;
    char north[256], viewer[256], none[256];
} world;

static int open_world(void **state)
{
    world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    extra_page = NULL;
    feature_world_open(&w->base, load, NULL);
    assert_string_equal(feature_world_error(&w->base, 0), "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rest_fixture_run(&w->base.rest.rest, rows[i]);
    }
    rest_world_token(&w->base.rest,
                     "{\"name\":\"n\",\"role\":\"device-manager\",\"functions\":[\"data\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     w->north, sizeof(w->north));
    rest_world_token(&w->base.rest, "{\"name\":\"v\",\"role\":\"user\"}", w->viewer,
                     sizeof(w->viewer));
    rest_world_token(&w->base.rest,
                     "{\"name\":\"d\",\"role\":\"device-manager\",\"functions\":[\"tasks\"]}",
                     w->none, sizeof(w->none));
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    int failed = feature_world_close(&w->base);
    free(w);
    return failed;
}

/* The ids of the rows in order, as "6 5 3", and the total. */
static void expect_rows(world *w, const char *who, const char *query, const char *ids, int total)
{
    rest_reply reply;
    char path[256];
    char all[256] = "";
    const cJSON *each = NULL;
    (void)snprintf(path, sizeof(path), "/probe/%s%s", query[0] == '/' ? "made?" : "notes",
                   query[0] == '/' ? query + 1 : query);
    rest_world_ask(&w->base.rest, who, 200, "GET", path, NULL, &reply);
    cJSON_ArrayForEach(each, json_get_array(reply.json, "items"))
    {
        size_t length = strlen(all);
        (void)snprintf(all + length, sizeof(all) - length, "%s%s", length > 0 ? " " : "",
                       json_get_text(each, "id", "?"));
    }
    if (strcmp(all, ids) != 0 || json_get_i64(reply.json, "total", -1) != total) {
        fail_msg("%s: '%s', not '%s': %s", query, all, ids, reply.body);
    }
    rest_reply_fini(&reply);
}

static void expect_text(world *w, const char *who, const char *accept, const char *path,
                        const char *text)
{
    rest_reply reply;
    char headers[1200];
    (void)snprintf(headers, sizeof(headers), "%s%s%s", who, accept, accept[0] != '\0' ? "\n" : "");
    rest_world_ask(&w->base.rest, headers, 200, "GET", path, NULL, &reply);
    if (strstr(reply.body, text) == NULL) {
        fail_msg("%s: no '%s' in %s", path, text, reply.body);
    }
    rest_reply_fini(&reply);
}

/* ---- lists ---- */

static void test_pages__filters_sorts_and_searches(void **state)
{
    world *w = *state;
    const char *admin = w->base.rest.admin;
    expect_rows(w, admin, "", "6 5 3 2 1 4", 6);
    expect_rows(w, admin, "?sort=amount,id&size=2&page=2", "3 4", 6);
    expect_rows(w, admin, "?sort=text", "4 1 2 5 3 6", 6);
    expect_rows(w, admin, "?f=state:eq:new&f=state:eq:sent&sort=id", "1 2 3 5 6", 5);
    expect_rows(w, admin, "?f=amount:ge:10&f=amount:le:40&sort=id", "1 3 4", 3);
    expect_rows(w, admin, "?f=amount:empty:true", "2", 1);
    expect_rows(w, admin, "?f=text:contains:50%25", "2", 1);
    expect_rows(w, admin, "?f=text:begins:ALPHA", "1", 1);
    expect_rows(w, admin, "?f=device_id:eq:3", "3", 1);
    expect_rows(w, admin, "?f=sent:lt:1970-01-01T00:00:03Z&sort=id", "1 2", 2);
    expect_rows(w, admin, "?f=id:in:1,4&sort=-id", "4 1", 2);
    expect_rows(w, admin, "?q=GAMMA%20g", "3", 1);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/notes?f=state:eq:old", NULL);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/notes?f=nothing:eq:1", NULL);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/notes?sort=device_id", NULL);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/plain?sort=amount", NULL);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/plain?q=x", NULL);
}

// ACC-69
static void test_pages__regions(void **state)
{
    world *w = *state;
    const char *admin = w->base.rest.admin;
    expect_rows(w, w->north, "", "5 2 1", 3);
    expect_rows(w, w->north, "?f=device_id:eq:3", "", 0);
    expect_rows(w, w->north, "?sort=id&f=state:eq:sent", "2 5", 2);
    rest_world_status(&w->base.rest, w->north, 200, "GET", "/probe/notes/1", NULL);
    rest_world_status(&w->base.rest, w->north, 200, "GET", "/probe/notes/5", NULL);
    rest_world_status(&w->base.rest, w->north, 404, "GET", "/probe/notes/3", NULL);
    rest_world_status(&w->base.rest, w->north, 404, "GET", "/probe/notes/4", NULL);
    rest_world_status(&w->base.rest, w->north, 404, "GET", "/probe/notes/6", NULL);
    rest_world_status(&w->base.rest, w->north, 404, "GET", "/probe/plain/3", NULL);
    rest_world_status(&w->base.rest, admin, 200, "GET", "/probe/notes/6", NULL);
    rest_world_status(&w->base.rest, admin, 404, "GET", "/probe/notes/99", NULL);
    rest_world_status(&w->base.rest, admin, 404, "GET", "/probe/notes/x", NULL);
    expect_text(w, w->north, "Accept: text/csv", "/probe/notes?sort=id", "Alpha");
    rest_reply reply;
    char headers[600];
    (void)snprintf(headers, sizeof(headers), "%sAccept: application/x-ndjson\n", w->north);
    rest_world_ask(&w->base.rest, headers, 200, "GET", "/probe/notes", NULL, &reply);
    assert_null(strstr(reply.body, "Gamma"));
    assert_non_null(strstr(reply.body, "Everybody"));
    rest_reply_fini(&reply);
}

/* Items in memory are a list as every other. */
static void test_pages__of_an_operation(void **state)
{
    world *w = *state;
    const char *admin = w->base.rest.admin;
    const char *all = made_items;
    expect_rows(w, admin, "/", "three Two one four", 4);
    expect_rows(w, admin, "/sort=word&size=2&page=2", "three Two", 4);
    expect_rows(w, admin, "/f=word:begins:T&sort=word", "three Two", 2);
    expect_rows(w, admin, "/f=word:eq:TWO&f=word:eq:one&sort=word", "one Two", 2);
    expect_rows(w, admin, "/f=word:ne:one&f=word:ne:two&sort=word", "four three", 2);
    expect_rows(w, admin, "/f=count:ge:2&f=count:le:3", "Two", 1);
    expect_rows(w, admin, "/f=at:lt:1970-01-01T00:00:02Z", "one", 1);
    expect_rows(w, admin, "/f=count:empty:true", "four", 1);
    expect_rows(w, admin, "/f=device:in:3,4", "Two", 1);
    expect_rows(w, admin, "/f=id:eq:four", "four", 1);
    expect_rows(w, admin, "/q=HRE", "three", 1);
    expect_rows(w, w->north, "/", "three one four", 3);
    rest_world_status(&w->base.rest, admin, 422, "GET", "/probe/made?f=x:eq:1", NULL);
    rest_world_status(&w->base.rest, w->north, 404, "GET", "/probe/made/Two", NULL);
    rest_world_status(&w->base.rest, admin, 404, "GET", "/probe/made/six", NULL);
    expect_text(w, admin, "", "/probe/made/Two",
                "{\"id\":\"Two\",\"word\":\"Two\",\"device\":{\"id\":\"3\",\"name\":\"s1\"},"
                "\"at\":\"1970-01-01T00:00:02.000Z\",\"count\":2.5}");
    expect_text(w, admin, "Accept: text/csv", "/probe/made?sort=word", "\nTwo,Two,s1,");
    expect_text(w, admin, "Accept: application/x-ndjson", "/probe/made?sort=word&fields=word",
                "{\"id\":\"four\",\"word\":\"four\"}\n{\"id\":\"one\"");
    made_items = "{\"things\":[]}";
    rest_world_status(&w->base.rest, admin, 500, "GET", "/probe/made", NULL);
    made_items = "{\"items\":[]}";
    expect_rows(w, admin, "/", "", 0);
    made_items = all;
}

/* Below a row of another page: the operation is asked for the rows of that one. */
static void test_pages__of_an_operation_with_arguments(void **state)
{
    feature_world w;
    char headers[1200];
    rest_reply reply;
    (void)state;
    extra_page = "{\"id\":\"part\",\"menu\":\"none\",\"title\":\"Part\",\"access\":\"user\","
                 "\"list\":{\"operation\":\"probe.part\",\"key\":\"word\",\"columns\":["
                 "{\"id\":\"word\",\"type\":\"text\",\"title\":\"Word\"},"
                 "{\"id\":\"of\",\"type\":\"text\",\"title\":\"Of\",\"hidden\":true}]},"
                 "\"actions\":[{\"id\":\"get\",\"title\":\"Get\",\"download\":\"probe.part\","
                 "\"on\":\"row\"},{\"id\":\"do\",\"title\":\"Do\",\"operation\":\"probe.part\","
                 "\"on\":\"row\"}]}";
    feature_world_open(&w, load, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    (void)snprintf(headers, sizeof(headers), "%sAccept-Language: xx, de-CH;q=0.9, fr\n",
                   w.rest.admin);
    rest_world_ask(&w.rest, headers, 200, "GET", "/probe/part?f=of:eq:7&f=word:ne:six", NULL,
                   &reply);
    assert_string_equal(asked, "{\"of\":\"7\",\"language\":\"de\"}");
    assert_int_equal(json_get_i64(reply.json, "total", -1), 1);
    assert_non_null(strstr(reply.body, "{\"id\":\"one\",\"word\":\"one\",\"of\":\"7\"}"));
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/probe/part/two?f=of:eq:8", NULL, &reply);
    assert_string_equal(asked, "{\"of\":\"8\",\"language\":\"en\"}");
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, w.rest.admin, 422, "GET", "/probe/part", NULL);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/pages", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"menu\":\"none\""));
    assert_non_null(strstr(reply.body, "\"download\":\"probe.part\""));
    assert_non_null(strstr(reply.body, "\"probe.part\":{\"type\":\"object\""));
    rest_reply_fini(&reply);
    assert_int_equal(feature_world_close(&w), 0);
    extra_page = NULL;
}

static void test_pages__rows_and_files(void **state)
{
    world *w = *state;
    const char *admin = w->base.rest.admin;
    expect_text(w, admin, "", "/probe/notes/1",
                "{\"id\":\"1\",\"text\":\"Alpha\",\"state\":\"new\",\"device_id\":{\"id\":\"1\","
                "\"name\":\"n1\"},\"sent\":\"1970-01-01T00:00:01.000Z\",\"amount\":10}");
    expect_text(w, admin, "", "/probe/notes/2", "{\"id\":\"2\",\"name\":\"10.0.0.2\"}");
    expect_text(w, admin, "", "/probe/notes/4", "\"sent\":null,\"amount\":40");
    expect_text(w, admin, "", "/probe/notes/5", "\"device_id\":null");
    expect_text(w, admin, "", "/probe/notes?fields=text&f=id:eq:1",
                "[{\"id\":\"1\",\"text\":\"Alpha\"}]");
    expect_text(w, admin, "Accept: text/csv", "/probe/notes?sort=id",
                "id,text,state,device_id,sent,amount");
    expect_text(w, admin, "Accept: text/csv", "/probe/notes?sort=id", "1,Alpha,new,n1,");
    expect_text(w, admin, "Accept: text/csv", "/probe/notes?sort=id", "\"Gamma, \"\"g\"\"\"");
    expect_text(w, admin, "Accept: text/csv", "/probe/notes?sort=id", "\t=delta");
    expect_text(w, admin, "Accept: application/x-ndjson", "/probe/notes?sort=id",
                "\n{\"id\":\"2\"");
    expect_text(w, admin,
                "Accept: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "/probe/notes", "PK");
}

// ACC-47, ACC-56
static void test_pages__who_sees_them(void **state)
{
    world *w = *state;
    rest_reply reply;
    rest_world_status(&w->base.rest, w->viewer, 403, "GET", "/probe/notes", NULL);
    rest_world_status(&w->base.rest, w->none, 403, "GET", "/probe/notes", NULL);
    rest_world_status(&w->base.rest, w->none, 200, "GET", "/probe/plain", NULL);
    rest_world_status(&w->base.rest, w->viewer, 200, "GET", "/probe/plain", NULL);
    rest_world_status(&w->base.rest, "", 401, "GET", "/probe/plain", NULL);
    rest_world_ask(&w->base.rest, w->viewer, 200, "GET", "/pages", NULL, &reply);
    assert_int_equal(cJSON_GetArraySize(json_get_array(reply.json, "items")), 2);
    assert_non_null(strstr(reply.body, "\"path\":\"/probe/plain\""));
    assert_non_null(strstr(reply.body, "\"schemas\":{\"probe.all\":{"));
    assert_null(strstr(reply.body, "probe.add")); /* not for who may not do it */
    rest_reply_fini(&reply);
    rest_world_ask(&w->base.rest, w->base.rest.admin, 200, "GET", "/pages", NULL, &reply);
    const cJSON *first = cJSON_GetArrayItem(json_get_array(reply.json, "items"), 0);
    assert_string_equal(json_get_text(first, "id", ""), "notes");
    assert_string_equal(json_get_text(first, "plugin", ""), "probe");
    assert_int_equal(cJSON_GetArraySize(json_get_array(first, "actions")), 1);
    rest_reply_fini(&reply);
    /* Who has no tasks does not get the button. */
    rest_world_ask(&w->base.rest, w->north, 200, "GET", "/pages", NULL, &reply);
    assert_null(strstr(reply.body, "device.restart"));
    rest_reply_fini(&reply);
}

/* ---- more that a page may say ---- */

static const char narrow_page[] =
    "{\"id\":\"narrow\",\"tab\":\"notes\",\"label\":\"L\",\"help\":\"H\",\"title\":\"Narrow\","
    "\"access\":\"user\",\"list\":{\"table\":\"probe_note\",\"highlight\":\"state\","
    "\"where\":[{\"column\":\"state\",\"is\":\"new\"},{\"column\":\"amount\",\"above\":10}],"
    "\"columns\":[{\"id\":\"text\",\"type\":\"value\",\"title\":\"T\",\"search\":true},"
    "{\"id\":\"state\",\"type\":\"choice\",\"title\":\"S\",\"choices\":[\"new\",\"sent\"],"
    "\"tones\":{\"new\":\"warning\"}}]},\"create\":{\"operation\":\"probe.add\",\"title\":\"New\","
    "\"arguments\":{\"a\":1}},\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"rows\","
    "\"operation\":\"probe.add\",\"ids\":\"notes\",\"arguments\":{\"loud\":true}}]}";

static void test_pages__of_some_rows(void **state)
{
    feature_world w;
    (void)state;
    extra_page = narrow_page;
    feature_world_open(&w, load, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rest_fixture_run(&w.rest.rest, rows[i]);
    }
    rest_fixture_run(&w.rest.rest, "UPDATE probe_note SET text = '\"quoted\"' WHERE id = 3");
    rest_fixture_run(&w.rest.rest, "UPDATE probe_note SET text = 'true' WHERE id = 6");
    rest_reply reply;
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/probe/narrow?sort=id", NULL, &reply);
    assert_string_equal(reply.body, "{\"items\":[{\"id\":\"3\",\"text\":\"quoted\",\"state\":"
                                    "\"new\"},{\"id\":\"6\",\"text\":true,\"state\":\"new\"}],"
                                    "\"total\":2,\"page\":1,\"size\":50}");
    rest_reply_fini(&reply);
    rest_world_status(&w.rest, w.rest.admin, 200, "GET", "/probe/narrow/3", NULL);
    rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/probe/narrow/2", NULL);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/pages", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"tab\":\"notes\""));
    assert_non_null(strstr(reply.body, "\"tones\":{\"new\":\"warning\"}"));
    rest_reply_fini(&reply);
    extra_page = NULL;
    assert_int_equal(feature_world_close(&w), 0);
}

static void test_pages__cautions_and_words(void **state)
{
    feature_world w;
    rest_reply reply;
    (void)state;
    extra_page = "{\"id\":\"careful\",\"menu\":\"none\",\"title\":\"C\",\"access\":\"user\","
                 "\"list\":{\"table\":\"probe_note\",\"columns\":[{\"id\":\"text\",\"type\":"
                 "\"words\",\"title\":\"T\",\"choices\":[\"new\",\"old\"]}]},\"cautions\":["
                 "{\"text\":\"Look out\"},{\"title\":\"Old\",\"text\":\"It is old\","
                 "\"when\":{\"text\":[\"old\",\"\"]}}]}";
    feature_world_open(&w, load, NULL);
    assert_string_equal(feature_world_error(&w, 0), "");
    rest_fixture_run(&w.rest.rest, "INSERT INTO probe_note (text) VALUES ('new old'), ('')");
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/probe/careful?f=text:contains:old", NULL,
                   &reply);
    assert_non_null(strstr(reply.body, "{\"items\":[{\"id\":\"1\",\"text\":\"new old\"}]"));
    rest_reply_fini(&reply);
    rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/pages", NULL, &reply);
    assert_non_null(strstr(reply.body, "\"when\":{\"text\":[\"old\",\"\"]}"));
    rest_reply_fini(&reply);
    extra_page = NULL;
    assert_int_equal(feature_world_close(&w), 0);
}

/* A group is shown by its name to those whose regions it is of. */
static void test_pages__groups(void **state)
{
    feature_world more;
    rest_reply reply;
    char north[256];
    (void)state;
    extra_page = "{\"id\":\"of\",\"menu\":\"none\",\"title\":\"T\",\"access\":\"user\",\"list\":{"
                 "\"table\":\"probe_note\",\"columns\":[{\"id\":\"amount\",\"type\":\"group\","
                 "\"title\":\"G\"}],\"sort\":\"id\"}}";
    feature_world_open(&more, load, NULL);
    assert_string_equal(feature_world_error(&more, 0), "");
    rest_fixture_run(&more.rest.rest, rows[0]);
    rest_fixture_run(&more.rest.rest,
                     "INSERT INTO device_group (id, name, path, path_key, kind, created) VALUES "
                     "(10, 'Everywhere', 'Everywhere', 'everywhere', 'static', 1), "
                     "(20, 'Southern', 'Southern', 'southern', 'static', 1)");
    rest_fixture_run(&more.rest.rest,
                     "INSERT INTO device_group_region (group_id, region_id) VALUES (20, 2)");
    rest_fixture_run(&more.rest.rest,
                     "INSERT INTO probe_note (text, amount) VALUES ('a', 10), ('b', 20), "
                     "('c', NULL)");
    rest_world_token(&more.rest,
                     "{\"name\":\"n\",\"role\":\"device-manager\",\"functions\":[\"data\"],"
                     "\"all_regions\":false,\"regions\":[\"1\"]}",
                     north, sizeof(north));
    rest_world_ask(&more.rest, more.rest.admin, 200, "GET", "/probe/of", NULL, &reply);
    assert_non_null(strstr(reply.body, "{\"id\":\"20\",\"name\":\"Southern\"}"));
    assert_non_null(strstr(reply.body, "\"amount\":null"));
    rest_reply_fini(&reply);
    rest_world_ask(&more.rest, north, 200, "GET", "/probe/of", NULL, &reply);
    assert_non_null(strstr(reply.body, "{\"id\":\"10\",\"name\":\"Everywhere\"}"));
    assert_null(strstr(reply.body, "Southern"));
    rest_reply_fini(&reply);
    extra_page = NULL;
    assert_int_equal(feature_world_close(&more), 0);
}

/* ---- what is refused ---- */

#define PAGE(id, list)                                                                             \
    "{\"id\":\"" id "\",\"menu\":\"data\",\"title\":\"T\",\"access\":\"user\",\"list\":{" list "}" \
    "}"
#define COLUMN "\"columns\":[{\"id\":\"text\",\"type\":\"text\",\"title\":\"T\"}]"
#define MORE(more)                                                                                 \
    "{\"id\":\"x\",\"menu\":\"data\",\"title\":\"T\",\"access\":\"user\",\"list\":{"               \
    "\"table\":\"probe_note\"," COLUMN "}," more "}"

static const struct {
    const char *json, *text;
    platen_code code; /* of page(); PLATEN_OK: it shows later */
} refusals[] = {
    {"{\"id\":", "a page", PLATEN_E_MALFORMED},
    {"[]", "page '?'", PLATEN_E_INVAL},
    {PAGE("x", COLUMN), "one of table and operation", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"device\"," COLUMN), "none of this plugin", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_a;b\"," COLUMN), "/list/table", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"key\":\"id) OR 1\"," COLUMN), "/list/key",
     PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"a b\",\"type\":\"text\","
               "\"title\":\"T\"}]"),
     "/list/columns/0/id", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"a\",\"type\":\"blob\","
               "\"title\":\"T\"}]"),
     "/list/columns/0/type", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[]"), "/list/columns", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"sort\":\"-nothing\"," COLUMN), "cannot be sorted",
     PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"state\",\"type\":\"choice\","
               "\"title\":\"T\"}]"),
     "choices are for", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"sent\",\"type\":\"time\","
               "\"title\":\"T\",\"search\":true}]"),
     "only text is searched", PLATEN_E_INVAL},
    {MORE("\"more\":1"), "/more", PLATEN_E_INVAL},
    {MORE("\"tab\":\"notes\""), "by one of menu and tab", PLATEN_E_INVAL},
    {"{\"id\":\"x\",\"tab\":\"none\",\"title\":\"T\",\"access\":\"user\",\"list\":{"
     "\"table\":\"probe_note\"," COLUMN "}}",
     "a tab of 'none', which is not there", PLATEN_OK},
    {PAGE("x", "\"table\":\"probe_note\",\"highlight\":\"text\"," COLUMN), "highlighted by",
     PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"where\":[{\"column\":\"state\"}]," COLUMN),
     "one of is and above", PLATEN_E_INVAL},
    {PAGE("x",
          "\"table\":\"probe_note\",\"where\":[{\"column\":\"state\",\"is\":\"a' OR 1\"}]," COLUMN),
     "/list/where/0/is", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"where\":[{\"column\":\"nothing\",\"is\":null}]," COLUMN),
     "the table 'probe_note' is not as", PLATEN_OK},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"text\",\"type\":\"text\","
               "\"title\":\"T\",\"tones\":{\"a\":\"ok\"}}]"),
     "tones are for", PLATEN_E_INVAL},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"state\",\"type\":\"words\","
               "\"title\":\"T\"}]"),
     "choices are for", PLATEN_E_INVAL},
    {PAGE("x", "\"operation\":\"probe.all\",\"columns\":[{\"id\":\"of\",\"type\":\"group\","
               "\"title\":\"T\"}]"),
     "groups are in columns of tables", PLATEN_E_INVAL},
    {MORE("\"cautions\":[{\"text\":\"t\",\"when\":{\"nothing\":[\"a\"]}}]"),
     "a caution names the unknown column 'nothing'", PLATEN_E_INVAL},
    {MORE("\"cautions\":[{\"title\":\"t\"}]"), "/cautions/0", PLATEN_E_INVAL},
    {MORE("\"cautions\":[{\"text\":\"t\",\"when\":{\"text\":[]}}]"), "/cautions/0/when/text",
     PLATEN_E_INVAL},
    {MORE("\"function\":\"no-such\""), "unknown function 'no-such'", PLATEN_OK},
    {MORE("\"create\":{\"operation\":\"probe.none\"}"), "no operation 'probe.none'", PLATEN_OK},
    {MORE("\"detail\":{\"columns\":[\"nothing\"]}"), "unknown column 'nothing'", PLATEN_E_INVAL},
    {MORE("\"detail\":{\"lists\":[{\"page\":\"none\",\"filter\":\"text\"}]}"), "no page 'none'",
     PLATEN_OK},
    {MORE("\"detail\":{\"lists\":[{\"page\":\"notes\",\"filter\":\"none\"}]}"), "no column 'none'",
     PLATEN_OK},
    {PAGE("x", "\"operation\":\"probe.add\"," COLUMN), "which does not read", PLATEN_OK},
    {MORE("\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"rows\"}]"),
     "one of operation, download and task", PLATEN_E_INVAL},
    {MORE("\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"row\",\"operation\":\"probe.all\","
          "\"download\":\"probe.all\"}]"),
     "one of operation, download and task", PLATEN_E_INVAL},
    {MORE(
         "\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"rows\",\"download\":\"probe.all\"}]"),
     "a download is of one row", PLATEN_E_INVAL},
    {MORE("\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"row\",\"download\":\"probe.no\"}]"),
     "no operation 'probe.no'", PLATEN_OK},
    {MORE("\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"devices\",\"task\":\"a.b\"}]"),
     "names no device", PLATEN_E_INVAL},
    {MORE("\"actions\":[{\"id\":\"a\",\"title\":\"A\",\"on\":\"rows\",\"task\":\"a.b\"}]"),
     "a task is on devices", PLATEN_E_INVAL},
    {PAGE("notes", "\"table\":\"probe_note\"," COLUMN), "is there already", PLATEN_E_EXISTS},
    {PAGE("x", "\"table\":\"probe_none\"," COLUMN), "the table 'probe_none' is not as", PLATEN_OK},
    {PAGE("x", "\"table\":\"probe_note\",\"device\":\"nothing\"," COLUMN),
     "the table 'probe_note' is not as", PLATEN_OK},
    {PAGE("x", "\"table\":\"probe_note\",\"columns\":[{\"id\":\"nothing\",\"type\":\"text\","
               "\"title\":\"T\"}]"),
     "the table 'probe_note' is not as", PLATEN_OK},
};

static void test_pages__refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        feature_world w;
        extra_page = refusals[i].json;
        feature_world_open(&w, load, NULL);
        if (extra_code != refusals[i].code ||
            strstr(feature_world_error(&w, 0), refusals[i].text) == NULL) {
            fail_msg("%zu: %d: %s", i, extra_code, feature_world_error(&w, 0));
        }
        rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/probe/notes", NULL);
        rest_reply reply;
        rest_world_ask(&w.rest, w.rest.admin, 200, "GET", "/pages", NULL, &reply);
        assert_string_equal(reply.body, "{\"items\":[]}");
        rest_reply_fini(&reply);
        assert_int_equal(feature_world_close(&w), 0);
    }
    extra_page = NULL;
}

static const platen_pages *kept;

static platen_code load_bounds(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    char *large = malloc(PLATEN_PAGE_BYTES + 10);
    kept = host->iface(ctx, "page/1");
    assert_non_null(large);
    memset(large, ' ', PLATEN_PAGE_BYTES + 9);
    large[PLATEN_PAGE_BYTES + 9] = '\0';
    assert_int_equal(kept->page(ctx, large, err), PLATEN_E_TOO_LARGE);
    free(large);
    assert_int_equal(kept->page(ctx, NULL, err), PLATEN_E_INVAL);
    assert_int_equal(kept->page(NULL, plain_page, err), PLATEN_E_INVAL);
    for (unsigned i = 0; i <= PLATEN_PAGES_MAX; i++) {
        char text[400];
        (void)snprintf(text, sizeof(text), PAGE("p%u", "\"table\":\"probe_note\"," COLUMN), i);
        platen_code rc = kept->page(ctx, text, err);
        assert_int_equal(rc, i < PLATEN_PAGES_MAX ? PLATEN_OK : PLATEN_E_TOO_LARGE);
    }
    return (host->fail)(err, PLATEN_E_STATE, "on purpose");
}

static void test_pages__bounds(void **state)
{
    feature_world w;
    (void)state;
    feature_world_open(&w, load_bounds, NULL);
    assert_string_equal(feature_world_error(&w, 0), "plugin 'probe' cannot start: on purpose");
    assert_int_equal(kept->page(feature_world_ctx(&w, 0), plain_page, NULL), PLATEN_E_STATE);
    rest_world_status(&w.rest, w.rest.admin, 404, "GET", "/probe/p0", NULL);
    assert_int_equal(feature_world_close(&w), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages__filters_sorts_and_searches, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(test_pages__regions, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_pages__of_an_operation, open_world, close_world),
        cmocka_unit_test(test_pages__of_an_operation_with_arguments),
        cmocka_unit_test_setup_teardown(test_pages__rows_and_files, open_world, close_world),
        cmocka_unit_test_setup_teardown(test_pages__who_sees_them, open_world, close_world),
        cmocka_unit_test(test_pages__of_some_rows),
        cmocka_unit_test(test_pages__cautions_and_words),
        cmocka_unit_test(test_pages__groups),
        cmocka_unit_test(test_pages__refuses),
        cmocka_unit_test(test_pages__bounds),
    };
    return rest_world_run_both("pages of plugins", tests, sizeof(tests) / sizeof(tests[0]), NULL,
                               NULL);
}
