/* Routes of regions. */
#ifndef PLATEN_REST_REGIONS_H
#define PLATEN_REST_REGIONS_H

#include "core/model/region_row.h"
#include "core/rest/rest.h"

platen_code rest_regions_add(rest *router, platen_error *err);

/* The member "regions" of the body, of a thing (task, group) that is made or changed; `*given`
 * tells whether there is one. Regions that are not there or not of who asks are 422. Who has some
 * regions only must give at least one, and what is `fresh` gets all of theirs without any (ACC-86).
 */
platen_code rest_take_regions(rest_request *r, bool fresh, region_list *out, bool *given,
                              platen_error *err);

#endif
