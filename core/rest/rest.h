/*
 * The REST surface: routes, requests, answers. A file a resource (rest_devices.c, ...) registers a
 * table of routes; this module authenticates, authorises, parses, validates, answers and documents
 * (openapi.json is generated from the tables). A route that does not declare its
 * access and what it does about regions does not register.
 *
 * Handlers run on civetweb's threads, one request a thread, and never wait for a device.
 */
#ifndef PLATEN_REST_H
#define PLATEN_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include "core/model/region.h"

struct services; /* core/rest/services.h: store, key, engine, events, ... */

typedef struct rest rest;                 /* the router */
typedef struct rest_request rest_request; /* valid during the handler */

typedef enum rest_access {
    REST_UNDECLARED = 0, /* refused at registration */
    REST_PUBLIC,         /* nobody needs to be logged in */
    REST_USER,           /* any role; device managers only with `function`, where one is named */
    REST_DEVICE_MANAGER, /* device managers that have `function`, and system managers */
    REST_SYSTEM_MANAGER,
    REST_AGENT, /* an agent, by its TLS client certificate */
} rest_access;

/* What a route does about regions (ACC-69): decided here, not in the handler's good will. */
typedef enum rest_region {
    REST_REGION_UNDECLARED = 0, /* refused at registration */
    REST_REGION_NONE,           /* the resource has nothing to do with regions */
    REST_REGION_ALL,            /* it reaches every region: 403 for who has only some */
    REST_REGION_DEVICE, /* {id} is a device: 404 by the router when it is not of the regions */
    REST_REGION_LIST,   /* a list whose source names its region column: in the SQL */
    REST_REGION_OWN,    /* the handler scopes by rest_regions(); not asking is a 500 */
} rest_region;

#define REST_STREAM 1u     /* answers with rest_stream_...(): no limit on the answer's time */
#define REST_NO_BODY 2u    /* a body is refused */
#define REST_NO_CSRF 4u    /* before a session exists: /login, /setup */
#define REST_LARGE_BODY 8u /* up to 64 MiB instead of 1 MiB */
#define REST_NO_AUDIT 16u  /* a machine's own traffic (agents): not in the audit log */
/* What it writes first is not yet what was asked for (a login counts its failures): see
 * rest_audit_now(). */
#define REST_AUDIT_HELD 32u
#define REST_PASSIVE 64u     /* pages ask by themselves: does not put off the automatic logout */
#define REST_SMALL_BODY 128u /* up to 64 KiB: nobody needs to be logged in to send one */
/* Octets, up to 8 MiB, which the handler reads with rest_body_read(). */
#define REST_RAW_BODY 256u
#define REST_FILE_BODY 1024u /* JSON of up to 12 MiB: there may be files in it, as base64 */
#define REST_KEPT 512u       /* browsers keep the answer and ask whether it is still the same */

typedef struct rest_route {
    const char *method; /* "GET", "POST", "PATCH", "PUT", "DELETE" */
    const char *path;   /* below /api/v1: "/devices/{id}" */
    rest_access access;
    const char *function; /* what a device manager needs for it ("devices", core/rest/function.h),
                             or NULL: nothing more; never NULL with REST_DEVICE_MANAGER */
    rest_region region;
    unsigned flags;
    platen_code (*handle)(rest_request *r, platen_error *err);
    const char *summary; /* one sentence for openapi.json */
    const char *body;    /* JSON Schema (text) of the body, NULL when there is none. The router
                            validates: unknown members, wrong types, missing, ranges, patterns */
    const char *answer;  /* JSON Schema of the 2xx answer or NULL */
} rest_route;

/* Registers `count` routes; the array must live as long as the router. */
platen_code rest_add(rest *r, const rest_route *routes, size_t count, platen_error *err);

/* Whether there are routes below "/name" (or of that path). */
bool rest_has(const rest *r, const char *name);

/* ---- the request ---- */

struct services *rest_services(rest_request *r);
arena *rest_arena(rest_request *r);
const char *rest_param(rest_request *r, const char *name); /* of the path; never NULL */
platen_code rest_param_id(rest_request *r, const char *name, int64_t *id,
                          platen_error *err);              /* not a number: PLATEN_E_NOT_FOUND */
const char *rest_query(rest_request *r, const char *name); /* first value or NULL, decoded */
size_t rest_query_all(rest_request *r, const char *name, const char **values, size_t capacity);
const cJSON *rest_body(rest_request *r); /* validated; NULL without a body */
/* With REST_RAW_BODY: how long it is, and the next bytes of it; 0 at its end, -1 when the client is
 * gone. */
int64_t rest_body_length(rest_request *r);
int rest_body_read(rest_request *r, void *buffer, size_t length);
const char *rest_header(rest_request *r, const char *name); /* NULL when absent */
const char *rest_remote(rest_request *r);                   /* the client's address as text */
/* The language of who reads: the first in Accept-Language that there are words in, else "en". */
const char *rest_language(rest_request *r);

typedef struct rest_identity {
    int64_t user;      /* id, 0 for a token without a user or an agent */
    const char *name;  /* shown in the audit log */
    rest_access role;  /* REST_USER, REST_DEVICE_MANAGER, REST_SYSTEM_MANAGER, REST_AGENT */
    const char *agent; /* the agent's id when role is REST_AGENT, else "" */
} rest_identity;
const rest_identity *rest_who(rest_request *r);
/* The route that is being handled: the one that was registered, for tables that hold more. */
const rest_route *rest_route_of(rest_request *r);

/* Whether the asking one has the role and function that a route with these would need:
 * PLATEN_E_FORBIDDEN when not. */
platen_code rest_may(rest_request *r, rest_access access, const char *function, platen_error *err);

/* The regions whose devices the asking one may see and change (ACC-69). Borrowed. */
typedef region_set rest_regions;
const rest_regions *rest_regions_of(rest_request *r);
/* Whether `region` (0: a device of no region) is among them. */
bool rest_in_regions(rest_request *r, int64_t region);
/* Whether a device is of them; PLATEN_E_NOT_FOUND, as if there were none, when it is not. */
platen_code rest_device_region(rest_request *r, int64_t device, platen_error *err);

/* The DER of the client certificate (agents), or NULL. */
const void *rest_client_certificate(rest_request *r, size_t *length);

/* ---- the answer ---- */

/* Starts a JSON answer; the handler writes one value into the writer and returns PLATEN_OK. The
 * router adds length, ETag, gzip and `Cache-Control: no-store`. */
json_writer *rest_json(rest_request *r, int status);
void rest_empty(rest_request *r, int status); /* 204, or 202 without a body */
/* An answer of another type: the same, but for the bytes; copied. Browsers save it, they never show
 * it as a page of this site. `filename` (or NULL) is a plain name. */
platen_code rest_bytes(rest_request *r, int status, const char *type, const char *filename,
                       const void *data, size_t length, platen_error *err);
void rest_answer_header(rest_request *r, const char *name, const char *value); /* copied */

/* Adds to errors[] of the problem answer: the handler then returns PLATEN_E_INVAL. */
void rest_invalid(rest_request *r, const char *pointer, const char *code, const char *text);

/*
 * In a handler of GET: names the version of what people edit here, when the router cannot know it.
 * By itself it takes the members of the answer that PATCH or PUT of the same path has in its
 * schema, so that a counter that moves by itself makes no new version. The router checks If-Match
 * (412) and adds the ETag; handlers do not.
 */
void rest_etag(rest_request *r, const char *version);

/*
 * The audit log (ACC-96). For every route but GET the router writes the entry by itself, in the
 * transaction of the handler's first store_write() that succeeds: category, action, object (what
 * the path names), object_name (member "name"), before (what GET of the path answers, the members
 * that the body names), after (the body). Members that the body's schema calls "writeOnly" are
 * "***". A request that writes nothing, or fails, is told afterwards. Handlers only add what cannot
 * be known. Texts are copied.
 */
void rest_audit_object(rest_request *r, const char *id, const char *name); /* NULL: as it is */
/* Of what a POST makes: read while the entry is written, right behind the function that was handed
 * to store_write(); it counts once it is not 0. Call it before the write. */
void rest_audit_made(rest_request *r, const int64_t *id);
/* Who it turned out to be, where nobody is logged in yet. */
void rest_audit_user(rest_request *r, int64_t id, const char *name);
/* With REST_AUDIT_HELD: from here on a write means success and carries the entry. */
void rest_audit_now(rest_request *r);
/* More members of the body that are secret, wherever they stand; NULL at the end; must live as long
 * as the process. */
void rest_audit_secrets(rest_request *r, const char *const *names);

/* A POST that only reads: nothing of it is in the log. Before any write. */
void rest_audit_none(rest_request *r);
/* The schema of the body, where the route has none: what it calls writeOnly is "***". Before any
 * write; must live as long as the request. */
struct schema;
void rest_audit_rules(rest_request *r, const struct schema *rules);

/* Nobody knows what is secret in this body: nothing of it is in the entry. */
void rest_audit_no_body(rest_request *r);

/* Streams (REST_STREAM): status 200, chunked; false when the client is gone. */
bool rest_stream_begin(rest_request *r, const char *content_type);
bool rest_stream_write(rest_request *r, const void *data, size_t length);
bool rest_wants_ndjson(rest_request *r); /* Accept: application/x-ndjson */

/* ---- set-up, by manager.c ---- */

struct http_exchange;
struct http_server;

typedef struct rest_options {
    struct services *services;
    const char *web_dir; /* folder of the built pages, NULL or missing: none are served */
} rest_options;

/* With the routes of access, system, events, openapi; the other resources add theirs before the
 * server starts. The core's and the access tables are there already; the indexes of lists are made
 * here. */
platen_code rest_new(const rest_options *options, rest **out, platen_error *err);
void rest_free(rest *r);

/* The handler of http_options; `user` is the rest. */
void rest_serve(struct http_exchange *x, void *user);

/* For /metrics and /healthz: connections and so on; after http_server_start(). */
void rest_set_server(rest *r, struct http_server *server);

#endif
