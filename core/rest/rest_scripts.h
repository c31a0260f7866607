/* /scripts: see docs/rest.md. */
#ifndef PLATEN_REST_SCRIPTS_H
#define PLATEN_REST_SCRIPTS_H

#include "core/rest/rest.h"

platen_code rest_scripts_add(rest *router, platen_error *err);

/* Whether a JSON Schema compiles: script_schema_fn. */
platen_code rest_scripts_schema(const char *schema_text, platen_error *err);

#endif
