/*
 * What the device answered, read as values and as conceptual rows. Values are hostile: a wrong
 * type is no value, texts are bounded, at most TABLE_ROWS rows are kept. Borrowed memory only.
 */
#ifndef PRINTER_MIB_ANSWER_H
#define PRINTER_MIB_ANSWER_H

#include <platen/snmp.h>

#include "oid.h"

typedef struct answer {
    const unsigned char *bytes; /* platen_snmp_binding[], `stride` apart, sorted by OID */
    uint32_t count;
    uint32_t stride;
} answer;

void answer_init(answer *read, const platen_snmp_result *result);
const platen_snmp_binding *answer_at(const answer *read, uint32_t position);

/* The first position whose OID is not before `arcs`. */
uint32_t answer_seek(const answer *read, const uint32_t *arcs, uint32_t count);

/* Exactly that instance with a value, or NULL. */
const platen_snmp_binding *answer_get(const answer *read, const uint32_t *arcs, uint32_t count);

/* Whether any instance with a value stands below. */
bool answer_any(const answer *read, const uint32_t *arcs, uint32_t count);

/* A number, also of digits in an octet string; false for all else (and for NULL). */
bool value_integer(const platen_snmp_binding *value, int64_t *out);

/* Trimmed octets up to the first NUL as a C string, "" for other types; gives the length. */
size_t value_text(const platen_snmp_binding *value, char *out, size_t size);

#define TABLE_ROWS 200u
#define TABLE_COLUMNS 12u

typedef struct table_row {
    uint32_t index[2];
    const platen_snmp_binding *cell[TABLE_COLUMNS]; /* in the order of `columns`, or NULL */
} table_row;

typedef struct table {
    uint32_t count;
    table_row row[TABLE_ROWS]; /* sorted by index */
} table;

/* Rows of the table whose columns are `entry`.<column>, with 1 or 2 index arcs. */
void table_read(table *rows, const answer *read, const uint32_t *entry, uint32_t entry_count,
                uint32_t indexes, const uint32_t *columns, uint32_t column_count);

/* Of a table indexed by hrDeviceIndex first: keeps the rows of that device, or, when it has none,
 * those of the lowest index there is. */
void table_keep_device(table *rows, uint32_t device);

/* The number in a cell, or `otherwise`. */
int64_t cell_integer(const table_row *row, uint32_t column, int64_t otherwise);

#endif
