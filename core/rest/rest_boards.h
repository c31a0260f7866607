/* Routes of dashboards and their panels. */
#ifndef PLATEN_REST_BOARDS_H
#define PLATEN_REST_BOARDS_H

#include "core/rest/rest.h"

platen_code rest_boards_add(rest *router, platen_error *err);

#endif
