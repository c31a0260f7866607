/* See plugin_secret.h. Sealed texts have no NUL within, so the bytes are base64 first. */
#include "core/model/plugin_secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "plugin_secret_sql.h"

#define ID_MAX 136 /* "<plugin>/<name>" */
#define PLACE "plugin_secret/"

static const char table[] = "CREATE TABLE plugin_secret (\n"
                            "  id TEXT PRIMARY KEY,\n" /* "<plugin>/<name>" */
                            "  plugin TEXT NOT NULL,\n"
                            "  sealed TEXT NOT NULL);\n"
                            "CREATE INDEX plugin_secret_plugin ON plugin_secret (plugin);\n";

const store_migration plugin_secret_migrations[] = {
    {1, "plugin-secret", table},
};

const size_t plugin_secret_migration_count =
    sizeof(plugin_secret_migrations) / sizeof(plugin_secret_migrations[0]);

/* Where it is sealed for; the id of its row stands behind PLACE. */
static const char *place_of(const char *plugin, const char *name, char place[ID_MAX + 16])
{
    (void)snprintf(place, ID_MAX + 16, PLACE "%.63s/%.63s", plugin, name);
    return place + strlen(PLACE);
}

static void wipe(strbuf *text)
{
    if (text->data != NULL) {
        explicit_bzero(text->data, text->length);
    }
    strbuf_fini(text);
}

platen_code plugin_secret_set(store_conn *conn, const secret_key *key, const char *plugin,
                              const char *name, const void *data, size_t length, platen_error *err)
{
    char place[ID_MAX + 16];
    const char *id = place_of(plugin, name, place);
    char *sealed = NULL;
    store_stmt *st = NULL;
    strbuf plain;
    if (length < 1 || length > PLUGIN_SECRET_BYTES) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a secret of %zu bytes, 1 to %u can be", length,
                         PLUGIN_SECRET_BYTES);
    }
    strbuf_init(&plain);
    strbuf_reserve(&plain, length * 4 / 3 + 8); /* no copy stays behind as it grows */
    text_base64(&plain, data, length);
    platen_code rc = plain.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a secret")
                                  : secret_seal(key, place, plain.data, &sealed, err);
    wipe(&plain);
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_plugin_secret_put, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_text(st, "id", id);
        store_bind_text(st, "plugin", plugin);
        store_bind_text(st, "sealed", sealed);
        rc = store_run(st, NULL, err);
        store_reset(st);
    }
    secret_text_free(sealed);
    return rc;
}

static platen_code read_plain(store_conn *conn, const secret_key *key, const char *place,
                              const char *id, char **plain, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_plugin_secret_get, &st, err));
    store_bind_text(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        rc = secret_open(key, place, store_text(st, 0), plain, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = error_set(err, rc, "there is no secret '%s'", id);
    }
    store_reset(st);
    return rc;
}

platen_code plugin_secret_get(store_conn *conn, const secret_key *key, const char *plugin,
                              const char *name, void *buffer, size_t room, size_t *length,
                              platen_error *err)
{
    char place[ID_MAX + 16];
    const char *id = place_of(plugin, name, place);
    unsigned char bytes[PLUGIN_SECRET_BYTES];
    char *plain = NULL;
    PLATEN_TRY(read_plain(conn, key, place, id, &plain, err));
    platen_code rc = PLATEN_OK;
    if (!text_unbase64(plain, bytes, sizeof(bytes), length)) {
        rc = error_set(err, PLATEN_E_CORRUPT, "the secret '%s' is damaged", id);
    } else if (*length > room) {
        rc = error_set(err, PLATEN_E_TOO_LARGE,
                       "the secret '%s' has %zu bytes, there is room for %zu", id, *length, room);
    } else {
        memcpy(buffer, bytes, *length);
    }
    explicit_bzero(bytes, sizeof(bytes));
    secret_text_free(plain);
    return rc;
}

static platen_code delete_of(store_conn *conn, const store_sql *sql, const char *param,
                             const char *value, int64_t *changes, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_text(st, param, value);
    platen_code rc = store_run(st, changes, err);
    store_reset(st);
    return rc;
}

platen_code plugin_secret_drop(store_conn *conn, const char *plugin, const char *name,
                               platen_error *err)
{
    char place[ID_MAX + 16];
    const char *id = place_of(plugin, name, place);
    int64_t changes = 0;
    PLATEN_TRY(delete_of(conn, &sql_plugin_secret_drop, "id", id, &changes, err));
    return changes > 0 ? PLATEN_OK
                       : error_set(err, PLATEN_E_NOT_FOUND, "there is no secret '%s'", id);
}

platen_code plugin_secret_forget(store_conn *conn, const char *plugin, platen_error *err)
{
    return delete_of(conn, &sql_plugin_secret_forget, "plugin", plugin, NULL, err);
}
