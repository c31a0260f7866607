/* Routes of regions. */
#ifndef PLATEN_REST_REGIONS_H
#define PLATEN_REST_REGIONS_H

#include "core/rest/rest.h"

platen_code rest_regions_add(rest *router, platen_error *err);

#endif
