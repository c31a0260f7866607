/* /devices: the fleet, one device, its status, history, spells, supplies, counters. */
#include "core/rest/rest_devices.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/net.h"
#include "core/link/link_manager.h"
#include "core/model/device_search.h"
#include "core/model/region_row.h"
#include "core/model/words.h"
#include "core/rest/crier.h"
#include "core/rest/events.h"
#include "core/rest/list.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "core/run/run.h"
#include "core/run/task.h"
#include "device_sql.h"

#define DEVICE_COLUMNS                                                                             \
    "d.id, d.name, d.address, d.address6, d.hostname, d.manufacturer, d.model, d.serial, d.mac, "  \
    "d.firmware, d.location, d.contact, d.comment, d.link, d.managed, d.agent_id, s.drivers, "     \
    "d.page_count, d.page_unit, s.counters, d.power, d.severity, d.state, s.alerts, s.supplies, "  \
    "s.inputs, d.supply_lowest, d.first_seen, d.last_seen, s.description, a.local, d.region_id, "  \
    "g.name"

enum device_column {
    C_ID,
    C_NAME,
    C_ADDRESS,
    C_ADDRESS6,
    C_HOSTNAME,
    C_MANUFACTURER,
    C_MODEL,
    C_SERIAL,
    C_MAC,
    C_FIRMWARE,
    C_LOCATION,
    C_CONTACT,
    C_COMMENT,
    C_LINK,
    C_MANAGED,
    C_AGENT,
    C_DRIVERS,
    C_PAGE_COUNT,
    C_PAGE_UNIT,
    C_COUNTERS,
    C_POWER,
    C_SEVERITY,
    C_STATE,
    C_ALERTS,
    C_SUPPLIES,
    C_INPUTS,
    C_SUPPLY_LOWEST,
    C_FIRST_SEEN,
    C_LAST_SEEN,
    C_DESCRIPTION,
    C_LOCAL,
    C_REGION,
    C_REGION_NAME,
    /* of device_detail only */
    C_ALERT,
    C_UUID,
    C_ASSET,
    C_COLOR,
    C_OUTPUTS,
    C_COVERS,
    C_FINISHERS,
    C_CONSOLE,
    C_FIRMWARES,
    C_MACS,
    C_PROTOCOL,
    C_CREDENTIAL,
    C_COUNTER_ROWS,
};

static const int power_values[] = {0, 1, 2, 3, 4};
static const int severity_values[] = {0, 1, 2, 3};
static const int bool_values[] = {0, 1};

static const list_field device_fields[] = {
    {"id", "d.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "d.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"address", "d.address", LIST_TEXT, NULL, NULL, true, "d.address_key"},
    {"hostname", "d.hostname", LIST_TEXT, NULL, NULL, true, NULL},
    {"manufacturer", "d.manufacturer", LIST_TEXT, NULL, NULL, true, NULL},
    {"model", "d.model", LIST_TEXT, NULL, NULL, true, NULL},
    {"serial", "d.serial", LIST_TEXT, NULL, NULL, true, NULL},
    {"mac", "d.mac", LIST_TEXT, NULL, NULL, true, NULL},
    {"firmware", "d.firmware", LIST_TEXT, NULL, NULL, true, NULL},
    {"location", "d.location", LIST_TEXT, NULL, NULL, true, NULL},
    {"contact", "d.contact", LIST_TEXT, NULL, NULL, true, NULL},
    {"comment", "d.comment", LIST_TEXT, NULL, NULL, true, NULL},
    {"agent", "d.agent_id", LIST_ID, NULL, NULL, true, NULL},
    {"managed", "d.managed", LIST_CHOICE, "false|true", bool_values, true, NULL},
    {"power", "d.power", LIST_CHOICE, DEVICE_POWER_WORDS, power_values, true, NULL},
    {"severity", "d.severity", LIST_CHOICE, DEVICE_SEVERITY_WORDS, severity_values, true, NULL},
    {"page_count", "d.page_count", LIST_NUMBER, NULL, NULL, true, NULL},
    {"supply_lowest", "d.supply_lowest", LIST_NUMBER, NULL, NULL, true, NULL},
    {"first_seen", "d.first_seen", LIST_TIME, NULL, NULL, true, NULL},
    {"last_seen", "d.last_seen", LIST_TIME, NULL, NULL, true, NULL},
    {"alert", "d.alert", LIST_TEXT, NULL, NULL, true, NULL},
    {"region", "d.region_id", LIST_ID, NULL, NULL, true, NULL},
};

static const list_source device_source = {
    .fields = device_fields,
    .field_count = sizeof(device_fields) / sizeof(device_fields[0]),
    .columns = DEVICE_COLUMNS,
    .from = "device d JOIN device_state s ON s.device_id = d.id LEFT JOIN agent a ON a.id = "
            "d.agent_id LEFT JOIN region g ON g.id = d.region_id",
    .count_from = "device d",
    .where = NULL,
    .key = "d.id",
    .sort = "name",
    .region = "d.region_id",
    .search_from = "device_search x",
    .search_key = "x.device_id",
    .search = "x.text",
};

static void number_or_null(json_writer *w, const char *key, store_stmt *st, int column)
{
    if (store_is_null(st, column)) {
        json_null(w, key);
    } else {
        json_i64(w, key, store_i64(st, column));
    }
}

/* JSON that Platen wrote into the database itself goes out as it stands. */
static void stored_json(json_writer *w, const char *key, store_stmt *st, int column,
                        const char *fallback)
{
    const char *text = store_text(st, column);
    json_raw(w, key, text[0] != '\0' ? text : fallback);
}

static void write_texts(rest_request *r, store_stmt *st, json_writer *w)
{
    static const struct {
        const char *name;
        int column;
    } texts[] = {{"name", C_NAME},
                 {"address", C_ADDRESS},
                 {"address6", C_ADDRESS6},
                 {"hostname", C_HOSTNAME},
                 {"manufacturer", C_MANUFACTURER},
                 {"model", C_MODEL},
                 {"serial", C_SERIAL},
                 {"mac", C_MAC},
                 {"firmware", C_FIRMWARE},
                 {"location", C_LOCATION},
                 {"contact", C_CONTACT},
                 {"comment", C_COMMENT},
                 {"link", C_LINK},
                 {"page_unit", C_PAGE_UNIT},
                 {"state", C_STATE},
                 {"description", C_DESCRIPTION}};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (list_wants(r, texts[i].name)) {
            json_text(w, texts[i].name, store_text(st, texts[i].column));
        }
    }
}

static void write_region(store_stmt *st, json_writer *w)
{
    if (store_is_null(st, C_REGION)) {
        json_null(w, "region");
        return;
    }
    json_object(w, "region");
    json_id(w, "id", store_i64(st, C_REGION));
    json_text(w, "name", store_text(st, C_REGION_NAME));
    json_object_end(w);
}

static void write_stored(rest_request *r, store_stmt *st, json_writer *w)
{
    static const struct {
        const char *name;
        int column;
        const char *fallback;
    } stored[] = {{"drivers", C_DRIVERS, "[]"},
                  {"counters", C_COUNTERS, "{}"},
                  {"alerts", C_ALERTS, "[]"},
                  {"supplies", C_SUPPLIES, "[]"},
                  {"inputs", C_INPUTS, "[]"}};
    for (size_t i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        if (list_wants(r, stored[i].name)) {
            stored_json(w, stored[i].name, st, stored[i].column, stored[i].fallback);
        }
    }
    if (list_wants(r, "groups")) {
        json_raw(w, "groups", "[]");
    }
    if (list_wants(r, "functions")) {
        json_raw(w, "functions", "{}");
    }
    if (list_wants(r, "region")) {
        write_region(st, w);
    }
}

/* The members of a device, without the braces. */
static void write_device(rest_request *r, store_stmt *st, json_writer *w)
{
    int64_t id = store_i64(st, C_ID);
    json_id(w, "id", id);
    write_texts(r, st, w);
    if (list_wants(r, "managed")) {
        json_bool(w, "managed", store_i64(st, C_MANAGED) != 0);
    }
    if (list_wants(r, "agent")) {
        rest_agent_id(w, "agent", store_i64(st, C_AGENT), store_i64(st, C_LOCAL) != 0);
    }
    if (list_wants(r, "page_count")) {
        number_or_null(w, "page_count", st, C_PAGE_COUNT);
    }
    if (list_wants(r, "power")) {
        json_text(w, "power", device_power_word(store_i64(st, C_POWER)));
    }
    if (list_wants(r, "severity")) {
        json_text(w, "severity", device_severity_word(store_i64(st, C_SEVERITY)));
    }
    if (list_wants(r, "supply_lowest")) {
        number_or_null(w, "supply_lowest", st, C_SUPPLY_LOWEST);
    }
    if (list_wants(r, "first_seen")) {
        json_time(w, "first_seen", store_i64(st, C_FIRST_SEEN));
    }
    if (list_wants(r, "last_seen")) {
        int64_t stored = store_i64(st, C_LAST_SEEN);
        int64_t newer = runs_last_seen(rest_services(r)->runs, id);
        json_time(w, "last_seen", newer > stored ? newer : stored);
    }
    write_stored(r, st, w);
}

static platen_code device_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                              platen_error *err)
{
    (void)user;
    (void)err;
    json_object(w, NULL);
    write_device(r, st, w);
    json_object_end(w);
    return PLATEN_OK;
}

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
    /* The second is no condition, but leads to the index of a region. */
    const list_scope managed = {.where = "d.managed = 1", .search_where = "x.managed = 1"};
    const list_scope both = {.where = "d.managed IN (0, 1)"};
    const list_scope *scope = !asks_for_managed(r)       ? &managed
                              : !rest_regions_of(r)->all ? &both
                                                         : NULL;
    return list_answer(r, &device_source, scope, device_row, NULL, err);
}

/* ---- one device ---- */

typedef void (*write_answer)(rest_request *r, store_stmt *st, json_writer *w);

/* Answers an object whose members `write` takes from the device's row. */
static platen_code answer_device(rest_request *r, write_answer write, platen_error *err)
{
    int64_t id = 0;
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(store_read(rest_services(r)->store, &conn, err));
    platen_code rc = store_prepare(conn, &sql_device_detail, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "id", id);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        json_writer *w = rest_json(r, 200);
        json_object(w, NULL);
        write(r, st, w);
        json_object_end(w);
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no device %" PRId64, id);
    }
    store_reset(st);
    store_read_end(conn);
    return rc;
}

static void write_details(rest_request *r, store_stmt *st, json_writer *w)
{
    write_device(r, st, w);
    json_text(w, "error_content", store_text(st, C_ALERT));
    json_text(w, "uuid", store_text(st, C_UUID));
    json_text(w, "asset", store_text(st, C_ASSET));
    if (store_is_null(st, C_COLOR)) {
        json_null(w, "color");
    } else {
        json_bool(w, "color", store_i64(st, C_COLOR) != 0);
    }
    json_text(w, "protocol", store_text(st, C_PROTOCOL));
    stored_json(w, "macs", st, C_MACS, "[]");
    stored_json(w, "firmware_parts", st, C_FIRMWARES, "[]");
}

static platen_code get_device(rest_request *r, platen_error *err)
{
    return answer_device(r, write_details, err);
}

static void write_status(rest_request *r, store_stmt *st, json_writer *w)
{
    write_details(r, st, w);
    stored_json(w, "outputs", st, C_OUTPUTS, "[]");
    stored_json(w, "covers", st, C_COVERS, "[]");
    stored_json(w, "finishers", st, C_FINISHERS, "[]");
    stored_json(w, "console", st, C_CONSOLE, "[]");
}

static platen_code get_status(rest_request *r, platen_error *err)
{
    return answer_device(r, write_status, err);
}

static void write_supplies(rest_request *r, store_stmt *st, json_writer *w)
{
    (void)r;
    stored_json(w, "items", st, C_SUPPLIES, "[]");
}

static platen_code get_supplies(rest_request *r, platen_error *err)
{
    return answer_device(r, write_supplies, err);
}

static void write_counters(rest_request *r, store_stmt *st, json_writer *w)
{
    (void)r;
    stored_json(w, "items", st, C_COUNTER_ROWS, "[]");
}

static platen_code get_counters(rest_request *r, platen_error *err)
{
    return answer_device(r, write_counters, err);
}

/* ---- history ---- */

static const list_field history_fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"since", "h.since", LIST_TIME, NULL, NULL, true, NULL},
    {"until", "h.until", LIST_TIME, NULL, NULL, true, NULL},
    {"severity", "h.severity", LIST_NUMBER, NULL, NULL, true, NULL},
    {"code", "h.code", LIST_NUMBER, NULL, NULL, true, NULL},
    {"text", "h.text", LIST_TEXT, NULL, NULL, true, NULL},
};

#define HISTORY_SOURCE                                                                             \
    .fields = history_fields, .field_count = sizeof(history_fields) / sizeof(history_fields[0]),   \
    .columns = "h.id, h.device_id, h.severity, h.training, h.part_group, h.group_index, h.code, "  \
               "h.text, h.since, h.until, h.source",                                               \
    .from = "device_alert h", .key = "h.id", .sort = "-since"

/* Of one device, whose region the router has looked at; and of all. */
static const list_source history_source = {HISTORY_SOURCE};
static const list_source alert_source = {HISTORY_SOURCE, .region = "h.device_id",
                                         .region_kind = LIST_REGION_OF};

static const list_field spell_fields[] = {
    {"id", "h.id", LIST_ID, NULL, NULL, true, NULL},
    {"start", "h.started", LIST_TIME, NULL, NULL, true, NULL},
    {"end", "h.ended", LIST_TIME, NULL, NULL, true, NULL},
    {"power", "h.power", LIST_CHOICE, DEVICE_POWER_WORDS, power_values, true, NULL},
    {"severity", "h.severity", LIST_CHOICE, DEVICE_SEVERITY_WORDS, severity_values, true, NULL},
};

static const list_source spell_source = {
    .fields = spell_fields,
    .field_count = sizeof(spell_fields) / sizeof(spell_fields[0]),
    .columns = "h.id, h.power, h.severity, h.started, h.ended",
    .from = "device_spell h",
    .key = "h.id",
    .sort = "-start",
};

static void bind_device(store_stmt *st, void *user)
{
    store_bind_i64(st, "device", *(const int64_t *)user);
}

static platen_code history_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                               platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    int64_t since = store_i64(st, 8);
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_id(w, "device", store_i64(st, 1));
    json_text(w, "severity", alert_severity_word(store_i64(st, 2)));
    json_text(w, "training", alert_training_word(store_i64(st, 3)));
    json_i64(w, "group", store_i64(st, 4));
    json_i64(w, "group_index", store_i64(st, 5));
    json_i64(w, "code", store_i64(st, 6));
    json_text(w, "text", store_text(st, 7));
    json_time(w, "since", since);
    json_time(w, "until", store_i64(st, 9));
    if (store_is_null(st, 9)) {
        json_null(w, "duration_s");
    } else {
        json_i64(w, "duration_s", (store_i64(st, 9) - since) / 1000);
    }
    json_text(w, "source", store_text(st, 10));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code spell_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                             platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "power", device_power_word(store_i64(st, 1)));
    json_text(w, "severity", device_severity_word(store_i64(st, 2)));
    json_time(w, "start", store_i64(st, 3));
    json_time(w, "end", store_i64(st, 4));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code answer_history(rest_request *r, const list_source *source, list_row_fn row,
                                  platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    list_scope scope = {.where = "h.device_id = :device", .bind = bind_device, .user = &id};
    return list_answer(r, source, &scope, row, NULL, err);
}

static platen_code get_history(rest_request *r, platen_error *err)
{
    return answer_history(r, &history_source, history_row, err);
}

static platen_code get_spells(rest_request *r, platen_error *err)
{
    return answer_history(r, &spell_source, spell_row, err);
}

/* Alerts of all devices of who asks, newest first: what the start page shows. */
static platen_code get_alerts(rest_request *r, platen_error *err)
{
    return list_answer(r, &alert_source, NULL, history_row, NULL, err);
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
    return answer_device(r, write_details, err);
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
    {"GET", "/devices/{id}/history", REST_USER, "devices", REST_REGION_DEVICE, REST_STREAM,
     get_history, "Alerts of a device, newest first", NULL, NULL},
    {"GET", "/devices/{id}/spells", REST_USER, "devices", REST_REGION_DEVICE, REST_STREAM,
     get_spells, "Power state and severity of a device over time", NULL, NULL},
    {"GET", "/devices/{id}/supplies", REST_USER, "devices", REST_REGION_DEVICE, 0, get_supplies,
     "Supplies of a device", NULL, NULL},
    {"GET", "/devices/{id}/counters", REST_USER, "devices", REST_REGION_DEVICE, 0, get_counters,
     "Newest counters of a device", NULL, NULL},
    {"GET", "/alerts", REST_USER, "devices", REST_REGION_LIST, REST_STREAM, get_alerts,
     "Alerts of all devices, newest first", NULL, NULL},
};

platen_code rest_devices_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
