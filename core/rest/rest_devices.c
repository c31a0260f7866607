/* /devices: the fleet, one device, its status, supplies, counters. */
#include "core/rest/rest_devices.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/net.h"
#include "core/link/link_manager.h"
#include "core/model/device_search.h"
#include "core/model/region_row.h"
#include "core/rest/crier.h"
#include "core/rest/events.h"
#include "core/rest/device_list.h"
#include "core/rest/services.h"
#include "core/run/run.h"
#include "core/run/task.h"
#include "device_sql.h"

/* Unless the request asks for the others, the list shows the managed devices (DEV-75). */
static bool asks_for_managed(rest_request *r)
{
    const char *filters[64];
    size_t count = rest_query_all(r, "f", filters, 64);
    for (size_t i = 0; i < count && i < 64; i++) {
        if (strncmp(filters[i], "managed:", 8) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code get_devices(rest_request *r, platen_error *err)
{
    list_scope scope = {.where = NULL};
    if (!asks_for_managed(r)) {
        scope = device_managed;
    } else if (!rest_regions_of(r)->all) {
        scope.where = "d.managed IN (0, 1)"; /* no condition, but leads to the index of a region */
    }
    return device_list_answer(r, &scope, err);
}

/* ---- one device ---- */

typedef void (*write_answer)(rest_request *r, store_stmt *st, json_writer *w,
                             const group_page *groups);

/* Answers an object whose members `write` takes from the device's row. */
static platen_code answer_device(rest_request *r, write_answer write, platen_error *err)
{
    int64_t id = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    group_page groups = group_page_of(r);
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = group_page_find(&groups, conn, &id, 1, err);
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_device_detail, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, 200);
        json_object(w, NULL);
        write(r, st, w, &groups);
        json_object_end(w);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no device %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static platen_code get_device(rest_request *r, platen_error *err)
{
    return answer_device(r, device_write_details, err);
}

static platen_code get_status(rest_request *r, platen_error *err)
{
    return answer_device(r, device_write_status, err);
}

static platen_code get_supplies(rest_request *r, platen_error *err)
{
    return answer_device(r, device_write_supplies, err);
}

static platen_code get_counters(rest_request *r, platen_error *err)
{
    return answer_device(r, device_write_counters, err);
}

/* ---- changes ---- */

typedef struct device_patch {
    int64_t id;
    int64_t region;
    const cJSON *body;
    strbuf *removed; /* of a deletion: what webhooks are told, else NULL */
} device_patch;

static void bind_optional(store_stmt *st, const char *name, const cJSON *body)
{
    const char *text = json_get_text(body, name, NULL);
    if (text != NULL) {
        store_bind_text(st, name, text);
    } else {
        store_bind_null(st, name);
    }
}

/* Runs a statement that gives the region of the device that it changed or deleted. */
static platen_code run_on_device(store_stmt *st, device_patch *p, platen_error *err)
{
    store_bind_i64(st, "id", p->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        p->region = store_i64(st, 0);
        if (p->removed != NULL) {
            crier_write_removed(st, p->removed);
        }
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no device %" PRId64, p->id);
    }
    store_reset(st);
    return rc;
}

static platen_code patch_row(store_conn *conn, void *user, platen_error *err)
{
    device_patch *p = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_patch, &st, err));
    bind_optional(st, "name", p->body);
    bind_optional(st, "location", p->body);
    bind_optional(st, "comment", p->body);
    bind_optional(st, "link", p->body);
    if (json_is_null_or_absent(p->body, "managed")) {
        store_bind_null(st, "managed");
    } else {
        store_bind_i64(st, "managed", json_get_bool(p->body, "managed", true) ? 1 : 0);
    }
    PLATEN_TRY(run_on_device(st, p, err));
    return device_search_renew(conn, p->id, err);
}

static platen_code patch_device(rest_request *r, platen_error *err)
{
    device_patch p = {.body = rest_body(r)};
    const char *link = json_get_text(p.body, "link", "");
    PLATEN_TRY(rest_param_id(r, "id", &p.id, err));
    if (link[0] != '\0' && strncmp(link, "http://", 7) != 0 && strncmp(link, "https://", 8) != 0) {
        rest_invalid(r, "/link", "scheme", "a link begins with http:// or https://");
        return error_set(err, PLATEN_E_INVAL, "the link is no web address");
    }
    PLATEN_TRY(store_write(rest_services(r)->store, patch_row, &p, err));
    const device_change change = {.id = p.id, .changed = true};
    events_device_changed(rest_services(r)->events, p.id, p.region, p.region);
    crier_device(rest_services(r)->crier, &change);
    return answer_device(r, device_write_details, err);
}

static platen_code delete_row(store_conn *conn, void *user, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_delete, &st, err));
    return run_on_device(st, user, err);
}

static platen_code delete_device(rest_request *r, platen_error *err)
{
    strbuf removed;
    device_patch p = {.removed = &removed};
    PLATEN_TRY(rest_param_id(r, "id", &p.id, err));
    strbuf_init(&removed);
    platen_code rc = store_write(rest_services(r)->store, delete_row, &p, err);
    if (rc == PLATEN_OK) {
        events_device_changed(rest_services(r)->events, p.id, p.region, p.region);
        crier_removed(rest_services(r)->notify, &removed);
        rest_empty(r, 204);
    }
    strbuf_fini(&removed);
    return rc;
}

/* A host name is letters, digits, '-' and dots; anything else is not worth a DNS question. */
static bool is_host(const char *text)
{
    net_address parsed;
    if (net_parse(text, &parsed)) {
        return true;
    }
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-._");
    return text[length] == '\0' && length > 0 && text[0] != '-' && text[0] != '.';
}

/* The region that a device of this address or name will have. Who has some regions only looks for
 * devices of those, and gets them as the run's. */
static platen_code region_of_place(rest_request *r, const char *address, int64_t *region,
                                   platen_error *err)
{
    store_conn *conn = NULL;
    region_book *book = NULL;
    if (rest_regions_of(r)->all) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = region_book_load(conn, 0, &book, err);
    store_read_end(conn);
    PLATEN_TRY(rc);
    *region = region_book_find(book, address, "", address);
    region_book_free(book);
    if (*region != 0 && rest_in_regions(r, *region)) {
        return PLATEN_OK;
    }
    rest_invalid(r, "/address", "region", "this is not in your regions");
    return error_set(err, PLATEN_E_INVAL, "'%s' is not in the regions of who asks", address);
}

/* DEV-58: find and register one device. */
static platen_code post_device(rest_request *r, platen_error *err)
{
    const char *address = json_get_text(rest_body(r), "address", "");
    services *s = rest_services(r);
    int64_t agent = 0;
    int64_t run = 0;
    int64_t region = 0;
    if (!is_host(address)) {
        rest_invalid(r, "/address", "address", "give an IPv4 or IPv6 address or a host name");
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address or host name", address);
    }
    PLATEN_TRY(region_of_place(r, address, &region, err));
    PLATEN_TRY(link_agent_id(s->link, json_get_text(rest_body(r), "agent", "local"), &agent, err));
    strbuf settings;
    json_writer w;
    strbuf_init(&settings);
    json_init(&w, &settings);
    json_object(&w, NULL);
    json_array(&w, "addresses");
    json_text(&w, NULL, address);
    json_array_end(&w);
    json_object_end(&w);
    const char *name = arena_printf(rest_arena(r), "Find %s", address);
    run_spec spec = {.kind = "device.discover",
                     .name = name != NULL ? name : "Find",
                     .settings = settings.data,
                     .agents = &agent,
                     .agent_count = 1,
                     .regions = &region,
                     .region_count = region != 0 ? 1 : 0};
    platen_code rc = runs_create(s->runs, &spec, &run, err);
    strbuf_fini(&settings);
    PLATEN_TRY(rc);
    json_writer *answer = rest_json(r, 202);
    json_object(answer, NULL);
    json_id(answer, "run", run);
    json_object_end(answer);
    return PLATEN_OK;
}

static const char post_schema[] =
    "{\"type\":\"object\",\"required\":[\"address\"],\"properties\":{"
    "\"address\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":253},"
    "\"agent\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":20}}}";

static const char patch_schema[] = "{\"type\":\"object\",\"properties\":{"
                                   "\"name\":{\"type\":\"string\",\"maxLength\":255},"
                                   "\"location\":{\"type\":\"string\",\"maxLength\":255},"
                                   "\"comment\":{\"type\":\"string\",\"maxLength\":2000},"
                                   "\"link\":{\"type\":\"string\",\"maxLength\":2000},"
                                   "\"managed\":{\"type\":\"boolean\"}}}";

static const rest_route routes[] = {
    {"GET", "/devices", REST_USER, "devices", REST_REGION_LIST, REST_STREAM, get_devices,
     "The managed devices: filter, sort, page, or all as ndjson", NULL, NULL},
    {"POST", "/devices", REST_DEVICE_MANAGER, "discovery", REST_REGION_OWN, 0, post_device,
     "Find one device by address or host name and register it", post_schema, NULL},
    {"GET", "/devices/{id}", REST_USER, "devices", REST_REGION_DEVICE, 0, get_device, "One device",
     NULL, NULL},
    {"PATCH", "/devices/{id}", REST_DEVICE_MANAGER, "devices", REST_REGION_DEVICE, 0, patch_device,
     "Change what Platen keeps of a device", patch_schema, NULL},
    {"DELETE", "/devices/{id}", REST_DEVICE_MANAGER, "devices", REST_REGION_DEVICE, 0,
     delete_device, "Delete a device with its history", NULL, NULL},
    {"GET", "/devices/{id}/status", REST_USER, "devices", REST_REGION_DEVICE, 0, get_status,
     "One device with trays, covers, finishers and console", NULL, NULL},
    {"GET", "/devices/{id}/supplies", REST_USER, "devices", REST_REGION_DEVICE, 0, get_supplies,
     "Supplies of a device", NULL, NULL},
    {"GET", "/devices/{id}/counters", REST_USER, "devices", REST_REGION_DEVICE, 0, get_counters,
     "Newest counters of a device", NULL, NULL},
};

platen_code rest_devices_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
