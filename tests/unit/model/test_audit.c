/* The audit log: what it says, and that whatever is done to it shows. On both back ends. */
#include "model_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/model/audit_private.h"
#include "core/secret/secret.h"

typedef struct room {
    store *s;
    char folder[64];
    secret_key *key;
    audit *a;
} room;

static void room_open(room *r, void **state)
{
    fixture *f = *state;
    memset(r, 0, sizeof(*r));
    (void)snprintf(r->folder, sizeof(r->folder), "/tmp/platen-audit-XXXXXX");
    assert_non_null(mkdtemp(r->folder));
    r->s = f->s;
    assert_ok(store_migrate(r->s, AUDIT_COMPONENT, audit_migrations, audit_migration_count, error));
    assert_ok(secret_key_load(r->folder, true, &r->key, error));
    assert_ok(audit_open(r->s, r->key, r->folder, &r->a, error));
}

static void room_close(room *r)
{
    static const char *const names[] = {"platen.key", "audit-mark", "old.ndjson"};
    audit_close(r->a);
    secret_key_free(r->key);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", r->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(r->folder), 0);
}

static void add(room *r, const char *action)
{
    const audit_entry entry = {.user = 7,
                               .user_name = "ann",
                               .way = "session",
                               .address = "192.0.2.7",
                               .category = "users",
                               .action = action,
                               .object = "12",
                               .object_name = "bob",
                               .before = "{\"role\":\"user\"}",
                               .after = "{\"role\":\"system-manager\"}"};
    assert_ok(audit_append(r->a, &entry, error));
}

static void add_many(room *r, int count)
{
    for (int i = 0; i < count; i++) {
        char action[32];
        (void)snprintf(action, sizeof(action), "users.%d", i + 1);
        add(r, action);
    }
}

static audit_state state_of(room *r)
{
    audit_state state;
    assert_ok(audit_verify(r->a, &state, error));
    return state;
}

static void assert_whole(room *r, int64_t entries)
{
    audit_state state = state_of(r);
    assert_string_equal(state.text, "");
    assert_true(state.whole);
    assert_int_equal(state.broken, 0);
    assert_int_equal(state.entries, entries);
}

static void assert_broken(room *r, int64_t at)
{
    audit_state state = state_of(r);
    assert_false(state.whole);
    assert_int_equal(state.broken, at);
    assert_true(state.text[0] != '\0');
}

/* ---- writing ---- */

static void test_audit__keeps_who_from_where_and_what(void **state) // ACC-96
{
    room r;
    char text[256];
    room_open(&r, state);
    assert_whole(&r, 0);
    add(&r, "users.update");
    world_text(r.s, text, sizeof(text),
               "SELECT user_name || ' ' || way || ' ' || address || ' ' || category || ' ' || "
               "action || ' ' || object || ' ' || object_name || ' ' || result || ' ' || "
               "before_text || ' ' || after_text FROM audit_entry WHERE seq = 1 AND user_id = 7");
    assert_string_equal(text, "ann session 192.0.2.7 users users.update 12 bob success "
                              "{\"role\":\"user\"} {\"role\":\"system-manager\"}");
    add_many(&r, 3);
    assert_whole(&r, 4);
    room_close(&r);
}

typedef struct change {
    int64_t key;
    platen_code answer;
} change;

static platen_code put(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    PLATEN_TRY(fixture_put(conn, c->key, 1, err));
    return c->answer == PLATEN_OK ? PLATEN_OK : error_set(err, c->answer, "as told");
}

static platen_code follow(store_conn *conn, void *user, platen_error *err)
{
    const char *action = user;
    const audit_entry entry = {.user_name = "ann", .action = action, .category = "items"};
    PLATEN_TRY(audit_append_in(conn, &entry, err));
    return strcmp(action, "bad") == 0 ? error_set(err, PLATEN_E_IO, "no room") : PLATEN_OK;
}

static int64_t items(room *r)
{
    return fixture_read_i64(r->s, "SELECT count(*) FROM storetest_item");
}

static void test_audit__goes_with_the_change(void **state)
{
    char good[] = "good";
    char bad[] = "bad";
    change c = {.key = 1};
    store_follower f = {.fn = follow, .user = good};
    platen_error err = PLATEN_ERROR_INIT;
    room r;
    room_open(&r, state);
    store_follow(&f);
    /* A change that fails leaves no entry, and the entry waits for the one that does not. */
    c.answer = PLATEN_E_CONFLICT;
    assert_int_equal(store_write(r.s, put, &c, &err), PLATEN_E_CONFLICT);
    assert_false(f.done);
    assert_whole(&r, 0);
    c.answer = PLATEN_OK;
    assert_ok(store_write(r.s, put, &c, error));
    assert_true(f.done);
    assert_whole(&r, 1);
    /* Once is enough. */
    c.key = 2;
    assert_ok(store_write(r.s, put, &c, error));
    assert_whole(&r, 1);
    /* An entry that cannot be written takes the change back. */
    f = (store_follower){.fn = follow, .user = bad};
    c.key = 3;
    assert_int_equal(store_write(r.s, put, &c, &err), PLATEN_E_IO);
    assert_string_equal(err.text, "no room");
    assert_false(f.done);
    store_follow(NULL);
    assert_int_equal(items(&r), 2);
    assert_whole(&r, 1);
    room_close(&r);
}

static void test_audit__escapes_and_bounds(void **state)
{
    room r;
    char text[2048];
    strbuf big;
    cJSON *tree = NULL;
    strbuf_init(&big);
    strbuf_append(&big, "{\"a\":\"");
    for (int i = 0; i < 40000; i++) {
        strbuf_append(&big, "\\\"\xc3\xa4");
    }
    strbuf_append(&big, "\"}");
    room_open(&r, state);
    audit_entry entry = {.user_name = "x\r\n2026 forged\x1b[2J\xe2\x80\xae",
                         .object = big.data,
                         .object_name = "\xff\xfe",
                         .before = "{\"name\":\"\xc2\x9b\x7f\"}",
                         .after = big.data};
    assert_ok(audit_append(r.a, &entry, error));
    world_text(r.s, text, sizeof(text), "SELECT user_name FROM audit_entry");
    assert_string_equal(text, "x\\u000d\\u000a2026 forged\\u001b[2J\\u202e");
    world_text(r.s, text, sizeof(text), "SELECT object_name FROM audit_entry");
    assert_string_equal(text, "\xef\xbf\xbd\xef\xbf\xbd");
    world_text(r.s, text, sizeof(text), "SELECT before_text FROM audit_entry");
    assert_string_equal(text, "{\"name\":\"\\u009b\\u007f\"}");
    world_text(r.s, text, sizeof(text), "SELECT object FROM audit_entry");
    assert_true(strlen(text) <= AUDIT_FIELD + 3);
    assert_string_equal(text + strlen(text) - 3, "\xe2\x80\xa6");
    /* What is cut says so and how long it was, and is JSON still. */
    assert_true(world_number(r.s, "SELECT length(after_text) FROM audit_entry") > AUDIT_STATE / 4);
    char *after = malloc(AUDIT_STATE + 1);
    assert_non_null(after);
    world_text(r.s, after, AUDIT_STATE + 1, "SELECT after_text FROM audit_entry");
    assert_ok(json_parse(after, strlen(after), &tree, error));
    assert_int_equal(json_get_i64(tree, "truncated", 0), big.length);
    assert_memory_equal(json_get_text(tree, "text", ""), big.data, 1000);
    assert_whole(&r, 1);
    cJSON_Delete(tree);
    free(after);
    strbuf_fini(&big);
    room_close(&r);
}

/* ---- tampering ---- */

static void test_audit__shows_every_edit(void **state)
{
    static const char *const edits[] = {
        "at = at + 1",
        "user_id = 8",
        "user_name = 'eve'",
        "way = 'token'",
        "address = '192.0.2.8'",
        "category = 'user'",
        "action = 'users.delete'",
        "object = '1'",
        "object_name = ''",
        "result = 'forbidden'",
        "before_text = NULL",
        "before_text = ''",
        "after_text = after_text || ' '",
        "hash = 'x'",
        /* The same bytes in other columns. */
        "category = '', action = category || action",
        "object = object || object_name, object_name = ''",
    };
    for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
        room r;
        room_open(&r, state);
        add_many(&r, 5);
        assert_whole(&r, 5);
        world_run(r.s, "UPDATE audit_entry SET %s WHERE seq = 3", edits[i]);
        assert_broken(&r, 3);
        world_run(r.s, "DELETE FROM audit_entry");
        world_run(r.s, "DELETE FROM audit_head");
        room_close(&r);
    }
}

static void tamper(void **state, const char *sql, int64_t broken)
{
    room r;
    room_open(&r, state);
    add_many(&r, 5);
    assert_whole(&r, 5);
    char *copy = strdup(sql);
    for (char *at = copy; at != NULL && *at != '\0';) { /* several statements */
        char *next = strchr(at, ';');
        if (next != NULL) {
            *next++ = '\0';
        }
        world_run(r.s, "%s", at);
        at = next;
    }
    free(copy);
    assert_broken(&r, broken);
    room_close(&r);
}

static void test_audit__shows_a_missing_entry(void **state)
{
    tamper(state, "DELETE FROM audit_entry WHERE seq = 3", 3);
}

static void test_audit__shows_a_missing_beginning(void **state)
{
    tamper(state, "DELETE FROM audit_entry WHERE seq <= 2", 1);
}

static void test_audit__shows_a_missing_end(void **state)
{
    tamper(state, "DELETE FROM audit_entry WHERE seq = 5", 5);
}

static void test_audit__shows_an_empty_log(void **state)
{
    tamper(state, "DELETE FROM audit_entry", 1);
}

static void test_audit__shows_a_closed_gap(void **state)
{
    tamper(state,
           "DELETE FROM audit_entry WHERE seq = 3; UPDATE audit_entry SET seq = 3 WHERE seq = 4; "
           "UPDATE audit_entry SET seq = 4 WHERE seq = 5",
           3);
}

static void test_audit__shows_another_order(void **state)
{
    tamper(state,
           "UPDATE audit_entry SET seq = 100 WHERE seq = 2; "
           "UPDATE audit_entry SET seq = 2 WHERE seq = 3; "
           "UPDATE audit_entry SET seq = 3 WHERE seq = 100",
           2);
}

#define COPY                                                                                       \
    "at, user_id, user_name, way, address, category, action, object, object_name, result, "        \
    "before_text, after_text, hash"

static void test_audit__shows_an_insertion_behind(void **state)
{
    tamper(state,
           "INSERT INTO audit_entry (seq, " COPY ") SELECT 6, " COPY
           " FROM audit_entry WHERE seq = 5",
           6);
}

static void test_audit__shows_an_insertion_before(void **state)
{
    tamper(state,
           "INSERT INTO audit_entry (seq, " COPY ") SELECT 0, " COPY
           " FROM audit_entry WHERE seq = 1",
           0);
}

static void test_audit__shows_a_missing_seal(void **state)
{
    tamper(state, "DELETE FROM audit_head", 1);
}

static void test_audit__shows_a_false_seal(void **state)
{
    tamper(state, "UPDATE audit_head SET sealed = 'v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
           1);
}

/* Who knows how the hashes are made can write all of them anew, but not the seal. */
static void test_audit__shows_entries_written_anew(void **state)
{
    room r;
    audit_ends ends;
    store_conn *conn = NULL;
    char hash[AUDIT_HASH];
    room_open(&r, state);
    add_many(&r, 2);
    assert_ok(store_read(r.s, &conn, error));
    assert_ok(audit_ends_get(r.a, conn, false, &ends, error));
    store_read_end(conn);
    audit_row row = {.number = 1, .at = 5, .texts = {"eve", "", "", "", "", "", "", "success"}};
    assert_true(audit_hash(ends.base.hash, &row, hash));
    world_run(r.s,
              "UPDATE audit_entry SET at = 5, user_id = 0, user_name = 'eve', way = '', "
              "address = '', category = '', action = '', object = '', object_name = '', "
              "before_text = NULL, after_text = NULL, hash = '%s' WHERE seq = 1",
              hash);
    row.number = 2;
    assert_true(audit_hash(hash, &row, hash));
    world_run(r.s,
              "UPDATE audit_entry SET at = 5, user_id = 0, user_name = 'eve', way = '', "
              "address = '', category = '', action = '', object = '', object_name = '', "
              "before_text = NULL, after_text = NULL, hash = '%s' WHERE seq = 2",
              hash);
    assert_broken(&r, 2);
    assert_non_null(strstr(state_of(&r).text, "written anew"));
    room_close(&r);
}

/* A seal and its entries that were true once: the data folder knows better. */
static void test_audit__shows_an_older_copy(void **state)
{
    room r;
    char text[256];
    room_open(&r, state);
    add_many(&r, 3);
    world_run(r.s, "CREATE TABLE kept AS SELECT * FROM audit_entry");
    world_run(r.s, "CREATE TABLE kept_head AS SELECT * FROM audit_head");
    add_many(&r, 3);
    assert_ok(audit_look(r.a, error));
    world_run(r.s, "DELETE FROM audit_entry");
    world_run(r.s, "DELETE FROM audit_head");
    world_run(r.s, "INSERT INTO audit_entry SELECT * FROM kept");
    world_run(r.s, "INSERT INTO audit_head SELECT * FROM kept_head");
    world_run(r.s, "DROP TABLE kept");
    world_run(r.s, "DROP TABLE kept_head");
    assert_broken(&r, 4);
    /* It goes on from there, and says so. */
    audit_close(r.a);
    assert_ok(audit_open(r.s, r.key, r.folder, &r.a, error));
    assert_whole(&r, 4);
    world_text(r.s, text, sizeof(text),
               "SELECT action || way || result || before_text || after_text FROM audit_entry "
               "WHERE seq = 4");
    assert_string_equal(text, "audit-log.lostsystemcorrupt{\"last\":\"6\"}{\"last\":\"3\"}");
    room_close(&r);
}

static void test_audit__tells_a_database_begun_anew(void **state)
{
    room r;
    char text[256];
    room_open(&r, state);
    add_many(&r, 3);
    audit_close(r.a);
    world_run(r.s, "DELETE FROM audit_entry");
    world_run(r.s, "DELETE FROM audit_head");
    assert_ok(audit_open(r.s, r.key, r.folder, &r.a, error));
    world_text(r.s, text, sizeof(text), "SELECT action FROM audit_entry WHERE seq = 1");
    assert_string_equal(text, "audit-log.lost");
    assert_whole(&r, 1);
    room_close(&r);
}

/* ---- retention ---- */

static void test_audit__removes_what_is_old(void **state) // ACC-101, PRF-33
{
    room r;
    int64_t removed = 0;
    char text[256];
    room_open(&r, state);
    add_many(&r, 4);
    usleep(3000);
    int64_t cut = clock_now();
    usleep(3000);
    add_many(&r, 2);
    assert_ok(audit_expire(r.a, 30, &removed, error));
    assert_int_equal(removed, 0);
    assert_whole(&r, 6);
    assert_ok(audit_expire_before(r.a, cut, &removed, error));
    assert_int_equal(removed, 4);
    assert_whole(&r, 3);
    assert_int_equal(state_of(&r).first, 5);
    world_text(r.s, text, sizeof(text),
               "SELECT way || ' ' || action || ' ' || after_text FROM audit_entry WHERE seq = 7");
    assert_string_equal(text, "system audit-log.expire {\"removed\":4,\"to\":\"4\"}");
    assert_ok(audit_expire_before(r.a, cut, &removed, error));
    assert_int_equal(removed, 0);
    assert_ok(audit_look(r.a, error));
    assert_whole(&r, 3);
    /* The base is sealed: what retention left cannot be cut further. */
    world_run(r.s, "DELETE FROM audit_entry WHERE seq = 5");
    assert_broken(&r, 5);
    room_close(&r);
}

static void test_audit__retention_wipes_no_traces(void **state)
{
    room r;
    int64_t removed = 0;
    platen_error err = PLATEN_ERROR_INIT;
    room_open(&r, state);
    add_many(&r, 4);
    world_run(r.s, "UPDATE audit_entry SET user_name = 'eve' WHERE seq = 2");
    usleep(3000);
    assert_int_equal(audit_expire_before(r.a, clock_now(), &removed, &err), PLATEN_E_CORRUPT);
    assert_int_equal(removed, 0);
    assert_broken(&r, 2);
    room_close(&r);
}

static platen_code add_thousands(store_conn *conn, void *user, platen_error *err)
{
    (void)user;
    const audit_entry entry = {.user_name = "ann", .category = "users", .action = "users.update"};
    for (int i = 0; i < 4500; i++) {
        PLATEN_TRY(audit_append_in(conn, &entry, err));
    }
    return PLATEN_OK;
}

static void test_audit__removes_many_in_steps(void **state)
{
    room r;
    int64_t removed = 0;
    room_open(&r, state);
    assert_ok(store_write(r.s, add_thousands, NULL, error));
    assert_whole(&r, 4500);
    usleep(3000);
    assert_ok(audit_expire_before(r.a, clock_now(), &removed, error));
    assert_int_equal(removed, 4500);
    assert_whole(&r, 3); /* it was told step by step */
    room_close(&r);
}

/* ---- a new beginning ---- */

static void test_audit__begins_anew_when_told(void **state)
{
    room r;
    char path[128];
    char *text = NULL;
    size_t length = 0;
    platen_error err = PLATEN_ERROR_INIT;
    const audit_entry who = {.user_name = "root", .way = "console"};
    room_open(&r, state);
    add_many(&r, 3);
    world_run(r.s, "DELETE FROM audit_head");
    assert_int_equal(audit_append(r.a, &who, &err), PLATEN_E_CORRUPT);
    assert_broken(&r, 1);
    /* A start does not paper over it. */
    audit_close(r.a);
    assert_ok(audit_open(r.s, r.key, r.folder, &r.a, error));
    assert_broken(&r, 1);
    (void)snprintf(path, sizeof(path), "%s/old.ndjson", r.folder);
    assert_ok(audit_restart(r.a, path, &who, error));
    assert_whole(&r, 1);
    assert_int_equal(state_of(&r).first, 4);
    assert_ok(file_read(path, 65536, &text, &length, error));
    assert_non_null(strstr(text, "\"id\":\"3\""));
    free(text);
    add_many(&r, 2);
    audit_close(r.a);
    assert_ok(audit_open(r.s, r.key, r.folder, &r.a, error));
    assert_whole(&r, 3);
    assert_int_equal(audit_restart(r.a, path, &who, &err), PLATEN_E_EXISTS);
    room_close(&r);
}

/* ---- several at a time ---- */

typedef struct writer {
    room *r;
    audit *a;
    int count;
} writer;

static void *write_some(void *user)
{
    writer *w = user;
    const audit_entry entry = {.user_name = "ann", .category = "users", .action = "users.update"};
    for (int i = 0; i < w->count; i++) {
        assert_int_equal(audit_append(w->a, &entry, NULL), PLATEN_OK);
    }
    return NULL;
}

static void test_audit__managers_take_turns(void **state)
{
    fixture *f = *state;
    room r;
    room_open(&r, state);
    enum { THREADS = 4, EACH = 50 };
    pthread_t threads[THREADS];
    writer writers[THREADS];
    store *other = NULL;
    audit *second = NULL;
    if (store_dialect_of(f->s) == STORE_PGSQL) {
        store_options options = {.url = f->url};
        assert_ok(store_open(&options, &other, error));
        assert_ok(audit_open(other, r.key, r.folder, &second, error));
    }
    for (int i = 0; i < THREADS; i++) {
        writers[i] = (writer){&r, i % 2 == 1 && second != NULL ? second : r.a, EACH};
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_whole(&r, THREADS * EACH);
    audit_close(second);
    store_close(other);
    room_close(&r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit__keeps_who_from_where_and_what),
        cmocka_unit_test(test_audit__goes_with_the_change),
        cmocka_unit_test(test_audit__escapes_and_bounds),
        cmocka_unit_test(test_audit__shows_every_edit),
        cmocka_unit_test(test_audit__shows_a_missing_entry),
        cmocka_unit_test(test_audit__shows_a_missing_beginning),
        cmocka_unit_test(test_audit__shows_a_missing_end),
        cmocka_unit_test(test_audit__shows_an_empty_log),
        cmocka_unit_test(test_audit__shows_a_closed_gap),
        cmocka_unit_test(test_audit__shows_another_order),
        cmocka_unit_test(test_audit__shows_an_insertion_behind),
        cmocka_unit_test(test_audit__shows_an_insertion_before),
        cmocka_unit_test(test_audit__shows_a_missing_seal),
        cmocka_unit_test(test_audit__shows_a_false_seal),
        cmocka_unit_test(test_audit__shows_entries_written_anew),
        cmocka_unit_test(test_audit__shows_an_older_copy),
        cmocka_unit_test(test_audit__tells_a_database_begun_anew),
        cmocka_unit_test(test_audit__removes_what_is_old),
        cmocka_unit_test(test_audit__retention_wipes_no_traces),
        cmocka_unit_test(test_audit__removes_many_in_steps),
        cmocka_unit_test(test_audit__begins_anew_when_told),
        cmocka_unit_test(test_audit__managers_take_turns),
    };
    return fixture_run_both("audit", tests, sizeof(tests) / sizeof(tests[0]));
}
