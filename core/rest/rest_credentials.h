/* /device-credentials */
#ifndef PLATEN_REST_CREDENTIALS_H
#define PLATEN_REST_CREDENTIALS_H

#include "core/rest/rest.h"

platen_code rest_credentials_add(rest *router, platen_error *err);

#endif
