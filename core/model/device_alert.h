/* Alerts of a device as history: what a report shows is compared with what stands open. */
#ifndef PLATEN_MODEL_DEVICE_ALERT_H
#define PLATEN_MODEL_DEVICE_ALERT_H

#include "core/model/report.h"
#include "core/store/store.h"

/* Opens what is new, closes what is gone, and gives the current alerts as the REST API shows them.
 * Runs on the store's writer. */
platen_code device_alerts_apply(store_conn *conn, int64_t device, const report *r, int64_t now,
                                strbuf *json, platen_error *err);

/* The text of the worst alert, for the column "Error Content" (DEV-82); "" when there is none. */
const char *device_alerts_worst(const report *r, arena *a);

#endif
