/* Routes of link. */
#ifndef PLATEN_REST_LINK_H
#define PLATEN_REST_LINK_H

#include "core/rest/rest.h"

platen_code rest_link_add(rest *router, platen_error *err);

#endif
