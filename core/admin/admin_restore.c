/*
 * `platend admin restore FILE`: everything is looked at before anything changes; then the old
 * installation is put aside and the restored one in its place (core/database/stage.h).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/admin/admin.h"
#include "core/admin/backup.h"
#include "core/admin/manifest.h"
#include "core/admin/trail.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/database/copy.h"
#include "core/database/database.h"
#include "core/database/key.h"
#include "core/database/sealed.h"
#include "core/database/stage.h"
#include "restore_sql.h"

typedef struct restore {
    const admin_call *call;
    const char *file;
    archive *archive;
    char *json; /* the manifest as it stands in the backup */
    size_t json_length;
    char *seal;
    manifest manifest;
    char folder[FILE_PATH];   /* where it is gathered */
    char database[FILE_PATH]; /* the restored one, in it */
    char id[STAGE_ID];
    bool into_file; /* the data folder's SQLite, else rows into what is there */
    bool staged;
    int lock;   /* of the SQLite database that will be replaced */
    store *to;  /* where rows are copied to */
    store *got; /* the restored database */
    secret_key *key;
    int64_t rows;
} restore;

/* ---- the backup as such ---- */

static platen_code missing(const restore *r, const char *name, platen_code rc, platen_error *err)
{
    return rc != PLATEN_E_NOT_FOUND
               ? rc
               : error_set(err, PLATEN_E_CORRUPT, "'%s' is no backup or damaged: it has no %s",
                           r->file, name);
}

static platen_code read_manifest(restore *r, platen_error *err)
{
    size_t length = 0;
    PLATEN_TRY(archive_open(r->file, &r->archive, err));
    PLATEN_TRY(missing(
        r, MANIFEST_NAME,
        archive_read(r->archive, MANIFEST_NAME, MANIFEST_LIMIT, &r->json, &r->json_length, err),
        err));
    PLATEN_TRY(missing(r, MANIFEST_SEAL,
                       archive_read(r->archive, MANIFEST_SEAL, 4096, &r->seal, &length, err), err));
    PLATEN_TRY(manifest_parse(r->json, r->json_length, &r->manifest, err));
    return database_version_check(&r->manifest.version, err);
}

/* A part as a file of its own; it must be the one of the manifest. */
static platen_code extract(restore *r, const char *name, const char *path, int64_t limit,
                           platen_error *err)
{
    char digest[65] = "";
    const manifest_file *file = manifest_find(&r->manifest, name);
    if (file == NULL) {
        return missing(r, name, PLATEN_E_NOT_FOUND, err);
    }
    PLATEN_TRY(missing(r, name,
                       archive_extract(r->archive, name, path,
                                       file->size < limit ? file->size : limit, digest, err),
                       err));
    if (strcmp(digest, file->digest) != 0) {
        return error_set(err, PLATEN_E_CORRUPT, "'%s' is damaged: %s is not what the manifest says",
                         r->file, name);
    }
    return PLATEN_OK;
}

/* ---- the key ---- */

static bool try_key(restore *r, platen_code rc, secret_key *key)
{
    bool good = rc == PLATEN_OK && manifest_is_sealed(key, r->json, r->json_length, r->seal);
    if (good) {
        r->key = key;
    } else if (rc == PLATEN_OK) {
        secret_key_free(key);
    }
    return good;
}

/* The backup's own, else the data folder's. */
static platen_code find_key(restore *r, platen_error *err)
{
    char path[FILE_PATH];
    secret_key *key = NULL;
    const char *folder = r->manifest.with_key ? r->folder : r->call->data;
    if (r->manifest.with_key) {
        PLATEN_TRY(file_join(path, r->folder, BACKUP_KEY, err));
        PLATEN_TRY(extract(r, BACKUP_KEY, path, 64, err));
    }
    platen_code rc = secret_key_load(folder, false, &key, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, rc,
                         "the backup holds no key: put the platen.key of the installation that it "
                         "was made of into '%s' first",
                         r->call->data);
    }
    PLATEN_TRY(rc);
    if (try_key(r, rc, key) ||
        (!r->manifest.with_key &&
         try_key(r, secret_key_pending_load(r->call->data, &key, NULL), key))) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_CORRUPT,
                     "the key file in '%s' is not the one that the backup was made with, or the "
                     "backup was changed: nothing is restored",
                     folder);
}

/* ---- the files ---- */

static platen_code write_secret(restore *r, const backup_file *file, const char *path,
                                platen_error *err)
{
    char *sealed = NULL;
    char *plain = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, 4 * BACKUP_FILE_LIMIT, &sealed, &length, err));
    platen_code rc = secret_open(r->key, file->place, sealed, &plain, err);
    free(sealed);
    if (rc == PLATEN_OK) {
        rc = file_write(path, plain, strlen(plain), 0600, err);
    }
    secret_text_free(plain);
    return rc;
}

static platen_code restore_files(restore *r, platen_error *err)
{
    char path[FILE_PATH];
    PLATEN_TRY(file_join(path, r->folder, "certs", err));
    PLATEN_TRY(file_make_dir(path, 0700, err));
    for (size_t i = 0; i < backup_file_count; i++) {
        const backup_file *file = &backup_files[i];
        if (manifest_find(&r->manifest, file->part) == NULL) {
            continue;
        }
        PLATEN_TRY(file_join(path, r->folder, file->path, err));
        PLATEN_TRY(extract(r, file->part, path, (int64_t)(4 * BACKUP_FILE_LIMIT), err));
        if (file->place != NULL) {
            PLATEN_TRY(write_secret(r, file, path, err));
        }
    }
    PLATEN_TRY(file_join(path, r->folder, "certs", err));
    return file_sync_dir(path, err);
}

/* ---- the database ---- */

static platen_code read_one(store_conn *conn, const char *sql, char *out, size_t size,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare_text(conn, sql, &st, err));
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        (void)snprintf(out, size, "%s", store_text(st, 0));
    }
    store_reset(st);
    return rc;
}

/* Pages and rows are whole, and there is nothing in it that would work by itself. */
static platen_code check_pages(restore *r, platen_error *err)
{
    store_conn *conn = NULL;
    char word[160] = "";
    PLATEN_TRY(store_read(r->got, &conn, err));
    platen_code rc = read_one(conn, "PRAGMA quick_check(1)", word, sizeof(word), err);
    if (rc == PLATEN_OK && strcmp(word, "ok") != 0) {
        rc = error_set(err, PLATEN_E_CORRUPT, "the database in '%s' is damaged: %s", r->file, word);
    }
    if (rc == PLATEN_OK) {
        rc = read_one(conn,
                      "SELECT coalesce(min(name), '') FROM sqlite_schema "
                      "WHERE type IN ('trigger', 'view')",
                      word, sizeof(word), err);
    }
    if (rc == PLATEN_OK && word[0] != '\0') {
        rc = error_set(err, PLATEN_E_CORRUPT,
                       "the database in '%s' has the trigger or view '%.60s', which Platen does "
                       "not make",
                       r->file, word);
    }
    store_read_end(conn);
    return rc;
}

static platen_code check_counts(restore *r, platen_error *err)
{
    cJSON *counts = NULL;
    const cJSON *item = NULL;
    strbuf text;
    strbuf_init(&text);
    platen_code rc = database_count(r->got, &text, err);
    if (rc == PLATEN_OK) {
        rc = json_parse(text.data, text.length, &counts, err);
    }
    strbuf_fini(&text);
    PLATEN_TRY(rc);
    cJSON_ArrayForEach(item, counts)
    {
        int64_t said = json_get_i64(r->manifest.counts, item->string, -1);
        r->rows += (int64_t)item->valuedouble;
        if (said != (int64_t)item->valuedouble) {
            rc = error_set(err, PLATEN_E_CORRUPT,
                           "'%s' is damaged: table %s has %lld rows, the manifest says %lld",
                           r->file, item->string, (long long)item->valuedouble, (long long)said);
        }
    }
    cJSON_Delete(counts);
    return rc;
}

/* What must not live on: who logged out since the backup would be logged in again. */
static platen_code adapt(store_conn *conn, void *user, platen_error *err)
{
    restore *r = user;
    store_stmt *st = NULL;
    int64_t count = 0;
    PLATEN_TRY(sealed_renew(conn, r->key, NULL, &count, err));
    PLATEN_TRY(store_prepare(conn, &sql_restore_end_sessions, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc == PLATEN_OK ? stage_mark(conn, r->id, err) : rc;
}

/* The restored log goes on with this; its mark is made in the folder that is put in place. */
static platen_code tell(restore *r, platen_error *err)
{
    audit *log = NULL;
    char made[CLOCK_TEXT];
    char after[96];
    char user[64];
    admin_trail_user(user, sizeof(user));
    (void)snprintf(after, sizeof(after), "{\"made\":\"%s\",\"version\":\"%s\"}",
                   clock_format(r->manifest.made, made), r->manifest.program);
    const audit_entry entry = {.user_name = user,
                               .way = "console",
                               .category = "system",
                               .action = "system.restore",
                               .object = "system",
                               .after = after};
    PLATEN_TRY(audit_open(r->got, r->key, r->folder, &log, err));
    platen_code rc = audit_append(log, &entry, err);
    audit_close(log);
    return rc;
}

static platen_code check_database(restore *r, platen_error *err)
{
    bool fits = false;
    PLATEN_TRY(check_pages(r, err));
    PLATEN_TRY(check_counts(r, err));
    PLATEN_TRY(database_migrate(r->got, err));
    PLATEN_TRY(database_key_fits(r->got, r->key, &fits, err));
    if (!fits) {
        return error_set(err, PLATEN_E_CORRUPT, "the database in '%s' has another key", r->file);
    }
    PLATEN_TRY(store_write(r->got, adapt, r, err));
    return tell(r, err);
}

static platen_code restore_database(restore *r, platen_error *err)
{
    char url[FILE_PATH + 16];
    database_copied copied;
    PLATEN_TRY(file_join(r->database, r->folder, r->into_file ? BACKUP_DATABASE : "rows.db", err));
    PLATEN_TRY(extract(r, BACKUP_DATABASE, r->database, BACKUP_DATABASE_LIMIT, err));
    (void)snprintf(url, sizeof(url), "sqlite:%s", r->database);
    store_options options = {.url = url, .readers = 2};
    PLATEN_TRY(store_open(&options, &r->got, err));
    PLATEN_TRY(check_database(r, err));
    /* Here everything is looked at. When rows are copied their commit decides. */
    PLATEN_TRY(r->into_file ? PLATEN_OK : database_copy(r->got, r->to, &copied, err));
    store_close(r->got); /* empties its log into the file */
    r->got = NULL;
    return PLATEN_OK;
}

/* ---- all of it ---- */

/* The data folder's SQLite file is put aside and never opened: it may be the damaged one that the
 * backup is for. Into a database in another place the rows are copied. */
static platen_code take_target(restore *r, platen_error *err)
{
    char url[DATABASE_URL];
    char own[FILE_PATH];
    PLATEN_TRY(database_url(r->call->conf, url, err));
    PLATEN_TRY(file_join(own, r->call->data, BACKUP_DATABASE, err));
    r->into_file = text_begins(url, "sqlite:") && strcmp(url + strlen("sqlite:"), own) == 0;
    if (!r->into_file) {
        return database_open_alone(r->call->conf, &r->to, err);
    }
    PLATEN_TRY(file_make_dir(r->call->data, 0700, err));
    PLATEN_TRY(stage_finish(r->call->data, err));
    return store_lock_take(own, &r->lock, err);
}

static platen_code remove_working_files(const restore *r, platen_error *err)
{
    static const char *const names[] = {"rows.db", "rows.db-wal", "rows.db-shm", "rows.db.lock",
                                        BACKUP_DATABASE_LOCK};
    char path[FILE_PATH];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        PLATEN_TRY(file_join(path, r->folder, names[i], err));
        PLATEN_TRY(file_remove_tree(path, err));
    }
    return PLATEN_OK;
}

static platen_code run(restore *r, char aside[FILE_PATH], platen_error *err)
{
    PLATEN_TRY(read_manifest(r, err));
    PLATEN_TRY(take_target(r, err));
    PLATEN_TRY(stage_begin(r->call->data, r->folder, r->id, err));
    r->staged = true;
    PLATEN_TRY(find_key(r, err));
    PLATEN_TRY(restore_files(r, err));
    PLATEN_TRY(restore_database(r, err));
    r->staged = false; /* from here it is never taken back */
    PLATEN_TRY(remove_working_files(r, err));
    return stage_commit(r->call->data, aside, err);
}

static void fini(restore *r)
{
    store_close(r->got);
    if (r->staged) {
        stage_drop(r->call->data);
    }
    store_close(r->to);
    store_lock_release(r->lock);
    secret_key_free(r->key);
    manifest_fini(&r->manifest);
    archive_close(r->archive);
    free(r->json);
    free(r->seal);
}

int admin_restore(const admin_call *call)
{
    restore r = {.call = call, .lock = -1};
    char aside[FILE_PATH] = "";
    char made[CLOCK_TEXT];
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.value = &r.file}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    if (r.file == NULL) {
        return admin_lacks("FILE");
    }
    platen_code rc = run(&r, aside, &err);
    if (rc == PLATEN_OK) {
        printf("restored %" PRId64 " rows of %s, made by platend %s\n", r.rows,
               clock_format(r.manifest.made, made), r.manifest.program);
        if (aside[0] != '\0') {
            printf("what was there before is in %s\n", aside);
        }
    }
    fini(&r);
    return admin_end(rc, &err);
}
