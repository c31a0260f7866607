/*
 * Names of time zones, as the system's zone data has them (package tzdata). Nothing here sets the
 * time zone of the process.
 */
#ifndef PLATEN_BASE_ZONE_H
#define PLATEN_BASE_ZONE_H

#include <stdbool.h>

#include "core/base/error.h"

#define ZONE_NAME 64 /* bytes of a name with its NUL; the longest one today has 30 */

/* Whether `name` is a zone or a link of the IANA database: "Europe/Berlin", "UTC". PLATEN_E_INVAL
 * naming it when it is none, PLATEN_E_IO when the zone data is not there. The data is read once, at
 * the first question; any thread. */
platen_code zone_check(const char *name, platen_error *err);

#endif
