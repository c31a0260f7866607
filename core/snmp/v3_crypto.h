/*
 * Keys, digests and ciphers of the user-based security model, on net-snmp's functions. Inside of
 * v3.c only. Any thread; peers belong to the SNMP thread.
 */
#ifndef PLATEN_SNMP_V3_CRYPTO_H
#define PLATEN_SNMP_V3_CRYPTO_H

#include "core/snmp/v3.h"

#define V3_SALT 8u

/* What makes the initial vector of a message, beside the key. */
typedef struct v3_moment {
    uint32_t boots;
    uint32_t time;
    const uint8_t *salt; /* V3_SALT octets */
} v3_moment;

/* Octets of a digest in a message. */
uint32_t v3_digest_size(snmpeng_auth auth);
bool v3_digest(const snmpeng_credential *credential, const snmpeng_peer *peer,
               const uint8_t *packet, size_t length, uint8_t digest[V3_KEY]);

/* Octets written, up to 8 more than `length`; 0 when it fails. */
size_t v3_encipher(const snmpeng_credential *credential, const snmpeng_peer *peer,
                   const v3_moment *moment, const uint8_t *text, size_t length, uint8_t *out,
                   size_t capacity);
size_t v3_decipher(const snmpeng_credential *credential, const snmpeng_peer *peer,
                   const v3_moment *moment, const uint8_t *text, size_t length, uint8_t *out,
                   size_t capacity);

void v3_put_number(uint8_t out[4], uint32_t number); /* most significant octet first */

#endif
