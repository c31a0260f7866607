/* /devices */
#ifndef PLATEN_REST_DEVICES_H
#define PLATEN_REST_DEVICES_H

#include "core/rest/rest.h"

platen_code rest_devices_add(rest *router, platen_error *err);

#endif
