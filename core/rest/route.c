/* The tree of routes. Written before the server starts, then only read. */
#include "core/rest/route.h"

#include <stdlib.h>
#include <string.h>

#include "core/rest/function.h"
#include "core/rest/query.h"

#define ENTRIES 512
#define METHODS 5

typedef struct node node;

struct node {
    char *segment; /* NULL: a parameter, any text */
    char *name;    /* of the parameter */
    node *children;
    node *next;
    const route_entry *methods[METHODS];
};

struct route_tree {
    node root;
    route_entry *entries[ENTRIES];
    size_t count;
};

static const char *const method_words[METHODS] = {"GET", "POST", "PATCH", "PUT", "DELETE"};

static int method_index(const char *method)
{
    if (strcmp(method, "HEAD") == 0) {
        return 0;
    }
    for (int i = 0; i < METHODS; i++) {
        if (strcmp(method, method_words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

route_tree *route_new(void)
{
    return calloc(1, sizeof(route_tree));
}

/* Depth is bounded by ROUTE_DEPTH: recursion is over segments of registered paths. */
static void node_fini(node *n)
{
    node *child = n->children;
    while (child != NULL) {
        node *next = child->next;
        node_fini(child); // NOLINT(misc-no-recursion): depth is at most ROUTE_DEPTH
        free(child);
        child = next;
    }
    free(n->segment);
    free(n->name);
}

void route_free(route_tree *t)
{
    if (t == NULL) {
        return;
    }
    node_fini(&t->root);
    for (size_t i = 0; i < t->count; i++) {
        schema_free(t->entries[i]->body);
        free(t->entries[i]);
    }
    free(t);
}

static platen_code child_for(node *parent, const char *text, size_t length, node **out,
                             platen_error *err)
{
    bool parameter = length > 2 && text[0] == '{' && text[length - 1] == '}';
    node **at = &parent->children;
    for (; *at != NULL; at = &(*at)->next) {
        const node *n = *at;
        if (parameter && n->segment == NULL) {
            if (strlen(n->name) != length - 2 || memcmp(n->name, text + 1, length - 2) != 0) {
                return error_set(err, PLATEN_E_EXISTS,
                                 "a route names the parameter '%s' '%.*s' too", n->name,
                                 (int)length, text);
            }
            *out = *at;
            return PLATEN_OK;
        }
        if (!parameter && n->segment != NULL && strlen(n->segment) == length &&
            memcmp(n->segment, text, length) == 0) {
            *out = *at;
            return PLATEN_OK;
        }
    }
    node *fresh = calloc(1, sizeof(*fresh));
    char *copy = parameter ? strndup(text + 1, length - 2) : strndup(text, length);
    if (fresh == NULL || copy == NULL) {
        free(fresh);
        free(copy);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a route");
    }
    if (parameter) { /* literals stand first and so win */
        fresh->name = copy;
        *at = fresh;
    } else {
        fresh->segment = copy;
        fresh->next = parent->children;
        parent->children = fresh;
    }
    *out = fresh;
    return PLATEN_OK;
}

static platen_code node_for(route_tree *t, const char *path, node **out, platen_error *err)
{
    node *n = &t->root;
    size_t depth = 0;
    size_t parameters = 0;
    const char *at = path;
    while (*at == '/') {
        size_t length = strcspn(at + 1, "/");
        parameters += at[1] == '{' ? 1 : 0;
        if (length == 0 || ++depth > ROUTE_DEPTH || parameters > ROUTE_PARAMS) {
            return error_set(err, PLATEN_E_INVAL, "route path '%s' is not well-formed", path);
        }
        PLATEN_TRY(child_for(n, at + 1, length, &n, err));
        at += 1 + length;
    }
    if (*at != '\0' || depth == 0) {
        return error_set(err, PLATEN_E_INVAL, "route path '%s' does not begin with '/'", path);
    }
    *out = n;
    return PLATEN_OK;
}

platen_code route_add(route_tree *t, const rest_route *route, platen_error *err)
{
    node *n = NULL;
    int method = method_index(route->method);
    if (route->access == REST_UNDECLARED) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s declares no access", route->method,
                         route->path);
    }
    if (route->region == REST_REGION_UNDECLARED) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s says nothing of regions", route->method,
                         route->path);
    }
    if (route->function != NULL && !function_known(route->function)) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s names the unknown function '%s'",
                         route->method, route->path, route->function);
    }
    if (route->access == REST_DEVICE_MANAGER && route->function == NULL) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s names no function", route->method,
                         route->path);
    }
    if (method < 0 || strcmp(route->method, "HEAD") == 0 || route->handle == NULL) {
        return error_set(err, PLATEN_E_INVAL, "route %s %s has no method or handler", route->method,
                         route->path);
    }
    if (t->count == ENTRIES) {
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d routes", ENTRIES);
    }
    PLATEN_TRY(node_for(t, route->path, &n, err));
    if (n == NULL || n->methods[method] != NULL) { /* gcc does not see that n is set */
        return error_set(err, PLATEN_E_EXISTS, "route %s %s is there already", route->method,
                         route->path);
    }
    route_entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a route");
    }
    entry->route = route;
    platen_code code = route->body != NULL ? schema_new(route->body, &entry->body, err) : PLATEN_OK;
    if (code != PLATEN_OK) {
        free(entry);
        return error_note(err, code, "route %s %s", route->method, route->path);
    }
    t->entries[t->count++] = entry;
    n->methods[method] = entry;
    return PLATEN_OK;
}

typedef struct walk {
    const node *nodes[ROUTE_DEPTH]; /* chosen so far */
    const char *segments[ROUTE_DEPTH];
    size_t lengths[ROUTE_DEPTH];
    size_t depth;
} walk;

static bool split(const char *path, walk *w)
{
    while (*path == '/') {
        size_t length = strcspn(path + 1, "/");
        if (length == 0 && path[1] == '\0' && w->depth > 0) {
            return true; /* one slash at the end does not matter */
        }
        if (length == 0 || w->depth == ROUTE_DEPTH) {
            return false;
        }
        w->segments[w->depth] = path + 1;
        w->lengths[w->depth] = length;
        w->depth++;
        path += 1 + length;
    }
    return *path == '\0' && w->depth > 0;
}

static const node *fitting(const node *from, const char *segment, size_t length)
{
    for (; from != NULL; from = from->next) {
        if (from->segment == NULL ||
            (strlen(from->segment) == length && memcmp(from->segment, segment, length) == 0)) {
            return from;
        }
    }
    return NULL;
}

static bool has_method(const node *n)
{
    for (int i = 0; i < METHODS; i++) {
        if (n->methods[i] != NULL) {
            return true;
        }
    }
    return false;
}

/* Depth-first with going back, so that /a/{x}/c is found where /a/b exists too. */
static bool descend(const route_tree *t, walk *w)
{
    size_t at = 0;
    const node *next = t->root.children;
    for (;;) {
        const node *n = fitting(next, w->segments[at], w->lengths[at]);
        if (n != NULL && at + 1 == w->depth && has_method(n)) {
            w->nodes[at] = n;
            return true;
        }
        if (n != NULL && at + 1 < w->depth) {
            w->nodes[at++] = n;
            next = n->children;
            continue;
        }
        if (n != NULL) {
            next = n->next;
            continue;
        }
        if (at == 0) {
            return false;
        }
        next = w->nodes[--at]->next;
    }
}

static void add_allowed(const node *n, strbuf *allow)
{
    for (int i = 0; i < METHODS; i++) {
        if (n->methods[i] != NULL) {
            strbuf_append(allow, allow->length > 0 ? ", " : "");
            strbuf_append(allow, i == 0 ? "GET, HEAD" : method_words[i]);
        }
    }
}

static bool holds_things(const node *n)
{
    for (const node *child = n->children; child != NULL; child = child->next) {
        if (child->segment == NULL && has_method(child)) {
            return true;
        }
    }
    return false;
}

platen_code route_find(const route_tree *t, arena *a, const char *method, const char *path,
                       route_match *match, strbuf *allow, platen_error *err)
{
    walk w = {.depth = 0};
    if (!split(path, &w) || !descend(t, &w)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no resource of this path");
    }
    const node *n = w.nodes[w.depth - 1];
    int index = method_index(method);
    if (index < 0 || n->methods[index] == NULL) {
        add_allowed(n, allow);
        return error_set(err, PLATEN_E_METHOD, "the resource does not know this method");
    }
    match->entry = n->methods[index];
    match->reader = n->methods[0];
    match->editor = n->methods[2] != NULL ? n->methods[2] : n->methods[3];
    match->holds = holds_things(n);
    match->count = 0;
    for (size_t i = 0; i < w.depth; i++) {
        if (w.nodes[i]->segment == NULL) {
            const char *value = query_decode(a, w.segments[i], w.lengths[i], false);
            if (value == NULL) {
                return error_set(err, PLATEN_E_MALFORMED, "segment %zu of the path is malformed",
                                 i + 1);
            }
            match->names[match->count] = w.nodes[i]->name;
            match->values[match->count] = value;
            match->count++;
        }
    }
    return PLATEN_OK;
}

size_t route_count(const route_tree *t)
{
    return t->count;
}

const route_entry *route_at(const route_tree *t, size_t index)
{
    return t->entries[index];
}
