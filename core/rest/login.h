/*
 * What all ways of coming in have in common: the limit on attempts, the session, the answer of
 * /login, accounts of people whom a directory vouches for. Runs on the request's thread.
 */
#ifndef PLATEN_REST_LOGIN_H
#define PLATEN_REST_LOGIN_H

#include "core/directory/directory.h"
#include "core/model/user_login.h"
#include "core/model/user_session.h"
#include "core/rest/rest.h"

/* Takes one of the attempts that the client's address has at passwords, codes and keys:
 * PLATEN_E_RATE_LIMITED, with Retry-After, when there is none left. */
platen_code login_attempt(rest_request *r, platen_error *err);
void login_attempt_good(rest_request *r); /* it was a good one: gives it back */

/* Lets `who` in: a session of its own (one that the browser had before ends), the cookie, and the
 * JSON answer {user, csrf, expires}. */
platen_code login_answer(rest_request *r, const user_record *who, user_entry entry, bool remember,
                         platen_error *err);

/* The account of somebody whom the directory vouches for, by password or by ticket: made at the
 * first login, else refreshed, with the role and the regions that the groups give.
 * PLATEN_E_UNAUTHENTICATED when they give no role; what the account had is then gone.
 * login_answer() comes next. */
platen_code login_person(rest_request *r, const directory_config *c, const directory_person *p,
                         user_record *out, platen_error *err);

/* After a failure: to the log, and to the owner when it locked the account. */
void login_failed(rest_request *r, const char *name, const user_outcome *out);

/* One password is hashed or checked in here: a few at a time. UNAVAILABLE when the wait is too
 * long; else leave afterwards. */
platen_code login_gate_enter(rest_request *r, platen_error *err);
void login_gate_leave(rest_request *r);

/* The `browser` of a session and the like: User-Agent without control characters, cut. */
const char *login_browser(rest_request *r);

#endif
