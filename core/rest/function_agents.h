/*
 * How far the agents are with a function (PRF-49): from what each active agent has said in its
 * hello. Any thread.
 */
#ifndef PLATEN_REST_FUNCTION_AGENTS_H
#define PLATEN_REST_FUNCTION_AGENTS_H

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/store/store.h"

/* What the active agents told, an array an agent; the caller frees it with cJSON_Delete(). */
platen_code function_agents_read(store *s, cJSON **told, platen_error *err);

/* Writes {"ok","waiting","failed"}: agents that have this version, that do not have it yet, that
 * say why they cannot have it or have it in quarantine. `wanted`: it is for agents; without it null
 * is written where no agent has such a function. */
void function_agents_write(json_writer *w, const char *key, const cJSON *told, const char *name,
                           const char *version, bool wanted);

#endif
