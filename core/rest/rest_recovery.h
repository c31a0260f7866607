/* The recovery of runs (TSK-52 to TSK-54). */
#ifndef PLATEN_REST_RECOVERY_H
#define PLATEN_REST_RECOVERY_H

#include "core/rest/rest.h"

platen_code rest_recovery_add(rest *router, platen_error *err);

#endif
