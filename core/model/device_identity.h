/*
 * Who is who: the keys under which a device is known (DECISIONS, Devices). Serial number and
 * manufacturer come first, then MAC addresses, then the UUID. A device that says none of them gets
 * a weak key of where and what it is, which a stronger one replaces.
 */
#ifndef PLATEN_MODEL_DEVICE_IDENTITY_H
#define PLATEN_MODEL_DEVICE_IDENTITY_H

#include "core/model/report.h"
#include "core/store/store.h"

#define IDENTITY_KEYS 13

typedef struct identity {
    arena *arena; /* borrowed */
    const char *keys[IDENTITY_KEYS];
    size_t count;
    size_t strong; /* the weak key stands behind them: a device that says more is found by it */
} identity;

/* The keys of a report, best first. Known lies (zero MACs, "0000", "unknown") give none. */
void identity_of(identity *out, arena *a, const report *r, int64_t agent, const char *address);

/* The device that has one of the keys, 0 when there is none. A MAC of a device with another serial
 * number is a lie and does not count. */
platen_code identity_find(store_conn *conn, const identity *who, const report *r, int64_t *device,
                          platen_error *err);

/* Ties the keys to the device. */
platen_code identity_put(store_conn *conn, const identity *who, int64_t device, platen_error *err);

/* Whether a serial number is one: not empty, not all the same character, no word for "none". */
bool identity_serial_is_real(const char *serial);
bool identity_mac_is_real(const char *mac);

#endif
