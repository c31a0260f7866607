/* Finding resources by what people call them, and changing them. */
#ifndef PLATEN_CLI_RESOURCE_H
#define PLATEN_CLI_RESOURCE_H

#include "core/base/json.h"
#include "core/cli/api.h"

/* The id of the device with that id, address, name or host name, in this order; the caller frees
 * it. PLATEN_E_NOT_FOUND, or PLATEN_E_CONFLICT when several have the name. */
platen_code resource_device(cli *c, const char *word, char **id, platen_error *err);

/* The same for another list by id, then by name ("/agents"). */
platen_code resource_named(cli *c, const char *list, const char *word, char **id,
                           platen_error *err);

/* GET of one resource, shown. */
platen_code resource_show(cli *c, const char *list, const char *id, platen_error *err);

/* DELETE of one resource. */
platen_code resource_remove(cli *c, const char *list, const char *id, platen_error *err);

/* PATCH of one resource in the state that it has now (If-Match), shown afterwards. */
platen_code resource_change(cli *c, const char *list, const char *id, const char *body,
                            platen_error *err);

/* POST; the answer's tree is the caller's to show. */
platen_code resource_post(cli *c, const char *path, const char *body, api_answer *answer,
                          platen_error *err);

/* Members of a body from repeated options: "ranges":["a","b"]. Commas separate values too. */
void resource_list(json_writer *w, const char *key, const args *a, const char *option);

#endif
