/* See device_list.h. */
#include "core/rest/device_list.h"

#include "core/model/words.h"
#include "core/rest/rest_agents.h"
#include "core/rest/services.h"
#include "core/run/run.h"

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
    {"group", "d.id", LIST_GROUP, NULL, NULL, false, NULL},
};

const list_source device_source = {
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
    .narrow_index = "device_list_narrow",
    .narrow_columns = " d.managed d.severity d.power d.region_id d.page_count d.supply_lowest "
                      "d.firmware d.manufacturer d.model d.name d.id ",
};

const list_scope device_managed = {.where = "d.managed = 1", .search_where = "x.managed = 1"};

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

static void write_stored(rest_request *r, store_stmt *st, json_writer *w, const group_page *groups)
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
    if (groups != NULL && list_wants(r, "groups")) {
        group_page_write(groups, store_i64(st, C_ID), w);
    }
    if (list_wants(r, "functions")) {
        json_raw(w, "functions", "{}");
    }
    if (list_wants(r, "region")) {
        write_region(st, w);
    }
}

/* The members of a device, without the braces. */
static void write_device(rest_request *r, store_stmt *st, json_writer *w, const group_page *groups)
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
    write_stored(r, st, w, groups);
}

static platen_code device_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                              platen_error *err)
{
    (void)err;
    json_object(w, NULL);
    write_device(r, st, w, user);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code find_groups(rest_request *r, store_conn *conn, const int64_t *devices,
                               size_t count, void *user, platen_error *err)
{
    (void)r;
    return group_page_find(user, conn, devices, count, err);
}

platen_code device_list_answer(rest_request *r, const list_scope *scope, platen_error *err)
{
    group_page groups = group_page_of(r);
    list_scope whole = *scope;
    whole.keys = list_wants(r, "groups") ? find_groups : NULL;
    return list_answer(r, &device_source, &whole, device_row, &groups, err);
}

void device_write_details(rest_request *r, store_stmt *st, json_writer *w, const group_page *groups)
{
    write_device(r, st, w, groups);
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

void device_write_status(rest_request *r, store_stmt *st, json_writer *w, const group_page *groups)
{
    device_write_details(r, st, w, groups);
    stored_json(w, "outputs", st, C_OUTPUTS, "[]");
    stored_json(w, "covers", st, C_COVERS, "[]");
    stored_json(w, "finishers", st, C_FINISHERS, "[]");
    stored_json(w, "console", st, C_CONSOLE, "[]");
}

void device_write_supplies(rest_request *r, store_stmt *st, json_writer *w,
                           const group_page *groups)
{
    (void)r;
    (void)groups;
    stored_json(w, "items", st, C_SUPPLIES, "[]");
}

void device_write_counters(rest_request *r, store_stmt *st, json_writer *w,
                           const group_page *groups)
{
    (void)r;
    (void)groups;
    stored_json(w, "items", st, C_COUNTER_ROWS, "[]");
}
