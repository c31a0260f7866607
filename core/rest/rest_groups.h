/* Routes of device groups. */
#ifndef PLATEN_REST_GROUPS_H
#define PLATEN_REST_GROUPS_H

#include "core/rest/rest.h"

platen_code rest_groups_add(rest *router, platen_error *err);

#endif
