/*
 * The manager's end of the channel to its agents (docs/link.md): who they are, what they shall
 * know, and the long polls in which they wait for work. Knows nothing of HTTP:
 * core/rest/rest_link.c calls it. All functions may be called from any thread.
 */
#ifndef PLATEN_LINK_MANAGER_H
#define PLATEN_LINK_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/run/run.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

typedef struct link_manager link_manager;

/* What the link needs of the certificates, so that it need not know the room of HTTP. */
typedef struct link_authority {
    /* Appends the PEM of a client certificate for the CSR, and gives its SHA-256 in hex. */
    platen_code (*sign)(const char *csr, const char *agent, strbuf *pem, char fingerprint[65],
                        void *user, platen_error *err);
    platen_code (*ca)(strbuf *pem, char fingerprint[65], void *user, platen_error *err);
    void *user;
} link_authority;

platen_code link_manager_new(store *s, const secret_key *key, const link_authority *authority,
                             link_manager **out, platen_error *err);
void link_manager_set_runs(link_manager *l, runs *r);

/* Whether a JSON Schema compiles: the validator is a room above. */
typedef platen_code (*link_schema_fn)(const char *schema, platen_error *err);
/* Registers the task kinds that agents' drivers brought before; `schema` is for those to come.
 * Once, before agents call. */
platen_code link_manager_take_kinds(link_manager *l, link_schema_fn schema, platen_error *err);

/* Wrong credentials an agent may try on one device in a day (DECISIONS, Devices); 5 at first. */
void link_manager_set_wrong_per_day(link_manager *l, int64_t wrong_per_day);
/* Where packages are, for agents that follow them; `data` is borrowed. Once, before agents call. */
void link_manager_set_functions(link_manager *l, const char *data, bool allow_unsigned);
/* {"name","version","offset"} -> {"size","offset","data"}: up to 1 MiB of an active package, in
 * base64; none behind its end. */
platen_code link_package(link_manager *l, const cJSON *body, json_writer *w, platen_error *err);
void link_manager_stop(link_manager *l); /* wakes all waiters for ever */
void link_manager_free(link_manager *l);

/* ---- agents as things ---- */

/* Makes an agent and its activation key (caller frees with secret_text_free()). A second local one
 * is PLATEN_E_EXISTS. */
platen_code link_agent_create(link_manager *l, const char *name, bool local, int64_t *agent,
                              char **activation_key, platen_error *err);

/* A new activation key; the old certificate counts no more (SYS-140, SYS-151). */
platen_code link_agent_deactivate(link_manager *l, int64_t agent, char **activation_key,
                                  platen_error *err);
/* The key that an inactive agent waits for, or NULL when it is active. */
platen_code link_agent_key(link_manager *l, int64_t agent, char **activation_key,
                           platen_error *err);
platen_code link_agent_remove(link_manager *l, int64_t agent, platen_error *err);

/* The id behind an outside id: "local", or a number. PLATEN_E_NOT_FOUND when there is none. */
platen_code link_agent_id(link_manager *l, const char *outside, int64_t *agent, platen_error *err);

/* "normal", "no-response" or "inactive" (SYS-142). */
const char *link_agent_status(link_manager *l, int64_t agent, bool active);
int64_t link_agent_contact(link_manager *l, int64_t agent); /* ms, 0: none since the start */

/* ---- calls of agents ---- */

platen_code link_activate(link_manager *l, const cJSON *body, const char *address, json_writer *w,
                          platen_error *err);

/* Whether the certificate (SHA-256 hex) is the one in force of the active agent. */
platen_code link_check(link_manager *l, int64_t agent, const char *fingerprint, platen_error *err);
platen_code link_hello(link_manager *l, int64_t agent, const cJSON *body, const char *address,
                       json_writer *w, platen_error *err);
/* The agent is told to end the quarantine of a function, with each answer until it says hello
 * again, for a minute at most. NOT_FOUND: its hello named no such function; TOO_LARGE: too many
 * wait. */
platen_code link_agent_release(link_manager *l, int64_t agent, const char *function,
                               platen_error *err);

platen_code link_jobs(link_manager *l, int64_t agent, const cJSON *body, json_writer *w,
                      platen_error *err);
platen_code link_devices(link_manager *l, const cJSON *body, json_writer *w, platen_error *err);
platen_code link_results(link_manager *l, int64_t agent, const cJSON *body, json_writer *w,
                         platen_error *err);

/* ---- news for agents ---- */

/* There is work (or a cancel, or a new configuration) for the agent; 0: for all. */
void link_wake(link_manager *l, int64_t agent);

#endif
