/* /webhooks */
#ifndef PLATEN_REST_WEBHOOKS_H
#define PLATEN_REST_WEBHOOKS_H

#include "core/rest/rest.h"

platen_code rest_webhooks_add(rest *router, platen_error *err);

#endif
