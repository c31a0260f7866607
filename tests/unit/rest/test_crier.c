/* What webhooks are told, on SQLite and PostgreSQL: rows of the outbox, which nobody sends here. */
#include "model_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/database/database.h"
#include "core/notify/notify.h"
#include "core/notify/webhook.h"
#include "core/rest/crier.h"

typedef struct square {
    store *s;
    secret_key *key;
    notify *n;
    link_manager *link;
    runs *runs;
    crier *c;
} square;

#define BIT(event) (INT64_C(1) << (event))
#define ALL (BIT(NOTIFY_EVENTS) - 1)

static square enter(void **state, int64_t events)
{
    square q = {.s = world_open(state)};
    char folder[] = "/tmp/platen-key-XXXXXX";
    char path[64];
    assert_ok(database_migrate(q.s, error));
    assert_non_null(mkdtemp(folder));
    assert_ok(secret_key_load(folder, true, &q.key, error));
    (void)snprintf(path, sizeof(path), "%s/platen.key", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    const notify_options options = {.store = q.s, .key = q.key, .address = "https://m"};
    const webhook_change hook = {
        .name = "all", .url = "https://a.example/", .events = events, .active = 1};
    const runs_hooks hooks = {.user = NULL};
    const link_authority authority = {.user = NULL};
    int64_t id = 0;
    assert_ok(webhook_put(q.s, q.key, &hook, &id, error));
    assert_ok(notify_new(&options, &q.n, error));
    assert_ok(runs_new(q.s, &hooks, &q.runs, error));
    assert_ok(link_manager_new(q.s, q.key, &authority, &q.link, error));
    assert_ok(crier_new(q.s, q.n, &q.c, error));
    return q;
}

/* Has everything told that was gathered. */
static void tell(square *q)
{
    assert_ok(crier_start(q->c, q->runs, q->link, error));
    crier_stop(q->c);
}

static void leave(square *q)
{
    crier_free(q->c);
    link_manager_free(q->link);
    runs_free(q->runs);
    notify_free(q->n);
    secret_key_free(q->key);
}

/* The data of the only row of an event; NULL when there is none. */
static cJSON *told(store *s, const char *event)
{
    char text[65536];
    int64_t count = world_number(s, "SELECT count(*) FROM notify_outbox WHERE code = '%s'", event);
    assert_true(count <= 1);
    if (count == 0) {
        return NULL;
    }
    world_text(s, text, sizeof(text), "SELECT content FROM notify_outbox WHERE code = '%s'", event);
    return cJSON_Parse(text);
}

static const char *first_device(const cJSON *data, const char *member)
{
    const cJSON *device = cJSON_GetArrayItem(cJSON_GetObjectItem(data, "devices"), 0);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(device, member));
    return text != NULL ? text : "";
}

static int64_t add_device(store *s)
{
    return world_register(s, "10.1.0.1", "{'serial':'S1','manufacturer':'Acme','name':'Hall'}",
                          clock_now())
        .id;
}

static void test_crier__added_and_changed(void **state)
{
    square q = enter(state, ALL);
    int64_t id = add_device(q.s);
    crier_device(
        q.c,
        &(device_change){
            .id = id, .added = true, .changed = true, .managed = true, .severity_changed = true});
    crier_device(q.c, &(device_change){.id = id, .changed = true, .managed = true});
    tell(&q);
    cJSON *data = told(q.s, "device-added");
    assert_non_null(data);
    assert_string_equal(first_device(data, "name"), "Hall");
    assert_string_equal(first_device(data, "serial"), "S1");
    assert_string_equal(first_device(data, "address"), "10.1.0.1");
    assert_int_equal(cJSON_GetObjectItem(data, "count")->valueint, 1);
    cJSON_Delete(data);
    assert_null(told(q.s, "device-changed")); /* being new says it all */
    assert_null(told(q.s, "alert-cleared"));
    leave(&q);
}

static void test_crier__alerts(void **state)
{
    square q = enter(state, ALL);
    int64_t id = add_device(q.s);
    const device_change raised = {.id = id,
                                  .changed = true,
                                  .managed = true,
                                  .severity_changed = true,
                                  .severity = DEVICE_ERROR};
    const device_change cleared = {.id = id,
                                   .changed = true,
                                   .managed = true,
                                   .severity_changed = true,
                                   .severity_before = DEVICE_ERROR};
    crier_device(q.c, &raised);
    tell(&q);
    cJSON *data = told(q.s, "alert-raised");
    assert_non_null(data);
    assert_string_equal(first_device(data, "severity"), "error");
    assert_string_equal(first_device(data, "severity_before"), "normal");
    cJSON_Delete(data);
    crier_free(q.c);
    assert_ok(crier_new(q.s, q.n, &q.c, error));
    crier_device(q.c, &cleared);
    tell(&q);
    data = told(q.s, "alert-cleared");
    assert_non_null(data);
    assert_string_equal(first_device(data, "severity"), "normal");
    cJSON_Delete(data);
    leave(&q);
}

/* Raised and cleared within the second: nothing has happened. Off and on is no alert either. */
static void test_crier__a_flicker_is_no_alert(void **state)
{
    square q = enter(state, BIT(NOTIFY_ALERT_RAISED) | BIT(NOTIFY_ALERT_CLEARED));
    int64_t id = add_device(q.s);
    device_change d = {
        .id = id, .managed = true, .severity_changed = true, .severity = DEVICE_ERROR};
    crier_device(q.c, &d);
    d.severity_before = DEVICE_ERROR;
    d.severity = DEVICE_NORMAL;
    crier_device(q.c, &d);
    d.severity_before = DEVICE_NORMAL; /* the power state alone */
    crier_device(q.c, &d);
    tell(&q);
    assert_int_equal(fixture_read_i64(q.s, "SELECT count(*) FROM notify_outbox"), 0);
    leave(&q);
}

static void test_crier__many_devices_in_few_requests(void **state)
{
    square q = enter(state, BIT(NOTIFY_DEVICE_CHANGED));
    fixture_write(q.s, "INSERT INTO device (agent_id, name, first_seen, last_seen) "
                       "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                       "WHERE i < 5000) SELECT 1, 'printer', 1, 1 FROM n");
    int64_t first = fixture_read_i64(q.s, "SELECT min(id) FROM device");
    for (int64_t i = 4999; i >= 0; i--) {
        crier_device(q.c, &(device_change){.id = first + i, .changed = true});
    }
    int64_t from = clock_mono();
    tell(&q);
    print_message("5,000 devices told in %lld ms\n", (long long)(clock_mono() - from));
    assert_int_equal(fixture_read_i64(q.s, "SELECT count(*) FROM notify_outbox"), 50);
    leave(&q);
}

/* Long texts make more requests, never one that does not fit. */
static void test_crier__long_texts_fit(void **state)
{
    square q = enter(state, BIT(NOTIFY_DEVICE_CHANGED));
    char longest[1024];
    char sql[1536];
    memset(longest, '\\', sizeof(longest)); /* two bytes each in JSON */
    longest[1000] = '\0';
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO device (agent_id, name, model, location, alert, first_seen, "
                   "last_seen) WITH RECURSIVE t (x) AS (SELECT '%s'), n (i) AS (SELECT 1 UNION ALL "
                   "SELECT i + 1 FROM n WHERE i < 100) SELECT 1, x, x, x, x, 1, 1 FROM n, t",
                   longest);
    fixture_write(q.s, sql);
    int64_t first = fixture_read_i64(q.s, "SELECT min(id) FROM device");
    for (int64_t i = 0; i < 100; i++) {
        crier_device(q.c, &(device_change){.id = first + i, .changed = true});
    }
    tell(&q);
    assert_true(fixture_read_i64(q.s, "SELECT count(*) FROM notify_outbox") >= 100 * 8000 / 65536);
    assert_true(fixture_read_i64(q.s, "SELECT max(length(content)) FROM notify_outbox") <= 65536);
    leave(&q);
}

static void test_crier__runs_begin_and_end_once(void **state)
{
    square q = enter(state, ALL);
    fixture_write(q.s, "INSERT INTO run (kind, name, builtin, state, settings, created, total) "
                       "VALUES ('device.discover', 'find', 0, 'waiting', '{}', 1, 0)");
    int64_t id = fixture_read_i64(q.s, "SELECT id FROM run");
    crier_run(q.c, id);
    tell(&q);
    assert_null(told(q.s, "run-started"));
    fixture_write(q.s, "UPDATE run SET state = 'success', started = 2, ended = 3");
    for (int i = 0; i < 3; i++) {
        crier_run(q.c, id);
        tell(&q);
    }
    cJSON *data = told(q.s, "run-started"); /* the end brings the beginning with it */
    assert_non_null(data);
    cJSON_Delete(data);
    data = told(q.s, "run-ended");
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(data, "run"), "state")),
        "success");
    cJSON_Delete(data);
    leave(&q);
}

static void test_crier__nothing_is_gathered_that_nobody_wants(void **state)
{
    square q = enter(state, BIT(NOTIFY_LOGIN_LOCKED));
    int64_t id = add_device(q.s);
    crier_device(q.c, &(device_change){.id = id, .added = true, .changed = true});
    crier_run(q.c, 1);
    crier_device(NULL, &(device_change){.id = id, .added = true});
    tell(&q);
    assert_int_equal(fixture_read_i64(q.s, "SELECT count(*) FROM notify_outbox"), 0);
    leave(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crier__added_and_changed),
        cmocka_unit_test(test_crier__alerts),
        cmocka_unit_test(test_crier__a_flicker_is_no_alert),
        cmocka_unit_test(test_crier__many_devices_in_few_requests),
        cmocka_unit_test(test_crier__long_texts_fit),
        cmocka_unit_test(test_crier__runs_begin_and_end_once),
        cmocka_unit_test(test_crier__nothing_is_gathered_that_nobody_wants),
    };
    return fixture_run_both("crier", tests, sizeof(tests) / sizeof(tests[0]));
}
