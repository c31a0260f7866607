/*
 * The agent's end of the channel (docs/link.md): activation, hello, the long poll for jobs, and
 * results that are kept until the manager has them, over restarts of either side. Knows nothing of
 * devices. Three threads: one polls, one sends, one moves to disk what memory cannot hold.
 */
#ifndef PLATEN_LINK_AGENT_H
#define PLATEN_LINK_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"

typedef struct link_agent link_agent;

/* Called on threads of the link; must not block for long. Trees are the callee's. */
typedef struct link_agent_callbacks {
    unsigned (*room)(void *user); /* jobs that may be given now */
    void (*config)(cJSON *config, void *user);
    void (*job)(cJSON *job, void *user);
    void (*cancel)(const char *run, void *user); /* NULL: all, the agent was deactivated */
    void (*devices)(cJSON *devices, void *user); /* an array; NULL: the manager refused */
    void (*acknowledged)(uint64_t batch, void *user);
    void (*release)(const char *function, void *user); /* end its quarantine; may be NULL */
    void (*session)(void *user); /* after each hello: the manager may have been restarted */
    void *user;
} link_agent_callbacks;

typedef struct link_agent_options {
    const char *url;            /* "https://manager:8443" */
    const char *folder;         /* the agent's data folder: keys, certificates, spool */
    const char *activation_key; /* "" when the file <folder>/activation-key has it, or none */
    const char *about;          /* members of hello, without braces: "\"version\":\"1.0\",..." */
    const char *version;
    size_t memory_limit;   /* bytes of results in memory, 0: 8 MiB */
    uint64_t disk_limit;   /* bytes of the spool, 0: 256 MiB */
    unsigned retry_ms;     /* first wait after a failure, 0: 500; doubles up to retry_max_ms */
    unsigned retry_max_ms; /* 0: 30000 */
    unsigned asleep_ms;    /* between questions of a deactivated agent, 0: 60000 */
    link_agent_callbacks callbacks;
} link_agent_options;

/* Texts are copied. Reads what an earlier start left in the spool. */
platen_code link_agent_new(const link_agent_options *options, link_agent **out, platen_error *err);
platen_code link_agent_start(link_agent *l, platen_error *err);
/* Sends for a moment what is still there, writes the rest to the spool, joins. */
void link_agent_stop(link_agent *l);
void link_agent_quiet(link_agent *l); /* asks for no more; a package that is fetched is cut off */
void link_agent_free(link_agent *l);

/* Any thread; copies. `results` is the text of a JSON array. Batches arrive in this order. */
void link_agent_send(link_agent *l, uint64_t batch, const char *results, size_t length);
void link_agent_ask(link_agent *l, const int64_t *ids, size_t count);
/*
 * Gets a package from the manager into the file `path`, whose bytes are checked against `sha256`.
 * What an earlier try has left in <path>.part is kept. Blocks for as long as it takes; a thread of
 * the caller's. CANCELLED: the link stops; UNAVAILABLE and the like: later.
 */
platen_code link_agent_fetch(link_agent *l, const char *name, const char *version, int64_t size,
                             const char *sha256, const char *path, platen_error *err);
/* What hello says has changed: the agent says hello again. */
void link_agent_about(link_agent *l, const char *about);
/* Memory and spool are full: begin nothing that makes results. */
bool link_agent_full(const link_agent *l);
size_t link_agent_waiting(const link_agent *l); /* batches that are not acknowledged */

#endif
