/* Object identifiers as arrays of arcs: parsing and comparing. Pure functions. */
#ifndef PRINTER_MIB_OID_H
#define PRINTER_MIB_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OID_ARCS 40u

typedef struct oid {
    uint32_t count;
    uint32_t arcs[OID_ARCS];
} oid;

/* Dotted numbers, 2 to OID_ARCS of them, no leading dot; false leaves `out` alone. */
bool oid_parse(const char *text, oid *out);

/* Longest dotted form of OID_ARCS arcs, with NUL. */
#define OID_TEXT (OID_ARCS * 11u)
void oid_format(const uint32_t *arcs, uint32_t count, char *out, size_t size);

/* <0, 0, >0 in the order of SNMP. */
int oid_compare(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count);

/* Whether `a` starts with all of `prefix` (or equals it). */
bool oid_starts(const uint32_t *a, uint32_t a_count, const uint32_t *prefix, uint32_t prefix_count);

#endif
