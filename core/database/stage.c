/* See stage.h. */
#include "core/database/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/strbuf.h"
#include "core/secret/secret.h"
#include "preference_sql.h"

#define LOG_SOURCE "database"
#include "core/base/log.h"

#define NEW "restore.new"
#define READY "restore.ready"
#define KEY "restore"

/* `with` moves away together with `name` when a new `name` comes. Without a new one it stays, but
 * for what belongs to the database that goes (`always`). */
typedef struct item {
    const char *name;
    const char *with[2];
    bool always;
} item;

/* The agent's folder holds results and a certificate that the restored database does not know; a
 * new start activates it anew. */
static const item items[] = {
    {"platen.db", {"platen.db-wal", "platen.db-shm"}, false},
    {"platen.key", {"platen.key.pending", NULL}, false},
    {"certs", {NULL, NULL}, false},
    {"agent", {NULL, NULL}, true},
    {"setup-token", {NULL, NULL}, true},
    {"audit-mark", {NULL, NULL}, true}, /* of the old log */
};

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static platen_code move(const char *from, const char *to, platen_error *err)
{
    return rename(from, to) == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot move '%s' to '%s'", from, to);
}

/* ---- gathering ---- */

platen_code stage_begin(const char *data, char folder[FILE_PATH], char id[STAGE_ID],
                        platen_error *err)
{
    char stage[FILE_PATH];
    char path[FILE_PATH];
    strbuf token;
    PLATEN_TRY(stage_finish(data, err));
    PLATEN_TRY(file_join(stage, data, NEW, err));
    PLATEN_TRY(file_remove_tree(stage, err));
    PLATEN_TRY(file_make_dir(stage, 0700, err));
    PLATEN_TRY(file_join(folder, stage, "new", err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    strbuf_init(&token);
    platen_code rc = secret_token(24, &token, err);
    if (rc == PLATEN_OK) {
        (void)snprintf(id, STAGE_ID, "%s", token.data);
        rc = file_join(path, data, NEW "/id", err);
    }
    strbuf_fini(&token);
    return rc == PLATEN_OK ? file_write(path, id, strlen(id), 0600, err) : rc;
}

void stage_drop(const char *data)
{
    char path[FILE_PATH];
    platen_error err = PLATEN_ERROR_INIT;
    if (file_join(path, data, NEW, &err) != PLATEN_OK ||
        file_remove_tree(path, &err) != PLATEN_OK) {
        log_warning("%s", err.text);
    }
}

platen_code stage_mark(store_conn *conn, const char *id, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_preference_put, &st, err));
    store_bind_text(st, "key", KEY);
    store_bind_text(st, "value", id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* ---- putting in place ---- */

static platen_code put_aside(const char *data, const char *old, const char *name, platen_error *err)
{
    char from[FILE_PATH];
    char to[FILE_PATH];
    PLATEN_TRY(file_join(from, data, name, err));
    PLATEN_TRY(file_join(to, old, name, err));
    return is_there(from) ? move(from, to, err) : PLATEN_OK;
}

static platen_code place(const char *data, const char *ready, const char *old, const item *it,
                         platen_error *err)
{
    char fresh[FILE_PATH];
    char final[FILE_PATH];
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, ready, "new", err));
    PLATEN_TRY(file_join(fresh, folder, it->name, err));
    PLATEN_TRY(file_join(final, data, it->name, err));
    bool comes = is_there(fresh);
    if (comes || it->always) {
        PLATEN_TRY(put_aside(data, old, it->name, err));
    }
    for (size_t i = 0; comes && i < 2 && it->with[i] != NULL; i++) {
        PLATEN_TRY(put_aside(data, old, it->with[i], err));
    }
    return comes ? move(fresh, final, err) : PLATEN_OK;
}

/* A name that is free: two restores may end in the same second. */
static platen_code name_aside(const char *data, char aside[FILE_PATH], platen_error *err)
{
    char stamp[64];
    char name[80];
    struct tm utc;
    time_t now = time(NULL);
    (void)gmtime_r(&now, &utc);
    (void)strftime(stamp, sizeof(stamp), "before-restore-%Y%m%dT%H%M%SZ", &utc);
    PLATEN_TRY(file_join(aside, data, stamp, err));
    for (int i = 2; file_exists(aside) && i < 1000; i++) {
        (void)snprintf(name, sizeof(name), "%s-%d", stamp, i);
        PLATEN_TRY(file_join(aside, data, name, err));
    }
    return PLATEN_OK;
}

/* Keeps what was put aside, and removes the rest. */
static platen_code end(const char *data, const char *ready, const char *old, char aside[FILE_PATH],
                       platen_error *err)
{
    PLATEN_TRY(name_aside(data, aside, err));
    if (rmdir(old) == 0 || errno == ENOENT) { /* nothing was there before, or done already */
        aside[0] = '\0';
    } else if (rename(old, aside) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot move '%s' to '%s'", old, aside);
    }
    PLATEN_TRY(file_sync_dir(data, err));
    PLATEN_TRY(file_remove_tree(ready, err));
    return file_sync_dir(data, err);
}

static platen_code finish(const char *data, char aside[FILE_PATH], platen_error *err)
{
    char ready[FILE_PATH];
    char fresh[FILE_PATH];
    char old[FILE_PATH];
    PLATEN_TRY(file_join(ready, data, READY, err));
    PLATEN_TRY(file_join(fresh, ready, "new", err));
    PLATEN_TRY(file_join(old, ready, "old", err));
    if (is_there(fresh)) {
        PLATEN_TRY(file_make_dir(old, 0700, err));
        for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
            PLATEN_TRY(place(data, ready, old, &items[i], err));
        }
        PLATEN_TRY(file_sync_dir(data, err));
        /* From here the items are not looked at again: a new agent's folder must stay. */
        PLATEN_TRY(file_remove_tree(fresh, err));
    }
    return end(data, ready, old, aside, err);
}

platen_code stage_finish(const char *data, platen_error *err)
{
    char path[FILE_PATH];
    char aside[FILE_PATH] = "";
    int lock = -1;
    PLATEN_TRY(file_join(path, data, READY, err));
    if (!is_there(path)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(file_join(path, data, "platen.db", err));
    PLATEN_TRY(store_lock_take(path, &lock, err));
    platen_code rc = finish(data, aside, err);
    store_lock_release(lock);
    if (rc == PLATEN_OK) {
        log_notice("an interrupted restore is finished%s%s",
                   aside[0] != '\0' ? "; what was there before is in " : "", aside);
    }
    return rc;
}

platen_code stage_commit(const char *data, char aside[FILE_PATH], platen_error *err)
{
    char path[FILE_PATH];
    char ready[FILE_PATH];
    PLATEN_TRY(file_join(path, data, NEW "/new", err));
    PLATEN_TRY(file_sync_dir(path, err));
    PLATEN_TRY(file_join(path, data, NEW, err));
    PLATEN_TRY(file_sync_dir(path, err));
    PLATEN_TRY(file_join(ready, data, READY, err));
    PLATEN_TRY(move(path, ready, err));
    PLATEN_TRY(file_sync_dir(data, err));
    return finish(data, aside, err);
}

/* ---- what PostgreSQL knows ---- */

static platen_code read_mark(store *s, char id[STAGE_ID], platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    id[0] = '\0';
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_preference_get, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "key", KEY);
        rc = store_step(st, err);
        if (rc == PLATEN_OK) {
            (void)snprintf(id, STAGE_ID, "%s", store_text(st, 0));
        }
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code stage_settle(store *s, const char *data, platen_error *err)
{
    char path[FILE_PATH];
    char aside[FILE_PATH] = "";
    char marked[STAGE_ID];
    char *id = NULL;
    size_t length = 0;
    PLATEN_TRY(file_join(path, data, NEW, err));
    if (!is_there(path)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(read_mark(s, marked, err));
    PLATEN_TRY(file_join(path, data, NEW "/id", err));
    bool committed = file_read(path, STAGE_ID, &id, &length, NULL) == PLATEN_OK && length > 0 &&
                     strcmp(id, marked) == 0;
    free(id);
    if (!committed) {
        log_notice("a restore that was interrupted before it changed anything is taken back");
        stage_drop(data);
        return PLATEN_OK;
    }
    PLATEN_TRY(stage_commit(data, aside, err));
    log_notice("an interrupted restore is finished%s%s",
               aside[0] != '\0' ? "; what was there before is in " : "", aside);
    return PLATEN_OK;
}
