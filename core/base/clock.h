/* Time: milliseconds since 1970 UTC for what is stored and shown, a monotonic clock for waiting. */
#ifndef PLATEN_BASE_CLOCK_H
#define PLATEN_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_TEXT 32

int64_t clock_now(void);  /* ms since 1970-01-01T00:00:00Z */
int64_t clock_mono(void); /* ms on a clock that never goes back */
int64_t clock_mono_us(void);

/* "2026-01-31T08:15:30.123Z" (RFC 3339, always UTC, always milliseconds) into `text`. */
const char *clock_format(int64_t ms, char text[CLOCK_TEXT]);

/* Reads RFC 3339 with any offset and 0 to 9 digits of a second; false when it is none. */
bool clock_parse(const char *text, int64_t *ms);

/* ISO 8601 durations of days, hours, minutes, seconds ("PT5M", "P1D") in ms; false when none. */
bool clock_parse_duration(const char *text, int64_t *ms);

#endif
