/* Rows of the outbox. No state, no lock. */
#include "core/notify/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/notify/message.h"
#include "notify_sql.h"

#define KEEP_FAILED_MS (7 * INT64_C(86400000))
#define KEEP_FAILED 10000

#define PLACE 96

static void place_of(const char *mark, char place[PLACE])
{
    (void)snprintf(place, PLACE, "notify_outbox/%.60s", mark);
}

/* ---- putting in ---- */

static platen_code seal(const secret_key *key, const char *mark, const char *secret, char **sealed,
                        platen_error *err)
{
    char place[PLACE];
    *sealed = NULL;
    if (secret == NULL) {
        return PLATEN_OK;
    }
    place_of(mark, place);
    return secret_seal(key, place, secret, sealed, err);
}

static platen_code insert(store_conn *conn, const outbox_new *row, const char *mark,
                          const char *sealed, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_insert, &st, err));
    store_bind_text(st, "mark", mark);
    store_bind_i64(st, "webhook", row->webhook);
    store_bind_i64(st, "priority", row->priority);
    store_bind_text(st, "recipient", row->recipient);
    store_bind_text(st, "code", row->code);
    store_bind_text(st, "language", row->language);
    store_bind_text(st, "content", row->content);
    store_bind_text(st, "secret", sealed != NULL ? sealed : "");
    store_bind_i64(st, "short_lived", sealed != NULL ? 1 : 0);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "give_up_at", row->give_up_at);
    store_bind_i64(st, "file", row->file);
    store_bind_i64(st, "importance", row->importance);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code outbox_put_in(store_conn *conn, const secret_key *key, const outbox_new *row,
                          int64_t now, platen_error *err)
{
    strbuf mark;
    char *sealed = NULL;
    if (strlen(row->content) > OUTBOX_CONTENT) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a message '%s' has %zu bytes, %u are the most",
                         row->code, strlen(row->content), OUTBOX_CONTENT);
    }
    strbuf_init(&mark);
    platen_code rc = secret_token(16, &mark, err);
    if (rc == PLATEN_OK) {
        rc = seal(key, mark.data, row->secret, &sealed, err);
    }
    if (rc == PLATEN_OK) {
        rc = insert(conn, row, mark.data, sealed, now, err);
    }
    secret_text_free(sealed);
    strbuf_fini(&mark);
    return rc;
}

/* ---- files ---- */

static platen_code delete_orphans(store_conn *conn, const store_sql *sql, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code check_files(store_conn *conn, size_t length, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_files, &st, err));
    platen_code rc = store_step(st, err);
    int64_t waiting = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    PLATEN_TRY(rc);
    if (length > OUTBOX_FILE || waiting >= OUTBOX_FILES) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "a file of %zu bytes (at most %zu), %" PRId64 " wait (at most %d)", length,
                         OUTBOX_FILE, waiting, OUTBOX_FILES);
    }
    return PLATEN_OK;
}

platen_code outbox_file_in(store_conn *conn, const outbox_file *file, int64_t *id,
                           platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(delete_orphans(conn, &sql_outbox_files_of_nobody, err));
    PLATEN_TRY(check_files(conn, file->length, err));
    PLATEN_TRY(store_prepare(conn, &sql_outbox_file_insert, &st, err));
    store_bind_text(st, "name", file->name);
    store_bind_text(st, "type", file->type);
    store_bind_blob(st, "data", file->data, file->length);
    platen_code rc = store_step(st, err);
    *id = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

static platen_code take_file(store_stmt *st, outbox_file *out, platen_error *err)
{
    size_t length = 0;
    const void *data = store_blob(st, 2, &length);
    out->name = strdup(store_text(st, 0));
    out->type = strdup(store_text(st, 1));
    out->data = malloc(length + 1);
    if (out->name == NULL || out->type == NULL || out->data == NULL) {
        outbox_file_fini(out);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a file of %zu bytes", length);
    }
    if (length > 0) {
        memcpy(out->data, data, length);
    }
    out->length = length;
    return PLATEN_OK;
}

platen_code outbox_file_read(store *s, int64_t id, outbox_file *out, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    *out = (outbox_file){.name = NULL};
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_outbox_file, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        rc = take_file(st, out, err);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

void outbox_file_fini(outbox_file *file)
{
    free(file->name);
    free(file->type);
    free(file->data);
    *file = (outbox_file){.name = NULL};
}

/* ---- reading ---- */

void outbox_item_free(outbox_item *item)
{
    if (item != NULL) {
        free(item->mark);
        free(item->recipient);
        free(item->code);
        free(item->language);
        free(item->content);
        free(item->secret);
        free(item);
    }
}

static void free_list(outbox_item *list)
{
    while (list != NULL) {
        outbox_item *next = list->next;
        outbox_item_free(list);
        list = next;
    }
}

static outbox_item *item_from(store_stmt *st)
{
    outbox_item *item = calloc(1, sizeof(*item));
    if (item == NULL) {
        return NULL;
    }
    item->id = store_i64(st, 0);
    item->mark = strdup(store_text(st, 1));
    item->recipient = strdup(store_text(st, 2));
    item->code = strdup(store_text(st, 3));
    item->language = strdup(store_text(st, 4));
    item->content = strdup(store_text(st, 5));
    item->secret = strdup(store_text(st, 6));
    item->tries = store_i64(st, 7);
    item->created = store_i64(st, 8);
    item->give_up_at = store_i64(st, 9);
    item->file = store_i64(st, 10);
    item->importance = (int)store_i64(st, 11);
    if (item->mark == NULL || item->recipient == NULL || item->code == NULL ||
        item->language == NULL || item->content == NULL || item->secret == NULL) {
        outbox_item_free(item);
        return NULL;
    }
    return item;
}

typedef struct due {
    int64_t webhook, now;
    int room;
    outbox_item **tail;
    int64_t next;
} due;

static platen_code add_due(store_conn *conn, due *d, int priority, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_due, &st, err));
    store_bind_i64(st, "webhook", d->webhook);
    store_bind_i64(st, "priority", priority);
    store_bind_i64(st, "now", d->now);
    store_bind_i64(st, "most", d->room);
    platen_code rc = PLATEN_OK;
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        *d->tail = item_from(st);
        if (*d->tail == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for messages");
        } else {
            d->tail = &(*d->tail)->next;
            d->room--;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code look_ahead(store_conn *conn, due *d, int priority, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_next, &st, err));
    store_bind_i64(st, "webhook", d->webhook);
    store_bind_i64(st, "priority", priority);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK && store_i64(st, 0) < d->next) {
        d->next = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code outbox_due(store *s, int64_t webhook, int64_t now, int most, outbox_item **list,
                       int64_t *next, platen_error *err)
{
    store_conn *conn = NULL;
    outbox_item *first = NULL;
    due d = {.webhook = webhook, .now = now, .room = most, .tail = &first, .next = INT64_MAX};
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = PLATEN_OK;
    for (int p = 0; p < OUTBOX_PRIORITIES && d.room > 0 && rc == PLATEN_OK; p++) {
        rc = add_due(conn, &d, p, err);
    }
    for (int p = 0; p < OUTBOX_PRIORITIES && first == NULL && rc == PLATEN_OK; p++) {
        rc = look_ahead(conn, &d, p, err);
    }
    store_read_end(conn);
    if (rc != PLATEN_OK) {
        free_list(first);
        return rc;
    }
    *list = first;
    *next = d.next;
    return PLATEN_OK;
}

platen_code outbox_secret(const secret_key *key, const outbox_item *item, char **plain,
                          platen_error *err)
{
    char place[PLACE];
    if (item->secret[0] == '\0') {
        *plain = strdup("{}");
        return *plain != NULL ? PLATEN_OK
                              : error_set(err, PLATEN_E_NOMEM, "no memory for a message");
    }
    place_of(item->mark, place);
    return secret_open(key, place, item->secret, plain, err);
}

platen_code outbox_count(store *s,
                         void (*each)(int64_t webhook, bool failed, int64_t count, void *user),
                         void *user, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_outbox_counts, &st, err);
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        each(store_i64(st, 0), store_i64(st, 1) != 0, store_i64(st, 2), user);
    }
    store_reset(st);
    store_read_end(conn);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- changing ---- */

platen_code outbox_result_in(store_conn *conn, const outbox_result *result, int64_t now,
                             platen_error *err)
{
    static const store_sql *const statements[] = {&sql_outbox_done, &sql_outbox_later,
                                                  &sql_outbox_failed};
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, statements[result->end], &st, err));
    store_bind_i64(st, "id", result->id);
    if (result->end != OUTBOX_DONE) {
        store_bind_text(st, "text", result->text);
    }
    if (result->end == OUTBOX_LATER) {
        store_bind_i64(st, "next_at", result->next_at);
    } else if (result->end == OUTBOX_FAILED) {
        store_bind_i64(st, "tried", result->tried ? 1 : 0);
        store_bind_i64(st, "now", now);
    }
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code outbox_expire_in(store_conn *conn, int64_t webhook, bool blocked, const char *text,
                             int64_t now, int64_t *count, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_expire, &st, err));
    store_bind_i64(st, "webhook", webhook);
    store_bind_i64(st, "blocked", blocked ? 1 : 0);
    store_bind_text(st, "text", text);
    store_bind_i64(st, "now", now);
    platen_code rc = store_run(st, count, err);
    store_reset(st);
    return rc;
}

platen_code outbox_hurry_in(store_conn *conn, int64_t webhook, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_hurry, &st, err));
    store_bind_i64(st, "webhook", webhook);
    store_bind_i64(st, "now", now);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code outbox_sweep_in(store_conn *conn, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(delete_orphans(conn, &sql_outbox_of_nobody, err));
    PLATEN_TRY(delete_orphans(conn, &sql_outbox_files_of_nobody, err));
    PLATEN_TRY(store_prepare(conn, &sql_outbox_sweep, &st, err));
    store_bind_i64(st, "before", now - KEEP_FAILED_MS);
    rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    PLATEN_TRY(store_prepare(conn, &sql_outbox_too_many, &st, err));
    store_bind_i64(st, "most", KEEP_FAILED);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code none(int64_t id, platen_error *err)
{
    return error_set(err, PLATEN_E_NOT_FOUND, "there is no message %" PRId64 " in the outbox", id);
}

platen_code outbox_delete_in(store_conn *conn, int64_t id, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_done, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_run(st, &changes, err);
    store_reset(st);
    return rc == PLATEN_OK && changes == 0 ? none(id, err) : rc;
}

/* What was sealed is wiped when it fails: such a message cannot be sent again. */
static platen_code check_whole(store_conn *conn, int64_t id, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_outbox_is_over, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        rc = none(id, err);
    } else if (rc == PLATEN_OK && store_i64(st, 0) != 0) {
        rc = error_set(err, PLATEN_E_STATE,
                       "the message %" PRId64 " held a key whose time is over: ask for a new one",
                       id);
    }
    store_reset(st);
    return rc;
}

platen_code outbox_retry_in(store_conn *conn, int64_t id, int64_t now, int64_t give_up_at,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(check_whole(conn, id, err));
    PLATEN_TRY(store_prepare(conn, &sql_outbox_retry, &st, err));
    store_bind_i64(st, "id", id);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "give_up_at", give_up_at);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}
