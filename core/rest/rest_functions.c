/* /functions: what is installed, and installing it (PRF-36 to PRF-51, SYS-124 to SYS-132). */
#include "core/rest/rest_functions.h"

#include <string.h>

#include "core/pack/active.h"
#include "core/pack/install.h"
#include "core/pack/installer.h"
#include "core/pack/journal.h"
#include "core/rest/events.h"
#include "core/rest/function_agents.h"
#include "core/rest/services.h"

#define HISTORY_MOST 500
#define UPLOADS_AT_ONCE 32

/* ---- what a list or a detail is written from ---- */

typedef struct view {
    const services *s;
    cJSON *active;
    cJSON *journal; /* NULL: none */
    cJSON *told;    /* by the agents */
    json_writer *w;
    int64_t total;
} view;

static platen_code view_open(rest_request *r, view *v, platen_error *err)
{
    *v = (view){.s = rest_services(r)};
    PLATEN_TRY(active_list(v->s->data_dir, &v->active, err));
    platen_code rc = function_agents_read(v->s->store, &v->told, err);
    if (rc != PLATEN_OK) {
        cJSON_Delete(v->active);
        return rc;
    }
    v->journal = v->s->installer != NULL ? installer_journal(v->s->installer) : NULL;
    return PLATEN_OK;
}

static void view_close(view *v)
{
    cJSON_Delete(v->active);
    cJSON_Delete(v->journal);
    cJSON_Delete(v->told);
}

/* A package's plugin in this process, or NULL. */
static const installer_plugin *loaded_as(const view *v, const char *name)
{
    const installer_plugin *p = NULL;
    for (size_t i = 0; v->s->installer != NULL; i++) {
        p = installer_plugin_get(v->s->installer, i);
        if (p == NULL || strcmp(p->name, name) == 0) {
            return p;
        }
    }
    return NULL;
}

static bool is_waiting(const view *v, const char *name)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(v->journal, "items"))
    {
        if (strcmp(json_get_text(each, "name", ""), name) == 0) {
            return true;
        }
    }
    return false;
}

static void text_or_null(json_writer *w, const char *key, const char *text)
{
    json_text(w, key, text[0] != '\0' ? text : NULL);
}

static void list_or_empty(json_writer *w, const char *key, const cJSON *list)
{
    if (list != NULL) {
        json_tree(w, key, list);
    } else {
        json_array(w, key);
        json_array_end(w);
    }
}

/* ---- one function ---- */

typedef struct shown {
    const char *name, *title, *version, *kind, *publisher, *error, *installed_at, *previous;
    const cJSON *entry; /* NULL: it came with Platen */
    bool deletable;
    bool agents; /* it is for them */
} shown;

static void write_members(view *v, const shown *f)
{
    json_writer *w = v->w;
    json_text(w, "name", f->name);
    json_text(w, "title", f->title);
    text_or_null(w, "version", f->version);
    json_text(w, "kind", f->kind);
    text_or_null(w, "publisher", f->publisher);
    json_text(w, "state",
              is_waiting(v, f->name) ? "waiting"
              : f->error[0] != '\0'  ? "failed"
                                     : "active");
    json_bool(w, "builtin", f->entry == NULL);
    json_bool(w, "deletable", f->deletable);
    text_or_null(w, "error", f->error);
    text_or_null(w, "installed_at", f->installed_at);
    text_or_null(w, "previous", f->previous);
    list_or_empty(w, "tables", json_get_array(f->entry, "tables"));
    list_or_empty(w, "functions", json_get_array(f->entry, "functions"));
    function_agents_write(w, "agents", v->told, f->name, f->version, f->agents);
}

static void show_package(const view *v, const active_package *p, shown *f)
{
    const installer_plugin *loaded = loaded_as(v, p->name);
    bool product = strcmp(p->kind, "product") == 0;
    *f = (shown){.name = p->name,
                 .title = p->title,
                 .version = p->version,
                 .kind = p->kind,
                 .publisher = p->publisher,
                 .error = loaded != NULL ? loaded->error : "",
                 .installed_at = p->installed_at,
                 .previous =
                     p->previous[0] != '\0' ? p->previous : json_get_text(p->entry, "base", ""),
                 .entry = p->entry,
                 .deletable = !product,
                 .agents = p->agent};
}

static void show_builtin(const installer_plugin *p, shown *f)
{
    *f = (shown){.name = p->name,
                 .title = p->name,
                 .version = p->version,
                 .kind = "plugin",
                 .publisher = "",
                 .error = p->error,
                 .installed_at = "",
                 .previous = ""};
}

static void show_core(const view *v, shown *f)
{
    *f = (shown){.name = INSTALL_PRODUCT,
                 .title = "Platen",
                 .version = v->s->version,
                 .kind = "core",
                 .publisher = "",
                 .error = "",
                 .installed_at = "",
                 .previous = ""};
}

/* The `index`-th of all: Platen, then what came with it, then packages. */
static bool find_shown(const view *v, size_t index, shown *f)
{
    active_package p;
    size_t at = 0;
    if (!active_find(v->active, INSTALL_PRODUCT, &p) && at++ == index) {
        show_core(v, f);
        return true;
    }
    const installer_plugin *plugin = NULL;
    for (size_t i = 0;
         v->s->installer != NULL && (plugin = installer_plugin_get(v->s->installer, i)) != NULL;
         i++) {
        if (!active_find(v->active, plugin->name, &p) && at++ == index) {
            show_builtin(plugin, f);
            return true;
        }
    }
    if (index >= at && active_get(v->active, index - at, &p)) {
        show_package(v, &p, f);
        return true;
    }
    return false;
}

/* ---- the installation ---- */

static void write_installation(json_writer *w, const cJSON *journal)
{
    const cJSON *each = NULL;
    if (journal == NULL) {
        json_null(w, "installation");
        return;
    }
    json_object(w, "installation");
    json_text(w, "verb", json_get_text(journal, "verb", ""));
    json_text(w, "state", json_get_text(journal, "state", ""));
    json_array(w, "functions");
    cJSON_ArrayForEach(each, json_get_array(journal, "items"))
    {
        json_text(w, NULL, json_get_text(each, "name", ""));
    }
    json_array_end(w);
    json_text(w, "text", json_get_text(journal, "text", ""));
    json_text(w, "started_at", json_get_text(journal, "started_at", ""));
    json_object_end(w);
}

void rest_functions_news(struct events *to, struct installer *of)
{
    strbuf out;
    json_writer w;
    cJSON *journal = of != NULL ? installer_journal(of) : NULL;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    write_installation(&w, journal);
    json_object_end(&w);
    if (to != NULL && !out.failed) {
        events_publish(to, "function", EVENTS_ANY, EVENTS_NO_DEVICE, out.data);
    }
    strbuf_fini(&out);
    cJSON_Delete(journal);
}

/* ---- reading ---- */

static platen_code get_functions(rest_request *r, platen_error *err)
{
    view v;
    shown f;
    PLATEN_TRY(view_open(r, &v, err));
    v.w = rest_json(r, 200);
    json_object(v.w, NULL);
    json_array(v.w, "items");
    for (; find_shown(&v, (size_t)v.total, &f); v.total++) {
        json_object(v.w, NULL);
        write_members(&v, &f);
        json_object_end(v.w);
    }
    json_array_end(v.w);
    json_i64(v.w, "total", v.total);
    write_installation(v.w, v.journal);
    json_object_end(v.w);
    view_close(&v);
    return PLATEN_OK;
}

static platen_code write_history(json_writer *w, const char *key, const char *data,
                                 const char *name, int64_t *count, platen_error *err)
{
    static const char *const keys[] = {"at", "name", "event", "from", "to", "by", "code", "text"};
    cJSON *lines = NULL;
    const cJSON *each = NULL;
    PLATEN_TRY(history_read(data, name, HISTORY_MOST, &lines, err));
    json_array(w, key);
    cJSON_ArrayForEach(each, lines)
    {
        json_object(w, NULL);
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            text_or_null(w, keys[i], json_get_text(each, keys[i], ""));
        }
        json_object_end(w);
        (*count)++;
    }
    json_array_end(w);
    cJSON_Delete(lines);
    return PLATEN_OK;
}

static platen_code get_function(rest_request *r, platen_error *err)
{
    view v;
    shown f;
    const char *name = rest_param(r, "name");
    int64_t count = 0;
    PLATEN_TRY(view_open(r, &v, err));
    size_t at = 0;
    while (find_shown(&v, at, &f) && strcmp(f.name, name) != 0) {
        at++;
    }
    platen_code rc = PLATEN_OK;
    if (!find_shown(&v, at, &f)) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no function '%.64s'", name);
    } else {
        v.w = rest_json(r, 200);
        json_object(v.w, NULL);
        write_members(&v, &f);
        rc = write_history(v.w, "history", v.s->data_dir, name, &count, err);
        json_object_end(v.w);
    }
    view_close(&v);
    return rc;
}

static platen_code get_history(rest_request *r, platen_error *err)
{
    int64_t count = 0;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    PLATEN_TRY(write_history(w, "items", rest_services(r)->data_dir, NULL, &count, err));
    json_i64(w, "total", count);
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- orders ---- */

static void tell_runs(rest_request *r, const cJSON *runs)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, runs)
    {
        const char *id = json_get_text(each, "id", "");
        const char *where = json_get_bool(each, "due", false) ? "tasks" : "runs";
        rest_invalid(r, arena_printf(rest_arena(r), "/%s/%s", where, id), "busy",
                     arena_dup(rest_arena(r), json_get_text(each, "name", "")));
    }
}

static platen_code give(rest_request *r, const installer_order *order, platen_error *err)
{
    const services *s = rest_services(r);
    const char *word = "";
    cJSON *runs = NULL;
    cJSON *journal = NULL;
    platen_code rc = installer_order_take(s->installer, order, &word, &runs, err);
    if (rc != PLATEN_OK && word[0] != '\0') {
        if (strcmp(word, "busy") == 0) {
            tell_runs(r, runs);
        } else {
            rest_invalid(r, "", word, err != NULL ? arena_dup(rest_arena(r), err->text) : "");
        }
    }
    cJSON_Delete(runs);
    PLATEN_TRY(rc);
    journal = installer_journal(s->installer);
    json_writer *w = rest_json(r, 202);
    json_object(w, NULL);
    write_installation(w, journal);
    json_object_end(w);
    cJSON_Delete(journal);
    return PLATEN_OK;
}

static bool waits(rest_request *r)
{
    const char *given = rest_query(r, "when_busy");
    return strcmp(json_get_text(rest_body(r), "when_busy", given != NULL ? given : "refuse"),
                  "wait") == 0;
}

static platen_code post_install(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    const cJSON *each = NULL;
    const char *uploads[UPLOADS_AT_ONCE];
    installer_order order = {
        .verb = INSTALLER_INSTALL, .uploads = uploads, .wait = waits(r), .by = rest_who(r)->name};
    cJSON_ArrayForEach(each, json_get_array(body, "uploads"))
    {
        uploads[order.upload_count++] = each->valuestring; /* the schema bounds them */
    }
    if (!json_get_bool(body, "accept_license", false)) {
        rest_invalid(r, "/accept_license", "const", "the licence must be accepted");
        return error_set(err, PLATEN_E_INVAL, "the licence is not accepted");
    }
    return give(r, &order, err);
}

static platen_code delete_function(rest_request *r, platen_error *err)
{
    const char *data = rest_query(r, "data");
    if (data != NULL && strcmp(data, "keep") != 0 && strcmp(data, "delete") != 0) {
        rest_invalid(r, "/data", "enum", "data is keep or delete");
        return error_set(err, PLATEN_E_INVAL, "data is keep or delete, not '%.16s'", data);
    }
    const installer_order order = {.verb = INSTALLER_REMOVE,
                                   .name = rest_param(r, "name"),
                                   .drop = data != NULL && strcmp(data, "delete") == 0,
                                   .wait = waits(r),
                                   .by = rest_who(r)->name};
    return give(r, &order, err);
}

static platen_code post_rollback(rest_request *r, platen_error *err)
{
    const installer_order order = {.verb = INSTALLER_ROLLBACK,
                                   .name = rest_param(r, "name"),
                                   .wait = waits(r),
                                   .by = rest_who(r)->name};
    return give(r, &order, err);
}

static platen_code post_cancel(rest_request *r, platen_error *err)
{
    const char *word = "";
    platen_code rc = installer_cancel(rest_services(r)->installer, rest_who(r)->name, &word, err);
    if (rc != PLATEN_OK && word[0] != '\0') {
        rest_invalid(r, "", word, "no installation waits for tasks");
    }
    PLATEN_TRY(rc);
    rest_empty(r, 204);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/functions", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_functions,
     "What is installed, Platen included, and the installation that is under way.", NULL, NULL},
    {"GET", "/functions/history", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_history,
     "What was uploaded, refused, installed, rolled back and removed, the newest first.", NULL,
     NULL},
    {"GET", "/functions/{name}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_function,
     "A function with its history.", NULL, NULL},
    {"POST", "/functions/install", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_install,
     "Installs packages that are ready, all of them or none. Platen starts anew for it.",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"uploads\","
     "\"accept_license\"],\"properties\":{\"uploads\":{\"type\":\"array\",\"minItems\":1,"
     "\"maxItems\":32,\"items\":{\"type\":\"string\"}},\"accept_license\":{\"type\":\"boolean\"},"
     "\"when_busy\":{\"enum\":[\"refuse\",\"wait\"]}}}",
     NULL},
    {"POST", "/functions/cancel", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     post_cancel, "The installation that waits for tasks does not take place.", NULL, NULL},
    {"DELETE", "/functions/{name}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     delete_function, "Removes a function, with its data if ?data=delete.", NULL, NULL},
    {"POST", "/functions/{name}/rollback", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE,
     REST_NO_BODY, post_rollback, "Goes back to the version before, which keeps the data.", NULL,
     NULL},
};

platen_code rest_functions_add(rest *router, platen_error *err)
{
    PLATEN_TRY(rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err));
    PLATEN_TRY(rest_uploads_add(router, err));
    return rest_publishers_add(router, err);
}
