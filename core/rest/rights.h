/* Functions and regions of accounts and tokens, as bodies name them and answers show them. */
#ifndef PLATEN_REST_RIGHTS_H
#define PLATEN_REST_RIGHTS_H

#include "core/model/user.h"
#include "core/rest/rest.h"

/* The member `functions` as JSON text in the arena; NULL when it is absent. Words that nobody
 * registered are refused at their place. */
platen_code rights_functions(rest_request *r, const char **functions, platen_error *err);

/* The members `all_regions` and `regions`; `set` tells whether there is either. Ids that are no
 * region are refused at their place. */
platen_code rights_regions(rest_request *r, bool *set, region_set *out, platen_error *err);

/* Whether there is a region of that id, for bodies that name one elsewhere. */
platen_code rights_region_there(rest_request *r, const char *id, bool *found, platen_error *err);

/* "functions": of a device manager with all of them every word that is registered. */
void rights_write_functions(json_writer *w, user_role role, bool all, const char *functions);

/* "all_regions" and "regions". */
void rights_write_regions(json_writer *w, const region_set *regions);

/* The same of a row: `list` is "3,17" or "". */
void rights_write_region_list(json_writer *w, bool all, const char *list);

#define RIGHTS_SCHEMA                                                                              \
    "\"functions\":{\"type\":\"array\",\"uniqueItems\":true,\"maxItems\":64,"                      \
    "\"items\":{\"type\":\"string\",\"maxLength\":48}},"                                           \
    "\"all_regions\":{\"type\":\"boolean\"},"                                                      \
    "\"regions\":{\"type\":\"array\",\"uniqueItems\":true,\"maxItems\":256,"                       \
    "\"items\":{\"type\":\"string\",\"maxLength\":18}}"

#endif
