/* Lists: what is asked, the SQL on both dialects, rows from a real database, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/json.h"
#include "core/rest/list.h"
#include "core/rest/list_plan.h"
#include "tests/unit/rest/rest_world.h"

static const int severities[] = {0, 1, 2, 3};

static const list_field fields[] = {
    {"id", "d.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "d.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"address", "d.address", LIST_TEXT, NULL, NULL, true, "d.address_key"},
    {"agent", "a.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"severity", "d.severity", LIST_CHOICE, "normal|warning|error|service", severities, true, NULL},
    {"page_count", "d.page_count", LIST_NUMBER, NULL, NULL, true, NULL},
    {"last_seen", "d.last_seen", LIST_TIME, NULL, NULL, true, NULL},
    {"comment", "d.comment", LIST_TEXT, NULL, NULL, false, NULL},
};

static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "d.id, d.name, d.address, a.name, d.severity, d.page_count",
    .from = "device d LEFT JOIN agent a ON a.id = d.agent_id",
    .count_from = "device d",
    .where = "d.managed = 1",
    .key = "d.id",
    .sort = "name",
    .search = "d.name || ' ' || d.address || ' ' || d.comment",
    .narrow_index = "device_list_narrow",
    .narrow_columns = " d.managed d.severity d.page_count d.name d.id ",
};

/* ---- plans and SQL ---- */

typedef struct complaint {
    char text[512];
} complaint;

static void note(const char *parameter, const char *code, const char *text, void *user)
{
    complaint *c = user;
    (void)text;
    size_t length = strlen(c->text);
    (void)snprintf(c->text + length, sizeof(c->text) - length, "%s=%s ", parameter, code);
}

static platen_code plan_of(arena *a, const char *text, list_plan *plan, complaint *c)
{
    query q;
    memset(c, 0, sizeof(*c));
    assert_int_equal(query_parse(a, text, &q, NULL), PLATEN_OK);
    return list_plan_read(a, &q, &source, note, c, plan, NULL);
}

static void assert_refused(const char *text, const char *complaints)
{
    arena *a = arena_new();
    list_plan plan;
    complaint c;
    assert_int_equal(plan_of(a, text, &plan, &c), PLATEN_E_INVAL);
    assert_string_equal(c.text, complaints);
    arena_free(a);
}

static void test_list_plan__refuses_what_cannot_be(void **state)
{
    (void)state;
    assert_refused("f=color:eq:x", "f=unknown ");
    assert_refused("f=name", "f=format ");
    assert_refused("f=name:eq", "f=format ");
    assert_refused("f=name:like:x", "f=enum ");
    assert_refused("f=name:lt:x", "f=enum ");
    assert_refused("f=page_count:contains:1", "f=enum ");
    assert_refused("f=page_count:eq:many", "f=format ");
    assert_refused("f=page_count:eq:1e999", "f=format ");
    assert_refused("f=severity:eq:bad", "f=format ");
    assert_refused("f=severity:eq:normal%7Cwarning", "f=format ");
    assert_refused("f=last_seen:gt:yesterday", "f=format ");
    assert_refused("f=name:empty:maybe", "f=enum ");
    assert_refused("sort=comment", "sort=unknown ");
    assert_refused("sort=-", "sort=unknown ");
    assert_refused("sort=name,name,name,name,name", "sort=items ");
    assert_refused("size=201", "size=range "); // DEV-85
    assert_refused("size=0&page=0", "page=range size=range ");
    assert_refused("page=-1", "page=range ");
    assert_refused("f=a:eq:1&sort=b&size=x", "f=unknown sort=unknown size=range ");
}

static void sql_of(const char *text, store_dialect dialect, list_kind kind, char *out, size_t size,
                   char *bound, size_t bound_size)
{
    arena *a = arena_new();
    list_plan plan;
    complaint c;
    list_value values[LIST_BINDS];
    size_t count = 0;
    strbuf sql;
    strbuf_init(&sql);
    assert_int_equal(plan_of(a, text, &plan, &c), PLATEN_OK);
    assert_int_equal(list_plan_sql(&plan, &source, NULL, dialect, kind, NULL, NULL, &sql, a, values,
                                   &count, NULL),
                     PLATEN_OK);
    (void)snprintf(out, size, "%s", sql.data);
    bound[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(bound);
        if (values[i].is_text) {
            (void)snprintf(bound + length, bound_size - length, "[%s]", values[i].text);
        } else if (values[i].is_double) {
            (void)snprintf(bound + length, bound_size - length, "[%g]", values[i].number);
        } else {
            (void)snprintf(bound + length, bound_size - length, "[%lld]",
                           (long long)values[i].integer);
        }
    }
    strbuf_fini(&sql);
    arena_free(a);
}

static void assert_sql(const char *text, store_dialect dialect, const char *where,
                       const char *bound)
{
    char sql[4096];
    char values[1024];
    char expected[4096];
    sql_of(text, dialect, LIST_SQL_COUNT, sql, sizeof(sql), values, sizeof(values));
    (void)snprintf(expected, sizeof(expected),
                   "SELECT count(*) FROM device d WHERE (d.managed = 1)%s", where);
    assert_string_equal(sql, expected);
    assert_string_equal(values, bound);
}

static void test_list_sql__conditions_on_sqlite(void **state)
{
    (void)state;
    assert_sql("", STORE_SQLITE, "", "");
    assert_sql("f=name:eq:Lobby", STORE_SQLITE, " AND ((d.name = :f0 COLLATE NOCASE))", "[Lobby]");
    assert_sql("f=name:begins:HP+", STORE_SQLITE,
               " AND (((d.name >= :f0 COLLATE NOCASE AND d.name < :f1 COLLATE NOCASE)))",
               "[HP ][HP \xf4\x8f\xbf\xbf]");
    assert_sql("f=name:contains:5%25_%5C", STORE_SQLITE, " AND ((d.name LIKE :f0 ESCAPE '\\'))",
               "[%5\\%\\_\\\\%]");
    assert_sql("f=name:in:a%5C,b,c", STORE_SQLITE, " AND ((d.name COLLATE NOCASE IN (:f0, :f1)))",
               "[a,b][c]");
    assert_sql("f=severity:in:error,service", STORE_SQLITE, " AND ((d.severity IN (:f0, :f1)))",
               "[2][3]");
    assert_sql("f=page_count:empty:true", STORE_SQLITE, " AND (((d.page_count IS NULL)))", "");
    assert_sql("f=comment:empty:false", STORE_SQLITE,
               " AND ((NOT (d.comment IS NULL OR d.comment = '')))", "");
    assert_sql("f=last_seen:ge:2026-01-31", STORE_SQLITE, " AND ((d.last_seen >= :f0))",
               "[1769817600000]");
    assert_sql("f=address:eq:fe80::1", STORE_SQLITE, " AND ((d.address = :f0 COLLATE NOCASE))",
               "[fe80::1]");
    assert_sql(
        "q=lobby+hp", STORE_SQLITE,
        " AND (d.name LIKE :f0 ESCAPE '\\' OR d.address LIKE :f1 ESCAPE '\\' OR d.comment "
        "LIKE :f2 ESCAPE '\\') AND (d.name LIKE :f3 ESCAPE '\\' OR d.address LIKE :f4 ESCAPE "
        "'\\' OR d.comment LIKE :f5 ESCAPE '\\')",
        "[%lobby%][%lobby%][%lobby%][%hp%][%hp%][%hp%]");
}

static void test_list_sql__conditions_on_postgresql(void **state)
{
    (void)state;
    assert_sql("f=name:eq:Lobby", STORE_PGSQL, " AND ((lower(d.name) = lower(:f0)))", "[Lobby]");
    assert_sql("f=name:begins:HP", STORE_PGSQL,
               " AND ((lower(d.name) LIKE lower(:f0) ESCAPE '\\'))", "[HP%]");
    assert_sql("f=name:in:a,b", STORE_PGSQL, " AND ((lower(d.name) IN (lower(:f0), lower(:f1))))",
               "[a][b]");
    assert_sql("f=name:ne:x", STORE_PGSQL,
               " AND (((d.name IS NULL OR lower(d.name) <> lower(:f0))))", "[x]");
}

// DEV-96: alternatives within a field, all fields together
static void test_list_sql__joins_filters(void **state)
{
    (void)state;
    assert_sql(
        "f=name:begins:a&f=severity:eq:error&f=name:eq:b", STORE_SQLITE,
        " AND (((d.name >= :f0 COLLATE NOCASE AND d.name < :f1 COLLATE NOCASE)) OR (d.name = "
        ":f2 COLLATE NOCASE)) AND ((d.severity = :f3))",
        "[a][a\xf4\x8f\xbf\xbf][b][2]");
    /* where OR would let everything through, both must hold */
    assert_sql("f=page_count:ge:10&f=page_count:le:20", STORE_SQLITE,
               " AND ((d.page_count >= :f0 AND d.page_count <= :f1))", "[10][20]");
    assert_sql("f=page_count:lt:10&f=page_count:gt:20", STORE_SQLITE,
               " AND ((d.page_count < :f0) OR (d.page_count > :f1))", "[10][20]");
    assert_sql("f=severity:ne:error&f=severity:ne:service", STORE_SQLITE,
               " AND (((d.severity IS NULL OR d.severity <> :f0) AND (d.severity IS NULL OR "
               "d.severity <> :f1)))",
               "[2][3]");
}

static void test_list_sql__pages(void **state)
{
    char sql[4096];
    char bound[256];
    (void)state;
    sql_of("sort=-address,name", STORE_SQLITE, LIST_SQL_PAGE, sql, sizeof(sql), bound,
           sizeof(bound));
    assert_string_equal(
        sql,
        "SELECT d.id, d.name, d.address, a.name, d.severity, d.page_count FROM device d LEFT "
        "JOIN agent a ON a.id = d.agent_id WHERE d.id IN (SELECT d.id FROM device d WHERE "
        "(d.managed = 1) ORDER BY d.address_key DESC, d.name, d.id LIMIT :size OFFSET :offset) "
        "ORDER BY d.address_key DESC, d.name, d.id");
    sql_of("sort=-agent", STORE_PGSQL, LIST_SQL_KEYS, sql, sizeof(sql), bound, sizeof(bound));
    assert_string_equal(sql,
                        "SELECT d.id FROM device d LEFT JOIN agent a ON a.id = d.agent_id WHERE "
                        "(d.managed = 1) ORDER BY lower(a.name) DESC NULLS LAST, d.id DESC");
    sql_of("sort=-id", STORE_SQLITE, LIST_SQL_KEYS, sql, sizeof(sql), bound, sizeof(bound));
    assert_string_equal(sql, "SELECT d.id FROM device d WHERE (d.managed = 1) ORDER BY d.id DESC");
    /* a filter on a joined column needs the join to count */
    sql_of("f=agent:eq:x", STORE_SQLITE, LIST_SQL_COUNT, sql, sizeof(sql), bound, sizeof(bound));
    assert_non_null(strstr(sql, "LEFT JOIN agent a"));
}

static void assert_scan_of(const list_source *from, const region_set *found, const char *text,
                           list_kind kind, const char *with)
{
    static const list_shape scan = {.scan = true};
    arena *a = arena_new();
    list_plan plan;
    complaint c;
    list_value values[LIST_BINDS];
    size_t count = 0;
    strbuf sql;
    strbuf_init(&sql);
    assert_int_equal(plan_of(a, text, &plan, &c), PLATEN_OK);
    plan.found = found;
    assert_int_equal(list_plan_sql(&plan, from, NULL, STORE_SQLITE, kind, &scan, NULL, &sql, a,
                                   values, &count, NULL),
                     PLATEN_OK);
    assert_non_null(strstr(sql.data, with));
    strbuf_fini(&sql);
    arena_free(a);
}

static void assert_scan(const char *text, list_kind kind, const char *with)
{
    assert_scan_of(&source, NULL, text, kind, with);
}

/* The narrow index is read where it has all columns, else the table. */
static void test_list_sql__reads_the_narrow_index(void **state)
{
    static const char narrow[] = "FROM device d INDEXED BY device_list_narrow WHERE";
    static const char table[] = "FROM device d NOT INDEXED WHERE";
    (void)state;
    assert_scan("sort=severity,-page_count", LIST_SQL_KEYS, narrow);
    assert_scan("sort=name,severity&f=name:contains:x&f=page_count:ge:5", LIST_SQL_KEYS, narrow);
    assert_scan("sort=severity,last_seen", LIST_SQL_KEYS, table);
    assert_scan("sort=severity,last_seen", LIST_SQL_COUNT, narrow); /* counting needs no order */
    assert_scan("sort=severity,name&f=comment:contains:x", LIST_SQL_KEYS, table);
    assert_scan("sort=severity,name&q=x", LIST_SQL_KEYS, table); /* looks through all texts */
    /* Where texts have a table of their own; what was found there is read by its keys. */
    int64_t ids[] = {3, 5};
    const region_set found = {.ids = ids, .count = 2};
    list_source searched = source;
    searched.search_from = "device_search x";
    searched.search_key = "x.device_id";
    searched.search = "x.text";
    assert_scan_of(&searched, NULL, "sort=severity,name&q=x", LIST_SQL_KEYS, narrow);
    assert_scan_of(&searched, &found, "sort=severity,name&q=x", LIST_SQL_KEYS, table);
}

/* ---- answers ---- */

static platen_code write_row(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                             platen_error *err)
{
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(stmt, 0));
    if (list_wants(r, "name")) {
        json_text(w, "name", store_text(stmt, 1));
    }
    if (list_wants(r, "address")) {
        json_text(w, "address", store_text(stmt, 2));
    }
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_list(rest_request *r, platen_error *err)
{
    return list_answer(r, &source, NULL, write_row, NULL, err);
}

static const rest_route routes[] = {
    {"GET", "/test-list", REST_PUBLIC, NULL, REST_REGION_NONE, 0, get_list, "A list.", NULL, NULL},
};

#define DEVICES 1003

static platen_code insert(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *stmt = NULL;
    char text[64];
    (void)user;
    PLATEN_TRY(store_prepare_text(
        conn,
        "INSERT INTO device (managed, agent_id, name, address, address_key, comment, severity, "
        "page_count, first_seen, last_seen) VALUES (1, 1, :name, :address, :key, :comment, "
        ":severity,"
        " :pages, 1, 1)",
        &stmt, err));
    for (int i = 0; i < DEVICES; i++) {
        (void)snprintf(text, sizeof(text), "%s-%04d", i % 2 == 0 ? "Lobby" : "lab", i);
        store_bind_text(stmt, "name", text);
        (void)snprintf(text, sizeof(text), "10.0.%d.%d", i / 250, i % 250);
        store_bind_text(stmt, "address", text);
        (void)snprintf(text, sizeof(text), "0a00%02x%02x", (unsigned)(i / 250),
                       (unsigned)(i % 250));
        store_bind_text(stmt, "key", text);
        store_bind_text(stmt, "comment", i == 7 ? "100% o_k" : "");
        store_bind_i64(stmt, "severity", i % 4);
        if (i % 10 == 0) {
            store_bind_null(stmt, "pages");
        } else {
            store_bind_i64(stmt, "pages", i);
        }
        platen_code code = store_run(stmt, NULL, err);
        if (code != PLATEN_OK) {
            store_reset(stmt);
            return code;
        }
        store_reset(stmt);
        PLATEN_TRY(store_prepare_text(
            conn,
            "INSERT INTO device (managed, agent_id, name, address, address_key, comment, severity, "
            "page_count, first_seen, last_seen) VALUES (1, 1, :name, :address, :key, :comment, "
            ":severity, :pages, 1, 1)",
            &stmt, err));
    }
    store_reset(stmt);
    return PLATEN_OK;
}

static int open_fixture(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    rest_world *w = calloc(1, sizeof(*w));
    assert_non_null(w);
    rest_world_open(w);
    rest_fixture *f = &w->rest; /* the first member: what tests get */
    assert_int_equal(rest_add(f->rest, routes, 1, NULL), PLATEN_OK);
    if (store_write(f->store, insert, NULL, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    int ended = rest_world_close(*state);
    free(*state);
    return ended;
}

static void ask(rest_fixture *f, const char *target, int total, const char *first,
                rest_reply *reply)
{
    rest_ask(f, "GET", target, "", NULL, reply);
    if (reply->status != 200) {
        fail_msg("%s: %s", target, reply->body);
    }
    assert_int_equal(cJSON_GetObjectItem(reply->json, "total")->valueint, total);
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(reply->json, "items"), 0);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "name"));
    assert_string_equal(name != NULL ? name : "", first);
}

static void assert_list(rest_fixture *f, const char *target, int total, const char *first)
{
    rest_reply reply;
    ask(f, target, total, first, &reply);
    rest_reply_fini(&reply);
    ask(f, target, total, first, &reply); /* the second total comes from the cache */
    rest_reply_fini(&reply);
}

static void test_list__filters_and_sorts(void **state)
{
    rest_fixture *f = *state;
    assert_list(f, "/api/v1/test-list", DEVICES, "lab-0001");
    assert_list(f, "/api/v1/test-list?sort=-name", DEVICES, "Lobby-1002");
    assert_list(f, "/api/v1/test-list?sort=address", DEVICES, "Lobby-0000");
    assert_list(f, "/api/v1/test-list?f=name:eq:LOBBY-0004", 1, "Lobby-0004");
    assert_list(f, "/api/v1/test-list?f=name:begins:LOB&sort=-name", 502, "Lobby-1002");
    assert_list(f, "/api/v1/test-list?f=name:ends:-0999", 1, "lab-0999");
    assert_list(f, "/api/v1/test-list?f=name:contains:BBY-00", 50, "Lobby-0000");
    assert_list(f, "/api/v1/test-list?f=comment:contains:%25", 1, "lab-0007");
    assert_list(f, "/api/v1/test-list?f=comment:contains:0%25%20o_", 1, "lab-0007");
    assert_list(f, "/api/v1/test-list?f=comment:contains:0__o", 0, "");
    assert_list(f, "/api/v1/test-list?f=severity:in:error,service&sort=id", 501, "Lobby-0002");
    assert_list(f, "/api/v1/test-list?f=page_count:empty:true", 101, "Lobby-0000");
    assert_list(f, "/api/v1/test-list?f=page_count:ge:5&f=page_count:lt:8&sort=page_count", 3,
                "lab-0005");
    assert_list(f, "/api/v1/test-list?f=page_count:gt:1000&f=page_count:lt:3&sort=-page_count", 4,
                "Lobby-1002");
    assert_list(f, "/api/v1/test-list?sort=-page_count", DEVICES, "Lobby-1002");
    assert_list(f, "/api/v1/test-list?sort=page_count", DEVICES, "Lobby-0000"); /* NULL first */
    assert_list(f, "/api/v1/test-list?q=LOBBY+10.0.3", 125, "Lobby-0750");
    assert_list(f, "/api/v1/test-list?f=agent:eq:none", 0, "");
    assert_list(f, "/api/v1/test-list?f=id:eq:8", 1, "lab-0007");
}

static void test_list__pages_through(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    assert_list(f, "/api/v1/test-list?size=200&page=6&sort=id", DEVICES, "Lobby-1000");
    ask(f, "/api/v1/test-list?size=200&page=6&sort=id", DEVICES, "Lobby-1000", &reply);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(reply.json, "items")), 3);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "page")->valueint, 6);
    assert_int_equal(cJSON_GetObjectItem(reply.json, "size")->valueint, 200);
    rest_reply_fini(&reply);
    assert_list(f, "/api/v1/test-list?size=200&page=7&sort=id", DEVICES, "");
}

static void test_list__counts_anew_after_a_change(void **state)
{
    rest_fixture *f = *state;
    assert_list(f, "/api/v1/test-list?size=10", DEVICES, "lab-0001");
    assert_int_equal(store_write(f->store, insert, NULL, NULL), PLATEN_OK);
    assert_list(f, "/api/v1/test-list?size=10", 2 * DEVICES, "lab-0001");
}

static void test_list__leaves_out_fields(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    ask(f, "/api/v1/test-list?fields=name&size=1", DEVICES, "lab-0001", &reply);
    const cJSON *item = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "items"), 0);
    assert_non_null(cJSON_GetObjectItem(item, "id"));
    assert_null(cJSON_GetObjectItem(item, "address"));
    rest_reply_fini(&reply);
}

static void test_list__streams_all_in_order(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    rest_ask(f, "GET", "/api/v1/test-list?sort=-id&f=id:gt:3", "Accept: application/x-ndjson\n",
             NULL, &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(rest_reply_header(&reply, "Content-Type"), "application/x-ndjson");
    int lines = 0;
    long last = DEVICES + 1;
    for (const char *at = reply.body; (at = strstr(at, "{\"id\":\"")) != NULL; at++) {
        long id = strtol(at + 7, NULL, 10);
        assert_true(id < last);
        last = id;
        lines++;
    }
    assert_int_equal(lines, DEVICES - 3);
    assert_int_equal(last, 4);
    assert_non_null(strstr(reply.body, "\r\n0\r\n\r\n")); /* the last chunk: whole */
    rest_reply_fini(&reply);
}

static void test_list__names_bad_parameters(void **state)
{
    rest_fixture *f = *state;
    rest_reply reply;
    rest_ask(f, "GET", "/api/v1/test-list?size=900", "", NULL, &reply);
    assert_int_equal(reply.status, 422);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(reply.json, "errors"), 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(first, "pointer")), "?size");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(first, "code")), "range");
    rest_reply_fini(&reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest plans[] = {
        cmocka_unit_test(test_list_plan__refuses_what_cannot_be),
        cmocka_unit_test(test_list_sql__conditions_on_sqlite),
        cmocka_unit_test(test_list_sql__conditions_on_postgresql),
        cmocka_unit_test(test_list_sql__joins_filters),
        cmocka_unit_test(test_list_sql__pages),
        cmocka_unit_test(test_list_sql__reads_the_narrow_index),
    };
    const struct CMUnitTest lists[] = {
        TEST(test_list__filters_and_sorts),          TEST(test_list__pages_through),
        TEST(test_list__counts_anew_after_a_change), TEST(test_list__leaves_out_fields),
        TEST(test_list__streams_all_in_order),       TEST(test_list__names_bad_parameters),
    };
    int failed = cmocka_run_group_tests(plans, NULL, NULL);
    return failed +
           rest_world_run_both("lists", lists, sizeof(lists) / sizeof(lists[0]), NULL, NULL);
}
