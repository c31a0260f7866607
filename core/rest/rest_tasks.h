/* Routes of tasks. */
#ifndef PLATEN_REST_TASKS_H
#define PLATEN_REST_TASKS_H

#include "core/rest/rest.h"

platen_code rest_tasks_add(rest *router, platen_error *err);

#endif
