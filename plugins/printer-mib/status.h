/*
 * The tables of a status visit, an aggregate a function. Each reports what it finds and gives its
 * STATUS_ bit when there were rows. Functions on a visit; SNMP thread.
 */
#ifndef PRINTER_MIB_STATUS_H
#define PRINTER_MIB_STATUS_H

#include "mib.h"

/* Left of capacity, 0..100, or what the device says instead. *clamped gets 1 when the level is over
 * the capacity. A capacity that is not told leaves percent only where the unit is percent. */
int32_t level_percent(int64_t capacity, int64_t level, bool unit_is_percent, uint32_t *clamped);

/* A level or capacity of a cell: 0 and more, or one of PLATEN_LEVEL_. */
int64_t level_cell(const table_row *row, uint32_t column);

/* supply.c */
void supply_tells(visit *of, const answer *scalars);
uint32_t supply_report(visit *of, const answer *read);
uint32_t supply_report_finisher(visit *of, const answer *read);

/* part.c */
uint32_t part_report_inputs(visit *of, const answer *read);
uint32_t part_report_outputs(visit *of, const answer *read);
uint32_t part_report_covers(visit *of, const answer *read);
uint32_t part_report_console(visit *of, const answer *read);
uint32_t part_report_finishers(visit *of, const answer *read);

/* alert.c: the number of rows; without rows the error bits speak, if `derive`. */
uint32_t alert_report(visit *of, const answer *read, bool derive);

#endif
