/*
 * A router over a fresh database of either kind, and who asks it: tests run once on SQLite and,
 * when there is one, once on PostgreSQL.
 */
#ifndef PLATEN_TESTS_REST_WORLD_H
#define PLATEN_TESTS_REST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/rest/rest_fixture.h"

typedef struct rest_world {
    rest_fixture rest;
    char admin[1024]; /* headers of a session, once rest_world_set_up() was there */
    void *database;   /* PostgreSQL's; NULL: SQLite */
} rest_world;

bool rest_world_is_pgsql(void);

/* Of the kind whose turn it is. Routes are added by whoever opens it. */
void rest_world_open(rest_world *w);
int rest_world_close(rest_world *w); /* for the end of a teardown */

/* Makes the administrator and logs in. */
void rest_world_set_up(rest_world *w);

/* Makes a token of the administrator's with this body; `header` is what to ask with. */
void rest_world_token(rest_world *w, const char *body, char *header, size_t size);

/* Asks "/api/v1<path>" as `who` and fails the test on another status. */
void rest_world_ask(rest_world *w, const char *who, int status, const char *method,
                    const char *path, const char *body, rest_reply *reply);
void rest_world_status(rest_world *w, const char *who, int status, const char *method,
                       const char *path, const char *body);

/* Runs `tests` with the group's setup and teardown (may be NULL) on both databases. */
int rest_world_run_both(const char *name, const struct CMUnitTest *tests, size_t count,
                        CMFixtureFunction setup, CMFixtureFunction teardown);

#endif
