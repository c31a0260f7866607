/* Routes of preferences (PRF-01 to PRF-03): every group that a room brings, in one resource. */
#ifndef PLATEN_REST_PREFERENCES_H
#define PLATEN_REST_PREFERENCES_H

#include "core/model/preference.h"
#include "core/rest/rest.h"

/* The routes, with the core's own groups. */
platen_code rest_preferences_add(rest *router, platen_error *err);

/*
 * One more group, before the server starts; `g` must live as long as the process. `check` (may be
 * NULL) looks at changes that fit the schema and says rest_invalid() what is wrong with them;
 * `changed` (may be NULL) is called after a change has been committed, on the request's thread.
 */
typedef struct preference_hooks {
    platen_code (*check)(rest_request *r, const cJSON *changes, platen_error *err);
    void (*changed)(struct services *s);
} preference_hooks;
platen_code rest_preferences_group(const preference_group *g, const preference_hooks *hooks,
                                   platen_error *err);

#endif
