/*
 * How many rows the tables of devices had when they were walked last, so that a walk asks for as
 * many and one more, which shows the end. A guess that a walk corrects: what is kept has a fixed
 * size, and of two things that share a place the older is forgotten. SNMP thread.
 */
#ifndef PLATEN_SNMP_ROWS_H
#define PLATEN_SNMP_ROWS_H

#include "core/snmp/udp.h"

#define ROWS_MOST 254u /* what is longer is not kept */

typedef struct rows_memory rows_memory;

platen_code rows_new(rows_memory **out, platen_error *err);
void rows_free(rows_memory *m);

uint64_t rows_device(const udp_address *target); /* what stands for it below */
/* Rows of the table and one more; 0: not known. `table`: plan_item's. */
uint32_t rows_wanted(const rows_memory *m, uint64_t device, uint32_t table);
void rows_note(rows_memory *m, uint64_t device, uint32_t table, uint32_t rows);

#endif
