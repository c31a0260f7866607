/* /regions: parts of the fleet with people of their own (ACC-69 to ACC-79). */
#include "core/rest/rest_regions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/model/region_row.h"
#include "core/rest/events.h"
#include "core/rest/list.h"
#include "core/rest/services.h"
#include "region_sql.h"

static const list_field region_fields_shown[] = {
    {"id", "r.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "r.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"timezone", "r.timezone", LIST_TEXT, NULL, NULL, true, NULL},
};

static const list_source region_source = {
    .fields = region_fields_shown,
    .field_count = sizeof(region_fields_shown) / sizeof(region_fields_shown[0]),
    .columns = "r.id, r.name, r.timezone, r.addresses, r.suffixes, (SELECT count(*) FROM device d "
               "WHERE d.managed = 1 AND d.region_id = r.id), (SELECT count(*) FROM user_region u "
               "WHERE u.region_id = r.id)",
    .from = "region r",
    .key = "r.id",
    .sort = "name",
    .region = "r.id",
    .search = "r.name || ' ' || r.timezone || ' ' || r.addresses || ' ' || r.suffixes",
};

/* Columns as of region_source. */
static void write_region(store_stmt *st, json_writer *w)
{
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "name", store_text(st, 1));
    json_text(w, "timezone", store_text(st, 2));
    json_raw(w, "addresses", store_text(st, 3));
    json_raw(w, "suffixes", store_text(st, 4));
    json_i64(w, "devices", store_i64(st, 5));
    json_i64(w, "users", store_i64(st, 6));
    json_object_end(w);
}

static platen_code region_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                              platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    write_region(st, w);
    return PLATEN_OK;
}

static platen_code get_regions(rest_request *r, platen_error *err)
{
    return list_answer(r, &region_source, NULL, region_row, NULL, err);
}

/* What people edit, and not how many devices there are today, is the version. */
static void set_version(rest_request *r, store_stmt *st)
{
    strbuf all;
    char version[24];
    strbuf_init(&all);
    for (int column = 1; column <= 4; column++) {
        strbuf_appendf(&all, "%s\n", store_text(st, column));
    }
    (void)snprintf(version, sizeof(version), "r%016llx",
                   (unsigned long long)hash_bytes(all.data, all.length));
    rest_etag(r, version);
    strbuf_fini(&all);
}

static platen_code answer_region(rest_request *r, int64_t id, int status, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_region_show, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        write_region(st, rest_json(r, status));
        set_version(r, st);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no region %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_region(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    if (!rest_in_regions(r, id)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no region %" PRId64, id);
    }
    return answer_region(r, id, 200, err);
}

/* ---- regions of things ---- */

static platen_code wrong_region(rest_request *r, int index, platen_error *err)
{
    const char *pointer = arena_printf(rest_arena(r), "/regions/%d", index);
    rest_invalid(r, pointer != NULL ? pointer : "/regions", "not-found", "there is no such region");
    return error_set(err, PLATEN_E_INVAL, "there is no such region");
}

static platen_code take_region(rest_request *r, store_conn *conn, const char *text, int index,
                               region_list *out, platen_error *err)
{
    char *end = NULL;
    int64_t id = strtoll(text, &end, 10);
    store_stmt *st = NULL;
    if (*end != '\0' || !rest_in_regions(r, id)) {
        return wrong_region(r, index, err);
    }
    PLATEN_TRY(store_prepare(conn, &sql_region_name, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    store_reset(st);
    if (rc == PLATEN_E_NOT_FOUND) {
        return wrong_region(r, index, err);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (out->ids[i] == id) { /* named twice */
            return rc;
        }
    }
    out->ids[out->count++] = id;
    return rc;
}

static platen_code take_all(rest_request *r, const cJSON *regions, region_list *out,
                            platen_error *err)
{
    const cJSON *item = NULL;
    int index = 0;
    store_conn *conn = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    cJSON_ArrayForEach(item, regions)
    {
        if (out->count == REGION_IDS_MAX) {
            rc = error_set(err, PLATEN_E_TOO_LARGE, "more than %d regions", REGION_IDS_MAX);
        } else {
            rc = take_region(r, conn, cJSON_IsString(item) ? item->valuestring : "-", index++, out,
                             err);
        }
        if (rc != PLATEN_OK) {
            break;
        }
    }
    store_read_end(conn);
    return rc;
}

platen_code rest_take_regions(rest_request *r, bool fresh, region_list *out, bool *given,
                              platen_error *err)
{
    const rest_regions *mine = rest_regions_of(r);
    const cJSON *regions = json_get_array(rest_body(r), "regions");
    out->count = 0;
    *given = regions != NULL;
    if (regions == NULL) {
        for (size_t i = 0; fresh && !mine->all && i < mine->count; i++) {
            out->ids[out->count++] = mine->ids[i];
        }
    } else {
        PLATEN_TRY(take_all(r, regions, out, err));
    }
    if ((fresh || regions != NULL) && !mine->all && out->count == 0) {
        rest_invalid(r, "/regions", "required", "choose at least one of your regions");
        return error_set(err, PLATEN_E_INVAL, "at least one region must be chosen");
    }
    return PLATEN_OK;
}

/* ---- changing ---- */

typedef struct put_work {
    int64_t id;
    region_fields fields;
    region_change change;
} put_work;

static void complain(const char *pointer, const char *code, const char *text, void *user)
{
    rest_invalid(user, pointer, code, text);
}

static platen_code do_put(store_conn *conn, void *user, platen_error *err)
{
    put_work *w = user;
    return region_put(conn, &w->id, &w->fields, clock_now(), &w->change, err);
}

static platen_code do_remove(store_conn *conn, void *user, platen_error *err)
{
    put_work *w = user;
    return region_remove(conn, w->id, &w->change, err);
}

/* Runs the change; tells the pages of the devices that have another region now. */
static platen_code write_change(rest_request *r, store_write_fn fn, put_work *w, platen_error *err)
{
    services *s = rest_services(r);
    w->change.complain = complain;
    w->change.user = r;
    platen_code rc = store_write(s->store, fn, w, err);
    for (size_t i = 0; rc == PLATEN_OK && i < w->change.move_count; i++) {
        const region_move *move = &w->change.moves[i];
        events_device_changed(s->events, move->device, move->to, move->from);
    }
    region_change_fini(&w->change);
    return rc;
}

static platen_code post_region(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    cJSON *empty = cJSON_CreateArray();
    put_work w = {.fields = {.name = json_get_text(body, "name", NULL),
                             .timezone = json_get_text(body, "timezone", NULL),
                             .addresses = json_get_array(body, "addresses"),
                             .suffixes = json_get_array(body, "suffixes")}};
    w.fields.addresses = w.fields.addresses != NULL ? w.fields.addresses : empty;
    w.fields.suffixes = w.fields.suffixes != NULL ? w.fields.suffixes : empty;
    rest_audit_made(r, &w.id);
    platen_code rc = empty != NULL ? write_change(r, do_put, &w, err)
                                   : error_set(err, PLATEN_E_NOMEM, "no memory for a region");
    cJSON_Delete(empty);
    return rc == PLATEN_OK ? answer_region(r, w.id, 201, err) : rc;
}

static platen_code patch_region(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    put_work w = {.fields = {.name = json_get_text(body, "name", NULL),
                             .timezone = json_get_text(body, "timezone", NULL),
                             .addresses = json_get_array(body, "addresses"),
                             .suffixes = json_get_array(body, "suffixes")}};
    PLATEN_TRY(rest_param_id(r, "id", &w.id, err));
    PLATEN_TRY(write_change(r, do_put, &w, err));
    return answer_region(r, w.id, 200, err);
}

static platen_code delete_region(rest_request *r, platen_error *err)
{
    put_work w = {.id = 0};
    PLATEN_TRY(rest_param_id(r, "id", &w.id, err));
    PLATEN_TRY(write_change(r, do_remove, &w, err));
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define PROPERTIES                                                                                 \
    "\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":100,"             \
    "\"pattern\":\"[^ ]\"},"                                                                       \
    "\"timezone\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":63},"                         \
    "\"addresses\":{\"type\":\"array\",\"maxItems\":1000,"                                         \
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":120}},"                          \
    "\"suffixes\":{\"type\":\"array\",\"maxItems\":200,"                                           \
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":254}}}}"

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"timezone\"]," PROPERTIES;
static const char patch_schema[] = "{\"type\":\"object\"," PROPERTIES;

static const rest_route routes[] = {
    {"GET", "/regions", REST_USER, NULL, REST_REGION_LIST, REST_STREAM, get_regions,
     "The regions; who has some only sees those", NULL, NULL},
    {"POST", "/regions", REST_SYSTEM_MANAGER, NULL, REST_REGION_ALL, 0, post_region,
     "Make a region; devices are assigned at once", post_schema, NULL},
    {"GET", "/regions/{id}", REST_USER, NULL, REST_REGION_OWN, 0, get_region, "One region", NULL,
     NULL},
    {"PATCH", "/regions/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_ALL, 0, patch_region,
     "Change a region; devices are assigned anew", patch_schema, NULL},
    {"DELETE", "/regions/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_ALL, 0, delete_region,
     "Delete a region that nobody has", NULL, NULL},
};

platen_code rest_regions_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
