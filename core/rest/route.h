/*
 * The table of routes as a tree of path segments. Built before the server starts, read-only and
 * so without a lock from then on.
 */
#ifndef PLATEN_REST_ROUTE_H
#define PLATEN_REST_ROUTE_H

#include "core/base/arena.h"
#include "core/base/strbuf.h"
#include "core/rest/rest.h"
#include "core/rest/schema.h"

#define ROUTE_PARAMS 4
#define ROUTE_DEPTH 12

typedef struct route_entry {
    const rest_route *route;
    schema *body; /* compiled; NULL: no body is described */
} route_entry;

typedef struct route_tree route_tree;

typedef struct route_match {
    const route_entry *entry;
    const route_entry *reader; /* GET of the same path, or NULL */
    const route_entry *editor; /* PATCH of the same path, else PUT, or NULL */
    bool holds;                /* the path with one parameter more has routes: it holds things */
    const char *names[ROUTE_PARAMS];
    const char *values[ROUTE_PARAMS]; /* decoded, of the arena */
    size_t count;
} route_match;

route_tree *route_new(void);
void route_free(route_tree *t);

/* Refuses undeclared access, bad paths, a method that is there already, schemas that do not
 * compile. */
platen_code route_add(route_tree *t, const rest_route *route, platen_error *err);

/* `path` is what stands behind /api/v1, percent-encoded. PLATEN_E_NOT_FOUND, or PLATEN_E_METHOD
 * with the methods that there are in `allow` ("GET, HEAD, POST"). HEAD finds GET. */
platen_code route_find(const route_tree *t, arena *a, const char *method, const char *path,
                       route_match *match, strbuf *allow, platen_error *err);

/* All entries in the order in which they were added. */
size_t route_count(const route_tree *t);
const route_entry *route_at(const route_tree *t, size_t index);

#endif
