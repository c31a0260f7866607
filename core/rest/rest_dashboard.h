/* Routes of dashboard. */
#ifndef PLATEN_REST_DASHBOARD_H
#define PLATEN_REST_DASHBOARD_H

#include "core/rest/rest.h"

platen_code rest_dashboard_add(rest *router, platen_error *err);

#endif
