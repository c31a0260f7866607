/* Routes of runs. */
#ifndef PLATEN_REST_RUNS_H
#define PLATEN_REST_RUNS_H

#include "core/rest/rest.h"

platen_code rest_runs_add(rest *router, platen_error *err);

#endif
