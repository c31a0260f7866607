/* The zip file, its manifest, and putting a restored installation in place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/admin/archive.h"
#include "core/admin/manifest.h"
#include "core/base/file.h"
#include "core/database/stage.h"
#include "core/pack/digest.h"

typedef struct fixture {
    char folder[64];
    char zip[96];
    char out[96];
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/platen-backup.XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->zip, sizeof f->zip, "%s/a.zip", f->folder);
    (void)snprintf(f->out, sizeof f->out, "%s/out", f->folder);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    assert_int_equal(file_remove_tree(f->folder, NULL), PLATEN_OK);
    free(f);
    return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[FILE_PATH];
    assert_int_equal(file_join(path, folder, name, NULL), PLATEN_OK);
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), PLATEN_OK);
}

/* "" when there is none. */
static void get(const char *folder, const char *name, char out[64])
{
    char path[FILE_PATH];
    char *text = NULL;
    size_t length = 0;
    out[0] = '\0';
    assert_int_equal(file_join(path, folder, name, NULL), PLATEN_OK);
    if (file_read(path, 63, &text, &length, NULL) == PLATEN_OK) {
        memcpy(out, text, length + 1);
    }
    free(text);
}

static bool is_there(const char *folder, const char *name)
{
    char path[FILE_PATH];
    return file_join(path, folder, name, NULL) == PLATEN_OK && file_exists(path);
}

/* ---- the zip file ---- */

static void test_archive__gives_back_what_went_in(void **state)
{
    fixture *f = *state;
    archive *a = NULL;
    char *data = NULL;
    size_t length = 0;
    char digest[65];
    char wanted[65];
    struct stat status;
    put(f->folder, "big", "of a file");
    char path[96];
    (void)snprintf(path, sizeof path, "%s/big", f->folder);
    const archive_part parts[] = {{.name = "one", .data = "\0bytes", .length = 6},
                                  {.name = "folder/two", .path = path}};
    assert_int_equal(archive_write(f->zip, parts, 2, NULL), PLATEN_OK);
    assert_int_equal(stat(f->zip, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(archive_write(f->zip, parts, 2, NULL), PLATEN_E_EXISTS);
    assert_int_equal(archive_open(f->zip, &a, NULL), PLATEN_OK);
    assert_int_equal(archive_read(a, "one", 100, &data, &length, NULL), PLATEN_OK);
    assert_int_equal(length, 6);
    assert_memory_equal(data, "\0bytes", 7);
    free(data);
    assert_int_equal(archive_read(a, "one", 5, &data, &length, NULL), PLATEN_E_TOO_LARGE);
    assert_int_equal(archive_read(a, "three", 100, &data, &length, NULL), PLATEN_E_NOT_FOUND);
    assert_int_equal(archive_extract(a, "folder/two", f->out, 100, digest, NULL), PLATEN_OK);
    assert_int_equal(digest_bytes("of a file", 9, wanted, NULL), PLATEN_OK);
    assert_string_equal(digest, wanted);
    assert_int_equal(archive_extract(a, "one", f->out, 100, digest, NULL), PLATEN_E_IO); /* there */
    archive_close(a);
}

static void test_archive__names_what_is_no_archive(void **state)
{
    fixture *f = *state;
    archive *a = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    assert_int_equal(archive_open(f->zip, &a, &err), PLATEN_E_NOT_FOUND);
    put(f->folder, "a.zip", "PK\x03\x04 and then nothing that a zip file would have");
    assert_int_equal(archive_open(f->zip, &a, &err), PLATEN_E_CORRUPT);
    assert_non_null(strstr(err.text, "damaged or no backup"));
    put(f->folder, "a.zip", "");
    assert_int_equal(archive_open(f->zip, &a, &err), PLATEN_E_CORRUPT);
}

/* ---- the manifest ---- */

static platen_code parse(const char *json, manifest *m, platen_error *err)
{
    return manifest_parse(json, strlen(json), m, err);
}

static void test_manifest__comes_back(void **state)
{
    (void)state;
    manifest m = {.with_key = true, .made = 1700000000000, .program = "1.2", .database = "sqlite"};
    manifest read;
    strbuf json;
    const archive_part part = {.name = "one", .data = "x", .length = 1};
    strbuf_init(&json);
    database_version_own(&m.version);
    m.counts = cJSON_CreateObject();
    assert_non_null(cJSON_AddNumberToObject(m.counts, "device", 7));
    assert_int_equal(manifest_add(&m, &part, NULL), PLATEN_OK);
    assert_int_equal(manifest_write(&m, &json, NULL), PLATEN_OK);
    assert_int_equal(manifest_parse(json.data, json.length, &read, NULL), PLATEN_OK);
    assert_true(read.with_key);
    assert_int_equal(read.made, m.made);
    assert_int_equal(read.version.count, m.version.count);
    assert_int_equal(database_version_check(&read.version, NULL), PLATEN_OK);
    assert_string_equal(manifest_find(&read, "one")->digest, m.files[0].digest);
    assert_null(manifest_find(&read, "two"));
    manifest_fini(&read);
    manifest_fini(&m);
    strbuf_fini(&json);
}

#define HEAD                                                                                       \
    "{\"product\":\"platen\",\"format\":1,\"version\":\"1\",\"database\":\"sqlite\","              \
    "\"made\":\"2026-01-01T00:00:00Z\",\"rows\":{},"
#define COMPONENTS "\"components\":[{\"name\":\"core\",\"steps\":1}]"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_manifest__hostile(void **state)
{
    static const char *const bad[] = {
        "",
        "[]",
        "null",
        "{}",
        "{\"product\":\"platen\"",
        "{\"product\":\"other\",\"format\":1}",
        "{\"product\":\"platen\",\"format\":0}",
        "{\"product\":\"platen\",\"format\":\"1\"}",
        HEAD "\"components\":[]}",
        HEAD "\"components\":[{\"name\":\"core\",\"steps\":0}]}",
        HEAD "\"components\":[{\"name\":\"core\",\"steps\":1e300}]}",
        HEAD "\"components\":[{\"name\":7,\"steps\":1}]}",
        HEAD "\"components\":[7]}",
        HEAD "\"components\":[{\"name\":\"0123456789012345678901234567890123456789"
             "0123456789012345678901234567890123456789\","
             "\"steps\":1}]}",
        HEAD COMPONENTS ",\"files\":[7]}",
        HEAD COMPONENTS ",\"files\":[{\"name\":\"a\",\"size\":1,\"sha256\":\"00\"}]}",
        HEAD COMPONENTS ",\"files\":[{\"name\":\"a\",\"size\":-1,\"sha256\":\"" DIGEST "\"}]}",
        HEAD COMPONENTS ",\"files\":[{\"name\":\"a\",\"size\":1,\"sha256\":\"" DIGEST
                        "\"},{\"name\":\"a\",\"size\":1,\"sha256\":\"" DIGEST "\"}]}",
    };
    (void)state;
    manifest m;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        platen_error err = PLATEN_ERROR_INIT;
        if (parse(bad[i], &m, &err) != PLATEN_E_CORRUPT || err.text[0] == '\0') {
            fail_msg("%s: %s", bad[i], err.text);
        }
    }
    assert_int_equal(parse("{\"product\":\"platen\",\"format\":2}", &m, NULL), PLATEN_E_VERSION);
    assert_int_equal(parse(HEAD COMPONENTS "}", &m, NULL), PLATEN_OK);
    manifest_fini(&m);
}

static void test_manifest__is_sealed_with_one_key(void **state)
{
    fixture *f = *state;
    secret_key *key = NULL;
    secret_key *other = NULL;
    char *seal = NULL;
    assert_int_equal(secret_key_load(f->folder, true, &key, NULL), PLATEN_OK);
    assert_int_equal(secret_key_pending_make(f->folder, &other, NULL), PLATEN_OK);
    assert_int_equal(manifest_seal(key, "text", 4, &seal, NULL), PLATEN_OK);
    assert_true(manifest_is_sealed(key, "text", 4, seal));
    assert_false(manifest_is_sealed(key, "texT", 4, seal));
    assert_false(manifest_is_sealed(other, "text", 4, seal));
    assert_false(manifest_is_sealed(key, "text", 4, "v1:"));
    secret_text_free(seal);
    secret_key_free(key);
    secret_key_free(other);
}

/* ---- putting in place ---- */

static void old_installation(const fixture *f)
{
    char path[FILE_PATH];
    put(f->folder, "platen.db", "old rows");
    put(f->folder, "platen.db-wal", "old log");
    put(f->folder, "platen.key", "old key");
    put(f->folder, "kept", "kept");
    assert_int_equal(file_join(path, f->folder, "agent", NULL), PLATEN_OK);
    assert_int_equal(file_make_dir(path, 0700, NULL), PLATEN_OK);
    put(path, "agent.crt", "old agent");
}

static void new_installation(const char *folder)
{
    put(folder, "platen.db", "new rows");
    put(folder, "platen.key", "new key");
    put(folder, "rows.db", "left over");
}

static void assert_new(const fixture *f, const char *aside)
{
    char text[64];
    get(f->folder, "platen.db", text);
    assert_string_equal(text, "new rows");
    get(f->folder, "platen.key", text);
    assert_string_equal(text, "new key");
    get(f->folder, "kept", text);
    assert_string_equal(text, "kept");
    assert_false(is_there(f->folder, "platen.db-wal"));
    assert_false(is_there(f->folder, "agent"));
    assert_false(is_there(f->folder, "rows.db"));
    assert_false(is_there(f->folder, "restore.new"));
    assert_false(is_there(f->folder, "restore.ready"));
    if (aside != NULL) {
        get(aside, "platen.db", text);
        assert_string_equal(text, "old rows");
        get(aside, "platen.db-wal", text);
        assert_string_equal(text, "old log");
        get(aside, "agent/agent.crt", text);
        assert_string_equal(text, "old agent");
    }
}

static void test_stage__replaces_and_keeps_the_old(void **state)
{
    fixture *f = *state;
    char folder[FILE_PATH];
    char aside[FILE_PATH];
    char id[STAGE_ID];
    old_installation(f);
    assert_int_equal(stage_begin(f->folder, folder, id, NULL), PLATEN_OK);
    new_installation(folder);
    assert_int_equal(stage_commit(f->folder, aside, NULL), PLATEN_OK);
    assert_new(f, aside);
}

static void test_stage__dropped_leaves_no_trace(void **state)
{
    fixture *f = *state;
    char folder[FILE_PATH];
    char id[STAGE_ID];
    char text[64];
    old_installation(f);
    assert_int_equal(stage_begin(f->folder, folder, id, NULL), PLATEN_OK);
    new_installation(folder);
    stage_drop(f->folder);
    assert_int_equal(stage_finish(f->folder, NULL), PLATEN_OK);
    assert_false(is_there(f->folder, "restore.new"));
    get(f->folder, "platen.db", text);
    assert_string_equal(text, "old rows");
}

/* A kill behind each of the renames: the next start does the rest. */
static void test_stage__goes_on_from_anywhere(void **state)
{
    static const char *const moved[][2] = {
        {NULL, NULL},
        {"platen.db", "restore.ready/old/platen.db"},
        {"platen.db-wal", "restore.ready/old/platen.db-wal"},
        {"restore.ready/new/platen.db", "platen.db"},
        {"platen.key", "restore.ready/old/platen.key"},
        {"restore.ready/new/platen.key", "platen.key"},
        {"agent", "restore.ready/old/agent"},
    };
    fixture *f = *state;
    for (size_t kills = 0; kills < sizeof moved / sizeof moved[0]; kills++) {
        char folder[FILE_PATH];
        char path[FILE_PATH];
        char to[FILE_PATH];
        char id[STAGE_ID];
        old_installation(f);
        assert_int_equal(stage_begin(f->folder, folder, id, NULL), PLATEN_OK);
        new_installation(folder);
        assert_int_equal(file_join(path, f->folder, "restore.new", NULL), PLATEN_OK);
        assert_int_equal(file_join(to, f->folder, "restore.ready", NULL), PLATEN_OK);
        assert_int_equal(rename(path, to), 0);
        assert_int_equal(file_join(path, to, "old", NULL), PLATEN_OK);
        assert_int_equal(file_make_dir(path, 0700, NULL), PLATEN_OK);
        for (size_t i = 1; i <= kills; i++) {
            assert_int_equal(file_join(path, f->folder, moved[i][0], NULL), PLATEN_OK);
            assert_int_equal(file_join(to, f->folder, moved[i][1], NULL), PLATEN_OK);
            assert_int_equal(rename(path, to), 0);
        }
        assert_int_equal(stage_finish(f->folder, NULL), PLATEN_OK);
        assert_new(f, NULL);
        assert_int_equal(stage_finish(f->folder, NULL), PLATEN_OK);
        assert_int_equal(tear_down(state), 0);
        assert_int_equal(set_up(state), 0);
        f = *state;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_archive__gives_back_what_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_archive__names_what_is_no_archive, set_up, tear_down),
        cmocka_unit_test(test_manifest__comes_back),
        cmocka_unit_test(test_manifest__hostile),
        cmocka_unit_test_setup_teardown(test_manifest__is_sealed_with_one_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stage__replaces_and_keeps_the_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stage__dropped_leaves_no_trace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stage__goes_on_from_anywhere, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("admin_backup", tests, NULL, NULL);
}
