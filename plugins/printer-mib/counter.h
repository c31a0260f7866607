/* Page and other counters. Functions on a visit; SNMP thread. */
#ifndef PRINTER_MIB_COUNTER_H
#define PRINTER_MIB_COUNTER_H

#include "mib.h"

/*
 * Reports page count and unit from rows of prtMarkerTable (cell 0 unit, cell 1 life count): those
 * of the main marker, the first one that has counted anything. Gives the count, -1 when there is
 * none; *unit (may be NULL) gets its name.
 */
int64_t counter_life(const visit *of, const table *markers, const char **unit);
void counter_report_life(const visit *of, const table *markers);

#endif
