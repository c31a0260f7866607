/*
 * The router: from an exchange to a handler and its answer. Routes are added before the server
 * starts; afterwards everything here is read-only but counters.
 */
#include "core/rest/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/conf/conf.h"
#include "core/http/compress.h"
#include "core/model/region_row.h"
#include "core/rest/limit.h"
#include "core/rest/request.h"

#define LOG_SOURCE "rest"
#define BASE "/api/v1"
#define GZIP_FROM 1024u
#define REFUSALS 20 /* of one user that the audit log tells of at once, then one in REFUSAL_MS */
#define REFUSAL_MS 3000
#define NO_STORE "Cache-Control: no-store\r\n"
#define KEPT "Cache-Control: private, no-cache\r\n"

/* ---- the router ---- */

platen_code rest_add(rest *r, const rest_route *routes, size_t count, platen_error *err)
{
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(route_add(r->routes, &routes[i], err));
    }
    return PLATEN_OK;
}

bool rest_has(const rest *r, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < route_count(r->routes); i++) {
        const char *path = route_at(r->routes, i)->route->path + 1;
        if (strncmp(path, name, length) == 0 && (path[length] == '/' || path[length] == '\0')) {
            return true;
        }
    }
    return false;
}

static platen_code add_own(rest *r, platen_error *err)
{
    const struct {
        const rest_route *routes;
        size_t count;
    } own[] = {
        {rest_setup_routes, rest_setup_route_count},
        {rest_login_routes, rest_login_route_count},
        {rest_me_routes, rest_me_route_count},
        {rest_factor_routes, rest_factor_route_count},
        {rest_users_routes, rest_users_route_count},
        {rest_tokens_routes, rest_tokens_route_count},
        {rest_system_routes, rest_system_route_count},
        {rest_events_routes, rest_events_route_count},
    };
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        PLATEN_TRY(rest_add(r, own[i].routes, own[i].count, err));
    }
    return PLATEN_OK;
}

/* Without a configuration (tests) nobody is believed. */
static platen_code believe_proxies(rest *r, platen_error *err)
{
    const conf *c = r->services->conf;
    if (c == NULL) {
        return PLATEN_OK;
    }
    bool standard = strcmp(conf_text(c, "http", "proxy_header"), "forwarded") == 0;
    return forwarded_new(conf_text(c, "http", "trusted_proxies"), standard, &r->forwarded, err);
}

platen_code rest_new(const rest_options *options, rest **out, platen_error *err)
{
    rest *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the router");
    }
    (void)pthread_mutex_init(&r->openapi_lock, NULL);
    r->services = options->services;
    r->started = clock_mono();
    r->routes = route_new();
    r->access = access_new(options->services->store);
    r->metrics = metrics_new();
    r->counts = count_cache_new();
    r->indexes = list_index_new();
    r->turns = version_new();
    r->refusals = limit_new(REFUSALS, REFUSAL_MS);
    platen_code code = statics_new(options->web_dir, &r->statics, err);
    if (code == PLATEN_OK &&
        (r->routes == NULL || r->access == NULL || r->metrics == NULL || r->counts == NULL ||
         r->indexes == NULL || r->turns == NULL || r->refusals == NULL)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for the router");
    }
    if (code == PLATEN_OK) {
        code = believe_proxies(r, err);
    }
    if (code == PLATEN_OK) {
        code = add_own(r, err);
    }
    if (code != PLATEN_OK) {
        rest_free(r);
        return code;
    }
    *out = r;
    return PLATEN_OK;
}

void rest_free(rest *r)
{
    if (r == NULL) {
        return;
    }
    route_free(r->routes);
    access_free(r->access);
    statics_free(r->statics);
    metrics_free(r->metrics);
    count_cache_free(r->counts);
    list_index_free(r->indexes);
    version_free(r->turns);
    limit_free(r->refusals);
    forwarded_free(r->forwarded);
    (void)pthread_mutex_destroy(&r->openapi_lock);
    free(r->openapi);
    free(r);
}

void rest_set_server(rest *r, http_server *server)
{
    atomic_store(&r->server, server);
}

/* ---- what handlers ask ---- */

rest *rest_of(rest_request *r)
{
    return r->rest;
}

struct services *rest_services(rest_request *r)
{
    return r->rest->services;
}

arena *rest_arena(rest_request *r)
{
    return r->arena;
}

const char *rest_param(rest_request *r, const char *name)
{
    for (size_t i = 0; i < r->match.count; i++) {
        if (strcmp(r->match.names[i], name) == 0) {
            return r->match.values[i];
        }
    }
    return "";
}

platen_code rest_param_id(rest_request *r, const char *name, int64_t *id, platen_error *err)
{
    const char *text = rest_param(r, name);
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no '%.64s'", text);
    }
    *id = strtoll(text, NULL, 10);
    return PLATEN_OK;
}

const char *rest_query(rest_request *r, const char *name)
{
    return query_first(&r->query, name);
}

size_t rest_query_all(rest_request *r, const char *name, const char **values, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < r->query.count && count < capacity; i++) {
        if (strcmp(r->query.pairs[i].name, name) == 0) {
            values[count++] = r->query.pairs[i].value;
        }
    }
    return count;
}

const cJSON *rest_body(rest_request *r)
{
    return r->body;
}

const char *rest_header(rest_request *r, const char *name)
{
    return http_header(r->exchange, name);
}

const char *rest_remote(rest_request *r)
{
    return r->remote;
}

const rest_identity *rest_who(rest_request *r)
{
    return &r->who;
}

platen_code rest_may(rest_request *r, rest_access access, const char *function, platen_error *err)
{
    const rest_route wanted = {.access = access, .function = function, .region = REST_REGION_NONE};
    return access_allows(&r->identity, &wanted, err);
}

const rest_route *rest_route_of(rest_request *r)
{
    return r->route;
}

const rest_regions *rest_regions_of(rest_request *r)
{
    r->asked_regions = true;
    return &r->regions;
}

bool rest_in_regions(rest_request *r, int64_t region)
{
    return region_set_has(rest_regions_of(r), region);
}

platen_code rest_device_region(rest_request *r, int64_t device, platen_error *err)
{
    store_conn *conn = NULL;
    int64_t region = 0;
    if (rest_regions_of(r)->all) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code code = region_of_device(conn, device, &region, err);
    store_read_end(conn);
    PLATEN_TRY(code);
    return rest_in_regions(r, region)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no device %lld", (long long)device);
}

const void *rest_client_certificate(rest_request *r, size_t *length)
{
    return r->exchange->transport->certificate(r->exchange, length);
}

/* ---- what handlers answer ---- */

json_writer *rest_json(rest_request *r, int status)
{
    strbuf_clear(&r->out);
    json_init(&r->writer, &r->out);
    r->status = status;
    r->has_body = true;
    return &r->writer;
}

void rest_empty(rest_request *r, int status)
{
    strbuf_clear(&r->out);
    r->status = status;
    r->has_body = false;
}

platen_code rest_bytes(rest_request *r, int status, const char *type, const char *filename,
                       const void *data, size_t length, platen_error *err)
{
    char disposition[160];
    (void)snprintf(disposition, sizeof(disposition),
                   filename != NULL ? "attachment; filename=\"%.100s\"" : "attachment%s",
                   filename != NULL ? filename : "");
    rest_answer_header(r, "Content-Disposition", disposition);
    rest_answer_header(r, "Content-Type", type);
    strbuf_clear(&r->out);
    strbuf_append_n(&r->out, data, length);
    r->status = status;
    r->has_body = true;
    return r->out.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for %zu bytes", length)
                         : PLATEN_OK;
}

void rest_answer_header(rest_request *r, const char *name, const char *value)
{
    /* A line break in a value would end the header and begin another. */
    if (strpbrk(name, "\r\n:") == NULL && strpbrk(value, "\r\n") == NULL) {
        strbuf_appendf(&r->headers, "%s: %s\r\n", name, value);
    }
}

void rest_invalid(rest_request *r, const char *pointer, const char *code, const char *text)
{
    rest_fault *f = arena_alloc(r->arena, sizeof(*f));
    if (f == NULL) {
        return;
    }
    f->pointer = arena_dup(r->arena, pointer);
    f->code = arena_dup(r->arena, code);
    f->text = arena_dup(r->arena, text);
    if (f->pointer != NULL && f->code != NULL && f->text != NULL) {
        *r->faults_end = f;
        r->faults_end = &f->next;
    }
}

void rest_etag(rest_request *r, const char *version)
{
    (void)snprintf(r->version, sizeof(r->version), "%s", version);
    r->version[strcspn(r->version, "\".\r\n")] = '\0'; /* what has a meaning in an ETag */
}

bool rest_wants_ndjson(rest_request *r)
{
    const char *accept = rest_header(r, "Accept");
    return accept != NULL && strstr(accept, "application/x-ndjson") != NULL;
}

/* A route that is about regions, and nobody has looked at those of who asks: nothing goes out. */
static platen_code region_asked(const rest_request *r, platen_error *err)
{
    bool needed = r->route->region == REST_REGION_LIST || r->route->region == REST_REGION_OWN;
    if (!needed || r->asked_regions || r->regions.all) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_INTERNAL, "%s %s does not look at regions", r->route->method,
                     r->route->path);
}

bool rest_stream_begin(rest_request *r, const char *content_type)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    platen_code asked = region_asked(r, &trouble);
    if (asked != PLATEN_OK) {
        problem_answer(r, asked, &trouble);
        return false;
    }
    rest_answer_header(r, "Content-Type", content_type);
    strbuf_append(&r->headers, NO_STORE "X-Accel-Buffering: no\r\n");
    if (r->headers.failed || strcmp(r->exchange->method, "HEAD") == 0) {
        r->status = 200;
        (void)http_answer(r->exchange, 200, r->headers.failed ? "" : r->headers.data, NULL, 0);
        return false;
    }
    if (http_stream_begin(r->exchange, r->headers.data)) {
        r->status = 200;
        return true;
    }
    if (r->exchange->status == 0) { /* nothing was sent: the bound on streams */
        platen_error err = PLATEN_ERROR_INIT;
        strbuf_clear(&r->headers);
        rest_answer_header(r, "X-Request-Id", r->id);
        rest_answer_header(r, "Retry-After", "10");
        platen_code code =
            error_set(&err, PLATEN_E_UNAVAILABLE, "too many streams are open, try again later");
        problem_answer(r, code, &err);
    }
    return false;
}

bool rest_stream_write(rest_request *r, const void *data, size_t length)
{
    return http_stream_write(r->exchange, data, length);
}

/* ---- answering ---- */

static void answer_body(rest_request *r)
{
    http_exchange *x = r->exchange;
    const char *match = http_header(x, "If-None-Match");
    bool pack =
        r->out.length > GZIP_FROM && compress_accepts(http_header(x, "Accept-Encoding"), "gzip");
    version_choose(r, pack);
    if (r->etag[0] != '\0') {
        rest_answer_header(r, "ETag", r->etag);
    }
    strbuf_append(&r->headers, (r->route->flags & REST_KEPT) != 0 ? KEPT : NO_STORE);
    strbuf_append(&r->headers, "Vary: Accept-Encoding\r\n");
    if (match != NULL && strcmp(r->route->method, "GET") == 0 && r->etag[0] != '\0' &&
        version_names(match, r->etag)) {
        (void)http_answer(x, 304, r->headers.failed ? "" : r->headers.data, NULL, 0);
        return;
    }
    if (strstr(r->headers.data, "Content-Type:") == NULL) {
        rest_answer_header(r, "Content-Type", "application/json");
    }
    strbuf packed;
    strbuf_init(&packed);
    const strbuf *body = &r->out;
    if (pack && compress_gzip(r->out.data, r->out.length, &packed, NULL) == PLATEN_OK &&
        !packed.failed) {
        rest_answer_header(r, "Content-Encoding", "gzip");
        body = &packed;
    }
    if (r->headers.failed) {
        (void)http_answer(x, 503, "", NULL, 0);
    } else {
        (void)http_answer(x, r->status, r->headers.data, body->data, body->length);
    }
    strbuf_fini(&packed);
}

static void answer(rest_request *r, platen_code code, const platen_error *err)
{
    http_exchange *x = r->exchange;
    if (x->streaming) {
        http_stream_end(x, code == PLATEN_OK);
        return;
    }
    if (x->status != 0) { /* a stream that could not begin has answered already */
        return;
    }
    if (code == PLATEN_OK && r->out.failed) {
        platen_error trouble = PLATEN_ERROR_INIT;
        problem_answer(r, error_set(&trouble, PLATEN_E_NOMEM, "no memory for the answer"),
                       &trouble);
    } else if (code != PLATEN_OK) {
        problem_answer(r, code, err);
    } else if (r->has_body) {
        answer_body(r);
    } else {
        if (r->etag[0] != '\0') {
            rest_answer_header(r, "ETag", r->etag);
        }
        strbuf_append(&r->headers, NO_STORE);
        (void)http_answer(x, r->status != 0 ? r->status : 204,
                          r->headers.failed ? "" : r->headers.data, NULL, 0);
    }
}

/* ---- handling ---- */

/* A page of another site must not change anything, whatever cookies the browser sends along; nor
 * one of the same site, which is any other port and service of this host. */
static platen_code check_origin(http_exchange *x, platen_error *err)
{
    const char *site = http_header(x, "Sec-Fetch-Site");
    if (site != NULL && (strcmp(site, "cross-site") == 0 || strcmp(site, "same-site") == 0)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "changes from pages of other sites are refused");
    }
    return PLATEN_OK;
}

static platen_code authorise(rest_request *r, platen_error *err)
{
    bool reading = strcmp(r->route->method, "GET") == 0;
    access_identity *who = &r->identity;
    bool passive = (r->route->flags & REST_PASSIVE) != 0;
    platen_code code = access_identify(r->rest->access, r->exchange, passive, who, err);
    if (code != PLATEN_OK && r->route->access == REST_PUBLIC) { /* a stale token does not matter */
        memset(who, 0, sizeof(*who));
        code = PLATEN_OK;
    }
    PLATEN_TRY(code);
    r->who.user = who->user;
    r->who.name = who->name;
    r->who.role = access_role(who);
    r->who.agent = who->agent;
    r->regions = (rest_regions){who->all_regions, who->regions, who->region_count};
    PLATEN_TRY(access_allows(who, r->route, err));
    if (!reading) {
        PLATEN_TRY(check_origin(r->exchange, err));
        if ((r->route->flags & REST_NO_CSRF) == 0) {
            PLATEN_TRY(access_check_csrf(who, r->exchange, err));
        }
    }
    return PLATEN_OK;
}

/* A device of another region is not there for who asks (ACC-69). */
static platen_code region_check(rest_request *r, platen_error *err)
{
    int64_t device = 0;
    if (r->route->region != REST_REGION_DEVICE || r->regions.all) {
        return PLATEN_OK;
    }
    PLATEN_TRY(rest_param_id(r, "id", &device, err));
    return rest_device_region(r, device, err);
}

/* Nobody else changes the same meanwhile. */
static platen_code act(rest_request *r, platen_error *err)
{
    PLATEN_TRY(version_check(r, err));
    trail_begin(r);
    platen_code code = r->route->handle(r, err);
    trail_stop(r);
    PLATEN_TRY(code);
    PLATEN_TRY(region_asked(r, err));
    version_renew(r);
    return PLATEN_OK;
}

static platen_code handle(rest_request *r, const char *path, platen_error *err)
{
    strbuf allow;
    strbuf_init(&allow);
    platen_code code =
        route_find(r->rest->routes, r->arena, r->exchange->method, path, &r->match, &allow, err);
    if (code == PLATEN_E_METHOD && !allow.failed) {
        rest_answer_header(r, "Allow", allow.data);
    }
    strbuf_fini(&allow);
    PLATEN_TRY(code);
    r->route = r->match.entry->route;
    PLATEN_TRY(query_parse(r->arena, r->exchange->query, &r->query, err));
    PLATEN_TRY(authorise(r, err));
    PLATEN_TRY(region_check(r, err));
    PLATEN_TRY(body_take(r, r->match.entry, err));
    PLATEN_TRY(version_enter(r, err));
    code = act(r, err);
    version_leave(r);
    return code;
}

static void serve_api(rest *router, http_exchange *x, const char *path)
{
    platen_error err = PLATEN_ERROR_INIT;
    rest_request r = {.rest = router, .exchange = x};
    r.faults_end = &r.faults;
    r.arena = arena_new();
    r.remote = r.arena != NULL ? forwarded_client(router->forwarded, x, r.arena) : x->remote;
    strbuf_init(&r.out);
    strbuf_init(&r.headers);
    trail_init(&r);
    (void)snprintf(r.id, sizeof(r.id), "%llx-%llx", (unsigned long long)router->started,
                   (unsigned long long)atomic_fetch_add(&router->sequence, 1) + 1);
    rest_answer_header(&r, "X-Request-Id", r.id);
    platen_code code = r.arena == NULL
                           ? error_set(&err, PLATEN_E_NOMEM, "no memory for the request")
                           : handle(&r, path, &err);
    /* What has not been read of a body would be taken for the next request. */
    if (code != PLATEN_OK && r.body == NULL && x->body_length > 0) {
        x->close = true;
    }
    trail_end(&r, code);
    answer(&r, code, &err);
    trail_fini(&r);
    cJSON_Delete(r.body);
    strbuf_fini(&r.headers);
    strbuf_fini(&r.out);
    arena_free(r.arena);
}

/* A new version is tried: whoever asks now asks again. */
static void serve_maintenance(http_exchange *x)
{
    strbuf out;
    strbuf_init(&out);
    x->close = true;
    problem_write(&out, NULL, 503, "maintenance", "a new version is being installed");
    (void)http_answer(x, 503,
                      "Content-Type: application/problem+json\r\nRetry-After: 5\r\n" NO_STORE,
                      out.data, out.failed ? 0 : out.length);
    strbuf_fini(&out);
}

void rest_serve(http_exchange *x, void *user)
{
    rest *r = user;
    int64_t began = clock_mono_us();
    size_t base = strlen(BASE);
    if (r->services->maintenance && strcmp(x->path, "/healthz") != 0) {
        serve_maintenance(x);
    } else if (strncmp(x->path, BASE, base) == 0 &&
               (x->path[base] == '/' || x->path[base] == '\0')) {
        serve_api(r, x, x->path + base);
    } else if (strcmp(x->path, "/healthz") == 0 || strcmp(x->path, "/metrics") == 0 ||
               strcmp(x->path, "/openapi.json") == 0) {
        serve_api(r, x, x->path);
    } else {
        statics_answer(r->statics, x);
    }
    int slot = x->status / 100;
    atomic_fetch_add(&r->answers[slot > 0 && slot < REST_STATUS_SLOTS ? slot : 5], 1);
    atomic_fetch_add(&r->busy_us, (uint_fast64_t)(clock_mono_us() - began));
}
