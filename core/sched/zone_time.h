/*
 * Local time of a zone from the system's zone data (TZif, RFC 8536). A zone is read once and kept
 * for the life of the process; it is immutable, so every thread may use it. Nothing here touches
 * the time zone of the process.
 */
#ifndef PLATEN_SCHED_ZONE_TIME_H
#define PLATEN_SCHED_ZONE_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/sched/civil.h"

typedef struct zone_time zone_time;

/* "Europe/Berlin". PLATEN_E_INVAL when the zone data has no such name, PLATEN_E_IO or _CORRUPT
 * when its file cannot be read. Borrowed for ever. */
platen_code zone_time_get(const char *name, const zone_time **out, platen_error *err);
const zone_time *zone_time_utc(void);

/* The name of the host's own zone: TZ of the environment, what /etc/localtime points to, what
 * /etc/timezone says, "UTC" when none of them names a zone of the zone data. */
void zone_time_here(char name[64]);

/* Seconds east of UTC at `utc` (seconds since 1970). */
int64_t zone_time_offset(const zone_time *z, int64_t utc);

/* Local minutes (civil_minutes()) at `utc` in ms. */
int64_t zone_time_local(const zone_time *z, int64_t utc);

/* The moment (ms) of a local minute: the first of two when the clock shows it twice, the next
 * minute that exists when it is left out (DECISIONS, Time). */
int64_t zone_time_moment(const zone_time *z, int64_t local_minutes);

/* For the fuzzer: a zone from the bytes of a file; NULL when they are none. free() ends it. */
zone_time *zone_time_parse(const void *data, size_t length);

#endif
