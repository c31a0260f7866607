/* Routes of preferences. */
#ifndef PLATEN_REST_PREFERENCES_H
#define PLATEN_REST_PREFERENCES_H

#include "core/rest/rest.h"

platen_code rest_preferences_add(rest *router, platen_error *err);

#endif
