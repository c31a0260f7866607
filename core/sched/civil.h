/*
 * Dates and times as people write them, without a zone: proleptic Gregorian, years 1 to 9999. Pure
 * functions.
 */
#ifndef PLATEN_SCHED_CIVIL_H
#define PLATEN_SCHED_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_TEXT 40
#define CIVIL_DAY_MINUTES 1440

typedef struct civil {
    int year, month, day; /* 1 to 9999, 1 to 12, 1 to 31 */
    int minute;           /* of the day: 0 to 1439 */
} civil;

int64_t civil_day(int year, int month, int day); /* days since 1970-01-01 */
civil civil_of_day(int64_t day);                 /* midnight of that day */
int civil_month_days(int year, int month);
int civil_weekday(int64_t day); /* 0 Monday to 6 Sunday (ISO 8601) */

/* Minutes since 1970-01-01T00:00 of the same clock. */
int64_t civil_minutes(const civil *c);
civil civil_of_minutes(int64_t minutes);

/* "2026-11-21T08:05" (ISO 8601 without a zone; seconds may follow and must be 00). */
bool civil_parse(const char *text, civil *out);
const char *civil_format(const civil *c, char text[CIVIL_TEXT]);

#endif
