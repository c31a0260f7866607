/* Recordings of SNMP agents in snmprec form, in memory and sorted by OID. */
#ifndef PLATEN_TESTKIT_RECORDING_H
#define PLATEN_TESTKIT_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/snmp.h>

#define RECORD_ARCS 128u

typedef struct record {
    uint32_t arcs[RECORD_ARCS];
    uint32_t arc_count;
    uint32_t type;
    int64_t integer;
    uint8_t *octets; /* owned */
    uint32_t octet_count;
    uint32_t *object; /* owned: of an OID value */
    uint32_t object_count;
} record;

typedef struct recording {
    size_t count;
    size_t room;
    record *at;
    size_t damaged; /* lines passed over */
} recording;

/* Takes in all lines; false when there is no memory. */
bool recording_parse(recording *into, const char *text, size_t length);
/* One line replaces or adds; with an empty value part it removes. False: not a line. */
bool recording_set(recording *into, const char *line);
void recording_clear(recording *of);

/* First record not before the arcs. */
size_t recording_seek(const recording *of, const uint32_t *arcs, uint32_t count);

/* Dotted text; false if it is none. */
bool recording_oid(const char *text, size_t length, uint32_t *arcs, uint32_t *count);

int recording_compare(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count);

#endif
