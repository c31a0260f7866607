/*
 * What holds for the whole installation (PRF-01 to PRF-35): groups of members, a JSON object a
 * group in the table `preference`. What nobody has set has its preset. Secret members are sealed
 * with the key file and leave only through preference_secret(); whoever reads the group sees
 * "<name>_set". Any thread.
 */
#ifndef PLATEN_MODEL_PREFERENCE_H
#define PLATEN_MODEL_PREFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/secret/secret.h"
#include "core/store/store.h"

#define PREFERENCE_MAX 262144u /* bytes of a stored group */

typedef struct preference_group {
    const char *key;            /* "mail" */
    const char *presets;        /* JSON object: every member but the secret ones */
    const char *schema;         /* JSON Schema of a change; the REST room validates with it */
    const char *const *secrets; /* names of the secret members, NULL at the end; or NULL */
    bool open;                  /* every user may read it; else system managers only */
} preference_group;

/* Groups of the core itself. */
extern const preference_group preference_snmp;          /* timeout_ms, retries, ... */
extern const preference_group preference_retention;     /* status_days, ... (PRF-32, PRF-33) */
extern const preference_group preference_device_groups; /* view, delimiter (PRF-27, PRF-28) */
extern const preference_group preference_tasks;         /* missed_hours, zone */
extern const preference_group preference_manual;        /* region (PRF-35) */

/* The group as it holds, on a connection or on its own; the caller frees with cJSON_Delete(). */
platen_code preference_read(store_conn *conn, const preference_group *g, cJSON **out,
                            platen_error *err);
platen_code preference_load(store *s, const preference_group *g, cJSON **out, platen_error *err);

/* A secret member in clear; PLATEN_E_NOT_FOUND when it is not set. secret_text_free() it. */
platen_code preference_secret(store *s, const preference_group *g, const secret_key *key,
                              const char *name, char **plain, platen_error *err);

/* In a write function: takes over the members of `changes` (validated before); a secret member
 * that is null or "" is removed. */
platen_code preference_change(store_conn *conn, const preference_group *g, const secret_key *key,
                              const cJSON *changes, platen_error *err);

#endif
