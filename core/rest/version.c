/* Versions and turns. Runs on the threads of requests; `lock` guards the list of turns alone. */
#include "core/rest/version.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/cond.h"
#include "core/base/map.h"
#include "core/rest/request.h"

#define WAIT_S 10

struct version_turns {
    pthread_mutex_t lock; /* `first` and what hangs on it */
    pthread_cond_t ended;
    version_turn *first;
};

version_turns *version_new(void)
{
    version_turns *t = calloc(1, sizeof(*t));
    if (t == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&t->lock, NULL);
    cond_init(&t->ended);
    return t;
}

void version_free(version_turns *t)
{
    if (t != NULL) {
        (void)pthread_cond_destroy(&t->ended);
        (void)pthread_mutex_destroy(&t->lock);
        free(t);
    }
}

/* ---- turns ---- */

static bool is_change(const rest_request *r)
{
    const char *method = r->route->method;
    return strcmp(method, "PATCH") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "DELETE") == 0;
}

/* The path by what it means: "/users/7" however it was written. */
static const char *key_of(rest_request *r)
{
    strbuf key;
    strbuf_init(&key);
    strbuf_append(&key, r->route->path);
    for (size_t i = 0; i < r->match.count; i++) {
        strbuf_append_char(&key, '\n');
        strbuf_append(&key, r->match.values[i]);
    }
    const char *copy = key.failed ? NULL : arena_dup(r->arena, key.data);
    strbuf_fini(&key);
    return copy;
}

static bool is_taken(const version_turns *t, const char *key)
{
    for (const version_turn *turn = t->first; turn != NULL; turn = turn->next) {
        if (strcmp(turn->key, key) == 0) {
            return true;
        }
    }
    return false;
}

platen_code version_enter(rest_request *r, platen_error *err)
{
    version_turns *t = r->rest->turns;
    struct timespec until;
    int failed = 0;
    if (!is_change(r)) {
        return PLATEN_OK;
    }
    const char *key = key_of(r);
    if (key == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the request");
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    (void)pthread_mutex_lock(&t->lock);
    while (is_taken(t, key) && failed != ETIMEDOUT) {
        failed = pthread_cond_timedwait(&t->ended, &t->lock, &until);
    }
    if (!is_taken(t, key)) {
        r->turn = (version_turn){t->first, key};
        t->first = &r->turn;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return r->turn.key != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_UNAVAILABLE,
                           "another change of the same is not done yet, try again later");
}

void version_leave(rest_request *r)
{
    version_turns *t = r->rest->turns;
    if (r->turn.key == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&t->lock);
    version_turn **at = &t->first;
    while (*at != &r->turn) {
        at = &(*at)->next;
    }
    *at = r->turn.next;
    (void)pthread_cond_broadcast(&t->ended);
    (void)pthread_mutex_unlock(&t->lock);
    r->turn.key = NULL;
}

/* ---- versions ---- */

/* What an editor of the path can change, of what its reader answers. An editor that takes any
 * member can change all of it. */
static uint64_t hash_edited(const schema *edited, const strbuf *body)
{
    cJSON *tree = NULL;
    strbuf kept;
    json_writer w;
    const char *name = NULL;
    if (schema_property(edited, 0) == NULL ||
        json_parse(body->data, body->length, &tree, NULL) != PLATEN_OK) {
        return hash_bytes(body->data, body->length);
    }
    strbuf_init(&kept);
    json_init(&w, &kept);
    json_object(&w, NULL);
    for (size_t i = 0; (name = schema_property(edited, i)) != NULL; i++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(tree, name);
        if (value != NULL) {
            json_tree(&w, name, value);
        }
    }
    json_object_end(&w);
    uint64_t hash = hash_bytes(kept.data, kept.length);
    strbuf_fini(&kept);
    cJSON_Delete(tree);
    return hash;
}

static void choose(rest_request *r, const char *suffix)
{
    unsigned long long bytes = hash_bytes(r->out.data, r->out.length);
    if (r->version[0] == '\0') {
        unsigned long long edited =
            r->match.editor != NULL ? hash_edited(r->match.editor->body, &r->out) : bytes;
        (void)snprintf(r->version, sizeof(r->version), "%016llx", edited);
    }
    (void)snprintf(r->etag, sizeof(r->etag), "\"%s.%016llx%s\"", r->version, bytes, suffix);
}

void version_choose(rest_request *r, bool packed)
{
    if (r->status == 200 && r->has_body && strcmp(r->route->method, "GET") == 0) {
        choose(r, packed ? "-gzip" : ""); /* other bytes have another name (RFC 9110, 8.8.3.3) */
    }
}

/* One tag of a list: moves `at` behind it and its comma. False: that is none. */
static bool next_tag(const char **at, bool *weak, const char **tag, size_t *length)
{
    const char *from = *at + strspn(*at, " \t,");
    *weak = strncmp(from, "W/", 2) == 0;
    from += *weak ? 2 : 0;
    if (*from != '"') {
        return false;
    }
    size_t count = strcspn(from + 1, "\"");
    if (from[1 + count] != '"') {
        return false;
    }
    *tag = from + 1;
    *length = count;
    *at = from + count + 2;
    *at += strspn(*at, " \t");
    return **at == ',' || **at == '\0';
}

static bool is_star(const char *list)
{
    list += strspn(list, " \t");
    return list[0] == '*' && list[1 + strspn(list + 1, " \t")] == '\0';
}

bool version_names(const char *list, const char *etag)
{
    bool weak = false;
    const char *tag = NULL;
    size_t length = 0;
    size_t wanted = strlen(etag) >= 2 ? strlen(etag) - 2 : 0;
    while (next_tag(&list, &weak, &tag, &length)) {
        if (length == wanted && memcmp(tag, etag + 1, length) == 0) {
            return true;
        }
    }
    return is_star(list);
}

/* Whether If-Match names this version: strongly, and by its first part. */
static bool matches(const char *list, const char *version)
{
    bool weak = false;
    const char *tag = NULL;
    size_t length = 0;
    size_t wanted = strlen(version);
    while (next_tag(&list, &weak, &tag, &length)) {
        if (!weak && length > wanted && memcmp(tag, version, wanted) == 0 && tag[wanted] == '.') {
            return true;
        }
    }
    return is_star(list);
}

/* Asks the path's own GET, as the one who asks, without its query and without sending it. */
static platen_code look(rest_request *r, rest_request *inner, platen_error *err)
{
    const route_entry *reader = r->match.reader;
    *inner = (rest_request){.rest = r->rest,
                            .exchange = r->exchange,
                            .remote = r->remote,
                            .arena = r->arena,
                            .route = reader->route,
                            .match = r->match,
                            .who = r->who,
                            .identity = r->identity,
                            .regions = r->regions};
    inner->match.entry = reader;
    inner->faults_end = &inner->faults;
    strbuf_init(&inner->out);
    strbuf_init(&inner->headers);
    platen_code code = reader->route->handle(inner, err);
    if (code == PLATEN_OK && (inner->status != 200 || !inner->has_body || inner->out.failed)) {
        code = error_set(err, PLATEN_E_UNAVAILABLE, "GET of the same path answers nothing");
    }
    if (code == PLATEN_OK) {
        choose(inner, "");
    }
    strbuf_fini(&inner->headers);
    return code;
}

static bool can_look(const rest_request *r)
{
    return is_change(r) && r->match.reader != NULL &&
           (r->match.reader->route->flags & REST_STREAM) == 0;
}

static platen_code compare(const rest_request *seen, const char *must, const char *must_not,
                           platen_error *err)
{
    if (must != NULL && !matches(must, seen->version)) {
        return error_set(err, PLATEN_E_CONFLICT,
                         "somebody else has changed it since: it is version %s now", seen->etag);
    }
    if (must_not != NULL && version_names(must_not, seen->etag)) {
        return error_set(err, PLATEN_E_CONFLICT, "it is the version that If-None-Match names");
    }
    return PLATEN_OK;
}

platen_code version_check(rest_request *r, platen_error *err)
{
    const char *must = rest_header(r, "If-Match");
    const char *must_not = rest_header(r, "If-None-Match");
    if (strcmp(r->route->method, "GET") == 0) {
        return PLATEN_OK;
    }
    if (!can_look(r)) {
        return must == NULL ? PLATEN_OK
                            : error_set(err, PLATEN_E_CONFLICT,
                                        "If-Match is for what has a version of its own");
    }
    rest_request *seen = arena_alloc(r->arena, sizeof(*seen));
    if (seen == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the request");
    }
    platen_error trouble = PLATEN_ERROR_INIT;
    platen_code code = look(r, seen, &trouble);
    if (code == PLATEN_OK) {
        code = compare(seen, must, must_not, &trouble);
        r->before = arena_dup(r->arena, seen->out.data);
    } else if (must == NULL) {
        code = PLATEN_OK; /* its own handler says better what is wrong */
    }
    strbuf_fini(&seen->out);
    return code == PLATEN_OK ? code : error_set(err, code, "%s", trouble.text);
}

void version_renew(rest_request *r)
{
    if (!can_look(r) || strcmp(r->route->method, "PATCH") != 0) {
        return;
    }
    rest_request *seen = arena_alloc(r->arena, sizeof(*seen));
    if (seen != NULL) {
        if (look(r, seen, NULL) == PLATEN_OK) {
            memcpy(r->etag, seen->etag, sizeof(r->etag));
        }
        strbuf_fini(&seen->out);
    }
}
