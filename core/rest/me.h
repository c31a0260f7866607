/* What the routes of the user's own data have in common with those of other people's. */
#ifndef PLATEN_REST_ME_H
#define PLATEN_REST_ME_H

#include "core/rest/rest.h"

/* FORBIDDEN unless a person asks in a session: a token changes nothing of how its owner logs in. */
platen_code me_by_session(rest_request *r, platen_error *err);

/* Asks for the own password once more, in `member` of the body: INVAL there when it is wrong, which
 * counts like a failed login. */
platen_code me_confirm_password(rest_request *r, const char *member, platen_error *err);

/* Answers {"items":[...]}: the sessions of `user` that have not ended. */
platen_code me_write_sessions(rest_request *r, int64_t user, platen_error *err);

#endif
