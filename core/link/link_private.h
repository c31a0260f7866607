/* What the files of the manager's end share. */
#ifndef PLATEN_LINK_PRIVATE_H
#define PLATEN_LINK_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/link/link_manager.h"

#define LINK_AGENTS 64 /* SYS-17 asks for 10 */
#define LINK_WAIT_S 25
#define LINK_SILENT_MS INT64_C(60000)
#define LINK_RELEASES 8
#define LINK_RELEASE_MS 60000
#define LINK_NAME 64 /* of a function, with its NUL */

/* What is remembered of an agent between its calls. */
typedef struct link_contact {
    int64_t agent;
    int64_t at;     /* of its last call */
    uint64_t wakes; /* counts the news for it: a waiter compares with what it saw */
    char release[LINK_RELEASES][LINK_NAME]; /* functions whose quarantine is to end */
    size_t release_count;
    int64_t release_until; /* clock_mono(): told with each answer until then, or its next hello */
} link_contact;

struct link_manager {
    store *store;
    const secret_key *key;
    link_authority authority;
    runs *runs;
    link_schema_fn schema; /* NULL: any schema will do */
    int64_t wrong_per_day;
    const char *data; /* NULL: no packages */
    bool allow_unsigned;
    pthread_mutex_t lock; /* guards the contacts */
    pthread_cond_t news;
    link_contact contacts[LINK_AGENTS];
    size_t contact_count;
    uint64_t all_wakes;
    atomic_bool stopping;
};

/* Notes a call of the agent; gives the number of wakes so far. */
uint64_t link_touch(link_manager *l, int64_t agent);

/* Waits until there is news beyond `wakes`, at most `wait_ms`; false when stopping. */
bool link_wait(link_manager *l, int64_t agent, uint64_t wakes, int64_t wait_ms);

/* The task kinds of a hello that can be, as the text of a JSON array for the agent's row; the
 * caller frees with cJSON_free(). The others are told in the log. `kinds` may be NULL.
 * PLATEN_E_NOMEM. */
platen_code link_kinds_check(const link_manager *l, int64_t agent, const cJSON *kinds, char **text,
                             platen_error *err);
/* Registers what the rows of all agents say now, and drops what none says. In the transaction that
 * changed them: so two at a time cannot be. */
platen_code link_kinds_register(store_conn *conn, platen_error *err);

/* The member `key` of a configuration: active packages for agents, and whose are taken. */
platen_code link_functions(const link_manager *l, json_writer *w, const char *key,
                           platen_error *err);

/* Appends the configuration object of the agent, its version included. */
platen_code link_config(link_manager *l, int64_t agent, strbuf *json, char version[17],
                        platen_error *err);

#endif
