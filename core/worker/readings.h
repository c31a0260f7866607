/*
 * snmp/1 on the wire: plans and values to the agent, results to the worker. Each reader makes one
 * block that its caller frees.
 */
#ifndef PLATEN_WORKER_READINGS_H
#define PLATEN_WORKER_READINGS_H

#include <platen/snmp.h>

#include "core/worker/pipe.h"

#define READINGS_ITEMS 256u /* of a plan */
#define READINGS_VALUES 24u /* of a SET */

void readings_put_items(strbuf *out, const platen_snmp_item *items, uint32_t count);
/* The texts are borrowed from the frame. NULL: they do not parse, or there is no memory. */
platen_snmp_item *readings_items(pipe_in *in, uint32_t *count);

void readings_put_values(strbuf *out, const platen_snmp_value *values, uint32_t count);
platen_snmp_value *readings_values(pipe_in *in, uint32_t *count); /* as readings_items() */

void readings_put_result(strbuf *out, const platen_snmp_result *result);

/* A result with all that it points to, in one block. */
typedef struct reading {
    platen_snmp_result result;
    platen_error error;
    platen_snmp_binding bindings[];
} reading;

/* The octets are borrowed from the frame; free() it together with `arcs`, its second block. */
reading *readings_result(pipe_in *in, uint32_t **arcs);

#endif
