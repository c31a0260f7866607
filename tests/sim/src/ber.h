/* BER as SNMP uses it: a bounds-checked reader, and a writer that prepends, so that every length
 * is known when its header is written and all lengths come out in their shortest form. */
#ifndef SIM_BER_H
#define SIM_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ber_tag {
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_NULL = 0x05,
    BER_OID = 0x06,
    BER_SEQUENCE = 0x30,
    BER_IPADDRESS = 0x40,
    BER_COUNTER32 = 0x41,
    BER_GAUGE32 = 0x42,
    BER_TIMETICKS = 0x43,
    BER_OPAQUE = 0x44,
    BER_COUNTER64 = 0x46,
    BER_NO_SUCH_OBJECT = 0x80,
    BER_NO_SUCH_INSTANCE = 0x81,
    BER_END_OF_VIEW = 0x82
};

struct ber_reader {
    const uint8_t *at;
    const uint8_t *end;
};

bool ber_read(struct ber_reader *r, uint8_t *tag, struct ber_reader *content);
bool ber_expect(struct ber_reader *r, uint8_t tag, struct ber_reader *content);
bool ber_read_int(struct ber_reader *r, int32_t *value);
bool ber_parse_int(const uint8_t *bytes, size_t len, int64_t *value);

/* Content octets of a number; buf needs 9 bytes. Returns the count of octets. */
size_t ber_signed(uint8_t *buf, int64_t value);
size_t ber_unsigned(uint8_t *buf, uint64_t value);

/* Header written forward; buf needs 6 bytes. */
size_t ber_header(uint8_t *buf, uint8_t tag, size_t len);
size_t ber_header_size(size_t len);

/* Prepending writer: `start` moves down, the caller guarantees the room above `floor`. */
struct ber_writer {
    uint8_t *start;
    const uint8_t *floor;
    const uint8_t *end;
};

bool ber_put_bytes(struct ber_writer *w, const void *bytes, size_t len);
bool ber_put_header(struct ber_writer *w, uint8_t tag, size_t len);
bool ber_put_int(struct ber_writer *w, int64_t value);
bool ber_put_octets(struct ber_writer *w, const void *bytes, size_t len);
/* Wraps everything written since the writer's end stood at `end`. */
bool ber_wrap(struct ber_writer *w, uint8_t tag);

#endif
