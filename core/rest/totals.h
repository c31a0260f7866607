/*
 * Totals of counters by day, week, month or year (MON-51 to MON-64): how far a counter went on
 * within a period, from the last reading before it to the last one in it. Periods begin at midnight
 * of the device's region. A period without a reading before its end is left out, and of a counter
 * that was set back nothing is told. Any thread but the store's writer.
 */
#ifndef PLATEN_REST_TOTALS_H
#define PLATEN_REST_TOTALS_H

#include "core/rest/reports.h"
#include "core/sched/zone_time.h"

/* "daily", "weekly", "monthly", "yearly": a month of days, 25 weeks, a year of months, 5 years. */
bool totals_unit_of(const char *word, totals_unit *out);

/* The first moments (ms) of the periods before `now` in that zone, and behind them that of the end,
 * which is behind `now`; in `days` the first day of each. How many periods there are. */
#define TOTALS_PERIODS 31
size_t totals_periods(totals_unit unit, const zone_time *zone, int64_t now,
                      int64_t begins[TOTALS_PERIODS + 1], civil days[TOTALS_PERIODS + 1]);

/* A row a device, counter and period; or with OVERVIEW_SUMS a row a counter and period. `now` is in
 * the last of them. TOO_LARGE for more than 20,000 sums. */
platen_code totals_write(store *s, const overview_ask *ask, int64_t now, sheet *out, int64_t *rows,
                         platen_error *err);

#endif
