/* Identity keys and their table. Runs on the store's writer. */
#include "core/model/device_identity.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "device_sql.h"

bool identity_serial_is_real(const char *serial)
{
    static const char *const lies[] = {"unknown",       "none",      "n/a",   "na",
                                       "not available", "default",   "empty", "0123456789",
                                       "serial",        "undefined", "null",  "no serial number"};
    size_t length = strlen(serial);
    if (length < 3) {
        return false;
    }
    for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
        if (text_equal_fold(serial, lies[i])) {
            return false;
        }
    }
    for (size_t i = 1; i < length; i++) {
        if (serial[i] != serial[0]) {
            return true;
        }
    }
    return false;
}

bool identity_mac_is_real(const char *mac)
{
    return strlen(mac) == 17 && strcmp(mac, "00:00:00:00:00:00") != 0 &&
           !text_equal_fold(mac, "ff:ff:ff:ff:ff:ff") && !text_begins(mac, "00:00:00:00");
}

static void add_key(identity *out, const char *prefix, const char *first, const char *second)
{
    if (out->count == IDENTITY_KEYS) {
        return;
    }
    char *key =
        arena_printf(out->arena, "%s:%s%s%s", prefix, first, second[0] != '\0' ? ":" : "", second);
    if (key == NULL) {
        return;
    }
    for (char *c = key; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    out->keys[out->count++] = key;
}

static const char *text_of(const report *r, uint32_t field)
{
    return r->text[field] != NULL ? r->text[field] : "";
}

void identity_of(identity *out, arena *a, const report *r, int64_t agent, const char *address)
{
    *out = (identity){.arena = a};
    const char *serial = text_of(r, PLATEN_FIELD_SERIAL);
    if (identity_serial_is_real(serial)) {
        add_key(out, "serial", text_of(r, PLATEN_FIELD_MANUFACTURER), serial);
    }
    for (size_t i = 0; i < r->mac_count; i++) {
        if (identity_mac_is_real(r->macs[i])) {
            add_key(out, "mac", r->macs[i], "");
        }
    }
    const char *uuid = text_of(r, PLATEN_FIELD_UUID);
    if (strlen(uuid) >= 32) {
        add_key(out, "uuid", text_begins(uuid, "urn:uuid:") ? uuid + 9 : uuid, "");
    }
    out->strong = out->count;
    char place[96];
    (void)snprintf(place, sizeof(place), "%" PRId64 ":%s", agent, address);
    add_key(out, "weak", place, text_of(r, PLATEN_FIELD_MODEL));
}

platen_code identity_find(store_conn *conn, const identity *who, const report *r, int64_t *device,
                          platen_error *err)
{
    const char *serial = text_of(r, PLATEN_FIELD_SERIAL);
    bool has_serial = identity_serial_is_real(serial);
    *device = 0;
    for (size_t i = 0; i < who->count && *device == 0; i++) {
        store_stmt *st = NULL;
        platen_code rc = store_prepare(conn, &sql_device_identity_find, &st, err);
        if (rc != PLATEN_OK) {
            return rc;
        }
        store_bind_text(st, "key", who->keys[i]);
        rc = store_step(st, err);
        if (rc == PLATEN_OK) {
            const char *known = store_text(st, 1);
            bool other = has_serial && !text_begins(who->keys[i], "serial:") &&
                         identity_serial_is_real(known) && !text_equal_fold(known, serial);
            if (!other) {
                *device = store_i64(st, 0);
            }
        }
        store_reset(st);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
    }
    return PLATEN_OK;
}

static platen_code put_key(store_conn *conn, const char *key, int64_t device, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_device_identity_put, &st, err));
    store_bind_text(st, "key", key);
    store_bind_i64(st, "device", device);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code identity_put(store_conn *conn, const identity *who, int64_t device, platen_error *err)
{
    if (who->strong > 0) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_device_identity_drop_weak, &st, err));
        store_bind_i64(st, "device", device);
        platen_code rc = store_run(st, NULL, err);
        store_reset(st);
        PLATEN_TRY(rc);
    }
    size_t count = who->strong > 0 ? who->strong : who->count;
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(put_key(conn, who->keys[i], device, err));
    }
    return PLATEN_OK;
}
