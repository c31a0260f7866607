/* Routes that a plugin has registered (iface_http.c), for those who look at them all. */
#ifndef PLATEN_FEATURE_IFACE_HTTP_H
#define PLATEN_FEATURE_IFACE_HTTP_H

#include "core/feature/feature_private.h"

typedef struct http_route http_route;

/* Whether the plugin has a route or a page of this path below /api/v1 ("/hello/greetings"). */
bool http_route_taken(const feature_plugin *p, const char *method, const char *path);

#endif
