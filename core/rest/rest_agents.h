/* /agents and their verdicts */
#ifndef PLATEN_REST_AGENTS_H
#define PLATEN_REST_AGENTS_H

#include "core/rest/rest.h"

platen_code rest_agents_add(rest *router, platen_error *err);

/* An agent's id outside: "local" or its number. */
void rest_agent_id(json_writer *w, const char *key, int64_t agent, bool local);

#endif
