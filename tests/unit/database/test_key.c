/* The key of the database, and changing it. */
#include "core/database/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/database/database.h"
#include "core/database/sealed.h"
#include "fixture.h"

typedef struct world {
    store *s;
    const char *folder;
    secret_key *key;
} world;

static void path_of(const fixture *f, const char *name, char path[FILE_PATH])
{
    assert_ok(file_join(path, f->folder, name, error));
}

static void drop_keys(const fixture *f)
{
    static const char *const names[] = {"platen.key", "platen.key.pending"};
    char path[FILE_PATH];
    for (size_t i = 0; i < 2; i++) {
        path_of(f, names[i], path);
        (void)unlink(path);
    }
}

static void put(store *s, const char *head, const char *value, const char *tail)
{
    char sql[1024];
    assert_true(snprintf(sql, sizeof sql, "%s%s%s", head, value, tail) < (int)sizeof sql);
    fixture_write(s, sql);
}

static char *seal(const secret_key *key, const char *place, const char *plain)
{
    char *sealed = NULL;
    assert_ok(secret_seal(key, place, plain, &sealed, error));
    return sealed;
}

/* A sealed value of each form that there is: a text, a member, several members. */
static world open_world(fixture *f)
{
    world w = {.s = f->s, .folder = f->folder};
    if (f->folder[0] == '\0') { /* PostgreSQL's fixture has none */
        (void)snprintf(f->folder, sizeof f->folder, "/tmp/platen-key.XXXXXX");
        assert_non_null(mkdtemp(f->folder));
    }
    assert_ok(database_migrate(w.s, error));
    assert_ok(database_key(w.s, w.folder, true, &w.key, error));
    char *text = seal(w.key, "agent/1/activation", "the activation key");
    put(w.s, "INSERT INTO agent (id, name, activation_sealed) VALUES (1, 'a', '", text, "')");
    secret_text_free(text);
    text = seal(w.key, "device_credential/7/community", "public");
    put(w.s,
        "INSERT INTO device_credential (id, kind, secrets, created) VALUES (7, 'snmpv1', "
        "'{\"community\":\"",
        text, "\",\"other\":\"plain\"}', 1)");
    secret_text_free(text);
    text = seal(w.key, "preference/mail/password", "p\xc3\xa4ss \"word\"");
    put(w.s,
        "INSERT INTO preference (key, value) VALUES ('mail', "
        "'{\"host\":\"smtp\",\"port\":25,\"password\":\"",
        text, "\"}')");
    secret_text_free(text);
    text = seal(w.key, "plugin_secret/notes/key-1", "b3BlbiBzZXNhbWU=");
    put(w.s, "INSERT INTO plugin_secret (id, plugin, sealed) VALUES ('notes/key-1', 'notes', '",
        text, "')");
    secret_text_free(text);
    return w;
}

static void close_world(fixture *f, world *w)
{
    secret_key_free(w->key);
    drop_keys(f);
    (void)rmdir(f->folder); /* SQLite's still holds its database */
}

static void read_text(store *s, const char *sql, char out[512])
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    assert_ok(store_read(s, &conn, error));
    assert_ok(store_prepare_text(conn, sql, &st, error));
    assert_ok(store_step(st, error));
    (void)snprintf(out, 512, "%s", store_text(st, 0));
    store_reset(st);
    store_read_end(conn);
}

static platen_code look(store_conn *conn, void *user, platen_error *err)
{
    int64_t count = 0;
    platen_code rc = sealed_renew(conn, user, NULL, &count, err);
    if (rc == PLATEN_OK) {
        assert_int_equal(count, 5); /* with the word that tells the key */
    }
    return rc;
}

/* The key in the folder opens everything that is sealed. */
static void assert_whole(const world *w)
{
    secret_key *key = NULL;
    char sealed[512];
    char *plain = NULL;
    assert_ok(database_key(w->s, w->folder, false, &key, error));
    assert_ok(store_write(w->s, look, key, error));
    read_text(w->s, "SELECT activation_sealed FROM agent WHERE id = 1", sealed);
    assert_ok(secret_open(key, "agent/1/activation", sealed, &plain, error));
    assert_string_equal(plain, "the activation key");
    secret_text_free(plain);
    read_text(w->s, "SELECT value FROM preference WHERE key = 'mail'", sealed);
    assert_non_null(strstr(sealed, "\"host\":\"smtp\",\"port\":25"));
    read_text(w->s, "SELECT secrets FROM device_credential WHERE id = 7", sealed);
    assert_non_null(strstr(sealed, "\"other\":\"plain\""));
    secret_key_free(key);
}

static void key_bytes(const fixture *f, char out[33])
{
    char path[FILE_PATH];
    char *data = NULL;
    size_t length = 0;
    path_of(f, "platen.key", path);
    assert_ok(file_read(path, 64, &data, &length, error));
    assert_int_equal(length, 32);
    memcpy(out, data, 33);
    free(data);
}

static void test_key__is_of_its_database(void **state)
{
    fixture *f = *state;
    world w = open_world(f);
    secret_key *other = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    bool fits = false;
    assert_ok(database_key_fits(w.s, w.key, &fits, error));
    assert_true(fits);
    drop_keys(f);
    assert_int_equal(database_key(w.s, w.folder, true, &other, &err), PLATEN_E_CORRUPT);
    assert_non_null(strstr(err.text, "put back the key"));
    assert_ok(secret_key_load(w.folder, false, &other, error));
    assert_ok(database_key_fits(w.s, other, &fits, error));
    assert_false(fits);
    secret_key_free(other);
    close_world(f, &w);
}

static void test_rotate__seals_everything_anew(void **state)
{
    fixture *f = *state;
    world w = open_world(f);
    int64_t count = 0;
    char before[33];
    char after[33];
    bool fits = true;
    key_bytes(f, before);
    assert_ok(database_key_rotate(w.s, w.folder, &count, error));
    assert_int_equal(count, 5);
    key_bytes(f, after);
    assert_memory_not_equal(before, after, 32);
    assert_whole(&w);
    assert_ok(database_key_fits(w.s, w.key, &fits, error));
    assert_false(fits); /* the old key opens nothing any more */
    assert_int_equal(store_write(w.s, look, w.key, NULL), PLATEN_E_CORRUPT);
    close_world(f, &w);
}

static void test_rotate__changes_nothing_when_a_secret_does_not_open(void **state)
{
    fixture *f = *state;
    world w = open_world(f);
    int64_t count = 0;
    char before[33];
    char after[33];
    platen_error err = PLATEN_ERROR_INIT;
    char *text = seal(w.key, "agent/3/activation", "of another row");
    put(w.s, "INSERT INTO agent (id, name, activation_sealed) VALUES (4, 'b', '", text, "')");
    secret_text_free(text);
    key_bytes(f, before);
    assert_int_equal(database_key_rotate(w.s, w.folder, &count, &err), PLATEN_E_CORRUPT);
    assert_non_null(strstr(err.text, "agent '4', column activation_sealed"));
    key_bytes(f, after);
    assert_memory_equal(before, after, 32);
    fixture_write(w.s, "DELETE FROM agent WHERE id = 4");
    assert_whole(&w);
    close_world(f, &w);
}

static void test_rotate__killed_before_the_commit_is_taken_back(void **state)
{
    fixture *f = *state;
    world w = open_world(f);
    secret_key *fresh = NULL;
    char path[FILE_PATH];
    path_of(f, "platen.key.pending", path);
    assert_ok(secret_key_pending_make(w.folder, &fresh, error));
    assert_true(file_exists(path));
    assert_whole(&w);
    assert_false(file_exists(path));
    secret_key_free(fresh);
    close_world(f, &w);
}

typedef struct pair {
    secret_key *from, *to;
} pair;

static platen_code renew(store_conn *conn, void *user, platen_error *err)
{
    const pair *keys = user;
    int64_t count = 0;
    return sealed_renew(conn, keys->from, keys->to, &count, err);
}

static void test_rotate__killed_behind_the_commit_is_finished(void **state)
{
    fixture *f = *state;
    world w = open_world(f);
    pair keys = {.from = w.key};
    char path[FILE_PATH];
    char before[33];
    char after[33];
    path_of(f, "platen.key.pending", path);
    key_bytes(f, before);
    assert_ok(secret_key_pending_make(w.folder, &keys.to, error));
    assert_ok(store_write(w.s, renew, &keys, error));
    assert_whole(&w); /* as the next start does */
    key_bytes(f, after);
    assert_memory_not_equal(before, after, 32);
    assert_false(file_exists(path));
    assert_whole(&w);
    secret_key_free(keys.to);
    close_world(f, &w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key__is_of_its_database),
        cmocka_unit_test(test_rotate__seals_everything_anew),
        cmocka_unit_test(test_rotate__changes_nothing_when_a_secret_does_not_open),
        cmocka_unit_test(test_rotate__killed_before_the_commit_is_taken_back),
        cmocka_unit_test(test_rotate__killed_behind_the_commit_is_finished),
    };
    return fixture_run_both("database_key", tests, sizeof tests / sizeof tests[0]);
}
