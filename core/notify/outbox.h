/*
 * Rows of the outbox. What writes runs on the store's writer inside a transaction of the caller;
 * reading borrows a connection.
 */
#ifndef PLATEN_NOTIFY_OUTBOX_H
#define PLATEN_NOTIFY_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

#define OUTBOX_MAIL INT64_C(0) /* as a webhook's id: the mail server */
#define OUTBOX_CONTENT 65536u  /* bytes of content at most */
#define OUTBOX_URGENT 0
#define OUTBOX_NORMAL 1
#define OUTBOX_PRIORITIES 2

typedef struct outbox_new {
    int64_t webhook; /* or OUTBOX_MAIL */
    int priority;
    const char *recipient; /* of a mail; "" else */
    const char *code;
    const char *language;
    const char *content; /* JSON object */
    const char *secret;  /* JSON object that is sealed, or NULL */
    int64_t give_up_at;
    int64_t file;   /* of outbox_file_in(); 0: none */
    int importance; /* of a mail: 1 high, 0, -1 low */
} outbox_new;

/* One row more, due at once. PLATEN_E_TOO_LARGE for content over the limit. */
platen_code outbox_put_in(store_conn *conn, const secret_key *key, const outbox_new *row,
                          int64_t now, platen_error *err);

#define OUTBOX_FILE ((size_t)10 << 20) /* bytes of a file at most */
#define OUTBOX_FILES 200               /* that may wait */

typedef struct outbox_file {
    char *name, *type;
    void *data;
    size_t length;
} outbox_file;

/* Keeps a file for rows that are put in within this transaction. PLATEN_E_TOO_LARGE when it is, or
 * when too many wait. */
platen_code outbox_file_in(store_conn *conn, const outbox_file *file, int64_t *id,
                           platen_error *err);
/* PLATEN_E_NOT_FOUND when it is gone; outbox_file_fini() it. */
platen_code outbox_file_read(store *s, int64_t id, outbox_file *out, platen_error *err);
void outbox_file_fini(outbox_file *file);

/* A row that is due, with texts of its own. */
typedef struct outbox_item {
    struct outbox_item *next;
    int64_t id, created, give_up_at;
    int64_t tries;
    int64_t file;
    int importance;
    char *mark, *recipient, *code, *language, *content;
    char *secret; /* sealed; "" when there is none */
} outbox_item;

void outbox_item_free(outbox_item *item); /* NULL is fine */

/* Up to `most` rows of one destination that are due, urgent ones first, as a list. When there is
 * none `next` is when one will be, INT64_MAX when none waits. */
platen_code outbox_due(store *s, int64_t webhook, int64_t now, int most, outbox_item **list,
                       int64_t *next, platen_error *err);

/* Opens the sealed part of an item; "{}" when it has none. secret_text_free() it. */
platen_code outbox_secret(const secret_key *key, const outbox_item *item, char **plain,
                          platen_error *err);

/* How a try ended, for outbox_written_in(). */
typedef struct outbox_result {
    int64_t id;
    enum { OUTBOX_DONE, OUTBOX_LATER, OUTBOX_FAILED } end;
    bool tried;      /* of OUTBOX_FAILED: whether it was sent at all */
    int64_t next_at; /* of OUTBOX_LATER */
    const char *text;
} outbox_result;
platen_code outbox_result_in(store_conn *conn, const outbox_result *result, int64_t now,
                             platen_error *err);

/* Gives up what is too old; `blocked`: also what was never tried, with `text` as the reason. */
platen_code outbox_expire_in(store_conn *conn, int64_t webhook, bool blocked, const char *text,
                             int64_t now, int64_t *count, platen_error *err);
/* All that waits for the destination is due now. */
platen_code outbox_hurry_in(store_conn *conn, int64_t webhook, int64_t now, platen_error *err);
/* Removes what belongs to webhooks that are gone, and failed rows: older than a week, or more than
 * 10,000. */
platen_code outbox_sweep_in(store_conn *conn, int64_t now, platen_error *err);

platen_code outbox_delete_in(store_conn *conn, int64_t id, platen_error *err);
platen_code outbox_retry_in(store_conn *conn, int64_t id, int64_t now, int64_t give_up_at,
                            platen_error *err);

/* How many wait and have failed, by destination. */
platen_code outbox_count(store *s,
                         void (*each)(int64_t webhook, bool failed, int64_t count, void *user),
                         void *user, platen_error *err);

#endif
