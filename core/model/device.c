/* Registering devices and applying what they report. Runs on the store's writer. */
#include "core/model/device.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/net.h"
#include "core/base/text.h"
#include "core/model/board.h"
#include "core/model/device_alert.h"
#include "core/model/device_identity.h"
#include "core/model/device_row.h"
#include "core/model/report_json.h"
#include "device_sql.h"

#define PAGES_MAX 1000000 /* between two readings */

/* A reported text replaces; silence keeps what is known. */
static void take(const char **member, const report *r, uint32_t field)
{
    if (r->text[field] != NULL) {
        *member = r->text[field];
    }
}

static void take_if_empty(const char **member, const report *r, uint32_t field)
{
    if ((*member)[0] == '\0') {
        take(member, r, field);
    }
}

static void take_number(int64_t *member, const report *r, uint32_t field)
{
    if (r->integer[field] != REPORT_NONE) {
        *member = r->integer[field];
    }
}

static void take_identity(device_row *row, const report *r)
{
    take(&row->manufacturer, r, PLATEN_FIELD_MANUFACTURER);
    take(&row->model, r, PLATEN_FIELD_MODEL);
    if (r->text[PLATEN_FIELD_SERIAL] != NULL &&
        (identity_serial_is_real(r->text[PLATEN_FIELD_SERIAL]) ||
         !identity_serial_is_real(row->serial))) {
        row->serial = r->text[PLATEN_FIELD_SERIAL];
    }
    take(&row->uuid, r, PLATEN_FIELD_UUID);
    take(&row->firmware, r, PLATEN_FIELD_FIRMWARE);
    take(&row->contact, r, PLATEN_FIELD_CONTACT);
    take(&row->asset, r, PLATEN_FIELD_ASSET);
    take(&row->description, r, PLATEN_FIELD_DESCRIPTION);
    take(&row->sys_object_id, r, PLATEN_FIELD_OBJECT_ID);
    take_if_empty(&row->hostname, r, PLATEN_FIELD_HOSTNAME);
    take_if_empty(&row->link, r, PLATEN_FIELD_LINK);
    take_number(&row->color, r, PLATEN_FIELD_COLOR);
    for (size_t i = 0; i < r->mac_count; i++) {
        if (identity_mac_is_real(r->macs[i])) {
            row->mac = r->macs[i];
            break;
        }
    }
}

/* A name that was taken away is one, too. */
static const char *text_of(const report *r, uint32_t field)
{
    return r->text[field] != NULL ? r->text[field] : "";
}

static void take_written(device_row *row, const report *r, unsigned what)
{
    if ((what & DEVICE_TAKE_NAME) != 0) {
        row->name = text_of(r, PLATEN_FIELD_NAME);
    }
    if ((what & DEVICE_TAKE_LOCATION) != 0) {
        row->location = text_of(r, PLATEN_FIELD_LOCATION);
    }
}

static void take_counts(device_row *row, const report *r)
{
    take_number(&row->page_count, r, PLATEN_FIELD_PAGE_COUNT);
    take(&row->page_unit, r, PLATEN_FIELD_PAGE_UNIT);
}

static bool reports_status(const report *r)
{
    return r->supply_count + r->part_count + r->alert_count > 0 ||
           r->text[PLATEN_FIELD_STATE] != NULL;
}

static platen_code write_status(store_conn *conn, int64_t id, const report *r, const char *hash,
                                int64_t now, platen_error *err)
{
    strbuf json[7];
    for (size_t i = 0; i < 7; i++) {
        strbuf_init(&json[i]);
    }
    report_json_supplies(r, &json[0]);
    report_json_parts(r, PLATEN_PART_INPUT, &json[1]);
    report_json_parts(r, PLATEN_PART_OUTPUT, &json[2]);
    report_json_parts(r, PLATEN_PART_COVER, &json[3]);
    report_json_parts(r, PLATEN_PART_FINISHER, &json[4]);
    report_json_parts(r, PLATEN_PART_CONSOLE, &json[5]);
    store_stmt *st = NULL;
    platen_code rc = device_alerts_apply(conn, id, r, now, &json[6], err);
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_device_state_status, &st, err);
    }
    if (rc == PLATEN_OK) {
        static const char *const names[] = {"supplies",  "inputs",  "outputs", "covers",
                                            "finishers", "console", "alerts"};
        for (size_t i = 0; i < 7; i++) {
            store_bind_text(st, names[i], json[i].data);
        }
        store_bind_text(st, "hash", hash);
        store_bind_i64(st, "id", id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    for (size_t i = 0; i < 7; i++) {
        strbuf_fini(&json[i]);
    }
    return rc;
}

static platen_code write_information(store_conn *conn, const device_row *row, const report *r,
                                     const char *hash, platen_error *err)
{
    strbuf macs;
    strbuf parts;
    store_stmt *st = NULL;
    strbuf_init(&macs);
    strbuf_init(&parts);
    report_json_macs(r, &macs);
    report_json_firmware(r, &parts);
    platen_code rc = store_prepare(conn, &sql_device_state_information, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "description", row->description);
        store_bind_text(st, "macs", macs.data);
        store_bind_text(st, "firmware_parts", parts.data);
        store_bind_text(st, "hash", hash);
        store_bind_i64(st, "id", row->id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&macs);
    strbuf_fini(&parts);
    return rc;
}

static platen_code write_counter_rows(store_conn *conn, int64_t id, const report *r,
                                      const char *hash, int64_t now, platen_error *err)
{
    strbuf counters;
    strbuf rows;
    store_stmt *st = NULL;
    strbuf_init(&counters);
    strbuf_init(&rows);
    report_json_counters(r, &counters);
    report_json_counter_rows(r, now, &rows);
    platen_code rc = store_prepare(conn, &sql_device_state_counters, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "counters", counters.data);
        store_bind_text(st, "rows", rows.data);
        store_bind_text(st, "hash", hash);
        store_bind_i64(st, "id", id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    st = NULL;
    if (rc == PLATEN_OK) {
        rc = store_prepare(conn, &sql_device_counter_insert, &st, err);
    }
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "device", id);
        store_bind_i64(st, "at", now);
        store_bind_text(st, "counters", counters.data);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&counters);
    strbuf_fini(&rows);
    return rc;
}

/* Takes over how the agent reaches the device; the revision grows only when something differs. */
static platen_code apply_access(store_conn *conn, device_row *row, const device_access *access,
                                platen_error *err)
{
    if (access == NULL) {
        return PLATEN_OK;
    }
    bool differs = false;
    const char *const news[] = {access->protocol, access->drivers, access->memo,
                                access->sys_object_id};
    const char **olds[] = {&row->protocol, &row->drivers, &row->memo, &row->sys_object_id};
    for (size_t i = 0; i < 4; i++) {
        if (news[i] != NULL && news[i][0] != '\0' && strcmp(news[i], *olds[i]) != 0) {
            *olds[i] = news[i];
            differs = true;
        }
    }
    if (access->credential != 0 && access->credential != row->credential) {
        row->credential = access->credential;
        differs = true;
    }
    return differs ? device_row_write_access(conn, row, err) : PLATEN_OK;
}

/* DEV-90: what was read belongs to another device than the one that is registered. */
static bool is_other_device(const device_row *row, const report *r)
{
    const char *serial = r->text[PLATEN_FIELD_SERIAL];
    if (serial != NULL && identity_serial_is_real(serial) && identity_serial_is_real(row->serial)) {
        return !text_equal_fold(serial, row->serial);
    }
    if (r->mac_count == 0 || !identity_mac_is_real(row->mac)) {
        return false;
    }
    for (size_t i = 0; i < r->mac_count; i++) {
        if (text_equal_fold(r->macs[i], row->mac)) {
            return false;
        }
    }
    return true;
}

static bool counts_pages(const device_row *row)
{
    return row->page_count != ROW_NULL &&
           (row->page_unit[0] == '\0' || strcmp(row->page_unit, "impressions") == 0 ||
            strcmp(row->page_unit, "sheets") == 0);
}

/* Of a counter that stands still, was set back, as after a change of the main board, or says what
 * no printer can have done since the last reading, nothing can be told. */
static platen_code count_pages(store_conn *conn, const device_row *row, const device_row *before,
                               int64_t now, platen_error *err)
{
    if (row->managed == 0 || !counts_pages(row) || !counts_pages(before)) {
        return PLATEN_OK;
    }
    int64_t pages = row->page_count - before->page_count;
    return pages > 0 && pages < PAGES_MAX
               ? page_volume_add(conn, row->region > 0 ? row->region : 0, pages, now, err)
               : PLATEN_OK;
}

static platen_code finish_row(store_conn *conn, const device_row *row, const device_row *before,
                              int64_t now, bool fresh, device_change *change, platen_error *err)
{
    bool spell = fresh || row->power != before->power || row->severity != before->severity;
    if (spell) {
        PLATEN_TRY(device_row_spell(conn, row, now, err));
    }
    PLATEN_TRY(device_row_write(conn, row, before, err));
    PLATEN_TRY(count_pages(conn, row, before, now, err));
    change->id = row->id;
    change->managed = row->managed != 0;
    change->changed = true;
    change->severity_changed = spell;
    change->power = (device_power)row->power;
    change->severity = (device_severity)row->severity;
    change->severity_before = fresh ? DEVICE_NORMAL : (device_severity)before->severity;
    change->region = row->region;
    change->region_before = before->region;
    return PLATEN_OK;
}

/* ACC-72, ACC-95: where a device is decides its region. */
static void take_region(device_row *row, const region_book *regions)
{
    row->region = region_book_find(regions, row->address, row->address6, row->hostname);
}

/* What the report says of the state, for the row; write_status() writes the rest. */
static void take_status(device_row *row, const report *r)
{
    int lowest = report_lowest_supply(r);
    row->severity = device_severity_from(report_severity(r));
    row->supply_lowest = lowest < 0 ? ROW_NULL : lowest;
    row->alert = device_alerts_worst(r, r->arena);
    take(&row->state, r, PLATEN_FIELD_STATE);
}

/* A row without a device yet. */
static device_row blank_row(const device_found *found)
{
    return (device_row){.managed = found->managed ? 1 : 0,
                        .agent = found->agent,
                        .name = "",
                        .address = "",
                        .address6 = "",
                        .hostname = "",
                        .manufacturer = "",
                        .model = "",
                        .serial = "",
                        .mac = "",
                        .uuid = "",
                        .firmware = "",
                        .location = "",
                        .contact = "",
                        .link = "",
                        .asset = "",
                        .power = DEVICE_ON,
                        .state = "",
                        .page_count = ROW_NULL,
                        .page_unit = "",
                        .color = ROW_NULL,
                        .supply_lowest = ROW_NULL,
                        .alert = "",
                        .hash = {"", "", "", ""},
                        .protocol = "",
                        .drivers = "[]",
                        .memo = "{}",
                        .sys_object_id = "",
                        .description = ""};
}

static platen_code insert_device(store_conn *conn, device_row *row, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(device_row_insert(conn, row, now, err));
    PLATEN_TRY(store_prepare(conn, &sql_device_state_insert, &st, err));
    store_bind_i64(st, "device", row->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static void take_place(device_row *row, const device_found *found)
{
    net_address parsed;
    row->agent = found->agent;
    if (net_parse(found->address, &parsed) && !net_is_ipv4(&parsed)) {
        row->address6 = found->address;
        if (row->address[0] == '\0' || strchr(row->address, ':') != NULL) {
            row->address = found->address;
        }
    } else {
        row->address = found->address;
    }
    if (found->hostname[0] != '\0') {
        row->hostname = found->hostname;
    }
}

platen_code device_register(store_conn *conn, const device_found *found, int64_t now,
                            device_change *change, platen_error *err)
{
    report *r = found->report;
    identity who;
    int64_t id = 0;
    device_row row = blank_row(found);
    identity_of(&who, r->arena, r, found->agent, found->address);
    PLATEN_TRY(identity_find(conn, &who, r, &id, err));
    bool fresh = id == 0;
    if (!fresh) {
        PLATEN_TRY(device_row_read(conn, id, r->arena, &row, err));
    }
    device_row before = row;
    take_place(&row, found);
    take_identity(&row, r);
    take_region(&row, found->regions);
    take_if_empty(&row.name, r, PLATEN_FIELD_NAME); /* DEV-55 */
    take_if_empty(&row.location, r, PLATEN_FIELD_LOCATION);
    take_counts(&row, r);
    row.power = DEVICE_ON;
    if (reports_status(r)) {
        take_status(&row, r);
    }
    if (fresh) {
        PLATEN_TRY(insert_device(conn, &row, now, err));
        before = row;
    }
    PLATEN_TRY(identity_put(conn, &who, row.id, err));
    PLATEN_TRY(apply_access(conn, &row, &found->access, err));
    PLATEN_TRY(write_information(conn, &row, r, "", err));
    if (reports_status(r)) {
        PLATEN_TRY(write_status(conn, row.id, r, "", now, err));
    }
    if (r->counter_count > 0) {
        PLATEN_TRY(write_counter_rows(conn, row.id, r, "", now, err));
    }
    change->added = fresh;
    return finish_row(conn, &row, &before, now, fresh, change, err);
}

platen_code device_apply(store_conn *conn, const region_book *regions, int64_t id,
                         device_visit visit, const report *r, const char *hash,
                         const device_access *access, int64_t now, device_change *change,
                         platen_error *err)
{
    device_row row = {.id = 0};
    PLATEN_TRY(device_row_read(conn, id, r->arena, &row, err));
    if (is_other_device(&row, r)) {
        return device_set_power(conn, id, DEVICE_CONFLICT, now, change, err);
    }
    device_row before = row;
    bool same = hash[0] != '\0' && strcmp(row.hash[visit], hash) == 0;
    PLATEN_TRY(apply_access(conn, &row, access, err));
    row.power = DEVICE_ON;
    if (same && row.power == before.power) {
        *change = (device_change){.id = id,
                                  .managed = row.managed != 0,
                                  .power = (device_power)row.power,
                                  .severity = (device_severity)row.severity,
                                  .severity_before = (device_severity)row.severity,
                                  .region = row.region,
                                  .region_before = row.region};
        return PLATEN_OK;
    }
    if (!same && visit == DEVICE_VISIT_INFORMATION) {
        identity who;
        identity_of(&who, r->arena, r, row.agent, row.address);
        take_identity(&row, r);
        take_region(&row, regions);
        take_if_empty(&row.name, r, PLATEN_FIELD_NAME);
        take_written(&row, r, access != NULL ? access->take : 0);
        PLATEN_TRY(identity_put(conn, &who, id, err));
        PLATEN_TRY(write_information(conn, &row, r, hash, err));
    }
    if (!same && visit == DEVICE_VISIT_STATUS) {
        take_status(&row, r);
        PLATEN_TRY(write_status(conn, id, r, hash, now, err));
    }
    if (!same && visit == DEVICE_VISIT_COUNTERS) {
        PLATEN_TRY(write_counter_rows(conn, id, r, hash, now, err));
    }
    take_counts(&row, r);
    return finish_row(conn, &row, &before, now, false, change, err);
}

platen_code device_set_power(store_conn *conn, int64_t id, device_power power, int64_t now,
                             device_change *change, platen_error *err)
{
    arena *a = arena_new();
    device_row row = {.id = 0};
    store_stmt *st = NULL;
    platen_code rc = a != NULL
                         ? device_row_read(conn, id, a, &row, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for device %" PRId64, id);
    if (rc == PLATEN_OK) {
        *change = (device_change){.id = id,
                                  .managed = row.managed != 0,
                                  .power = power,
                                  .severity = (device_severity)row.severity,
                                  .severity_before = (device_severity)row.severity,
                                  .region = row.region,
                                  .region_before = row.region};
        if (row.power != (int64_t)power) {
            row.power = power;
            change->changed = true;
            change->severity_changed = true;
            rc = store_prepare(conn, &sql_device_update_power, &st, err);
            if (rc == PLATEN_OK) {
                store_bind_i64(st, "power", power);
                store_bind_i64(st, "id", id);
                rc = store_run(st, NULL, err);
            }
            store_reset(st);
            if (rc == PLATEN_OK) {
                rc = device_row_spell(conn, &row, now, err);
            }
        }
    }
    arena_free(a);
    return rc;
}
