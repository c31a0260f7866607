/* Routes of what happened to devices. */
#ifndef PLATEN_REST_HISTORY_H
#define PLATEN_REST_HISTORY_H

#include "core/rest/rest.h"

platen_code rest_history_add(rest *router, platen_error *err);

#endif
