/* Pages that a plugin has registered (iface_page.c), for the files that look at its paths. */
#ifndef PLATEN_FEATURE_IFACE_PAGE_H
#define PLATEN_FEATURE_IFACE_PAGE_H

#include "core/feature/feature_private.h"
#include "core/feature/page.h"
#include "core/rest/route.h"

/* Whether a page of the plugin answers GET at this path below /api/v1. */
bool page_path_taken(const feature_plugin *p, const char *path);

/* The routes of all pages of the plugin on `trial`, whose texts must live as long. */
platen_code page_routes_try(const feature_plugin *p, route_tree *trial, platen_error *err);

/* The pages in the order in which they came; NULL behind the last. */
const page *feature_page_at(const feature_plugin *p, size_t index);

#endif
