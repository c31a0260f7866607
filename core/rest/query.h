/* Percent-encoding and query strings. Pure functions over hostile bytes. */
#ifndef PLATEN_REST_QUERY_H
#define PLATEN_REST_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/error.h"

#define QUERY_MAX 128 /* parameters of a request */

typedef struct query_pair {
    const char *name;
    const char *value;
} query_pair;

typedef struct query {
    query_pair *pairs; /* of the arena */
    size_t count;
} query;

/* Decodes `length` bytes into the arena. NULL for a bad escape, NUL or other control characters,
 * invalid UTF-8, or no memory. `plus`: '+' is a space (queries, not paths). */
char *query_decode(arena *a, const char *text, size_t length, bool plus);

platen_code query_parse(arena *a, const char *text, query *out, platen_error *err);
const char *query_first(const query *q, const char *name); /* NULL when absent */

#endif
