/*
 * page/1: pages as data. What a page says of itself is looked at when it comes (page.c); what it
 * says of others (operations, function words, titles, other pages) when all plugins have loaded;
 * what it says of its table when that is there.
 */
#include "core/feature/iface_page.h"

#include <stdlib.h>
#include <string.h>

#include <platen/page.h>

#include "core/base/text.h"
#include "core/feature/iface_http.h"
#include "core/feature/iface_locale.h"
#include "core/feature/operation.h"
#include "core/feature/page.h"
#include "core/feature/page_rows.h"
#include "core/feature/rest_pages.h"

#define ROUTES 2 /* of a page */

struct feature_page {
    struct feature_page *next;
    feature_plugin *plugin;
    page *page;
    rest_route routes[ROUTES];
};

/* ---- requests ---- */

/* The routes of a page stand in its feature_page: the first is the list's, the second a row's. */
static const struct feature_page *page_of_request(rest_request *r, size_t place)
{
    const rest_route *route = rest_route_of(r) - place;
    return (const struct feature_page *)(const void *)((const char *)route -
                                                       offsetof(struct feature_page, routes));
}

typedef platen_code (*items_fn)(const page *p, rest_request *r, const page_answer *answer,
                                platen_error *err);

#define FILTERS 32 /* of a request that are looked at */

static void take_answer(const char *result, void *user)
{
    strbuf_append(user, result);
}

/* The value of f=<name>:eq:<value>; NULL: the list is not filtered so. */
static const char *filtered_by(rest_request *r, const char *name)
{
    const char *filters[FILTERS];
    size_t count = rest_query_all(r, "f", filters, FILTERS);
    size_t length = strlen(name);
    for (size_t i = 0; i < count && i < FILTERS; i++) {
        if (strncmp(filters[i], name, length) == 0 && text_begins(filters[i] + length, ":eq:")) {
            return filters[i] + length + strlen(":eq:");
        }
    }
    return NULL;
}

/* What the operation takes of what is known: the language of who asks, and what its rows belong to
 * (the filter of a list below another row). */
static cJSON *arguments_of(const operation *o, rest_request *r)
{
    cJSON *arguments = cJSON_CreateObject();
    const char *name = NULL;
    for (size_t i = 0; arguments != NULL && (name = schema_property(o->rules, i)) != NULL; i++) {
        bool language = strcmp(name, "language") == 0;
        const char *value = language ? rest_language(r) : filtered_by(r, name);
        if (value != NULL && cJSON_AddStringToObject(arguments, name, value) == NULL) {
            cJSON_Delete(arguments);
            return NULL;
        }
    }
    return arguments;
}

/* An operation is asked as whoever asks for the page: it may be for fewer. */
static platen_code answer_items(const struct feature_page *f, rest_request *r, items_fn write,
                                platen_error *err)
{
    strbuf answer;
    const operation *o = operation_find(f->plugin->owner, f->page->operation);
    operation_caller caller = operation_caller_of(r);
    if (!operation_allowed(o, r, err)) {
        return PLATEN_E_FORBIDDEN;
    }
    cJSON *arguments = arguments_of(o, r);
    strbuf_init(&answer);
    caller.take = take_answer;
    caller.user = &answer;
    platen_code rc = arguments != NULL ? operation_run(o, arguments, &caller, err)
                                       : error_set(err, PLATEN_E_NOMEM, "no memory for a page");
    if (rc == PLATEN_OK && answer.failed) {
        rc = error_set(err, PLATEN_E_NOMEM, "no memory for a page");
    }
    if (rc == PLATEN_OK) {
        const page_answer given = {answer.data, arguments};
        rc = write(f->page, r, &given, err);
    }
    cJSON_Delete(arguments);
    strbuf_fini(&answer);
    return rc;
}

static platen_code get_list(rest_request *r, platen_error *err)
{
    const struct feature_page *f = page_of_request(r, 0);
    return f->page->table != NULL ? page_table_list(f->page, r, err)
                                  : answer_items(f, r, page_items_list, err);
}

static platen_code get_row(rest_request *r, platen_error *err)
{
    const struct feature_page *f = page_of_request(r, 1);
    return f->page->table != NULL ? page_table_row(f->page, r, err)
                                  : answer_items(f, r, page_items_row, err);
}

/* ---- registering ---- */

static void make_routes(struct feature_page *f)
{
    static const char list_answer[] =
        "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"},"
        "\"total\":{\"type\":\"integer\"},\"page\":{\"type\":\"integer\"},"
        "\"size\":{\"type\":\"integer\"}}}";
    const page *p = f->page;
    bool regions = p->device != NULL;
    /* An operation is asked in any case, and it looks at regions itself. */
    rest_region one = regions || p->operation != NULL ? REST_REGION_OWN : REST_REGION_NONE;
    f->routes[0] = (rest_route){.method = "GET",
                                .path = p->path,
                                .access = p->access,
                                .function = p->function,
                                .region = p->table != NULL && regions ? REST_REGION_LIST : one,
                                .flags = REST_STREAM,
                                .handle = get_list,
                                .summary = "Rows of a page",
                                .answer = list_answer};
    f->routes[1] = (rest_route){.method = "GET",
                                .path = p->row_path,
                                .access = p->access,
                                .function = p->function,
                                .region = one,
                                .handle = get_row,
                                .summary = "One row of a page",
                                .answer = "{\"type\":\"object\"}"};
}

static void withdraw(platen_ctx *ctx, void *object)
{
    struct feature_page *f = object;
    struct feature_page **at = &f->plugin->pages;
    (void)ctx;
    while (*at != NULL && *at != f) {
        at = &(*at)->next;
    }
    if (*at == f) {
        *at = f->next;
    }
    page_free(f->page);
    free(f);
}

static const page *find_page(const feature_plugin *p, const char *id)
{
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        if (strcmp(f->page->id, id) == 0) {
            return f->page;
        }
    }
    return NULL;
}

bool page_path_taken(const feature_plugin *p, const char *path)
{
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        if (strcmp(f->page->path, path) == 0 || strcmp(f->page->row_path, path) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code check_place(const feature_plugin *p, const page *given, platen_error *err)
{
    size_t count = 0;
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        count++;
    }
    if (count >= PLATEN_PAGES_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "page '%s' is one more than %u", given->id,
                         PLATEN_PAGES_MAX);
    }
    if (find_page(p, given->id) != NULL || http_route_taken(p, "GET", given->path) ||
        http_route_taken(p, "GET", given->row_path)) {
        return error_set(err, PLATEN_E_EXISTS, "page '%s' is there already, or a route of its path",
                         given->id);
    }
    return PLATEN_OK;
}

static void append(feature_plugin *p, struct feature_page *f)
{
    struct feature_page **at = &p->pages;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = f;
}

static platen_code add_page(platen_ctx *ctx, const char *json, platen_error *err)
{
    feature_plugin *p = NULL;
    page *given = NULL;
    PLATEN_TRY(feature_plugin_in(ctx, "pages", &p, err));
    if (json == NULL) {
        return error_set(err, PLATEN_E_INVAL, "a page without text");
    }
    PLATEN_TRY(page_read(p->name, p->prefix, json, &given, err));
    struct feature_page *f = calloc(1, sizeof(*f));
    platen_code rc = f != NULL ? check_place(p, given, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for a page");
    if (rc == PLATEN_OK) {
        f->plugin = p;
        f->page = given;
        make_routes(f);
        rc = plug_own(ctx, withdraw, f, err);
    }
    if (rc != PLATEN_OK) {
        page_free(given);
        free(f);
        return rc;
    }
    append(p, f);
    return PLATEN_OK;
}

/* ---- what it says of others ---- */

typedef struct asking {
    const feature_plugin *plugin;
    const page *page;
    platen_error *err;
    platen_code rc;
} asking;

static bool title_known(const char *title, void *user)
{
    asking *a = user;
    if (!locale_title_ok(a->plugin, title)) {
        a->rc = error_set(a->err, PLATEN_E_INVAL, "page '%s': the catalogues have no '%.100s'",
                          a->page->id, title);
    }
    return a->rc == PLATEN_OK;
}

static bool operation_known(const char *id, page_need need, void *user)
{
    asking *a = user;
    const operation *o = operation_find(a->plugin->owner, id);
    if (o == NULL || o->plugin != a->plugin) {
        a->rc = error_set(a->err, PLATEN_E_INVAL, "page '%s': the plugin has no operation '%.100s'",
                          a->page->id, id);
    } else if (need == PAGE_LIST && (o->op.flags & PLATEN_OPERATION_READ) == 0) {
        a->rc = error_set(a->err, PLATEN_E_INVAL,
                          "page '%s': the list is of operation '%.100s', which does not read",
                          a->page->id, id);
    }
    return a->rc == PLATEN_OK;
}

/* A tab is one of a page that has a place of its own. */
static platen_code check_tab(const feature_plugin *plugin, const page *p, platen_error *err)
{
    const char *tab = json_get_text(p->tree, "tab", NULL);
    const page *first = tab != NULL ? find_page(plugin, tab) : NULL;
    if (tab != NULL && (first == NULL || json_get_text(first->tree, "tab", NULL) != NULL)) {
        return error_set(err, PLATEN_E_INVAL, "page '%s' is a tab of '%s', which %s", p->id, tab,
                         first == NULL ? "is not there" : "is a tab itself");
    }
    return PLATEN_OK;
}

static platen_code check_lists(const feature_plugin *plugin, const page *p, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(json_get_object(p->tree, "detail"), "lists"))
    {
        const char *id = json_get_text(each, "page", "");
        const char *filter = json_get_text(each, "filter", "");
        const page *other = find_page(plugin, id);
        if (other == NULL) {
            return error_set(err, PLATEN_E_INVAL, "page '%s': the plugin has no page '%s'", p->id,
                             id);
        }
        if (page_column_find(other, filter) == NULL) {
            return error_set(err, PLATEN_E_INVAL, "page '%s': page '%s' has no column '%s'", p->id,
                             id, filter);
        }
    }
    return PLATEN_OK;
}

static platen_code check_page(const feature_plugin *plugin, const page *p, platen_error *err)
{
    asking a = {.plugin = plugin, .page = p, .err = err, .rc = PLATEN_OK};
    if (!page_titles(p, title_known, &a) || !page_operations(p, operation_known, &a)) {
        return a.rc;
    }
    PLATEN_TRY(check_tab(plugin, p, err));
    return check_lists(plugin, p, err);
}

static platen_code check(feature_plugin *p, platen_error *err)
{
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        PLATEN_TRY(check_page(p, f->page, err));
    }
    return PLATEN_OK;
}

static platen_code apply(feature_plugin *p, platen_error *err)
{
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        if (f->page->table != NULL) {
            PLATEN_TRY(page_table_try(f->page, p->owner->store, err));
        }
    }
    return PLATEN_OK;
}

platen_code page_routes_try(const feature_plugin *p, route_tree *trial, platen_error *err)
{
    for (const struct feature_page *f = p->pages; f != NULL; f = f->next) {
        for (size_t i = 0; i < ROUTES; i++) {
            PLATEN_TRY(route_add(trial, &f->routes[i], err));
        }
    }
    return PLATEN_OK;
}

static platen_code serve(feature *f, rest *r, platen_error *err)
{
    for (const feature_plugin *p = f->plugins; p != NULL; p = p->next) {
        for (const struct feature_page *at = p->pages; at != NULL; at = at->next) {
            PLATEN_TRY(rest_add(r, at->routes, ROUTES, err));
        }
    }
    return rest_pages_add(r, err);
}

const page *feature_page_at(const feature_plugin *p, size_t index)
{
    const struct feature_page *f = p->pages;
    for (; f != NULL && index > 0; index--) {
        f = f->next;
    }
    return f != NULL ? f->page : NULL;
}

static const platen_pages table = {.size = (uint32_t)sizeof(table), .page = add_page};

const feature_part feature_page = {
    .name = "page/1", .table = &table, .check = check, .apply = apply, .serve = serve};
