/*
 * The inside of a request and of the router, for the files of this room. A request belongs to its
 * thread; the router is read-only while requests run, but for what its comments say.
 */
#ifndef PLATEN_REST_REQUEST_H
#define PLATEN_REST_REQUEST_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/strbuf.h"
#include "core/http/http.h"
#include "core/rest/access.h"
#include "core/rest/audit_trail.h"
#include "core/rest/count_cache.h"
#include "core/rest/forwarded.h"
#include "core/rest/list_index.h"
#include "core/rest/metrics.h"
#include "core/rest/query.h"
#include "core/rest/rest.h"
#include "core/rest/route.h"
#include "core/rest/services.h"
#include "core/rest/statics.h"
#include "core/rest/version.h"

#define REST_STATUS_SLOTS 6 /* 1xx to 5xx */

struct rest {
    services *services;
    route_tree *routes;
    access_control *access;
    statics *statics;
    metrics *metrics;
    count_cache *counts;           /* totals of lists; has its own lock */
    list_index_book *indexes;      /* of lists; has its own lock */
    version_turns *turns;          /* of changes of one path; has its own lock */
    struct limit *refusals;        /* that the audit log tells of, by user; has its own lock */
    forwarded *forwarded;          /* whom to believe about clients' addresses */
    _Atomic(http_server *) server; /* NULL until it runs */
    int64_t started;
    atomic_uint_fast64_t answers[REST_STATUS_SLOTS]; /* by hundreds of the status */
    atomic_uint_fast64_t sequence;                   /* of request ids */
    atomic_uint_fast64_t busy_us;                    /* time in handlers */
    pthread_mutex_t openapi_lock;                    /* openapi */
    char *openapi;                                   /* made at the first request */
};

typedef struct rest_fault rest_fault;
struct rest_fault {
    rest_fault *next;
    const char *pointer;
    const char *code;
    const char *text;
};

/* One change under way, in the list of version_turns. */
typedef struct version_turn version_turn;
struct version_turn {
    version_turn *next;
    const char *key; /* NULL: not in the list */
};

struct rest_request {
    rest *rest;
    http_exchange *exchange;
    const char *remote; /* the client's address, behind proxies too */
    arena *arena;
    const rest_route *route;
    route_match match;
    query query;
    cJSON *body;
    int64_t raw_left; /* bytes of a raw body that the handler has not read */
    rest_identity who;
    access_identity identity; /* what `who` points into */
    rest_regions regions;
    bool asked_regions; /* somebody looked at them: list builder, handler or router */
    strbuf out;         /* the answer's JSON */
    strbuf headers;     /* of the answer, "Name: value\r\n" */
    json_writer writer;
    int status;         /* 0: nothing answered yet */
    bool has_body;      /* the answer is in `out` */
    char version[64];   /* of what is edited; "" : from the answer's bytes */
    char etag[120];     /* with quotes; "" when none is set */
    version_turn turn;  /* while a change is under way */
    const char *before; /* what GET of the path answered before the change, or NULL */
    audit_trail trail;
    char id[24];
    rest_fault *faults;
    rest_fault **faults_end;
    const char *const *wanted; /* ?fields=, NULL: all */
    size_t wanted_count;
    bool wanted_read;
};

/* problem.c: the answer for a failure, with errors[] of the request. */
void problem_answer(rest_request *r, platen_code code, const platen_error *err);
/* The JSON of a problem; `r` may be NULL. */
void problem_write(strbuf *out, rest_request *r, int status, const char *word, const char *detail);

/* body.c: reads, unpacks, parses and validates the body. */
platen_code body_take(rest_request *r, const route_entry *entry, platen_error *err);

/* openapi.c */
platen_code openapi_text(rest *r, const char **text, platen_error *err); /* borrowed for ever */

/* Routes of this room's own resources, a table a file. */
extern const rest_route rest_setup_routes[];
extern const size_t rest_setup_route_count;
extern const rest_route rest_login_routes[];
extern const size_t rest_login_route_count;
extern const rest_route rest_me_routes[];
extern const size_t rest_me_route_count;
extern const rest_route rest_factor_routes[];
extern const size_t rest_factor_route_count;
extern const rest_route rest_users_routes[];
extern const size_t rest_users_route_count;
extern const rest_route rest_tokens_routes[];
extern const size_t rest_tokens_route_count;
extern const rest_route rest_system_routes[];
extern const size_t rest_system_route_count;
extern const rest_route rest_events_routes[];
extern const size_t rest_events_route_count;

rest *rest_of(rest_request *r);

#endif
