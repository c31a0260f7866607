/*
 * `platend admin backup FILE`: the whole installation as of one moment in a zip file, while the
 * manager runs or not.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/admin/admin.h"
#include "core/admin/backup.h"
#include "core/admin/manifest.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/database/copy.h"
#include "core/database/database.h"
#include "core/database/key.h"
#include "core/database/stage.h"
#include "core/version.h"

const backup_file backup_files[] = {
    {"certs/ca.pem", "certs/ca.pem", NULL},
    {"certs/ca.key", "certs/ca.key.sealed", "backup/certs/ca.key"},
    {"certs/server.pem", "certs/server.pem", NULL},
    {"certs/server.key", "certs/server.key.sealed", "backup/certs/server.key"},
    {"certs/site.pem", "certs/site.pem.sealed", "backup/certs/site.pem"},
    {"certs/names", "certs/names", NULL},
};

const size_t backup_file_count = sizeof(backup_files) / sizeof(backup_files[0]);

#define PARTS 16

typedef struct backup {
    const admin_call *call;
    char work[FILE_PATH];     /* folder of what is made for a moment */
    char snapshot[FILE_PATH]; /* the database in it */
    int lock;
    secret_key *key;
    const char *key_file;
    manifest manifest;
    archive_part parts[PARTS];
    char *texts[PARTS]; /* what parts borrow */
    size_t part_count, text_count;
    strbuf json;
} backup;

/* ---- the database ---- */

/* PostgreSQL's rows into a fresh SQLite file of the same steps: one snapshot, one read. */
static platen_code copy_rows(store *from, const char *path, platen_error *err)
{
    char url[FILE_PATH + 16];
    store *to = NULL;
    store_conn *conn = NULL;
    database_version version;
    database_copied copied;
    PLATEN_TRY(store_read(from, &conn, err));
    platen_code rc = database_version_read(conn, &version, err);
    store_read_end(conn);
    if (rc == PLATEN_OK) {
        rc = database_version_check(&version, err);
    }
    if (rc == PLATEN_OK) {
        (void)snprintf(url, sizeof(url), "sqlite:%s", path);
        store_options options = {.url = url, .readers = 2};
        rc = store_open(&options, &to, err);
    }
    if (rc == PLATEN_OK) {
        rc = database_migrate_to(to, &version, err);
    }
    if (rc == PLATEN_OK) {
        rc = database_copy(from, to, &copied, err);
    }
    store_close(to);
    return rc;
}

static platen_code take_snapshot(backup *b, platen_error *err)
{
    char url[DATABASE_URL];
    store *s = NULL;
    PLATEN_TRY(stage_finish(b->call->data, err));
    PLATEN_TRY(database_url(b->call->conf, url, err));
    bool file = text_begins(url, "sqlite:");
    (void)snprintf(b->manifest.database, sizeof(b->manifest.database), "%s",
                   file ? "sqlite" : "postgresql");
    if (file) {
        return store_snapshot(url + strlen("sqlite:"), b->snapshot, err);
    }
    store_options options = {.url = url, .readers = 2};
    PLATEN_TRY(store_open(&options, &s, err));
    platen_code rc = copy_rows(s, b->snapshot, err);
    store_close(s);
    return rc;
}

/* What a change of the key has left behind counts too: whichever of the two fits. */
static platen_code find_key(backup *b, store *s, platen_error *err)
{
    bool fits = false;
    b->key_file = BACKUP_KEY;
    PLATEN_TRY(secret_key_load(b->call->data, false, &b->key, err));
    PLATEN_TRY(database_key_fits(s, b->key, &fits, err));
    if (!fits) {
        secret_key_free(b->key);
        b->key = NULL;
        b->key_file = BACKUP_KEY ".pending";
        if (secret_key_pending_load(b->call->data, &b->key, NULL) == PLATEN_OK) {
            PLATEN_TRY(database_key_fits(s, b->key, &fits, err));
        }
    }
    return fits ? PLATEN_OK
                : error_set(err, PLATEN_E_CORRUPT,
                            "the key file in '%s' is not the one of this database", b->call->data);
}

static platen_code look_at(backup *b, store *s, platen_error *err)
{
    store_conn *conn = NULL;
    strbuf counts;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = database_version_read(conn, &b->manifest.version, err);
    store_read_end(conn);
    PLATEN_TRY(rc);
    strbuf_init(&counts);
    rc = database_count(s, &counts, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(counts.data, counts.length, &b->manifest.counts, err);
    }
    strbuf_fini(&counts);
    return rc == PLATEN_OK ? find_key(b, s, err) : rc;
}

static platen_code describe(backup *b, platen_error *err)
{
    char url[FILE_PATH + 16];
    store *s = NULL;
    (void)snprintf(url, sizeof(url), "sqlite:%s", b->snapshot);
    store_options options = {.url = url, .readers = 2};
    PLATEN_TRY(store_open(&options, &s, err));
    platen_code rc = look_at(b, s, err);
    store_close(s); /* empties the write-ahead log into the file */
    return rc;
}

/* ---- the parts ---- */

static platen_code add(backup *b, archive_part part, platen_error *err)
{
    if (b->part_count == PARTS) {
        return error_set(err, PLATEN_E_INTERNAL, "a backup has more than %d parts", PARTS);
    }
    PLATEN_TRY(manifest_add(&b->manifest, &part, err));
    b->parts[b->part_count++] = part;
    return PLATEN_OK;
}

static platen_code add_text(backup *b, const char *name, char *text, size_t length,
                            platen_error *err)
{
    b->texts[b->text_count++] = text; /* never more than parts */
    return add(b, (archive_part){.name = name, .data = text, .length = length}, err);
}

static platen_code add_file(backup *b, const backup_file *file, platen_error *err)
{
    char path[FILE_PATH];
    char *text = NULL;
    char *sealed = NULL;
    size_t length = 0;
    PLATEN_TRY(file_join(path, b->call->data, file->path, err));
    if (!file_exists(path)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(file_read(path, BACKUP_FILE_LIMIT, &text, &length, err));
    if (file->place == NULL) {
        return add_text(b, file->part, text, length, err);
    }
    platen_code rc = secret_seal(b->key, file->place, text, &sealed, err);
    secret_text_free(text);
    return rc == PLATEN_OK ? add_text(b, file->part, sealed, strlen(sealed), err) : rc;
}

static platen_code add_key(backup *b, platen_error *err)
{
    char path[FILE_PATH];
    char *bytes = NULL;
    size_t length = 0;
    PLATEN_TRY(file_join(path, b->call->data, b->key_file, err));
    PLATEN_TRY(file_read(path, 64, &bytes, &length, err));
    return add_text(b, BACKUP_KEY, bytes, length, err);
}

static platen_code add_manifest(backup *b, platen_error *err)
{
    char *seal = NULL;
    PLATEN_TRY(manifest_write(&b->manifest, &b->json, err));
    PLATEN_TRY(manifest_seal(b->key, b->json.data, b->json.length, &seal, err));
    b->texts[b->text_count++] = seal;
    b->parts[b->part_count++] =
        (archive_part){.name = MANIFEST_NAME, .data = b->json.data, .length = b->json.length};
    b->parts[b->part_count++] =
        (archive_part){.name = MANIFEST_SEAL, .data = seal, .length = strlen(seal)};
    return PLATEN_OK;
}

static platen_code gather(backup *b, platen_error *err)
{
    b->manifest.made = clock_now();
    (void)snprintf(b->manifest.program, sizeof(b->manifest.program), "%s", PLATEN_VERSION);
    PLATEN_TRY(take_snapshot(b, err));
    PLATEN_TRY(describe(b, err));
    PLATEN_TRY(add(b, (archive_part){.name = BACKUP_DATABASE, .path = b->snapshot}, err));
    for (size_t i = 0; i < backup_file_count; i++) {
        PLATEN_TRY(add_file(b, &backup_files[i], err));
    }
    if (b->manifest.with_key) {
        PLATEN_TRY(add_key(b, err));
    }
    return add_manifest(b, err);
}

/* ---- all of it ---- */

/* One backup at a time: the folder is this one's while the lock is held. */
static platen_code open_work(backup *b, platen_error *err)
{
    PLATEN_TRY(file_join(b->work, b->call->data, "backup.work", err));
    PLATEN_TRY(file_join(b->snapshot, b->work, BACKUP_DATABASE, err));
    PLATEN_TRY(store_lock_take(b->work, &b->lock, err));
    PLATEN_TRY(file_remove_tree(b->work, err));
    return file_make_dir(b->work, 0700, err);
}

static void close_work(backup *b)
{
    if (b->lock >= 0) {
        (void)file_remove_tree(b->work, NULL);
        store_lock_release(b->lock);
    }
    for (size_t i = 0; i < b->text_count; i++) {
        secret_text_free(b->texts[i]);
    }
    secret_key_free(b->key);
    manifest_fini(&b->manifest);
    strbuf_fini(&b->json);
}

static platen_code make(const admin_call *call, const char *file, bool with_key, platen_error *err)
{
    backup b = {.call = call, .lock = -1, .manifest = {.with_key = with_key}};
    strbuf_init(&b.json);
    platen_code rc = open_work(&b, err);
    if (rc == PLATEN_OK) {
        rc = gather(&b, err);
    }
    if (rc == PLATEN_OK) {
        rc = archive_write(file, b.parts, b.part_count, err);
    }
    close_work(&b);
    return rc;
}

int admin_backup(const admin_call *call)
{
    const char *file = NULL;
    bool with_key = false;
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.value = &file}, {.name = "--with-key", .flag = &with_key}};
    if (!admin_read(call, options, 2)) {
        return ADMIN_USAGE;
    }
    if (file == NULL) {
        return admin_lacks("FILE");
    }
    if (file_exists(file)) { /* said before the work is done */
        (void)error_set(&err, PLATEN_E_EXISTS, "'%s' is there already: name another file", file);
        return admin_end(PLATEN_E_EXISTS, &err);
    }
    platen_code rc = make(call, file, with_key, &err);
    if (rc == PLATEN_OK) {
        printf("%s\n", file);
        (void)fprintf(stderr, with_key
                                  ? "platend: the backup holds the key: who has the file has every "
                                    "password in it\n"
                                  : "platend: the backup is of no use without the key file "
                                    "platen.key: keep a copy of it in another place\n");
    }
    return admin_end(rc, &err);
}
