/* See wire.h. The reader never follows a length that it has not compared with what is left. */
#include "core/snmp/wire.h"

#include <string.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

/* Outside long form with up to four length octets nothing is SNMP. */
static bool read_length(wire_reader *reader, uint32_t *length)
{
    uint8_t first = *reader->at++;
    if (first < 0x80) {
        *length = first;
        return true;
    }
    uint32_t octets = first & 0x7fu;
    if (octets == 0 || octets > 4 || (size_t)(reader->end - reader->at) < octets) {
        return false;
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < octets; i++) {
        sum = sum << 8 | *reader->at++;
    }
    *length = sum;
    return true;
}

/* asn_parse_header() would do, but it turns some Opaque values into types that SNMP does not have
 * and reads the first two octets before it looks whether they are there. */
bool wire_next(wire_reader *reader, wire_tlv *tlv)
{
    if (reader->end - reader->at < 2) {
        return false;
    }
    tlv->start = reader->at;
    tlv->tag = *reader->at++;
    if ((tlv->tag & 0x1fu) == 0x1fu) {
        return false;
    }
    uint32_t length;
    if (!read_length(reader, &length) || length > (size_t)(reader->end - reader->at)) {
        return false;
    }
    tlv->value = reader->at;
    tlv->length = length;
    reader->at += length;
    return true;
}

bool wire_expect(wire_reader *reader, uint8_t tag, wire_tlv *tlv)
{
    return wire_next(reader, tlv) && tlv->tag == tag;
}

bool wire_enter(wire_reader *reader, uint8_t tag, wire_reader *inside)
{
    wire_tlv tlv;
    if (!wire_expect(reader, tag, &tlv)) {
        return false;
    }
    inside->at = tlv.value;
    inside->end = tlv.value + tlv.length;
    return true;
}

static size_t whole(const wire_tlv *tlv)
{
    return (size_t)(tlv->value - tlv->start) + tlv->length;
}

/* net-snmp's parsers take the buffer without const but do not write to it. */
static u_char *octets_of(const wire_tlv *tlv)
{
    u_char *octets;
    memcpy(&octets, &tlv->start, sizeof octets);
    return octets;
}

bool wire_signed(const wire_tlv *tlv, int64_t *value)
{
    long number = 0;
    size_t left = whole(tlv);
    u_char type;
    if (tlv->length == 0 || tlv->length > sizeof number ||
        asn_parse_int(octets_of(tlv), &left, &type, &number, sizeof number) == NULL) {
        return false;
    }
    *value = number;
    return true;
}

bool wire_unsigned(const wire_tlv *tlv, int64_t *value)
{
    unsigned long number = 0;
    size_t left = whole(tlv);
    u_char type;
    if (tlv->length == 0 || tlv->length > sizeof number ||
        asn_parse_unsigned_int(octets_of(tlv), &left, &type, &number, sizeof number) == NULL) {
        return false;
    }
    *value = (int64_t)(number & UINT32_MAX);
    return true;
}

bool wire_unsigned64(const wire_tlv *tlv, uint64_t *value)
{
    struct counter64 number = {0, 0};
    size_t left = whole(tlv);
    u_char type;
    if (tlv->length == 0 || tlv->length > 9 ||
        asn_parse_unsigned_int64(octets_of(tlv), &left, &type, &number, sizeof number) == NULL) {
        return false;
    }
    *value = (uint64_t)(number.high & UINT32_MAX) << 32 | (uint64_t)(number.low & UINT32_MAX);
    return true;
}

bool wire_integer(wire_reader *reader, int64_t *value)
{
    wire_tlv tlv;
    return wire_expect(reader, ASN_INTEGER, &tlv) && wire_signed(&tlv, value);
}

bool wire_oid_rest(const wire_tlv *tlv, uint32_t skip, uint32_t arcs[WIRE_ARCS], uint32_t *count)
{
    const uint8_t *at = tlv->value + skip;
    const uint8_t *end = tlv->value + tlv->length;
    uint32_t n = *count;
    if (at == end || (end[-1] & 0x80u) != 0) {
        return false;
    }
    while (at < end) {
        uint64_t arc = *at & 0x7fu;
        while ((*at++ & 0x80u) != 0) {
            arc = arc << 7 | (*at & 0x7fu);
            if (arc > UINT32_MAX) {
                return false;
            }
        }
        if (n == WIRE_ARCS) {
            return false;
        }
        arcs[n++] = (uint32_t)arc;
    }
    *count = n;
    return true;
}

/* Not asn_parse_objid(): it silently cuts names that are too long, and a name whose last octet
 * says "more follows" makes it read on into what follows. */
bool wire_oid(const wire_tlv *tlv, uint32_t arcs[WIRE_ARCS], uint32_t *count)
{
    *count = 1;
    if (!wire_oid_rest(tlv, 0, arcs, count)) {
        return false;
    }
    arcs[0] = arcs[1] < 40 ? 0 : arcs[1] < 80 ? 1 : 2;
    arcs[1] -= arcs[0] * 40;
    return true;
}

int wire_oid_compare(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count)
{
    size_t common = a_count < b_count ? a_count : b_count;
    for (size_t i = 0; i < common; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

bool wire_pdu_read(wire_reader *reader, wire_pdu *pdu)
{
    wire_tlv tlv;
    if (!wire_next(reader, &tlv) || (tlv.tag & 0xe0u) != 0xa0u || tlv.tag == 0xa4u) {
        return false; /* 0xa4 is the v1 trap, which has another shape */
    }
    pdu->tag = tlv.tag;
    wire_reader body = {tlv.value, tlv.value + tlv.length};
    wire_reader list;
    if (!wire_integer(&body, &pdu->id) || !wire_integer(&body, &pdu->status) ||
        !wire_integer(&body, &pdu->index) || !wire_enter(&body, WIRE_SEQUENCE, &list)) {
        return false;
    }
    pdu->count = 0;
    while (list.at < list.end) {
        wire_reader pair;
        wire_bind *bind = &pdu->binds[pdu->count];
        if (pdu->count == WIRE_BINDS || !wire_enter(&list, WIRE_SEQUENCE, &pair) ||
            !wire_expect(&pair, ASN_OBJECT_ID, &bind->name) || !wire_next(&pair, &bind->value)) {
            return false;
        }
        pdu->count++;
    }
    return true;
}

bool wire_message_read(const uint8_t *data, size_t length, int64_t *version, wire_reader *rest,
                       wire_pdu *pdu)
{
    wire_reader packet = {data, data + length};
    wire_tlv community;
    if (!wire_enter(&packet, WIRE_SEQUENCE, rest) || !wire_integer(rest, version)) {
        return false;
    }
    if (*version == SNMP_VERSION_3) {
        return true;
    }
    return (*version == SNMP_VERSION_1 || *version == SNMP_VERSION_2c) &&
           wire_expect(rest, ASN_OCTET_STR, &community) && wire_pdu_read(rest, pdu);
}

size_t wire_header_size(size_t length)
{
    return length < 0x80 ? 2 : length <= 0xff ? 3 : 4;
}

size_t wire_integer_size(int64_t value)
{
    size_t octets = 1;
    while (octets < 8 &&
           (value < -(INT64_C(1) << (8 * octets - 1)) || value >= INT64_C(1) << (8 * octets - 1))) {
        octets++;
    }
    return 2 + octets;
}

static void put_done(wire_writer *writer, u_char *end)
{
    if (end == NULL) {
        writer->failed = true;
    } else {
        writer->at = end;
    }
}

void wire_put_header(wire_writer *writer, uint8_t tag, size_t length)
{
    if (!writer->failed) {
        put_done(writer, asn_build_header(writer->at, &writer->left, tag, length));
    }
}

void wire_put_integer(wire_writer *writer, int64_t value)
{
    long number = (long)value;
    if (!writer->failed) {
        put_done(writer,
                 asn_build_int(writer->at, &writer->left, ASN_INTEGER, &number, sizeof number));
    }
}

void wire_put_octets(wire_writer *writer, uint8_t tag, const void *data, size_t length)
{
    wire_put_header(writer, tag, length);
    wire_put_raw(writer, data, length);
}

void wire_put_raw(wire_writer *writer, const void *data, size_t length)
{
    if (writer->failed || writer->left < length) {
        writer->failed = true;
        return;
    }
    if (length > 0) {
        memcpy(writer->at, data, length);
    }
    writer->at += length;
    writer->left -= length;
}

void wire_put_oid(wire_writer *writer, const uint32_t *arcs, size_t count)
{
    oid name[WIRE_ARCS];
    if (writer->failed || count < 2 || count > WIRE_ARCS) {
        writer->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        name[i] = arcs[i];
    }
    put_done(writer, asn_build_objid(writer->at, &writer->left, ASN_OBJECT_ID, name, count));
}

void wire_put_null_bind(wire_writer *writer, const uint32_t *arcs, size_t count)
{
    uint8_t text[5 * WIRE_ARCS + 8];
    wire_writer name = {.at = text, .left = sizeof text};
    wire_put_oid(&name, arcs, count);
    if (name.failed) {
        writer->failed = true;
        return;
    }
    size_t length = (size_t)(name.at - text);
    static const uint8_t null[2] = {ASN_NULL, 0};
    wire_put_header(writer, WIRE_SEQUENCE, length + sizeof null);
    wire_put_raw(writer, text, length);
    wire_put_raw(writer, null, sizeof null);
}

static size_t pdu_body_size(size_t binds_length)
{
    return 6 + 3 + 3 + wire_header_size(binds_length) + binds_length;
}

size_t wire_pdu_size(size_t binds_length)
{
    size_t body = pdu_body_size(binds_length);
    return wire_header_size(body) + body;
}

void wire_put_pdu(wire_writer *writer, uint8_t tag, uint32_t id, uint8_t a, uint8_t b,
                  const void *binds, size_t length)
{
    const uint8_t head[12] = {
        ASN_INTEGER,
        4,
        (uint8_t)(id >> 24),
        (uint8_t)(id >> 16),
        (uint8_t)(id >> 8),
        (uint8_t)id,
        ASN_INTEGER,
        1,
        a,
        ASN_INTEGER,
        1,
        b,
    };
    wire_put_header(writer, tag, pdu_body_size(length));
    wire_put_raw(writer, head, sizeof head);
    wire_put_header(writer, WIRE_SEQUENCE, length);
    wire_put_raw(writer, binds, length);
}
