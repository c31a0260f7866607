/* secret/1 of the fake host: a table of its own beside the plugin's, so that what is set goes with
 * its transaction. Nothing is sealed here. */
#include "hostkit_private.h"

#include <stdlib.h>
#include <string.h>

static platen_code begin(platen_ctx *ctx, const platen_tx *tx, const char *name, bool writes,
                         platen_error *err)
{
    hostkit *kit = ctx->kit;
    if (hostkit_strikes(kit, err)) {
        return PLATEN_E_NOMEM;
    }
    size_t length = name != NULL ? strlen(name) : 0;
    if (tx == NULL || length < 1 || length > PLATEN_SECRET_NAME_MAX ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        hostkit_note(kit, "a secret without a transaction or a name that can be");
        return hostkit_error(err, PLATEN_E_INVAL, "no such secret can be");
    }
    if (writes && !tx->writing) {
        hostkit_note(kit, "secret '%s' is changed in read()", name);
        return hostkit_error(err, PLATEN_E_STATE, "secrets are changed in write()");
    }
    return PLATEN_OK;
}

/* Steps the statement for that name; `*code` is SQLite's. The caller finalizes. */
static sqlite3_stmt *step(hostkit *kit, const char *sql, const char *name, const void *data,
                          size_t length, int *code)
{
    sqlite3_stmt *st = NULL;
    *code = sqlite3_prepare_v2(kit->db, sql, -1, &st, NULL);
    if (*code == SQLITE_OK) {
        (void)sqlite3_bind_text(st, 1, name, -1, SQLITE_TRANSIENT);
        if (data != NULL) {
            (void)sqlite3_bind_blob64(st, 2, data, length, SQLITE_TRANSIENT);
        }
        *code = sqlite3_step(st);
    }
    return st;
}

static platen_code set(platen_ctx *ctx, platen_tx *tx, const char *name, const void *data,
                       size_t length, platen_error *err)
{
    int code = SQLITE_OK;
    PLATEN_TRY(begin(ctx, tx, name, true, err));
    if (data == NULL || length < 1 || length > PLATEN_SECRET_MAX) {
        hostkit_note(ctx->kit, "secret '%s' has %zu bytes", name, length);
        return hostkit_error(err, length > PLATEN_SECRET_MAX ? PLATEN_E_TOO_LARGE : PLATEN_E_INVAL,
                             "a secret that cannot be");
    }
    (void)sqlite3_finalize(step(ctx->kit, "INSERT OR REPLACE INTO host_secret VALUES (?1, ?2)",
                                name, data, length, &code));
    return code == SQLITE_DONE ? PLATEN_OK : hostkit_error(err, PLATEN_E_STORE, "SQLite %d", code);
}

static platen_code get(platen_ctx *ctx, platen_tx *tx, const char *name, void *buffer, size_t room,
                       size_t *length, platen_error *err)
{
    int code = SQLITE_OK;
    PLATEN_TRY(begin(ctx, tx, name, false, err));
    sqlite3_stmt *st =
        step(ctx->kit, "SELECT data FROM host_secret WHERE name = ?1", name, NULL, 0, &code);
    platen_code rc = code == SQLITE_ROW ? PLATEN_OK : PLATEN_E_NOT_FOUND;
    *length = rc == PLATEN_OK ? (size_t)sqlite3_column_bytes(st, 0) : 0;
    if (rc == PLATEN_OK && *length > room) {
        rc = PLATEN_E_TOO_LARGE;
    } else if (rc == PLATEN_OK) {
        memcpy(buffer, sqlite3_column_blob(st, 0), *length);
    }
    (void)sqlite3_finalize(st);
    return rc == PLATEN_OK ? rc : hostkit_error(err, rc, "secret '%s' cannot be read", name);
}

static platen_code drop(platen_ctx *ctx, platen_tx *tx, const char *name, platen_error *err)
{
    int code = SQLITE_OK;
    PLATEN_TRY(begin(ctx, tx, name, true, err));
    (void)sqlite3_finalize(
        step(ctx->kit, "DELETE FROM host_secret WHERE name = ?1", name, NULL, 0, &code));
    return sqlite3_changes64(ctx->kit->db) > 0
               ? PLATEN_OK
               : hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no secret '%s'", name);
}

const platen_secrets hostkit_secrets = {(uint32_t)sizeof(platen_secrets), set, get, drop};
