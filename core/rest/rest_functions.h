/* /functions, /publishers: what is installed, what is on its way, whose packages are taken. */
#ifndef PLATEN_REST_FUNCTIONS_H
#define PLATEN_REST_FUNCTIONS_H

#include "core/rest/rest.h"

struct events;
struct installer;

platen_code rest_functions_add(rest *router, platen_error *err);
platen_code rest_uploads_add(rest *router, platen_error *err);
platen_code rest_publishers_add(rest *router, platen_error *err);

/* The event "function" for the pages: the state of the installation that is under way. Any
 * thread. */
void rest_functions_news(struct events *to, struct installer *of);

#endif
