/* GET /pages: the pages of plugins that somebody may see. */
#ifndef PLATEN_FEATURE_REST_PAGES_H
#define PLATEN_FEATURE_REST_PAGES_H

#include "core/rest/rest.h"

platen_code rest_pages_add(rest *router, platen_error *err);

#endif
