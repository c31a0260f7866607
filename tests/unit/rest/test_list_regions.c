/*
 * Lists of who has some regions only: whatever way the builder chooses for a page, it has exactly
 * the rows of those regions, in the order and with the total of the whole list without the others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/rest/list.h"
#include "core/rest/request.h"
#include "tests/unit/rest/rest_world.h"

/* Enough for every way: regions of few rows, of some thousands, of half of the fleet. */
#define DEVICES 15000
#define TASKS 40

static const int severities[] = {0, 1, 2, 3};

static const list_field device_fields[] = {
    {"id", "d.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "d.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"address", "d.address", LIST_TEXT, NULL, NULL, true, "d.address_key"},
    {"model", "d.model", LIST_TEXT, NULL, NULL, true, NULL},
    {"comment", "d.comment", LIST_TEXT, NULL, NULL, true, NULL},
    {"agent", "a.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"severity", "d.severity", LIST_CHOICE, "normal|warning|error|service", severities, true, NULL},
    {"region", "d.region_id", LIST_ID, NULL, NULL, true, NULL},
};

static const list_source device_source = {
    .fields = device_fields,
    .field_count = sizeof(device_fields) / sizeof(device_fields[0]),
    .columns = "d.id, d.region_id",
    .from = "device d LEFT JOIN agent a ON a.id = d.agent_id",
    .count_from = "device d",
    .where = "d.managed = 1",
    .key = "d.id",
    .sort = "name",
    .region = "d.region_id",
    .search = "d.name || ' ' || d.comment",
};

/* The same rows, searched in a table of their own. */
static const list_source search_source = {
    .fields = device_fields,
    .field_count = sizeof(device_fields) / sizeof(device_fields[0]),
    .columns = "d.id, d.region_id",
    .from = "device d LEFT JOIN agent a ON a.id = d.agent_id",
    .count_from = "device d",
    .key = "d.id",
    .sort = "name",
    .region = "d.region_id",
    .search_from = "device_search x",
    .search_key = "x.device_id",
    .search = "x.text",
};

static const list_field alert_fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"since", "h.since", LIST_TIME, NULL, NULL, true, NULL},
    {"code", "h.code", LIST_NUMBER, NULL, NULL, true, NULL},
};

static const list_source alert_source = {
    .fields = alert_fields,
    .field_count = sizeof(alert_fields) / sizeof(alert_fields[0]),
    .columns = "h.id, (SELECT d.region_id FROM device d WHERE d.id = h.device_id)",
    .from = "device_alert h",
    .key = "h.id",
    .sort = "-since",
    .region = "h.device_id",
    .region_kind = LIST_REGION_OF,
};

static const list_field task_fields[] = {
    {"id", "t.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "t.name", LIST_TEXT, NULL, NULL, true, NULL},
};

static const list_source task_source = {
    .fields = task_fields,
    .field_count = sizeof(task_fields) / sizeof(task_fields[0]),
    .columns = "t.id, 0",
    .from = "task t",
    .key = "t.id",
    .sort = "name",
    .region = "task_region x WHERE x.task_id = t.id",
    .region_kind = LIST_REGION_THING,
};

static platen_code write_row(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                             platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_i64(w, "id", store_i64(stmt, 0));
    json_i64(w, "region", store_i64(stmt, 1));
    json_object_end(w);
    return PLATEN_OK;
}

/* Who asks is said by ?as=: "all", or ids with commas, or nothing. */
static void ask_as(rest_request *r)
{
    static int64_t ids[8];
    const char *text = rest_query(r, "as");
    size_t count = 0;
    if (text == NULL || strcmp(text, "all") == 0) {
        r->regions = (rest_regions){.all = true};
        return;
    }
    while (*text != '\0') {
        char *end = NULL;
        ids[count++] = strtoll(text, &end, 10);
        text = *end == ',' ? end + 1 : end;
    }
    r->regions = (rest_regions){.ids = ids, .count = count};
}

static platen_code get_devices(rest_request *r, platen_error *err)
{
    ask_as(r);
    return list_answer(r, &device_source, NULL, write_row, NULL, err);
}

static platen_code get_search(rest_request *r, platen_error *err)
{
    const list_scope scope = {.where = "d.managed = 1", .search_where = "x.managed = 1"};
    ask_as(r);
    return list_answer(r, &search_source, &scope, write_row, NULL, err);
}

static void bind_agent(store_stmt *stmt, void *user)
{
    (void)user;
    store_bind_i64(stmt, "agent", 1);
}

static platen_code get_devices_of_agent(rest_request *r, platen_error *err)
{
    const list_scope scope = {.where = "d.agent_id = :agent", .bind = bind_agent};
    ask_as(r);
    return list_answer(r, &device_source, &scope, write_row, NULL, err);
}

static platen_code get_alerts(rest_request *r, platen_error *err)
{
    ask_as(r);
    return list_answer(r, &alert_source, NULL, write_row, NULL, err);
}

static platen_code get_tasks(rest_request *r, platen_error *err)
{
    ask_as(r);
    return list_answer(r, &task_source, NULL, write_row, NULL, err);
}

static const rest_route routes[] = {
    {"GET", "/test-devices", REST_PUBLIC, NULL, REST_REGION_LIST, REST_STREAM, get_devices, "A.",
     NULL, NULL},
    {"GET", "/test-search", REST_PUBLIC, NULL, REST_REGION_LIST, REST_STREAM, get_search, "S.",
     NULL, NULL},
    {"GET", "/test-agent", REST_PUBLIC, NULL, REST_REGION_LIST, REST_STREAM, get_devices_of_agent,
     "B.", NULL, NULL},
    {"GET", "/test-alerts", REST_PUBLIC, NULL, REST_REGION_LIST, REST_STREAM, get_alerts, "C.",
     NULL, NULL},
    {"GET", "/test-tasks", REST_PUBLIC, NULL, REST_REGION_LIST, REST_STREAM, get_tasks, "D.", NULL,
     NULL},
};

/* ---- the fleet ---- */

#define INSERT                                                                                     \
    "INSERT INTO device (managed, agent_id, name, address, address_key, model, comment, "          \
    "severity, "                                                                                   \
    "first_seen, last_seen, region_id) VALUES (1, :agent, :name, :address, :key, :model, "         \
    ":comment, :severity, 1, 1, :region)"
static const store_sql insert_device = {"test_insert_device", INSERT, INSERT};

/* In the order of addresses, as regions are. 0: of none. */
static int region_of(int i)
{
    return i < 200 ? 1 : i < 2400 ? 2 : i < 14500 ? 3 : i < 14600 ? 4 : 0;
}

static platen_code insert_one(store_stmt *stmt, int i, platen_error *err)
{
    char text[64];
    unsigned mixed = (unsigned)i * 2654435761u;
    store_bind_i64(stmt, "agent", i % 3 == 0 ? 1 : 2);
    (void)snprintf(text, sizeof(text), "%s-%05u", i % 2 == 0 ? "Lobby" : "lab", mixed % 99991);
    store_bind_text(stmt, "name", text);
    (void)snprintf(text, sizeof(text), "10.%d.%d.%d", i / 62500, i / 250 % 250, i % 250);
    store_bind_text(stmt, "address", text);
    (void)snprintf(text, sizeof(text), "%08x", (unsigned)i);
    store_bind_text(stmt, "key", text);
    (void)snprintf(text, sizeof(text), "Model %d", i % 40);
    store_bind_text(stmt, "model", text);
    (void)snprintf(text, sizeof(text), "%s", i % 7 == 0 ? "leased" : i % 100 == 3 ? "rare" : "");
    store_bind_text(stmt, "comment", text);
    store_bind_i64(stmt, "severity", i % 16 == 0 ? 2 : 0);
    if (region_of(i) != 0) {
        store_bind_i64(stmt, "region", region_of(i));
    } else {
        store_bind_null(stmt, "region");
    }
    return store_run(stmt, NULL, err);
}

static platen_code run_text(store_conn *conn, const char *sql, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare_text(conn, sql, &stmt, err));
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code fill(store_conn *conn, void *user, platen_error *err)
{
    static const char *const others[] = {
        "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
        "('A', 'a', 'UTC', '[]', '[]', 1), ('B', 'b', 'UTC', '[]', '[]', 1), "
        "('C', 'c', 'UTC', '[]', '[]', 1), ('D', 'd', 'UTC', '[]', '[]', 1)",
        "INSERT INTO device_alert (device_id, severity, training, part_group, group_index, code, "
        "since) SELECT id, 3, 1, 1, 1, id % 9, id * 7919 % 100000 FROM device WHERE id % 4 = 0",
        "INSERT INTO device_alert (device_id, severity, training, part_group, group_index, code, "
        "since) SELECT id, 3, 1, 1, 1, 5, id * 104729 % 100000 FROM device WHERE id % 12 = 0",
        "INSERT INTO task (kind, name, created) SELECT 'k', 'Task ' || id, 1 FROM device "
        "WHERE id <= 40",
        "INSERT INTO device_search (device_id, managed, text) "
        "SELECT id, managed, lower(name) || ' ' || lower(comment) || ' ' FROM device",
        /* Found, and not of the list. */
        "INSERT INTO device (managed, agent_id, name, first_seen, last_seen) VALUES "
        "(0, 1, 'Lobby-rare-99', 1, 1)",
        "INSERT INTO device_search (device_id, managed, text) "
        "SELECT id, managed, lower(name) || ' ' FROM device WHERE managed = 0",
        /* none, one, two or three regions */
        "INSERT INTO task_region (task_id, region_id) SELECT id, 1 FROM task WHERE id % 4 >= 1",
        "INSERT INTO task_region (task_id, region_id) SELECT id, 2 FROM task WHERE id % 4 >= 2",
        "INSERT INTO task_region (task_id, region_id) SELECT id, 3 FROM task WHERE id % 4 >= 3",
    };
    store_stmt *stmt = NULL;
    (void)user;
    PLATEN_TRY(store_prepare(conn, &insert_device, &stmt, err));
    for (int i = 0; i < DEVICES; i++) {
        platen_code code = insert_one(stmt, i, err);
        if (code != PLATEN_OK) {
            store_reset(stmt);
            return code;
        }
    }
    store_reset(stmt);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        PLATEN_TRY(run_text(conn, others[i], err));
    }
    return store_conn_dialect(conn) == STORE_PGSQL ? run_text(conn, "ANALYZE device", err)
                                                   : PLATEN_OK;
}

static rest_world both;

static int open_world(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    rest_world_open(&both);
    assert_int_equal(rest_add(both.rest.rest, routes, sizeof(routes) / sizeof(routes[0]), NULL),
                     PLATEN_OK);
    if (store_write(both.rest.store, fill, NULL, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    return rest_world_close(&both);
}

/* ---- the whole list, and pages of it ---- */

typedef struct row {
    long id, region;
} row;

typedef struct rows {
    row *all;
    size_t count;
} rows;

/* Every object of an ndjson answer. */
static rows take_rows(const char *path, const char *wanted, const char *as)
{
    char target[512];
    rest_reply reply;
    rows out = {.all = calloc(DEVICES * 2, sizeof(row))};
    assert_non_null(out.all);
    (void)snprintf(target, sizeof(target), "/api/v1/%s?as=%s&%s", path, as, wanted);
    rest_ask(&both.rest, "GET", target, "Accept: application/x-ndjson\n", NULL, &reply);
    if (reply.status != 200) {
        fail_msg("%s: %s", target, reply.body);
    }
    for (const char *at = reply.body; (at = strstr(at, "{\"id\":")) != NULL; at++) {
        row *one = &out.all[out.count++];
        assert_int_equal(sscanf(at, "{\"id\":%ld,\"region\":%ld}", &one->id, &one->region), 2);
    }
    rest_reply_fini(&reply);
    return out;
}

static bool among(const char *as, long region)
{
    char text[32];
    char list[64];
    (void)snprintf(text, sizeof(text), ",%ld,", region);
    (void)snprintf(list, sizeof(list), ",%s,", as);
    return region != 0 && strstr(list, text) != NULL;
}

static void assert_page(const char *path, const char *wanted, const char *as, const rows *expected,
                        size_t page, size_t size)
{
    char target[512];
    rest_reply reply;
    (void)snprintf(target, sizeof(target), "/api/v1/%s?as=%s&%s&page=%zu&size=%zu", path, as,
                   wanted, page, size);
    rest_ask(&both.rest, "GET", target, "", NULL, &reply);
    if (reply.status != 200) {
        fail_msg("%s: %s", target, reply.body);
    }
    long total = cJSON_GetObjectItem(reply.json, "total")->valueint;
    if ((size_t)total != expected->count) {
        fail_msg("%s: %ld rows, not %zu", target, total, expected->count);
    }
    size_t from = (page - 1) * size;
    size_t there = from >= expected->count ? 0 : expected->count - from;
    const cJSON *items = cJSON_GetObjectItem(reply.json, "items");
    assert_int_equal(cJSON_GetArraySize(items), there < size ? there : size);
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, items)
    {
        long id = cJSON_GetObjectItem(item, "id")->valueint;
        if (id != expected->all[from].id) {
            fail_msg("%s: row %zu is %ld, not %ld", target, from, id, expected->all[from].id);
        }
        from++;
    }
    rest_reply_fini(&reply);
}

static void check(const char *path, const char *wanted, const char *as, const rows *whole,
                  bool stream)
{
    rows mine = {.all = calloc(whole->count + 1, sizeof(row))};
    assert_non_null(mine.all);
    for (size_t i = 0; i < whole->count; i++) {
        if (among(as, whole->all[i].region)) {
            mine.all[mine.count++] = whole->all[i];
        }
    }
    if (stream) {
        rows streamed = take_rows(path, wanted, as);
        assert_int_equal(streamed.count, mine.count);
        assert_memory_equal(streamed.all, mine.all, mine.count * sizeof(row));
        free(streamed.all);
    }
    assert_page(path, wanted, as, &mine, 1, 50);
    assert_page(path, wanted, as, &mine, 1, 50); /* as it is remembered */
    assert_page(path, wanted, as, &mine, 3, 20);
    assert_page(path, wanted, as, &mine, mine.count / 50 + 1, 50); /* the last */
    assert_page(path, wanted, as, &mine, mine.count / 50 + 2, 50);
    free(mine.all);
}

static const char *const people[] = {"1", "2", "3", "1,2", "2,3,4", ""};
#define PEOPLE (sizeof(people) / sizeof(people[0]))

static void test_list_regions__devices(void **state)
{
    static const char *const queries[] = {
        "",
        "sort=address",
        "sort=-comment",
        "sort=severity,-address",
        "sort=region,name",
        "f=name:eq:Lobby-00002",
        "f=name:begins:lob&sort=model",
        "f=name:contains:00",
        "f=model:eq:model%203&sort=-name",
        "f=model:in:model%203,model%204,model%205&f=severity:eq:error",
        "f=model:ne:x&sort=comment",
        "f=comment:contains:leas&sort=-address",
        "f=comment:empty:true",
        "f=severity:eq:error&sort=name",
        "f=severity:in:normal,error",
        "f=region:eq:2",
        "f=region:in:1,3&f=comment:eq:rare",
        "f=agent:empty:true",
        "q=99+lobby&sort=address",
    };
    (void)state; // ACC-69, ACC-81
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        if (rest_world_is_pgsql() && i % 3 != 0) { /* which has one way for all of them */
            continue;
        }
        rows whole = take_rows("test-devices", queries[i], "all");
        for (size_t j = 0; j < PEOPLE; j++) {
            check("test-devices", queries[i], people[j], &whole, i % PEOPLE == j);
        }
        free(whole.all);
    }
}

/* Few that are found lead to the list, of many the order does; both have the rows that looking at
 * each column of each row has. */
static void test_list_regions__search_in_a_table(void **state)
{
    static const char *const queries[] = {
        "q=99+lobby&sort=address",
        "q=LOBBY",
        "q=lobby&sort=-address&f=severity:in:normal,error",
        "q=lobby&f=model:eq:model%203",
        "q=l&sort=comment",
        "q=leased&sort=severity,-address",
        "q=leased&f=comment:eq:leased&f=name:contains:77",
        "q=rare",
        "q=rare+lobby&f=severity:eq:error&sort=model",
        "q=nothing+lobby",
        "q=%25&sort=-name",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        rows whole = take_rows("test-devices", queries[i], "all");
        assert_page("test-search", queries[i], "all", &whole, 1, 50);
        assert_page("test-search", queries[i], "all", &whole, 1, 50);
        assert_page("test-search", queries[i], "all", &whole, 2, 30);
        assert_page("test-search", queries[i], "all", &whole, whole.count / 50 + 1, 50);
        check("test-search", queries[i], people[i % PEOPLE], &whole, true);
        free(whole.all);
    }
}

static void test_list_regions__behind_a_scope(void **state)
{
    static const char *const queries[] = {"", "sort=-address&f=severity:eq:error"};
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        rows whole = take_rows("test-agent", queries[i], "all");
        assert_true(whole.count > 100 && whole.count < DEVICES / 2);
        for (size_t j = 0; j < PEOPLE; j++) {
            check("test-agent", queries[i], people[j], &whole, i % PEOPLE == j);
        }
        free(whole.all);
    }
}

static void test_list_regions__things_of_devices(void **state)
{
    static const char *const queries[] = {"", "sort=since", "f=code:eq:5", "f=code:lt:3&sort=-id"};
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        rows whole = take_rows("test-alerts", queries[i], "all");
        for (size_t j = 0; j < PEOPLE; j++) {
            check("test-alerts", queries[i], people[j], &whole, i % PEOPLE == j);
        }
        free(whole.all);
    }
}

static size_t count_tasks(const char *as)
{
    rows found = take_rows("test-tasks", "sort=id", as);
    for (size_t i = 0; i < found.count; i++) { /* of region 1 alone, or of 1 and 2, ... */
        assert_true(found.all[i].id % 4 != 0);
    }
    size_t count = found.count;
    assert_page("test-tasks", "sort=id", as, &found, 1, 200);
    free(found.all);
    return count;
}

// ACC-86, ACC-87: all regions of the thing must be the user's, and there must be some
static void test_list_regions__things_with_regions(void **state)
{
    (void)state;
    rows all = take_rows("test-tasks", "", "all");
    assert_int_equal(all.count, TASKS);
    free(all.all);
    assert_int_equal(count_tasks("1"), 10);
    assert_int_equal(count_tasks("1,2"), 20);
    assert_int_equal(count_tasks("1,2,3"), 30);
    assert_int_equal(count_tasks("2,3"), 0);
    assert_int_equal(count_tasks("99"), 0);
    assert_int_equal(count_tasks(""), 0);
}

/* Totals are remembered for the regions of who asked, not for the path. */
static void test_list_regions__totals_are_not_mixed_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * PEOPLE; i++) {
        const char *as = people[i % PEOPLE];
        rows mine = take_rows("test-devices", "f=severity:eq:error", as);
        assert_page("test-devices", "f=severity:eq:error", as, &mine, 1, 10);
        free(mine.all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_regions__devices),
        cmocka_unit_test(test_list_regions__search_in_a_table),
        cmocka_unit_test(test_list_regions__behind_a_scope),
        cmocka_unit_test(test_list_regions__things_of_devices),
        cmocka_unit_test(test_list_regions__things_with_regions),
        cmocka_unit_test(test_list_regions__totals_are_not_mixed_up),
    };
    return rest_world_run_both("lists of regions", tests, sizeof(tests) / sizeof(tests[0]),
                               open_world, close_world);
}
