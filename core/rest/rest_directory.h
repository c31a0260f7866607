/* Routes of logging in by a directory: its preferences, trying them, single sign-on. */
#ifndef PLATEN_REST_DIRECTORY_H
#define PLATEN_REST_DIRECTORY_H

#include "core/rest/rest.h"

platen_code rest_directory_add(rest *router, platen_error *err);

#endif
