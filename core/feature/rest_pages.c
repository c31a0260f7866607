/* A page as its plugin gave it, without what the asking one may not do. */
#include "core/feature/rest_pages.h"

#include <string.h>

#include "core/feature/iface_page.h"
#include "core/feature/page.h"
#include "core/feature/operation.h"
#include "core/rest/services.h"

/* Operations of a page, each once. */
#define OPERATIONS 32

typedef struct writing {
    rest_request *request;
    const feature *feature;
    const page *page;
    json_writer *json;
    const operation *operations[OPERATIONS];
    size_t count;
} writing;

/* Whether who asks may do it; then its schema is told too. */
static bool may_do(writing *w, const cJSON *call)
{
    const char *id = page_action_operation(call); /* "create" and "edit" look like one */
    if (id == NULL) {                             /* a task */
        return rest_may(w->request, REST_DEVICE_MANAGER, "tasks", NULL) == PLATEN_OK;
    }
    const operation *o = operation_find(w->feature, id);
    if (o == NULL || !operation_allowed(o, w->request, NULL)) {
        return false;
    }
    for (size_t i = 0; i < w->count; i++) {
        if (w->operations[i] == o) {
            return true;
        }
    }
    if (w->count < OPERATIONS) {
        w->operations[w->count++] = o;
    }
    return true;
}

static void write_actions(writing *w, const cJSON *actions)
{
    const cJSON *each = NULL;
    json_array(w->json, "actions");
    cJSON_ArrayForEach(each, actions)
    {
        if (may_do(w, each)) {
            json_tree(w->json, NULL, each);
        }
    }
    json_array_end(w->json);
}

static void write_page(writing *w)
{
    const page *p = w->page;
    const cJSON *each = NULL;
    json_object(w->json, NULL);
    cJSON_ArrayForEach(each, p->tree)
    {
        bool call = strcmp(each->string, "create") == 0 || strcmp(each->string, "edit") == 0;
        if (strcmp(each->string, "actions") == 0) {
            write_actions(w, each);
        } else if (!call || may_do(w, each)) {
            json_tree(w->json, each->string, each);
        }
    }
    json_text(w->json, "plugin", p->plugin);
    json_text(w->json, "path", p->path);
    json_object(w->json, "schemas");
    for (size_t i = 0; i < w->count; i++) {
        json_raw(w->json, w->operations[i]->op.id, w->operations[i]->op.arguments);
    }
    json_object_end(w->json);
    json_object_end(w->json);
}

static platen_code get_pages(rest_request *r, platen_error *err)
{
    const feature *f = rest_services(r)->feature;
    json_writer *json = rest_json(r, 200);
    (void)err;
    json_object(json, NULL);
    json_array(json, "items");
    for (const feature_plugin *p = f->plugins; p != NULL; p = p->next) {
        const page *each = NULL;
        for (size_t i = 0; (each = feature_page_at(p, i)) != NULL; i++) {
            writing w = {.request = r, .feature = f, .page = each, .json = json};
            if (rest_may(r, each->access, each->function, NULL) == PLATEN_OK) {
                write_page(&w);
            }
        }
    }
    json_array_end(json);
    json_object_end(json);
    return PLATEN_OK;
}

static const rest_route routes[] = {
    {"GET", "/pages", REST_USER, NULL, REST_REGION_NONE, REST_KEPT | REST_PASSIVE, get_pages,
     "The pages of plugins that one may see", NULL,
     "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\"}}}"},
};

platen_code rest_pages_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
