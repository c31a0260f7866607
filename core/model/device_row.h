/* A device's rows in memory, between reading and writing them in one transaction. */
#ifndef PLATEN_MODEL_DEVICE_ROW_H
#define PLATEN_MODEL_DEVICE_ROW_H

#include "core/model/device.h"

/* Texts are in the arena of the caller, never NULL. Numbers that may be NULL are ROW_NULL. */
#define ROW_NULL INT64_MIN

typedef struct device_row {
    int64_t id;
    int64_t managed, agent;
    int64_t region; /* 0: of none */
    const char *name, *address, *address6, *hostname, *manufacturer, *model, *serial, *mac, *uuid;
    const char *firmware, *location, *contact, *link, *asset;
    int64_t power, severity;
    const char *state;
    int64_t page_count;
    const char *page_unit;
    int64_t color, supply_lowest;
    const char *alert;
    const char *hash[4]; /* by device_visit; of DISCOVERY unused */
    int64_t credential;
    const char *protocol, *drivers, *memo, *sys_object_id, *description;
} device_row;

platen_code device_row_read(store_conn *conn, int64_t id, arena *a, device_row *row,
                            platen_error *err);

/* A new row; its id is put into `row`. */
platen_code device_row_insert(store_conn *conn, device_row *row, int64_t now, platen_error *err);

/* Writes what differs from `before`, column group by column group: an UPDATE that names a column
 * rewrites every index on it, and most changes touch none of the twenty. */
platen_code device_row_write(store_conn *conn, const device_row *row, const device_row *before,
                             platen_error *err);
platen_code device_row_write_access(store_conn *conn, const device_row *row, platen_error *err);

/* Ends the current spell and begins one of the row's power and severity. */
platen_code device_row_spell(store_conn *conn, const device_row *row, int64_t now,
                             platen_error *err);

#endif
