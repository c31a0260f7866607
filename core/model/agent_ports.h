/*
 * Ports of an agent's drivers besides those of SNMP and IPP, as they are kept: a JSON object of
 * driver and port, {"acme":9101}. Any thread.
 */
#ifndef PLATEN_MODEL_AGENT_PORTS_H
#define PLATEN_MODEL_AGENT_PORTS_H

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/base/json.h"

#define AGENT_PORTS_MAX 24 /* of one agent */

/* Each as a member of the object that is being written. */
void agent_ports_write(json_writer *w, const char *ports);

/* What is kept after `given` (may be NULL): its numbers replace what was there, 0 takes one away;
 * "snmp" and "ipp" are passed over. `merged` is the caller's, cJSON_free(). INVAL: a name that no
 * driver can have; TOO_LARGE: too many. */
platen_code agent_ports_merge(const char *ports, const cJSON *given, char **merged,
                              platen_error *err);

#endif
