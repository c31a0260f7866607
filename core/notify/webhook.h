/* Webhooks as things (PRF-19 to PRF-25): rows of notify_webhook. Any thread but the writer's. */
#ifndef PLATEN_NOTIFY_WEBHOOK_H
#define PLATEN_NOTIFY_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

#define WEBHOOKS_MAX 100
#define WEBHOOK_TOKEN_MAX 255

/* What is set; NULL and -1 keep what is there. */
typedef struct webhook_change {
    const char *name;
    const char *url;   /* hook_url_wrong() has been asked */
    const char *token; /* "" removes it */
    int64_t events;    /* a bit for each notify_event */
    const char *words; /* of plugins' events: a JSON array without blanks */
    int active;
} webhook_change;

/* Adds one (*id is 0 and gets the new one, already within the transaction) or changes it.
 * PLATEN_E_EXISTS: another has the name; PLATEN_E_TOO_LARGE: there are WEBHOOKS_MAX;
 * PLATEN_E_NOT_FOUND. */
platen_code webhook_put(store *s, const secret_key *key, const webhook_change *change, int64_t *id,
                        platen_error *err);
platen_code webhook_remove(store *s, int64_t id, platen_error *err);

/* Where requests go. The token is "" when there is none; webhook_target_fini() wipes it. */
typedef struct webhook_target {
    char *url, *token;
    bool active;
} webhook_target;
platen_code webhook_target_get(store *s, const secret_key *key, int64_t id, webhook_target *out,
                               platen_error *err);
void webhook_target_fini(webhook_target *t);

/* All webhooks, by id. */
typedef struct webhook_brief {
    int64_t id;
    int64_t events;
    bool active;
} webhook_brief;
platen_code webhook_all(store_conn *conn, webhook_brief all[WEBHOOKS_MAX], size_t *count,
                        platen_error *err);

/* The active ones that ask for an event of a plugin. */
platen_code webhook_wanting(store_conn *conn, const char *word, int64_t all[WEBHOOKS_MAX],
                            size_t *count, platen_error *err);

/* Keeps how the last request went. `status` 0: there was no answer. */
platen_code webhook_last_in(store_conn *conn, int64_t id, int64_t at, long status, const char *text,
                            platen_error *err);

#endif
