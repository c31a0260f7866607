/*
 * BER as SNMP uses it: a bounded reader of tag-length-value triples that only ever points into the
 * packet, and a writer into a buffer of known size. Integers and everything that is written go
 * through net-snmp's asn_ functions. Pure functions, any thread.
 */
#ifndef PLATEN_SNMP_WIRE_H
#define PLATEN_SNMP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_SEQUENCE 0x30u
#define WIRE_GET 0xa0u
#define WIRE_GETNEXT 0xa1u
#define WIRE_RESPONSE 0xa2u
#define WIRE_SET 0xa3u
#define WIRE_GETBULK 0xa5u
#define WIRE_REPORT 0xa8u
#define WIRE_NO_SUCH_OBJECT 0x80u
#define WIRE_NO_SUCH_INSTANCE 0x81u
#define WIRE_END_OF_MIB 0x82u

#define WIRE_ARCS 128u     /* RFC 3416: most sub-identifiers of a name */
#define WIRE_BINDS 4096u   /* most variable bindings that a packet of 64 KiB is trusted with */
#define WIRE_PACKET 65535u /* most bytes of a datagram */

typedef struct wire_reader {
    const uint8_t *at;
    const uint8_t *end;
} wire_reader;

typedef struct wire_tlv {
    const uint8_t *start; /* of the tag octet */
    const uint8_t *value;
    uint32_t length; /* of the value */
    uint8_t tag;
} wire_tlv;

typedef struct wire_bind {
    wire_tlv name;
    wire_tlv value;
} wire_bind;

typedef struct wire_pdu {
    uint8_t tag;
    int64_t id;
    int64_t status; /* error-status */
    int64_t index;  /* error-index */
    uint32_t count;
    wire_bind *binds; /* the caller's, WIRE_BINDS of them */
} wire_pdu;

/* Takes the next triple; false at the end and when it does not fit what is left. */
bool wire_next(wire_reader *reader, wire_tlv *tlv);
/* The same, and the tag must be `tag`. */
bool wire_expect(wire_reader *reader, uint8_t tag, wire_tlv *tlv);
bool wire_enter(wire_reader *reader, uint8_t tag, wire_reader *inside);
/* An INTEGER of 1 to 8 octets. */
bool wire_integer(wire_reader *reader, int64_t *value);

/* The numbers of a value: signed 32, unsigned 32 and unsigned 64 bits. False: not one. */
bool wire_signed(const wire_tlv *tlv, int64_t *value);
bool wire_unsigned(const wire_tlv *tlv, int64_t *value);
bool wire_unsigned64(const wire_tlv *tlv, uint64_t *value);

/* Decodes a name; false when it is empty, longer than WIRE_ARCS, or an arc exceeds 32 bits. */
bool wire_oid(const wire_tlv *tlv, uint32_t arcs[WIRE_ARCS], uint32_t *count);
/* Decodes what stands behind the first `skip` octets of a name, whose arcs are in `arcs` already,
 * `*count` of them. */
bool wire_oid_rest(const wire_tlv *tlv, uint32_t skip, uint32_t arcs[WIRE_ARCS], uint32_t *count);
int wire_oid_compare(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count);

/* Reads a whole PDU at `reader`; every triple in it is inside the packet afterwards. */
bool wire_pdu_read(wire_reader *reader, wire_pdu *pdu);

/* The version and, of v1 and v2c, the PDU of a message. For v3 `pdu` is left alone and `rest`
 * stands after the version. */
bool wire_message_read(const uint8_t *data, size_t length, int64_t *version, wire_reader *rest,
                       wire_pdu *pdu);

typedef struct wire_writer {
    uint8_t *at;
    size_t left;
    bool failed; /* something did not fit; stays set */
} wire_writer;

size_t wire_header_size(size_t length);  /* of tag and length octets */
size_t wire_integer_size(int64_t value); /* of a whole INTEGER triple */
void wire_put_header(wire_writer *writer, uint8_t tag, size_t length);
void wire_put_integer(wire_writer *writer, int64_t value);
void wire_put_octets(wire_writer *writer, uint8_t tag, const void *data, size_t length);
void wire_put_raw(wire_writer *writer, const void *data, size_t length);
void wire_put_oid(wire_writer *writer, const uint32_t *arcs, size_t count);
/* { name, NULL } */
void wire_put_null_bind(wire_writer *writer, const uint32_t *arcs, size_t count);
/* A request; `a` and `b` are error-status and error-index, or non-repeaters and max-repetitions,
 * 0 to 127 each. `id` is written in four octets (it must be 0x00800000 or more). */
void wire_put_pdu(wire_writer *writer, uint8_t tag, uint32_t id, uint8_t a, uint8_t b,
                  const void *binds, size_t length);
size_t wire_pdu_size(size_t binds_length);

#endif
