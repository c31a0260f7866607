/* Reading and writing the rows of one device. Runs on the store's writer. */
#include "core/model/device_row.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/net.h"
#include "core/base/text.h"
#include "core/model/device_search.h"
#include "device_sql.h"

static int64_t nullable(store_stmt *st, int column)
{
    return store_is_null(st, column) ? ROW_NULL : store_i64(st, column);
}

static void from_row(store_stmt *st, arena *a, device_row *row)
{
    int column = 0;
    const char **texts[] = {&row->name,         &row->address,  &row->address6, &row->hostname,
                            &row->manufacturer, &row->model,    &row->serial,   &row->mac,
                            &row->uuid,         &row->firmware, &row->location, &row->contact,
                            &row->link,         &row->asset};
    row->managed = store_i64(st, column++);
    row->agent = store_i64(st, column++);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_dup(a, store_text(st, column++));
    }
    row->power = store_i64(st, column++);
    row->severity = store_i64(st, column++);
    row->state = arena_dup(a, store_text(st, column++));
    row->page_count = nullable(st, column++);
    row->page_unit = arena_dup(a, store_text(st, column++));
    row->color = nullable(st, column++);
    row->supply_lowest = nullable(st, column++);
    row->alert = arena_dup(a, store_text(st, column++));
    row->hash[DEVICE_VISIT_DISCOVERY] = "";
    row->hash[DEVICE_VISIT_INFORMATION] = arena_dup(a, store_text(st, column++));
    row->hash[DEVICE_VISIT_STATUS] = arena_dup(a, store_text(st, column++));
    row->hash[DEVICE_VISIT_COUNTERS] = arena_dup(a, store_text(st, column++));
    row->credential = store_i64(st, column++);
    row->protocol = arena_dup(a, store_text(st, column++));
    row->drivers = arena_dup(a, store_text(st, column++));
    row->memo = arena_dup(a, store_text(st, column++));
    row->sys_object_id = arena_dup(a, store_text(st, column++));
    row->description = arena_dup(a, store_text(st, column++));
    row->region = store_i64(st, column++);
}

platen_code device_row_read(store_conn *conn, int64_t id, arena *a, device_row *row,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_for_update, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        row->id = id;
        from_row(st, a, row);
        if (row->description == NULL || row->memo == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for device %" PRId64, id);
        }
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no device %" PRId64, id);
    }
    store_reset(st);
    return rc;
}

static void bind_nullable(store_stmt *st, const char *name, int64_t value)
{
    if (value == ROW_NULL) {
        store_bind_null(st, name);
    } else {
        store_bind_i64(st, name, value);
    }
}

/* Addresses sort as numbers: 16 bytes in hex. */
static void address_key(const char *address, char key[33])
{
    net_address parsed;
    key[0] = '\0';
    if (net_parse(address, &parsed)) {
        text_hex(key, parsed.bytes, sizeof(parsed.bytes));
    }
}

static void bind_identity(store_stmt *st, const device_row *row)
{
    char key[33];
    address_key(row->address, key);
    store_bind_i64(st, "agent", row->agent);
    store_bind_text(st, "name", row->name);
    store_bind_text(st, "address", row->address);
    store_bind_text(st, "address_key", key);
    store_bind_text(st, "address6", row->address6);
    store_bind_text(st, "hostname", row->hostname);
    store_bind_text(st, "manufacturer", row->manufacturer);
    store_bind_text(st, "model", row->model);
    store_bind_text(st, "serial", row->serial);
    store_bind_text(st, "mac", row->mac);
    store_bind_text(st, "uuid", row->uuid);
    store_bind_text(st, "firmware", row->firmware);
    store_bind_text(st, "location", row->location);
    store_bind_text(st, "contact", row->contact);
    store_bind_text(st, "link", row->link);
    store_bind_text(st, "asset", row->asset);
    bind_nullable(st, "color", row->color);
    bind_nullable(st, "region", row->region == 0 ? ROW_NULL : row->region);
}

static void bind_severity(store_stmt *st, const device_row *row)
{
    store_bind_i64(st, "power", row->power);
    store_bind_i64(st, "severity", row->severity);
}

static void bind_pages(store_stmt *st, const device_row *row)
{
    bind_nullable(st, "page_count", row->page_count);
    store_bind_text(st, "page_unit", row->page_unit);
}

static void bind_supply(store_stmt *st, const device_row *row)
{
    bind_nullable(st, "supply_lowest", row->supply_lowest);
}

static void bind_texts(store_stmt *st, const device_row *row)
{
    store_bind_text(st, "state", row->state);
    store_bind_text(st, "alert", row->alert);
}

static platen_code put_search(store_conn *conn, const device_row *row, platen_error *err)
{
    const char *const texts[DEVICE_SEARCH_TEXTS] = {row->name, row->address, row->hostname,
                                                    row->serial, row->model};
    return device_search_put(conn, row->id, row->managed != 0, texts, err);
}

platen_code device_row_insert(store_conn *conn, device_row *row, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_insert, &st, err));
    store_bind_i64(st, "managed", row->managed);
    bind_identity(st, row);
    bind_severity(st, row);
    bind_pages(st, row);
    bind_supply(st, row);
    bind_texts(st, row);
    store_bind_i64(st, "now", now);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        row->id = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_OK ? put_search(conn, row, err) : rc;
}

static platen_code update(store_conn *conn, const store_sql *sql,
                          void (*bind)(store_stmt *st, const device_row *row),
                          const device_row *row, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    bind(st, row);
    store_bind_i64(st, "id", row->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static bool same_identity(const device_row *a, const device_row *b)
{
    const char *const pairs[][2] = {{a->name, b->name},
                                    {a->address, b->address},
                                    {a->address6, b->address6},
                                    {a->hostname, b->hostname},
                                    {a->manufacturer, b->manufacturer},
                                    {a->model, b->model},
                                    {a->serial, b->serial},
                                    {a->mac, b->mac},
                                    {a->uuid, b->uuid},
                                    {a->firmware, b->firmware},
                                    {a->location, b->location},
                                    {a->contact, b->contact},
                                    {a->link, b->link},
                                    {a->asset, b->asset}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (strcmp(pairs[i][0], pairs[i][1]) != 0) {
            return false;
        }
    }
    return a->agent == b->agent && a->color == b->color && a->region == b->region;
}

platen_code device_row_write(store_conn *conn, const device_row *row, const device_row *before,
                             platen_error *err)
{
    if (!same_identity(row, before)) {
        PLATEN_TRY(update(conn, &sql_device_update_identity, bind_identity, row, err));
        PLATEN_TRY(put_search(conn, row, err));
    }
    if (row->power != before->power || row->severity != before->severity) {
        PLATEN_TRY(update(conn, &sql_device_update_severity, bind_severity, row, err));
    }
    if (row->page_count != before->page_count || strcmp(row->page_unit, before->page_unit) != 0) {
        PLATEN_TRY(update(conn, &sql_device_update_pages, bind_pages, row, err));
    }
    if (row->supply_lowest != before->supply_lowest) {
        PLATEN_TRY(update(conn, &sql_device_update_supply, bind_supply, row, err));
    }
    if (strcmp(row->state, before->state) != 0 || strcmp(row->alert, before->alert) != 0) {
        PLATEN_TRY(update(conn, &sql_device_update_texts, bind_texts, row, err));
    }
    return PLATEN_OK;
}

platen_code device_row_write_access(store_conn *conn, const device_row *row, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_state_access, &st, err));
    store_bind_i64(st, "credential", row->credential);
    store_bind_text(st, "protocol", row->protocol);
    store_bind_text(st, "drivers", row->drivers);
    store_bind_text(st, "memo", row->memo);
    store_bind_text(st, "sys_object_id", row->sys_object_id);
    store_bind_i64(st, "id", row->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code device_row_spell(store_conn *conn, const device_row *row, int64_t now,
                             platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_spell_close, &st, err));
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "device", row->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    PLATEN_TRY(rc);
    PLATEN_TRY(store_prepare(conn, &sql_device_spell_insert, &st, err));
    store_bind_i64(st, "device", row->id);
    store_bind_i64(st, "power", row->power);
    store_bind_i64(st, "severity", row->severity);
    store_bind_i64(st, "now", now);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}
