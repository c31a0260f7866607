/* Calling operations from several verbs. */
#ifndef PLATEN_CLI_OPERATION_H
#define PLATEN_CLI_OPERATION_H

#include "core/cli/api.h"

/* The schema of an operation's arguments, borrowed from `answer`, which gets the list of
 * operations. PLATEN_E_NOT_FOUND: none of that id that the caller may call. */
platen_code operation_schema(cli *c, const char *id, api_answer *answer, const cJSON **schema,
                             platen_error *err);

/* The type of a member of "properties": the first one of several; "" when it says none. */
const char *operation_type(const cJSON *members, const char *name);

/* Calls it with `body`, JSON text of an object, and shows the answer. */
platen_code operation_call(cli *c, const char *id, const char *body, platen_error *err);

#endif
