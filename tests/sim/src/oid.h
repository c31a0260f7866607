/* Object identifiers kept in their BER content octets: a request's OID is then looked up without
 * decoding it. Order is that of the sub-identifiers, not of the bytes. */
#ifndef SIM_OID_H
#define SIM_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OID_MAX_BYTES = 255, OID_TEXT_MAX = 800 };

int oid_compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);
uint64_t oid_hash(const uint8_t *oid, size_t len);
bool oid_valid(const uint8_t *oid, size_t len);
bool oid_starts_with(const uint8_t *oid, size_t len, const uint8_t *prefix, size_t prefix_len);
/* Length of the OID without its last sub-identifier. */
size_t oid_parent(const uint8_t *oid, size_t len);
bool oid_last(const uint8_t *oid, size_t len, uint32_t *sub);

/* Dotted text to content octets; returns 0 on bad text or when `cap` is too small. */
size_t oid_parse(const char *text, uint8_t *out, size_t cap);
size_t oid_append(uint8_t *out, size_t len, size_t cap, uint32_t sub);
void oid_text(const uint8_t *oid, size_t len, char *out, size_t cap);

#endif
