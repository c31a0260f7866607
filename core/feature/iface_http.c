/*
 * http/1: routes of plugins on the router of the core. A route is held to the rules of the core's
 * own when it is registered (its members) and when all plugins have loaded (its function word, its
 * path among those of its plugin), so that adding it to the router cannot fail but for memory.
 */
#include "core/feature/iface_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/http.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"
#include "core/feature/iface_page.h"
#include "core/feature/visible.h"
#include "core/rest/route.h"
#include "core/rest/schema.h"

#define FLAGS_KNOWN                                                                                \
    (PLATEN_ROUTE_NO_BODY | PLATEN_ROUTE_SMALL_BODY | PLATEN_ROUTE_LARGE_BODY |                    \
     PLATEN_ROUTE_PASSIVE)
#define SEGMENTS 10
#define PARAMETERS 4
#define FAULTS 50
#define FILE_NAME 100
#define TEXT_MAX 200

struct http_route {
    http_route *next;
    rest_route route; /* the router's; its texts are behind it */
    feature_plugin *plugin;
    platen_route given;
    arena *arena;
};

/* ---- a request ---- */

typedef enum answer_kind { ANSWER_NONE, ANSWER_JSON, ANSWER_EMPTY, ANSWER_BYTES } answer_kind;

struct platen_request {
    rest_request *rest;
    visible devices; /* of who asks */
    bool asked;      /* in_regions() */
    char *body;      /* JSON text, made at the first look; cJSON's */
    answer_kind kind;
    int status;
    strbuf answer;
    char type[128], filename[FILE_NAME + 1];
    size_t faults;
};

static const char *request_param(platen_request *q, const char *name)
{
    return q != NULL && name != NULL ? rest_param(q->rest, name) : "";
}

static const char *request_query(platen_request *q, const char *name)
{
    return q != NULL && name != NULL ? rest_query(q->rest, name) : NULL;
}

static const char *request_body(platen_request *q)
{
    const cJSON *tree = q != NULL ? rest_body(q->rest) : NULL;
    if (tree != NULL && q->body == NULL) {
        q->body = cJSON_PrintUnformatted(tree);
    }
    return q != NULL ? q->body : NULL;
}

static uint32_t level_of(rest_access role)
{
    return role == REST_SYSTEM_MANAGER   ? PLATEN_ACCESS_SYSTEM_MANAGER
           : role == REST_DEVICE_MANAGER ? PLATEN_ACCESS_DEVICE_MANAGER
                                         : PLATEN_ACCESS_USER;
}

static void request_who(platen_request *q, platen_who *who)
{
    platen_who whole = PLATEN_WHO_INIT;
    if (q == NULL || who == NULL || who->size < sizeof(who->size)) {
        return;
    }
    const rest_identity *is = rest_who(q->rest);
    size_t size = who->size < sizeof(whole) ? who->size : sizeof(whole);
    whole.size = who->size;
    whole.role = level_of(is->role);
    whole.user = is->user;
    whole.name = is->name;
    whole.way = "rest";
    memcpy(who, &whole, size);
}

static bool request_in_regions(platen_request *q, int64_t device)
{
    if (q == NULL) {
        return false;
    }
    q->asked = true;
    return visible_has(&q->devices, device);
}

/* ---- its answer ---- */

static platen_code check_status(uint32_t status, uint32_t least, uint32_t most, platen_error *err)
{
    return status >= least && status <= most
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INVAL,
                           "an answer of status %" PRIu32 ", %" PRIu32 " to %" PRIu32 " can be",
                           status, least, most);
}

static platen_code keep(platen_request *q, answer_kind kind, uint32_t status, const void *data,
                        size_t length, platen_error *err)
{
    if (length > PLATEN_ANSWER_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "an answer of %zu bytes, at most %u can be",
                         length, PLATEN_ANSWER_MAX);
    }
    strbuf_clear(&q->answer);
    strbuf_append_n(&q->answer, data, length);
    q->kind = kind;
    q->status = (int)status;
    return q->answer.failed
               ? error_set(err, PLATEN_E_NOMEM, "no memory for an answer of %zu bytes", length)
               : PLATEN_OK;
}

static platen_code request_json(platen_request *q, uint32_t status, const char *text,
                                platen_error *err)
{
    cJSON *tree = NULL;
    if (q == NULL || text == NULL) {
        return error_set(err, PLATEN_E_INVAL, "an answer without request or text");
    }
    size_t length = strnlen(text, (size_t)PLATEN_ANSWER_MAX + 1);
    PLATEN_TRY(check_status(status, 200, 299, err));
    PLATEN_TRY(keep(q, ANSWER_JSON, status, text, length, err));
    platen_code rc = json_parse(text, length, &tree, err);
    cJSON_Delete(tree);
    if (rc != PLATEN_OK) {
        q->kind = ANSWER_NONE;
        return rc == PLATEN_E_MALFORMED ? error_note(err, PLATEN_E_INVAL, "an answer") : rc;
    }
    return PLATEN_OK;
}

static platen_code request_empty(platen_request *q, uint32_t status, platen_error *err)
{
    if (q == NULL || (status != 202 && status != 204)) {
        return error_set(err, PLATEN_E_INVAL,
                         "an empty answer of status %" PRIu32 ", 202 and 204 can be", status);
    }
    return keep(q, ANSWER_EMPTY, status, "", 0, err);
}

static bool plain_name(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strnlen(name, FILE_NAME + 1);
    return length > 0 && length <= FILE_NAME && strspn(name, letters) == length && name[0] != '.';
}

/* type "/" subtype, and parameters without line breaks (RFC 9110, 8.3.1). */
static bool media_type(const char *type)
{
    size_t length = strnlen(type, sizeof(((platen_request *)NULL)->type));
    bool visible_only = length < sizeof(((platen_request *)NULL)->type);
    for (size_t i = 0; visible_only && i < length; i++) {
        visible_only = type[i] >= ' ' && type[i] <= '~';
    }
    return visible_only && strchr(type, '/') != NULL && type[0] != '/' && type[0] != ' ';
}

static platen_code request_bytes(platen_request *q, const char *type, const char *filename,
                                 const void *data, uint64_t length, platen_error *err)
{
    if (q == NULL || type == NULL || !media_type(type) || (data == NULL && length > 0)) {
        return error_set(err, PLATEN_E_INVAL, "an answer without request, bytes or media type");
    }
    if (filename != NULL && !plain_name(filename)) {
        return error_set(err, PLATEN_E_INVAL, "'%.60s' is no plain file name", filename);
    }
    if (length > PLATEN_ANSWER_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "an answer of %" PRIu64 " bytes, at most %u can be", length,
                         PLATEN_ANSWER_MAX);
    }
    PLATEN_TRY(keep(q, ANSWER_BYTES, 200, data != NULL ? data : "", (size_t)length, err));
    memcpy(q->type, type, strlen(type) + 1);
    q->filename[0] = '\0';
    if (filename != NULL) {
        memcpy(q->filename, filename, strlen(filename) + 1);
    }
    return PLATEN_OK;
}

static platen_code request_invalid(platen_request *q, const char *pointer, const char *code,
                                   const char *text, platen_error *err)
{
    if (q != NULL && pointer != NULL && code != NULL && text != NULL && q->faults < FAULTS) {
        q->faults++;
        rest_invalid(q->rest, pointer, code, text);
    }
    return error_set(err, PLATEN_E_INVAL, "%.200s", text != NULL ? text : "the input is not valid");
}

/* ---- handling ---- */

static platen_code answer(platen_request *q, const http_route *h, platen_error *err)
{
    bool region = h->given.region == PLATEN_REGION_OWN && !q->devices.all;
    if (region && !q->asked) {
        return error_set(err, PLATEN_E_INTERNAL, "plugin '%s': %s %s does not look at regions",
                         h->plugin->name, h->route.method, h->route.path);
    }
    switch (q->kind) {
    case ANSWER_JSON:
        json_raw(rest_json(q->rest, q->status), NULL, q->answer.data);
        return PLATEN_OK;
    case ANSWER_EMPTY:
        rest_empty(q->rest, q->status);
        return PLATEN_OK;
    case ANSWER_BYTES:
        return rest_bytes(q->rest, q->status, q->type, q->filename[0] != '\0' ? q->filename : NULL,
                          q->answer.data, q->answer.length, err);
    case ANSWER_NONE:
        break;
    }
    return error_set(err, PLATEN_E_INTERNAL, "plugin '%s': %s %s has no answer", h->plugin->name,
                     h->route.method, h->route.path);
}

static platen_code ask_plugin(platen_request *q, const http_route *h, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    platen_code rc = h->given.handle(q, h->given.user, &why);
    if (rc != PLATEN_OK) {
        why.text[sizeof(why.text) - 1] = '\0';
        return error_set(err, rc, "%s", why.text[0] != '\0' ? why.text : error_word(rc));
    }
    return answer(q, h, err);
}

static platen_code handle(rest_request *r, platen_error *err)
{
    const rest_route *route = rest_route_of(r);
    const http_route *h =
        (const http_route *)(const void *)((const char *)route - offsetof(http_route, route));
    platen_request q = {.rest = r};
    strbuf_init(&q.answer);
    platen_code rc = visible_load(rest_services(r)->store, rest_regions_of(r), &q.devices, err);
    if (rc == PLATEN_OK) {
        rc = ask_plugin(&q, h, err);
    }
    visible_fini(&q.devices);
    strbuf_fini(&q.answer);
    cJSON_free(q.body);
    return rc;
}

/* ---- registering ---- */

static bool path_ok(const char *path)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    size_t segments = 0;
    size_t parameters = 0;
    if (strnlen(path, TEXT_MAX + 1) > TEXT_MAX) {
        return false;
    }
    while (*path == '/') {
        const char *at = path + 1;
        bool parameter = *at == '{';
        size_t length = strspn(at + (parameter ? 1 : 0), letters);
        at += length + (parameter ? 1 : 0);
        if (length == 0 || (parameter && *at++ != '}')) {
            return false;
        }
        parameters += parameter ? 1 : 0;
        segments++;
        path = at;
    }
    return *path == '\0' && segments > 0 && segments <= SEGMENTS && parameters <= PARAMETERS;
}

static bool method_ok(const char *method)
{
    static const char *const words[] = {"GET", "POST", "PATCH", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i], method) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code check_schema(const char *what, const char *text, platen_error *err)
{
    schema *s = NULL;
    if (text == NULL) {
        return PLATEN_OK;
    }
    if (strnlen(text, PLATEN_ROUTE_SCHEMA_MAX + 1) > PLATEN_ROUTE_SCHEMA_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the schema of the %s has more than %u bytes",
                         what, PLATEN_ROUTE_SCHEMA_MAX);
    }
    platen_code rc = schema_new(text, &s, err);
    schema_free(s);
    return rc == PLATEN_OK || rc == PLATEN_E_NOMEM
               ? rc
               : error_note(err, PLATEN_E_INVAL, "the schema of the %s", what);
}

static platen_code check_words(const platen_route *g, platen_error *err)
{
    if (g->method == NULL || !method_ok(g->method)) {
        return error_set(err, PLATEN_E_INVAL, "there is no method '%.20s'",
                         g->method != NULL ? g->method : "");
    }
    if (g->path == NULL || !path_ok(g->path)) {
        return error_set(err, PLATEN_E_INVAL, "path '%.100s' is not well-formed",
                         g->path != NULL ? g->path : "");
    }
    size_t summary = g->summary != NULL ? strnlen(g->summary, TEXT_MAX + 1) : 0;
    if (summary < 1 || summary > TEXT_MAX || !text_is_utf8(g->summary, summary)) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s has no summary of 1 to %d bytes",
                         g->method, g->path, TEXT_MAX);
    }
    return PLATEN_OK;
}

static platen_code check_given(const platen_route *g, platen_error *err)
{
    PLATEN_TRY(check_words(g, err));
    if ((g->flags & ~FLAGS_KNOWN) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "route %s %s has flags 0x%" PRIx32 ", this host knows 0x%x", g->method,
                         g->path, g->flags, FLAGS_KNOWN);
    }
    if (g->access < PLATEN_ACCESS_USER || g->access > PLATEN_ACCESS_SYSTEM_MANAGER) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s has access %" PRIu32 ", 1 to 3 can be",
                         g->method, g->path, g->access);
    }
    if (g->region < PLATEN_REGION_NONE || g->region > PLATEN_REGION_OWN) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s has region %" PRIu32 ", 1 to 4 can be",
                         g->method, g->path, g->region);
    }
    if (g->access == PLATEN_ACCESS_DEVICE_MANAGER && g->function == NULL) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s names no function", g->method, g->path);
    }
    if (g->region == PLATEN_REGION_DEVICE && strstr(g->path, "{id}") == NULL) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s is of a device and has no {id}",
                         g->method, g->path);
    }
    if (g->handle == NULL) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s has no handle()", g->method, g->path);
    }
    PLATEN_TRY(check_schema("body", g->body, err));
    return check_schema("answer", g->answer, err);
}

static rest_access access_of(uint32_t level)
{
    return level == PLATEN_ACCESS_SYSTEM_MANAGER   ? REST_SYSTEM_MANAGER
           : level == PLATEN_ACCESS_DEVICE_MANAGER ? REST_DEVICE_MANAGER
                                                   : REST_USER;
}

static unsigned flags_of(uint32_t flags)
{
    return ((flags & PLATEN_ROUTE_NO_BODY) != 0 ? REST_NO_BODY : 0) |
           ((flags & PLATEN_ROUTE_SMALL_BODY) != 0 ? REST_SMALL_BODY : 0) |
           ((flags & PLATEN_ROUTE_LARGE_BODY) != 0 ? REST_LARGE_BODY : 0) |
           ((flags & PLATEN_ROUTE_PASSIVE) != 0 ? REST_PASSIVE : 0);
}

/* The host's copy, in an arena of its own. */
static http_route *copy_route(feature_plugin *p, const platen_route *g)
{
    static const rest_region regions[] = {[PLATEN_REGION_NONE] = REST_REGION_NONE,
                                          [PLATEN_REGION_ALL] = REST_REGION_ALL,
                                          [PLATEN_REGION_DEVICE] = REST_REGION_DEVICE,
                                          [PLATEN_REGION_OWN] = REST_REGION_OWN};
    arena *a = arena_new();
    http_route *h = a != NULL ? arena_alloc(a, sizeof(*h)) : NULL;
    if (h == NULL) {
        arena_free(a);
        return NULL;
    }
    h->plugin = p;
    h->given = *g;
    h->arena = a;
    h->route = (rest_route){.method = arena_dup(a, g->method),
                            .path = arena_printf(a, "/%s%s", p->name, g->path),
                            .access = access_of(g->access),
                            .function = arena_dup(a, g->function),
                            .region = regions[g->region],
                            .flags = flags_of(g->flags),
                            .handle = handle,
                            .summary = arena_dup(a, g->summary),
                            .body = arena_dup(a, g->body),
                            .answer = arena_dup(a, g->answer)};
    const rest_route *r = &h->route;
    if (r->method == NULL || r->path == NULL || r->summary == NULL ||
        (g->function != NULL && r->function == NULL) || (g->body != NULL && r->body == NULL) ||
        (g->answer != NULL && r->answer == NULL)) {
        arena_free(a);
        return NULL;
    }
    return h;
}

static void withdraw(platen_ctx *ctx, void *object)
{
    http_route *h = object;
    http_route **at = &h->plugin->routes;
    (void)ctx;
    while (*at != NULL && *at != h) {
        at = &(*at)->next;
    }
    if (*at == h) {
        *at = h->next;
    }
    if (h->given.release != NULL) {
        h->given.release(h->given.user);
    }
    arena_free(h->arena);
}

bool http_route_taken(const feature_plugin *p, const char *method, const char *path)
{
    for (const http_route *h = p->routes; h != NULL; h = h->next) {
        if (strcmp(h->route.method, method) == 0 && strcmp(h->route.path, path) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code check_place(const feature_plugin *p, const http_route *h, platen_error *err)
{
    size_t count = 0;
    for (const http_route *at = p->routes; at != NULL; at = at->next) {
        count++;
    }
    if (count >= PLATEN_ROUTES_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "route %s %s is one more than %u",
                         h->route.method, h->route.path, PLATEN_ROUTES_MAX);
    }
    if (http_route_taken(p, h->route.method, h->route.path) ||
        (strcmp(h->route.method, "GET") == 0 && page_path_taken(p, h->route.path))) {
        return error_set(err, PLATEN_E_EXISTS, "route %s %s is there already", h->route.method,
                         h->route.path);
    }
    return PLATEN_OK;
}

static platen_code add_route(platen_ctx *ctx, const platen_route *given, platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_in(ctx, "routes", &p, err));
    if (given == NULL || given->size < sizeof(*given)) {
        return error_set(err, PLATEN_E_INVAL, "a route of %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, sizeof(*given));
    }
    PLATEN_TRY(check_given(given, err));
    http_route *h = copy_route(p, given);
    if (h == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a route");
    }
    platen_code rc = check_place(p, h, err);
    if (rc == PLATEN_OK) {
        rc = plug_own(ctx, withdraw, h, err);
    }
    if (rc != PLATEN_OK) {
        arena_free(h->arena);
        return rc;
    }
    h->next = p->routes;
    p->routes = h;
    return PLATEN_OK;
}

/* ---- putting them to use ---- */

/* All of a plugin on a router of their own. */
static platen_code check(feature_plugin *p, platen_error *err)
{
    route_tree *trial = route_new();
    platen_code rc =
        trial != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for routes");
    for (const http_route *h = p->routes; rc == PLATEN_OK && h != NULL; h = h->next) {
        rc = route_add(trial, &h->route, err);
    }
    if (rc == PLATEN_OK) {
        rc = page_routes_try(p, trial, err);
    }
    route_free(trial);
    return rc;
}

static platen_code add_all(const feature_plugin *p, rest *r, platen_error *err)
{
    for (const http_route *h = p->routes; h != NULL; h = h->next) {
        PLATEN_TRY(rest_add(r, &h->route, 1, err));
    }
    return PLATEN_OK;
}

/* A plugin that has the name of one of the core's resources cannot have routes. Nothing of any
 * plugin is on the router yet. */
static platen_code refuse_names(feature *f, const rest *r, platen_error *err)
{
    for (feature_plugin *p = f->plugins, *next = NULL; p != NULL; p = next) {
        next = p->next;
        if ((p->routes != NULL || p->pages != NULL) && rest_has(r, p->name)) {
            char text[160];
            (void)snprintf(text, sizeof(text), "'%s' is the name of a resource of Platen's own",
                           p->name);
            PLATEN_TRY(plug_refuse(p->ctx, PLATEN_E_EXISTS, text, err));
        }
    }
    return PLATEN_OK;
}

static platen_code serve(feature *f, rest *r, platen_error *err)
{
    PLATEN_TRY(refuse_names(f, r, err));
    for (const feature_plugin *p = f->plugins; p != NULL; p = p->next) {
        PLATEN_TRY(add_all(p, r, err));
    }
    return PLATEN_OK;
}

static const platen_http table = {
    .size = (uint32_t)sizeof(table),
    .route = add_route,
    .param = request_param,
    .query = request_query,
    .body = request_body,
    .who = request_who,
    .in_regions = request_in_regions,
    .json = request_json,
    .empty = request_empty,
    .bytes = request_bytes,
    .invalid = request_invalid,
};

const feature_part feature_http = {
    .name = "http/1", .table = &table, .check = check, .serve = serve};
