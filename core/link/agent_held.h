/* The jobs that an agent has received and the manager has not called over: what it names with each
 * question for work (docs/link.md). Belongs to one thread. */
#ifndef PLATEN_LINK_AGENT_HELD_H
#define PLATEN_LINK_AGENT_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"

typedef struct agent_held {
    int64_t *ids;
    size_t count, room;
} agent_held;

/* False when there is no memory: the job must then be left to the manager, who gives it again. */
bool held_take(agent_held *h, const cJSON *job);
void held_drop(agent_held *h, const cJSON *over); /* an array of numbers, or NULL */
void held_write(const agent_held *h, json_writer *w, const char *key);
void held_clear(agent_held *h);

#endif
