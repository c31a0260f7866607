/* Rows of notify_webhook. No state, no lock. */
#include "core/notify/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "notify_sql.h"

#define PLACE 64

static void place_of(int64_t id, char place[PLACE])
{
    (void)snprintf(place, PLACE, "notify_webhook/%" PRId64 "/token", id);
}

static platen_code none(int64_t id, platen_error *err)
{
    return error_set(err, PLATEN_E_NOT_FOUND, "there is no webhook %" PRId64, id);
}

/* ---- changing ---- */

typedef struct put {
    const secret_key *key;
    const webhook_change *change;
    int64_t *id;
} put;

static platen_code ask_number(store_conn *conn, const store_sql *sql, int64_t *number,
                              platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *number = store_i64(st, 0);
    }
    store_reset(st);
    return rc;
}

static platen_code check_name(store_conn *conn, const put *p, platen_error *err)
{
    store_stmt *st = NULL;
    if (p->change->name == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, &sql_webhook_named, &st, err));
    store_bind_text(st, "name", p->change->name);
    store_bind_i64(st, "id", *p->id);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc == PLATEN_OK) {
        return error_set(err, PLATEN_E_EXISTS, "there is a webhook '%.100s' already",
                         p->change->name);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code add(store_conn *conn, put *p, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t count = 0;
    PLATEN_TRY(ask_number(conn, &sql_webhook_count, &count, err));
    if (count >= WEBHOOKS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "there are %d webhooks, more are not possible",
                         WEBHOOKS_MAX);
    }
    PLATEN_TRY(store_prepare(conn, &sql_webhook_insert, &st, err));
    store_bind_text(st, "name", p->change->name);
    store_bind_text(st, "url", p->change->url);
    store_bind_i64(st, "now", clock_now());
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *p->id = store_i64(st, 0);
    }
    store_reset(st);
    return rc;
}

/* The token as it is to be stored; the caller frees with free(). */
static platen_code seal_token(const put *p, const char *stored, char **out, platen_error *err)
{
    char place[PLACE];
    const char *token = p->change->token;
    if (token == NULL || token[0] == '\0') {
        *out = strdup(token == NULL ? stored : "");
        return *out != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a webhook");
    }
    place_of(*p->id, place);
    return secret_seal(p->key, place, token, out, err);
}

typedef struct webhook_row {
    char *name, *url, *token, *words;
    int64_t events;
    bool active;
} webhook_row;

static void row_fini(webhook_row *row)
{
    free(row->name);
    free(row->url);
    free(row->token);
    free(row->words);
}

/* The row with the change applied. */
static platen_code merge(store_conn *conn, const put *p, webhook_row *row, platen_error *err)
{
    const webhook_change *c = p->change;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_webhook_by_id, &st, err));
    store_bind_i64(st, "id", *p->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        row->name = strdup(c->name != NULL ? c->name : store_text(st, 1));
        row->url = strdup(c->url != NULL ? c->url : store_text(st, 2));
        row->words = strdup(c->words != NULL ? c->words : store_text(st, 10));
        row->events = c->events >= 0 ? c->events : store_i64(st, 4);
        row->active = c->active >= 0 ? c->active > 0 : store_i64(st, 5) != 0;
        rc = row->name == NULL || row->url == NULL || row->words == NULL
                 ? error_set(err, PLATEN_E_NOMEM, "no memory for a webhook")
                 : seal_token(p, store_text(st, 3), &row->token, err);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        rc = none(*p->id, err);
    }
    store_reset(st);
    return rc;
}

static platen_code update(store_conn *conn, const put *p, const webhook_row *row, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_webhook_update, &st, err));
    store_bind_i64(st, "id", *p->id);
    store_bind_text(st, "name", row->name);
    store_bind_text(st, "url", row->url);
    store_bind_text(st, "token", row->token);
    store_bind_i64(st, "events", row->events);
    store_bind_text(st, "words", row->words);
    store_bind_i64(st, "active", row->active ? 1 : 0);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code put_in(store_conn *conn, void *user, platen_error *err)
{
    put *p = user;
    webhook_row row = {0};
    PLATEN_TRY(check_name(conn, p, err));
    if (*p->id == 0) {
        PLATEN_TRY(add(conn, p, err));
    }
    platen_code rc = merge(conn, p, &row, err);
    if (rc == PLATEN_OK) {
        rc = update(conn, p, &row, err);
    }
    row_fini(&row);
    return rc;
}

platen_code webhook_put(store *s, const secret_key *key, const webhook_change *change, int64_t *id,
                        platen_error *err)
{
    put p = {.key = key, .change = change, .id = id};
    int64_t before = *id;
    platen_code rc = store_write(s, put_in, &p, err);
    if (rc != PLATEN_OK) {
        *id = before;
    }
    return rc;
}

static platen_code remove_in(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_webhook_delete, &st, err));
    store_bind_i64(st, "id", *id);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    return rc == PLATEN_OK && changes == 0 ? none(*id, err) : rc;
}

platen_code webhook_remove(store *s, int64_t id, platen_error *err)
{
    return store_write(s, remove_in, &id, err);
}

platen_code webhook_last_in(store_conn *conn, int64_t id, int64_t at, long status, const char *text,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_webhook_last, &st, err));
    store_bind_i64(st, "id", id);
    store_bind_i64(st, "now", at);
    store_bind_i64(st, "status", status);
    store_bind_text(st, "text", text);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* ---- reading ---- */

void webhook_target_fini(webhook_target *t)
{
    free(t->url);
    secret_text_free(t->token);
    t->url = t->token = NULL;
}

static platen_code take_target(store_stmt *st, const secret_key *key, int64_t id,
                               webhook_target *out, platen_error *err)
{
    char place[PLACE];
    const char *sealed = store_text(st, 3);
    out->active = store_i64(st, 5) != 0;
    out->url = strdup(store_text(st, 2));
    if (sealed[0] != '\0') {
        place_of(id, place);
        PLATEN_TRY(secret_open(key, place, sealed, &out->token, err));
    } else {
        out->token = strdup("");
    }
    return out->url != NULL && out->token != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for a webhook");
}

platen_code webhook_target_get(store *s, const secret_key *key, int64_t id, webhook_target *out,
                               platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    webhook_target fresh = {0};
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_webhook_by_id, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
        rc = rc == PLATEN_OK            ? take_target(st, key, id, &fresh, err)
             : rc == PLATEN_E_NOT_FOUND ? none(id, err)
                                        : rc;
    }
    store_reset(st);
    store_read_end(conn);
    if (rc != PLATEN_OK) {
        webhook_target_fini(&fresh);
        return rc;
    }
    *out = fresh;
    return PLATEN_OK;
}

platen_code webhook_wanting(store_conn *conn, const char *word, int64_t all[WEBHOOKS_MAX],
                            size_t *count, platen_error *err)
{
    char quoted[160];
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    *count = 0;
    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", word);
    PLATEN_TRY(store_prepare(conn, &sql_webhook_wanting, &st, err));
    store_bind_text(st, "word", quoted);
    while (*count < WEBHOOKS_MAX && (rc = store_step(st, err)) == PLATEN_OK) {
        all[(*count)++] = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code webhook_all(store_conn *conn, webhook_brief all[WEBHOOKS_MAX], size_t *count,
                        platen_error *err)
{
    store_stmt *st = NULL;
    *count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_webhook_all, &st, err));
    platen_code rc = PLATEN_OK;
    while (*count < WEBHOOKS_MAX && (rc = store_step(st, err)) == PLATEN_OK) {
        all[*count] = (webhook_brief){
            .id = store_i64(st, 0), .events = store_i64(st, 1), .active = store_i64(st, 2) != 0};
        (*count)++;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}
