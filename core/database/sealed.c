/* The one list of what is sealed, and the walk over it. */
#include "core/database/sealed.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/base/text.h"

/* Not of the database, and so not here: core/admin/admin_backup.c, core/admin/manifest.c, as a
 * backup keeps the key that it was made with; core/serve/shelf_file.c, a folder of an agent with a
 * key of its own. */
const sealed_column sealed_columns[] = {
    /* core/rest/rest_credentials.c, core/first_start.c */
    {"device_credential", "id", "secrets", "device_credential/{id}"},
    /* core/link/link_activation.c */
    {"agent", "id", "activation_sealed", "agent/{id}/activation"},
    /* core/model/user_factor.c */
    {"user_account", "id", "totp", "user_account/{id}/totp"},
    {"user_account", "id", "totp_pending", "user_account/{id}/totp"},
    /* core/model/preference.c: members; core/database/key.c: the word */
    {"preference", "key", "value", "preference/{id}"},
    /* core/model/audit.c: where the chain begins and ends */
    {"audit_head", "id", "sealed", "audit-head/{id}"},
    /* core/notify/webhook.c, core/notify/outbox.c */
    {"notify_webhook", "id", "token", "notify_webhook/{id}/token"},
    {"notify_outbox", "mark", "secret", "notify_outbox/{id}"},
    /* core/model/plugin_secret.c */
    {"plugin_secret", "id", "sealed", "plugin_secret/{id}"},
};

const size_t sealed_column_count = sizeof(sealed_columns) / sizeof(sealed_columns[0]);

typedef struct row {
    struct row *next;
    char *id;
    char *value;
} row;

typedef struct walk {
    store_conn *conn;
    const secret_key *from;
    const secret_key *to;
    arena *memory;
    int64_t count;
} walk;

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for sealed values");
}

/* Rows are read before the first is changed: a list that moves under its reader is none. */
static platen_code read_rows(walk *w, const sealed_column *c, row **first, platen_error *err)
{
    store_stmt *st = NULL;
    const char *sql =
        arena_printf(w->memory, "SELECT CAST(%s AS TEXT), %s FROM %s WHERE %s LIKE '%%v1:%%'",
                     c->id, c->column, c->table, c->column);
    if (sql == NULL) {
        return no_memory(err);
    }
    PLATEN_TRY(store_prepare_text(w->conn, sql, &st, err));
    platen_code rc = store_step(st, err);
    while (rc == PLATEN_OK) {
        row *r = arena_alloc(w->memory, sizeof(*r));
        if (r != NULL) {
            *r = (row){*first, arena_dup(w->memory, store_text(st, 0)),
                       arena_dup(w->memory, store_text(st, 1))};
            *first = r;
        }
        rc = r == NULL || r->id == NULL || r->value == NULL ? no_memory(err) : store_step(st, err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* `member` NULL: the column's own text. */
static const char *place_of(walk *w, const sealed_column *c, const char *id, const char *member)
{
    const char *gap = strstr(c->place, "{id}");
    return arena_printf(w->memory, "%.*s%s%s%s%s", (int)(gap - c->place), c->place, id,
                        gap + strlen("{id}"), member != NULL ? "/" : "",
                        member != NULL ? member : "");
}

/* The text sealed with the other key; NULL in `renewed` when nothing is to be renewed. */
static platen_code renew_text(walk *w, const char *place, const char *sealed, char **renewed,
                              platen_error *err)
{
    char *plain = NULL;
    *renewed = NULL;
    if (place == NULL) {
        return no_memory(err);
    }
    PLATEN_TRY(secret_open(w->from, place, sealed, &plain, err));
    platen_code rc = w->to != NULL ? secret_seal(w->to, place, plain, renewed, err) : PLATEN_OK;
    secret_text_free(plain);
    w->count++;
    return rc;
}

static platen_code renew_members(walk *w, const sealed_column *c, const row *r, cJSON *object,
                                 platen_error *err)
{
    for (cJSON *item = object->child; item != NULL; item = item->next) {
        char *renewed = NULL;
        if (!cJSON_IsString(item) || !text_begins(item->valuestring, "v1:")) {
            continue;
        }
        PLATEN_TRY(
            renew_text(w, place_of(w, c, r->id, item->string), item->valuestring, &renewed, err));
        if (renewed != NULL && cJSON_SetValuestring(item, renewed) == NULL) {
            secret_text_free(renewed);
            return no_memory(err);
        }
        secret_text_free(renewed);
    }
    return PLATEN_OK;
}

static platen_code renew_object(walk *w, const sealed_column *c, const row *r, char **value,
                                platen_error *err)
{
    cJSON *object = NULL;
    PLATEN_TRY(json_parse(r->value, strlen(r->value), &object, err));
    platen_code rc = renew_members(w, c, r, object, err);
    if (rc == PLATEN_OK && w->to != NULL) {
        *value = cJSON_PrintUnformatted(object);
        rc = *value != NULL ? PLATEN_OK : no_memory(err);
    }
    cJSON_Delete(object);
    return rc;
}

static platen_code write_row(walk *w, const sealed_column *c, const row *r, const char *value,
                             platen_error *err)
{
    store_stmt *st = NULL;
    int64_t changes = 0;
    const char *sql = arena_printf(w->memory, "UPDATE %s SET %s = :value WHERE %s = :id", c->table,
                                   c->column, c->id);
    if (sql == NULL) {
        return no_memory(err);
    }
    PLATEN_TRY(store_prepare_text(w->conn, sql, &st, err));
    store_bind_text(st, "value", value);
    store_bind_text(st, "id", r->id);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    if (rc == PLATEN_OK && changes != 1) {
        rc = error_set(err, PLATEN_E_STORE, "%s '%.60s' has vanished", c->table, r->id);
    }
    return rc;
}

static platen_code renew_row(walk *w, const sealed_column *c, const row *r, platen_error *err)
{
    char *value = NULL;
    platen_code rc = PLATEN_OK;
    if (text_begins(r->value, "v1:")) {
        rc = renew_text(w, place_of(w, c, r->id, NULL), r->value, &value, err);
    } else if (r->value[0] == '{') {
        rc = renew_object(w, c, r, &value, err);
    }
    if (rc == PLATEN_OK && value != NULL) {
        rc = write_row(w, c, r, value, err);
    }
    secret_text_free(value);
    return rc;
}

static platen_code renew_column(walk *w, const sealed_column *c, platen_error *err)
{
    row *rows = NULL;
    PLATEN_TRY(read_rows(w, c, &rows, err));
    for (const row *r = rows; r != NULL; r = r->next) {
        platen_code rc = renew_row(w, c, r, err);
        if (rc != PLATEN_OK) {
            return error_note(err, rc, "%s '%.60s', column %s", c->table, r->id, c->column);
        }
    }
    return PLATEN_OK;
}

platen_code sealed_renew(store_conn *conn, const secret_key *from, const secret_key *to,
                         int64_t *count, platen_error *err)
{
    walk w = {.conn = conn, .from = from, .to = to};
    platen_code rc = PLATEN_OK;
    for (size_t i = 0; rc == PLATEN_OK && i < sealed_column_count; i++) {
        w.memory = arena_new();
        rc = w.memory != NULL ? renew_column(&w, &sealed_columns[i], err) : no_memory(err);
        arena_free(w.memory);
    }
    *count = w.count;
    return rc;
}
