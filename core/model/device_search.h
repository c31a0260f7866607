/*
 * What the device list is searched by, ready for it: of each device one text in lower case, in a
 * table that is narrow enough to be read from end to end with every search. Whoever writes one of
 * the texts or `managed` of a device sees to its row here.
 */
#ifndef PLATEN_MODEL_DEVICE_SEARCH_H
#define PLATEN_MODEL_DEVICE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/store/store.h"

#define DEVICE_SEARCH_COMPONENT "device-search"

extern const store_migration device_search_migrations[];
extern const size_t device_search_migration_count;

#define DEVICE_SEARCH_TEXTS 5 /* name, address, host name, serial number, model */

/* Writes the text of a device that is new or of which one of these has changed. Writer. */
platen_code device_search_put(store_conn *conn, int64_t device, bool managed,
                              const char *const texts[DEVICE_SEARCH_TEXTS], platen_error *err);

/* The same for a device that a statement has changed. Fine when there is no such device. Writer. */
platen_code device_search_renew(store_conn *conn, int64_t id, platen_error *err);

/* Writes the texts of all devices that have none: after the table was made. */
platen_code device_search_fill(store *s, platen_error *err);

#endif
