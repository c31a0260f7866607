/*
 * Versions of what is edited (RFC 9110, 8.8 and 13): an ETag is "<edited>.<bytes>". The first part
 * changes when somebody changes what PATCH or PUT of the same path can change, and If-Match looks
 * at it alone: a counter that moves by itself is no reason to refuse an edit. The second part
 * changes with every byte, and If-None-Match looks at both. Changes of one path take turns, so that
 * two cannot both pass the check.
 */
#ifndef PLATEN_REST_VERSION_H
#define PLATEN_REST_VERSION_H

#include "core/rest/rest.h"

typedef struct version_turns version_turns; /* whose turn it is; has its own lock */

version_turns *version_new(void); /* NULL: no memory */
void version_free(version_turns *t);

/* For PATCH, PUT and DELETE: waits for the path's turn, at most ten seconds (UNAVAILABLE). Leave on
 * every path once it returned PLATEN_OK. */
platen_code version_enter(rest_request *r, platen_error *err);
void version_leave(rest_request *r);

/* Looks at what GET of the path answers now and keeps it for the audit log; CONFLICT when it is
 * not what If-Match names. */
platen_code version_check(rest_request *r, platen_error *err);

/* Behind a PATCH: the answer gets the new ETag. */
void version_renew(rest_request *r);

/* The ETag of a GET's answer. `packed`: the bytes that go out are gzip's. */
void version_choose(rest_request *r, bool packed);

/* Whether a list of If-None-Match names `etag`, by weak comparison. */
bool version_names(const char *list, const char *etag);

#endif
