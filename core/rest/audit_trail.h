/*
 * The entry of the audit log for a request (ACC-96): who, from where, what, with what result,
 * before and after. It goes into the transaction of the request's first write; what writes nothing
 * gets it afterwards. The thread of the request, but for the write itself.
 */
#ifndef PLATEN_REST_AUDIT_TRAIL_H
#define PLATEN_REST_AUDIT_TRAIL_H

#include "core/base/strbuf.h"
#include "core/rest/rest.h"
#include "core/rest/schema.h"
#include "core/store/store.h"

#define TRAIL_SECRETS 16

typedef struct audit_trail {
    store_follower follower;
    bool silent;         /* nothing is told: it only reads */
    bool bodyless;       /* nothing of the body is told */
    const schema *rules; /* of the body; NULL: the route's */
    bool handled;        /* the handler was asked: the body is valid */
    const int64_t *id;   /* of what is being made: counts once it is not 0 */
    const char *object;
    const char *object_name;
    int64_t user; /* who it turned out to be */
    const char *user_name;
    const char *secrets[TRAIL_SECRETS];
    size_t secret_count;
    strbuf before; /* JSON; empty: null */
    strbuf after;
} audit_trail;

void trail_init(rest_request *r);
void trail_fini(rest_request *r);

/* From here to trail_stop() the writes of this thread carry the entry. */
void trail_begin(rest_request *r);
void trail_stop(rest_request *r);

/* When all is done, and the answer not sent: the entry of what wrote nothing or failed. */
void trail_end(rest_request *r, platen_code code);

/* JSON text of `value` with "***" for what `rules` call writeOnly, for the names in `secrets`
 * (`count` of them), and for what has a name that only secrets have. */
void trail_mask(strbuf *out, const schema *rules, const cJSON *value, const char *const *secrets,
                size_t count);

#endif
