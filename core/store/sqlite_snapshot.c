/*
 * A copy of an SQLite database as of one moment. One read transaction covers the whole copy, so
 * that it is consistent; a writer goes on meanwhile, for readers of a write-ahead log are in
 * nobody's way.
 */
#include "core/store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sqlite3.h>

#define BUSY_MS 10000

static platen_code failed(sqlite3 *db, int result, const char *what, const char *path,
                          platen_error *err)
{
    return error_set(
        err,
        result == SQLITE_NOTADB || result == SQLITE_CORRUPT ? PLATEN_E_CORRUPT : PLATEN_E_STORE,
        "%s '%s': %s", what, path, db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(result));
}

static platen_code check_owner(sqlite3 *db, const char *path, platen_error *err)
{
    sqlite3_stmt *st = NULL;
    int64_t found = 0;
    int result = sqlite3_prepare_v2(db, "PRAGMA application_id", -1, &st, NULL);
    if (result == SQLITE_OK && (result = sqlite3_step(st)) == SQLITE_ROW) {
        found = sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    if (result != SQLITE_ROW) {
        return failed(db, result, "cannot read database", path, err);
    }
    return found == STORE_APPLICATION_ID
               ? PLATEN_OK
               : error_set(err, PLATEN_E_CORRUPT, "database '%s' was made by another program",
                           path);
}

static platen_code copy_pages(sqlite3 *from, sqlite3 *to, const char *source, const char *path,
                              platen_error *err)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (copy == NULL) {
        return failed(to, SQLITE_ERROR, "cannot write", path, err);
    }
    /* In one step: it would begin anew whenever somebody writes between two. */
    int result = sqlite3_backup_step(copy, -1);
    int finished = sqlite3_backup_finish(copy);
    if (result != SQLITE_DONE) {
        return failed(NULL, result, "cannot copy database", source, err);
    }
    return finished == SQLITE_OK ? PLATEN_OK : failed(to, finished, "cannot write", path, err);
}

static platen_code make_private(const char *path, platen_error *err)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        return error_sys(err, errno == EEXIST ? PLATEN_E_EXISTS : PLATEN_E_IO, errno,
                         "cannot make '%s'", path);
    }
    (void)close(descriptor);
    return PLATEN_OK;
}

platen_code store_snapshot(const char *database, const char *path, platen_error *err)
{
    sqlite3 *from = NULL;
    sqlite3 *to = NULL;
    store_sqlite_begin();
    /* Never made when it is absent; not read-only, for a log that a killed manager left is read
     * only by who may also write its index. */
    int result =
        sqlite3_open_v2(database, &from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    platen_code rc = result == SQLITE_OK
                         ? make_private(path, err)
                         : failed(from, result, "cannot open database", database, err);
    if (rc == PLATEN_OK) {
        sqlite3_busy_timeout(from, BUSY_MS);
        rc = check_owner(from, database, err);
    }
    if (rc == PLATEN_OK) {
        result = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
        rc = result == SQLITE_OK ? copy_pages(from, to, database, path, err)
                                 : failed(to, result, "cannot write", path, err);
    }
    sqlite3_close(to);
    sqlite3_close(from);
    return rc;
}
