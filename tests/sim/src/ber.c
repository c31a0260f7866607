/* BER reader and prepending writer. Reading never passes the end of the span it was given and
 * refuses indefinite lengths, lengths of more than four octets and tags above 30, none of which
 * SNMP allows. */
#include "ber.h"

#include <string.h>

bool ber_read(struct ber_reader *r, uint8_t *tag, struct ber_reader *content)
{
    const uint8_t *p = r->at;

    if (r->end - p < 2) {
        return false;
    }
    *tag = *p++;
    if ((*tag & 0x1f) == 0x1f) {
        return false;
    }
    size_t len = *p++;
    if (len & 0x80) {
        size_t octets = len & 0x7f;
        if (octets == 0 || octets > 4 || (size_t)(r->end - p) < octets) {
            return false;
        }
        len = 0;
        while (octets-- > 0) {
            len = len << 8 | *p++;
        }
    }
    if ((size_t)(r->end - p) < len) {
        return false;
    }
    content->at = p;
    content->end = p + len;
    r->at = p + len;
    return true;
}

bool ber_expect(struct ber_reader *r, uint8_t tag, struct ber_reader *content)
{
    uint8_t found;

    return ber_read(r, &found, content) && found == tag;
}

bool ber_parse_int(const uint8_t *bytes, size_t len, int64_t *value)
{
    if (len == 0 || len > 9 || (len == 9 && bytes[0] != 0)) {
        return false;
    }
    uint64_t v = bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < len; i++) {
        v = v << 8 | bytes[i];
    }
    *value = (int64_t)v;
    return true;
}

bool ber_read_int(struct ber_reader *r, int32_t *value)
{
    struct ber_reader c;
    int64_t wide;

    if (!ber_expect(r, BER_INTEGER, &c) || !ber_parse_int(c.at, (size_t)(c.end - c.at), &wide) ||
        wide < INT32_MIN || wide > INT32_MAX) {
        return false;
    }
    *value = (int32_t)wide;
    return true;
}

size_t ber_signed(uint8_t *buf, int64_t value)
{
    int n = 8;

    while (n > 1) {
        int64_t top = value >> (8 * (n - 1) - 1);
        if (top != 0 && top != -1) {
            break;
        }
        n--;
    }
    for (int i = 0; i < n; i++) {
        buf[i] = (uint8_t)((uint64_t)value >> (8 * (n - 1 - i)));
    }
    return (size_t)n;
}

size_t ber_unsigned(uint8_t *buf, uint64_t value)
{
    if (value >> 63) {
        buf[0] = 0;
        for (int i = 0; i < 8; i++) {
            buf[1 + i] = (uint8_t)(value >> (56 - 8 * i));
        }
        return 9;
    }
    return ber_signed(buf, (int64_t)value);
}

size_t ber_header_size(size_t len)
{
    if (len < 0x80) {
        return 2;
    }
    return len < 0x100 ? 3 : len < 0x10000 ? 4 : 5;
}

size_t ber_header(uint8_t *buf, uint8_t tag, size_t len)
{
    size_t size = ber_header_size(len);

    buf[0] = tag;
    if (size == 2) {
        buf[1] = (uint8_t)len;
        return size;
    }
    buf[1] = (uint8_t)(0x80 | (size - 2));
    for (size_t i = 2; i < size; i++) {
        buf[i] = (uint8_t)(len >> (8 * (size - 1 - i)));
    }
    return size;
}

bool ber_put_bytes(struct ber_writer *w, const void *bytes, size_t len)
{
    if ((size_t)(w->start - w->floor) < len) {
        return false;
    }
    w->start -= len;
    if (len > 0) {
        memcpy(w->start, bytes, len);
    }
    return true;
}

bool ber_put_header(struct ber_writer *w, uint8_t tag, size_t len)
{
    uint8_t buf[6];

    return ber_put_bytes(w, buf, ber_header(buf, tag, len));
}

bool ber_put_int(struct ber_writer *w, int64_t value)
{
    uint8_t buf[9];
    size_t n = ber_signed(buf, value);

    return ber_put_bytes(w, buf, n) && ber_put_header(w, BER_INTEGER, n);
}

bool ber_put_octets(struct ber_writer *w, const void *bytes, size_t len)
{
    return ber_put_bytes(w, bytes, len) && ber_put_header(w, BER_OCTETS, len);
}

bool ber_wrap(struct ber_writer *w, uint8_t tag)
{
    return ber_put_header(w, tag, (size_t)(w->end - w->start));
}
