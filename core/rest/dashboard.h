/* Counts of the managed devices by severity and power state. */
#ifndef PLATEN_REST_DASHBOARD_COUNTS_H
#define PLATEN_REST_DASHBOARD_COUNTS_H

#include "core/base/json.h"
#include "core/model/region.h"
#include "core/store/store.h"

#define DASHBOARD_SEVERITIES 4
#define DASHBOARD_POWERS 5

typedef struct dashboard_counts {
    int64_t devices;
    int64_t severity[DASHBOARD_SEVERITIES]; /* by device_severity */
    int64_t power[DASHBOARD_POWERS];        /* by device_power */
} dashboard_counts;

/* Of the devices of `regions` only. */
platen_code dashboard_count(store_conn *conn, const region_set *regions, dashboard_counts *out,
                            platen_error *err);

/* The counts of every region; 0 is those of devices of none. */
typedef struct dashboard_row {
    int64_t region;
    dashboard_counts counts;
} dashboard_row;

typedef struct dashboard_table {
    dashboard_row *rows;
    size_t count;
} dashboard_table;

platen_code dashboard_table_read(store_conn *conn, dashboard_table *out, platen_error *err);
void dashboard_table_fini(dashboard_table *t);
void dashboard_sum(const dashboard_table *t, const region_set *regions, dashboard_counts *out);

/* The members "devices", "severity", "power" of an object that is open. */
void dashboard_write_counts(const dashboard_counts *counts, json_writer *w);

#endif
