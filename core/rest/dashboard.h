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

/* The members "devices", "severity", "power" of an object that is open. */
void dashboard_write_counts(const dashboard_counts *counts, json_writer *w);

#endif
