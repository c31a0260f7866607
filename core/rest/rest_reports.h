/* Routes of reports. */
#ifndef PLATEN_REST_REST_REPORTS_H
#define PLATEN_REST_REST_REPORTS_H

#include "core/rest/rest.h"

platen_code rest_reports_add(rest *router, platen_error *err);

#endif
