/* /outbox */
#ifndef PLATEN_REST_OUTBOX_H
#define PLATEN_REST_OUTBOX_H

#include "core/rest/rest.h"

platen_code rest_outbox_add(rest *router, platen_error *err);

#endif
