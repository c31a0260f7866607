/*
 * Who asks: sessions by cookie, programs by token, agents by certificate; who may what. Sessions
 * and tokens are remembered for half a minute, so that a GET needs no database; a change of last
 * use is written once a minute. Thread-safe.
 */
#ifndef PLATEN_REST_ACCESS_H
#define PLATEN_REST_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/http/http.h"
#include "core/model/user_session.h"
#include "core/rest/rest.h"

#define ACCESS_COOKIE "platen_session"
#define ACCESS_COOKIE_RULES "; Path=/; HttpOnly; Secure; SameSite=Strict"
#define ACCESS_HASH 65
#define ACCESS_REGIONS USER_REGIONS_MAX /* of a user with some regions only */
#define ACCESS_FUNCTIONS 2048           /* bytes of their JSON */

typedef struct access_control access_control;

typedef enum access_way { ACCESS_NOBODY, ACCESS_SESSION, ACCESS_TOKEN, ACCESS_AGENT } access_way;

/* A copy that the request owns. */
typedef struct access_identity {
    access_way way;
    int64_t user;
    char name[USER_SHOWN_MAX + 1];
    char email[256];
    user_role role;
    bool all_functions;
    char functions[ACCESS_FUNCTIONS]; /* JSON array */
    bool all_regions;                 /* else only those of `regions` */
    int64_t regions[ACCESS_REGIONS];
    size_t region_count;
    char csrf[64];
    char hash[ACCESS_HASH]; /* of cookie or token: the key in the database */
    char agent[64];
    int64_t expires; /* 0: never */
    int64_t session; /* id of the session */
    int64_t idle_ms; /* the session ends when unused for so long; 0: does not */
} access_identity;

access_control *access_new(struct store *s);
void access_free(access_control *a);

/* Finds out who asks. ACCESS_NOBODY is no failure; a token that is not valid is: UNAUTHENTICATED,
 * or RATE_LIMITED for an address that tries many. A session that has ended is nobody. What a page
 * asks by itself (`passive`, or the header X-Platen-Background) is no sign of life of its user and
 * does not put off the automatic logout (ACC-42). */
platen_code access_identify(access_control *a, http_exchange *x, bool passive, access_identity *who,
                            platen_error *err);

/* Whether the session or token is still good and its rights are the same; no use of it, so that an
 * open stream does not keep somebody logged in. */
bool access_still(access_control *a, const access_identity *who);

/* Another number after each change of somebody's rights here: time to ask access_still(). */
uint64_t access_generation(const access_control *a);

/* May `who` use a route? UNAUTHENTICATED or FORBIDDEN when not. */
platen_code access_allows(const access_identity *who, const rest_route *route, platen_error *err);

/* Whether a device manager has that function. */
bool access_has_function(const access_identity *who, const char *function);

/* For changes by session: X-CSRF-Token must be the session's. */
platen_code access_check_csrf(const access_identity *who, http_exchange *x, platen_error *err);

/* Attempts at /login and /setup by address: RATE_LIMITED with the seconds to wait. */
platen_code access_attempt(access_control *a, const char *address, int *wait_s, platen_error *err);
void access_attempt_good(access_control *a, const char *address);

/* Hashing a password takes 20 MiB and a processor: a few at a time. UNAVAILABLE when the wait gets
 * too long; else leave afterwards. */
platen_code access_gate_enter(access_control *a, platen_error *err);
void access_gate_leave(access_control *a);

/* After a logout, the end of a token, or a change of a user (0: of all). */
void access_forget(access_control *a, const char *hash);
void access_forget_user(access_control *a, int64_t user);

/* The value of cookie `name` in a Cookie header; false when it has none or one over `size`. */
bool access_cookie(const char *header, const char *name, char *value, size_t size);

rest_access access_role(const access_identity *who);

#endif
