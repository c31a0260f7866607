/* /groups: device groups, static and dynamic (DEV-142 to DEV-153, PRF-27 to PRF-31). */
#include "core/rest/rest_groups.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/model/group.h"
#include "core/model/preference.h"
#include "core/rest/device_list.h"
#include "core/rest/rest_regions.h"
#include "core/rest/services.h"

static const list_field group_fields_shown[] = {
    {"id", "g.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "g.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"path", "g.path", LIST_TEXT, NULL, NULL, true, NULL},
    {"parent", "g.parent_id", LIST_ID, NULL, NULL, true, NULL},
    {"type", "g.kind", LIST_CHOICE, "static|dynamic", NULL, true, NULL},
    {"comment", "g.comment", LIST_TEXT, NULL, NULL, true, NULL},
};

static const list_source group_source = {
    .fields = group_fields_shown,
    .field_count = sizeof(group_fields_shown) / sizeof(group_fields_shown[0]),
    .columns = "g.id, g.name, g.path, g.parent_id, g.kind, g.level, g.comment, g.filters, "
               "g.regions",
    .from = "device_group g",
    .key = "g.id",
    .sort = "path",
    .region = "device_group_region x WHERE x.group_id = g.id",
    .region_kind = LIST_REGION_THING,
    .search = "g.name || ' ' || g.comment",
};

static platen_code read_naming(rest_request *r, group_naming *out, platen_error *err)
{
    cJSON *tree = NULL;
    PLATEN_TRY(preference_load(rest_services(r)->store, &preference_device_groups, &tree, err));
    *out = (group_naming){.list = strcmp(json_get_text(tree, "view", "tree"), "list") == 0,
                          .delimiter = json_get_text(tree, "delimiter", ":")[0]};
    cJSON_Delete(tree);
    return PLATEN_OK;
}

/* ---- showing ---- */

/* `devices` is NULL when nobody asked for it. */
static void write_group(rest_request *r, const group_row *g, char delimiter, const int64_t *devices,
                        json_writer *w)
{
    json_object(w, NULL);
    json_id(w, "id", g->id);
    json_text(w, "name", g->name);
    json_text(w, "comment", g->comment);
    json_text(w, "type", g->dynamic ? "dynamic" : "static");
    if (g->parent != 0) {
        json_id(w, "parent", g->parent);
    } else {
        json_null(w, "parent");
    }
    json_text(w, "path", group_show_path(rest_arena(r), g->path, delimiter));
    json_bool(w, "level", g->level);
    json_raw(w, "regions", g->regions);
    json_raw(w, "filters", g->filters);
    if (devices != NULL) {
        json_i64(w, "devices", *devices);
    }
    json_object_end(w);
}

/* The groups of a page, read before the list writes them. */
typedef struct group_answer {
    group_naming naming;
    group_row rows[LIST_SIZE_MAX];
    int64_t devices[LIST_SIZE_MAX];
    size_t count;
} group_answer;

static platen_code take_groups(rest_request *r, store_conn *conn, const int64_t *keys, size_t count,
                               void *user, platen_error *err)
{
    group_answer *a = user;
    a->count = 0;
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(group_read(conn, rest_arena(r), keys[i], &a->rows[i], err));
        if (list_wants(r, "devices")) {
            PLATEN_TRY(list_group_count(r, conn, &a->rows[i], false, &a->devices[i], err));
        }
        a->count++;
    }
    return PLATEN_OK;
}

static platen_code group_row_written(rest_request *r, store_stmt *st, json_writer *w, void *user,
                                     platen_error *err)
{
    const group_answer *a = user;
    int64_t id = store_i64(st, 0);
    for (size_t i = 0; i < a->count; i++) {
        if (a->rows[i].id == id) {
            write_group(r, &a->rows[i], a->naming.delimiter,
                        list_wants(r, "devices") ? &a->devices[i] : NULL, w);
            return PLATEN_OK;
        }
    }
    return error_set(err, PLATEN_E_INTERNAL, "group %" PRId64 " was not read", id);
}

static platen_code get_groups(rest_request *r, platen_error *err)
{
    const list_scope scope = {.keys = take_groups};
    group_answer *a = arena_alloc(rest_arena(r), sizeof(*a));
    if (a == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for groups");
    }
    PLATEN_TRY(read_naming(r, &a->naming, err));
    return list_answer(r, &group_source, &scope, group_row_written, a, err);
}

/* What people edit is the version, not the number of devices. */
static void set_version(rest_request *r, const group_row *g)
{
    strbuf all;
    char version[24];
    strbuf_init(&all);
    strbuf_appendf(&all, "%s\n%s\n%s\n%s\n%s", g->path, g->comment, g->filters, g->regions,
                   g->dynamic ? "dynamic" : "static");
    (void)snprintf(version, sizeof(version), "g%016llx",
                   (unsigned long long)hash_bytes(all.data, all.length));
    rest_etag(r, version);
    strbuf_fini(&all);
}

/* One that who asks may not operate is not there for them. */
static platen_code read_own(rest_request *r, store_conn *conn, int64_t id, group_row *out,
                            platen_error *err)
{
    region_list regions;
    PLATEN_TRY(group_read(conn, rest_arena(r), id, out, err));
    PLATEN_TRY(group_row_regions(out, &regions, err));
    const region_set set = region_list_set(&regions);
    return region_may_operate(rest_regions_of(r), &set)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no group %" PRId64, id);
}

static platen_code own_group(rest_request *r, int64_t *id, group_row *out, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(rest_param_id(r, "id", id, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = read_own(r, conn, *id, out, err);
    store_read_end(conn);
    return rc;
}

static platen_code answer_group(rest_request *r, int64_t id, int status, platen_error *err)
{
    store_conn *conn = NULL;
    group_naming naming;
    group_row g;
    int64_t devices = 0;
    PLATEN_TRY(read_naming(r, &naming, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = read_own(r, conn, id, &g, err);
    if (rc == PLATEN_OK) {
        rc = list_group_count(r, conn, &g, true, &devices, err);
    }
    store_read_end(conn);
    PLATEN_TRY(rc);
    write_group(r, &g, naming.delimiter, &devices, rest_json(r, status));
    set_version(r, &g);
    return PLATEN_OK;
}

static platen_code get_group(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return answer_group(r, id, 200, err);
}

static platen_code get_devices(rest_request *r, platen_error *err)
{
    list_scope scope = device_managed;
    group_row g;
    PLATEN_TRY(own_group(r, &scope.group, &g, err));
    return device_list_answer(r, &scope, err);
}

/* ---- changing ---- */

typedef struct put_work {
    int64_t id;
    group_fields fields;
    rest_request *request;
} put_work;

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    rest_invalid(user, pointer, code, text);
}

static void complain_filter(const char *parameter, const char *code, const char *text, void *user)
{
    const char *pointer = arena_printf(rest_arena(user), "/%s", parameter);
    rest_invalid(user, pointer != NULL ? pointer : "/filters", code, text);
}

static platen_code do_put(store_conn *conn, void *user, platen_error *err)
{
    put_work *w = user;
    return group_put(conn, &w->id, &w->fields, clock_now(), complain, w->request, err);
}

/* The member "filters", checked as the list of devices would; `*text` stays NULL without it. */
static platen_code take_filters(rest_request *r, bool dynamic, bool fresh, char **text,
                                platen_error *err)
{
    const cJSON *filters = json_get_array(rest_body(r), "filters");
    list_plan plan;
    int count = filters != NULL ? cJSON_GetArraySize(filters) : 0;
    if (!dynamic && count > 0) {
        rest_invalid(r, "/filters", "kind", "only a dynamic group has filters");
        return error_set(err, PLATEN_E_INVAL, "only a dynamic group has filters");
    }
    if (dynamic && (fresh || filters != NULL) && count == 0) {
        rest_invalid(r, "/filters", "required", "a dynamic group needs a filter");
        return error_set(err, PLATEN_E_INVAL, "a dynamic group needs a filter");
    }
    if (filters == NULL || !dynamic) {
        return PLATEN_OK;
    }
    PLATEN_TRY(group_plan_read(rest_arena(r), filters, complain_filter, r, &plan, err));
    *text = cJSON_PrintUnformatted(filters);
    return *text != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a group");
}

/* The member "parent": a group of who asks, or null. */
static platen_code take_parent(rest_request *r, group_fields *f, platen_error *err)
{
    const cJSON *parent = cJSON_GetObjectItemCaseSensitive(rest_body(r), "parent");
    store_conn *conn = NULL;
    group_row g;
    f->has_parent = parent != NULL;
    if (!cJSON_IsString(parent)) {
        return PLATEN_OK;
    }
    f->parent = strtoll(parent->valuestring, NULL, 10);
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = read_own(r, conn, f->parent, &g, err);
    store_read_end(conn);
    if (rc == PLATEN_E_NOT_FOUND) {
        rest_invalid(r, "/parent", "not-found", "there is no such group");
        return error_set(err, PLATEN_E_INVAL, "there is no such group");
    }
    return rc;
}

/* Takes the body; `old` is NULL for a new group. */
static platen_code put(rest_request *r, const group_row *old, int64_t *id, platen_error *err)
{
    const cJSON *body = rest_body(r);
    region_list regions;
    bool given = false;
    char *filters = NULL;
    put_work w = {.id = old != NULL ? old->id : 0, .request = r};
    w.fields.name = json_get_text(body, "name", NULL);
    w.fields.comment = json_get_text(body, "comment", NULL);
    w.fields.dynamic =
        old != NULL ? old->dynamic : strcmp(json_get_text(body, "type", ""), "dynamic") == 0;
    PLATEN_TRY(read_naming(r, &w.fields.naming, err));
    PLATEN_TRY(take_parent(r, &w.fields, err));
    PLATEN_TRY(rest_take_regions(r, old == NULL, &regions, &given, err));
    w.fields.regions = given || old == NULL ? &regions : NULL;
    PLATEN_TRY(take_filters(r, w.fields.dynamic, old == NULL, &filters, err));
    w.fields.filters = filters;
    if (old == NULL) {
        rest_audit_made(r, &w.id);
    }
    platen_code rc = store_write(rest_services(r)->store, do_put, &w, err);
    cJSON_free(filters);
    *id = w.id;
    return rc;
}

static platen_code post_group(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(put(r, NULL, &id, err));
    return answer_group(r, id, 201, err);
}

static platen_code patch_group(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    group_row g;
    PLATEN_TRY(own_group(r, &id, &g, err));
    PLATEN_TRY(put(r, &g, &id, err));
    return answer_group(r, id, 200, err);
}

static platen_code do_remove(store_conn *conn, void *user, platen_error *err)
{
    return group_remove(conn, *(const int64_t *)user, err);
}

static platen_code delete_group(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    group_row g;
    PLATEN_TRY(own_group(r, &id, &g, err));
    PLATEN_TRY(store_write(rest_services(r)->store, do_remove, &id, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- members ---- */

typedef struct member_work {
    int64_t id;
    group_members members;
} member_work;

static platen_code do_members(store_conn *conn, void *user, platen_error *err)
{
    member_work *w = user;
    return group_change_members(conn, w->id, &w->members, err);
}

static platen_code take_ids(rest_request *r, const char *member, const int64_t **out, size_t *count,
                            platen_error *err)
{
    const cJSON *array = json_get_array(rest_body(r), member);
    int size = array != NULL ? cJSON_GetArraySize(array) : 0;
    int64_t *ids =
        arena_alloc_array(rest_arena(r), (size_t)(size > 0 ? size : 0) + 1, sizeof(*ids));
    const cJSON *item = NULL;
    if (ids == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %d devices", size);
    }
    *count = 0;
    cJSON_ArrayForEach(item, array)
    {
        ids[(*count)++] = strtoll(item->valuestring, NULL, 10);
    }
    *out = ids;
    return PLATEN_OK;
}

static platen_code post_devices(rest_request *r, platen_error *err)
{
    member_work w = {.members = {.who = rest_regions_of(r)}};
    platen_error why = PLATEN_ERROR_INIT;
    group_row g;
    PLATEN_TRY(own_group(r, &w.id, &g, err));
    PLATEN_TRY(take_ids(r, "add", &w.members.add, &w.members.add_count, err));
    PLATEN_TRY(take_ids(r, "remove", &w.members.remove, &w.members.remove_count, err));
    platen_code rc = store_write(rest_services(r)->store, do_members, &w, &why);
    if (rc == PLATEN_E_INVAL && w.members.why != NULL) {
        const char *pointer = w.members.refused >= 0
                                  ? arena_printf(rest_arena(r), "/add/%" PRId64, w.members.refused)
                                  : "/add";
        rest_invalid(r, pointer != NULL ? pointer : "/add", w.members.why, why.text);
    }
    if (rc != PLATEN_OK) {
        return error_set(err, rc, "%s", why.text);
    }
    return answer_group(r, w.id, 200, err);
}

#define IDS(most)                                                                                  \
    "{\"type\":\"array\",\"maxItems\":" most                                                       \
    ",\"items\":{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}}"

#define PROPERTIES                                                                                 \
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255},"                            \
    "\"comment\":{\"type\":\"string\",\"maxLength\":1000},"                                        \
    "\"parent\":{\"anyOf\":[{\"type\":\"null\"},"                                                  \
    "{\"type\":\"string\",\"pattern\":\"^[0-9]{1,18}$\"}]},"                                       \
    "\"filters\":{\"type\":\"array\",\"maxItems\":32,"                                             \
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4000}},"                         \
    "\"regions\":" IDS("200")

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"type\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"enum\":[\"static\",\"dynamic\"]}," PROPERTIES "}}";
static const char patch_schema[] = "{\"type\":\"object\",\"properties\":{" PROPERTIES "}}";
static const char members_schema[] =
    "{\"type\":\"object\",\"properties\":{\"add\":" IDS("5000") ",\"remove\":" IDS("5000") "}}";

static const rest_route routes[] = {
    {"GET", "/groups", REST_DEVICE_MANAGER, "groups", REST_REGION_LIST, REST_STREAM, get_groups,
     "Device groups", NULL, NULL},
    {"POST", "/groups", REST_DEVICE_MANAGER, "groups", REST_REGION_OWN, 0, post_group,
     "Make a group, static or dynamic", post_schema, NULL},
    {"GET", "/groups/{id}", REST_DEVICE_MANAGER, "groups", REST_REGION_OWN, 0, get_group,
     "One group", NULL, NULL},
    {"PATCH", "/groups/{id}", REST_DEVICE_MANAGER, "groups", REST_REGION_OWN, 0, patch_group,
     "Change a group; its type stays", patch_schema, NULL},
    {"DELETE", "/groups/{id}", REST_DEVICE_MANAGER, "groups", REST_REGION_OWN, 0, delete_group,
     "Delete a group that no task and no other group needs", NULL, NULL},
    {"GET", "/groups/{id}/devices", REST_DEVICE_MANAGER, "groups", REST_REGION_LIST, REST_STREAM,
     get_devices, "The managed devices of a group", NULL, NULL},
    {"POST", "/groups/{id}/devices", REST_DEVICE_MANAGER, "groups", REST_REGION_OWN, 0,
     post_devices, "Put devices into a static group and take others out", members_schema, NULL},
};

platen_code rest_groups_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
