/*
 * Devices: who is who, and what is known of each. The writing functions run on the store's writer
 * inside a transaction of the caller.
 */
#ifndef PLATEN_MODEL_DEVICE_H
#define PLATEN_MODEL_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/model/region.h"
#include "core/model/report.h"
#include "core/model/words.h"
#include "core/store/store.h"

/* What a work was about: which facts a report may change, and which it replaces. */
typedef enum device_visit {
    DEVICE_VISIT_DISCOVERY,
    DEVICE_VISIT_INFORMATION,
    DEVICE_VISIT_STATUS,
    DEVICE_VISIT_COUNTERS,
} device_visit;

#define DEVICE_TAKE_NAME 1u
#define DEVICE_TAKE_LOCATION 2u

/* How an agent reaches a device. JSON texts are as they came over the link, already parsed once;
 * NULL keeps what is stored. */
typedef struct device_access {
    int64_t credential;   /* 0: none */
    const char *protocol; /* "snmpv2c", "ipp", ... */
    const char *drivers;  /* JSON array of driver ids */
    const char *memo;     /* JSON object by driver id */
    const char *sys_object_id;
    unsigned take; /* DEVICE_TAKE_...: what a task has written to the device is registered
                      (DEV-103); else the name and location that Platen has stay (DEV-106) */
} device_access;

typedef struct device_found {
    int64_t agent;
    const char *address;  /* numeric */
    const char *hostname; /* "" unless searched by name */
    report *report;       /* its arena holds what is made on the way */
    device_access access;
    bool managed; /* how a new device is registered (DEV-50) */
    const region_book *regions;
} device_found;

/* What a write changed, for events after the commit. */
typedef struct device_change {
    int64_t id;
    bool added;
    bool managed;
    bool changed;          /* anything that a page shows */
    bool severity_changed; /* power state or severity */
    device_power power;    /* as they are now */
    device_severity severity;
    device_severity severity_before; /* normal for a new one */
    int64_t region;                  /* as it is now, 0: of none */
    int64_t region_before;
} device_change;

/* Registers a device or takes over what was found for a known one (identity: serial and
 * manufacturer, then MAC, then UUID; an address alone never). `change->added` tells which. */
platen_code device_register(store_conn *conn, const device_found *found, int64_t now,
                            device_change *change, platen_error *err);

/* Applies a report of a known device. `hash` is the report's, hex. PLATEN_E_NOT_FOUND when the
 * device is gone. A device at the address that is another one turns the power state to conflict
 * and keeps the record as it is (DEV-90). `regions` may be NULL unless the visit is one for
 * information: the others learn no address and no host name. */
platen_code device_apply(store_conn *conn, const region_book *regions, int64_t id,
                         device_visit visit, const report *r, const char *hash,
                         const device_access *access, int64_t now, device_change *change,
                         platen_error *err);

/* Records a power state without a report (no answer). */
platen_code device_set_power(store_conn *conn, int64_t id, device_power power, int64_t now,
                             device_change *change, platen_error *err);

#endif
