/* Object identifiers in BER form: order, hash, text. Only minimal encodings are accepted, so two
 * OIDs are equal exactly when their bytes are, and of two sub-identifiers the longer is larger. */
#include "oid.h"

#include <stdio.h>
#include <string.h>

static size_t sub_length(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *p = at;

    while (p < end && *p & 0x80) {
        p++;
    }
    return (size_t)(p - at) + 1;
}

int oid_compare(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    size_t common = a_len < b_len ? a_len : b_len;
    size_t i = 0;

    while (i < common && a[i] == b[i]) {
        i++;
    }
    if (i == common) {
        return a_len == b_len ? 0 : a_len < b_len ? -1 : 1;
    }
    while (i > 0 && a[i - 1] & 0x80) {
        i--;
    }
    size_t a_sub = sub_length(a + i, a + a_len);
    size_t b_sub = sub_length(b + i, b + b_len);
    if (a_sub != b_sub) {
        return a_sub < b_sub ? -1 : 1;
    }
    size_t left = common - i;
    return memcmp(a + i, b + i, a_sub < left ? a_sub : left) < 0 ? -1 : 1;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

uint64_t oid_hash(const uint8_t *oid, size_t len)
{
    uint64_t h = len;
    uint64_t word;

    while (len >= sizeof word) {
        memcpy(&word, oid, sizeof word);
        h = mix(h, word);
        oid += sizeof word;
        len -= sizeof word;
    }
    word = 0;
    for (size_t i = 0; i < len; i++) {
        word = word << 8 | oid[i];
    }
    return mix(h, word);
}

bool oid_valid(const uint8_t *oid, size_t len)
{
    if (len == 0 || len > OID_MAX_BYTES || oid[len - 1] & 0x80) {
        return false;
    }
    size_t run = 0;
    for (size_t i = 0; i < len; i++) {
        if (run == 0 && oid[i] == 0x80) {
            return false;
        }
        run++;
        /* five octets hold 35 bits; the first of them may carry only four of the 32 */
        if (run == 5 && (oid[i] & 0x80 || oid[i - 4] > 0x8f)) {
            return false;
        }
        if (!(oid[i] & 0x80)) {
            run = 0;
        }
    }
    return true;
}

bool oid_starts_with(const uint8_t *oid, size_t len, const uint8_t *prefix, size_t prefix_len)
{
    return len >= prefix_len && memcmp(oid, prefix, prefix_len) == 0;
}

size_t oid_parent(const uint8_t *oid, size_t len)
{
    if (len == 0) {
        return 0;
    }
    len--;
    while (len > 0 && oid[len - 1] & 0x80) {
        len--;
    }
    return len;
}

bool oid_last(const uint8_t *oid, size_t len, uint32_t *sub)
{
    size_t at = oid_parent(oid, len);

    if (at == 0) {
        return false;
    }
    uint32_t value = 0;
    for (; at < len; at++) {
        value = value << 7 | (oid[at] & 0x7f);
    }
    *sub = value;
    return true;
}

size_t oid_append(uint8_t *out, size_t len, size_t cap, uint32_t sub)
{
    size_t octets = 1;

    for (uint32_t rest = sub >> 7; rest != 0; rest >>= 7) {
        octets++;
    }
    if (len + octets > cap) {
        return 0;
    }
    for (size_t i = 0; i < octets; i++) {
        uint8_t more = i + 1 < octets ? 0x80 : 0;
        out[len + i] = (uint8_t)((sub >> (7 * (octets - 1 - i)) & 0x7f) | more);
    }
    return len + octets;
}

size_t oid_parse(const char *text, uint8_t *out, size_t cap)
{
    size_t len = 0;
    unsigned count = 0;
    uint32_t first = 0;

    if (*text == '.') {
        text++;
    }
    while (*text != '\0') {
        uint64_t sub = 0;
        if (*text < '0' || *text > '9') {
            return 0;
        }
        while (*text >= '0' && *text <= '9') {
            sub = sub * 10 + (uint64_t)(*text++ - '0');
            if (sub > UINT32_MAX) {
                return 0;
            }
        }
        if (count == 0) {
            if (sub > 2) {
                return 0;
            }
            first = (uint32_t)sub;
        } else {
            uint64_t packed = count == 1 ? (uint64_t)first * 40 + sub : sub;
            if (packed > UINT32_MAX || (count == 1 && first < 2 && sub > 39)) {
                return 0;
            }
            len = oid_append(out, len, cap, (uint32_t)packed);
            if (len == 0) {
                return 0;
            }
        }
        count++;
        if (*text == '.') {
            text++;
            if (*text == '\0') {
                return 0;
            }
        } else if (*text != '\0') {
            return 0;
        }
    }
    return count < 2 ? 0 : len;
}

void oid_text(const uint8_t *oid, size_t len, char *out, size_t cap)
{
    size_t used = 0;
    uint32_t sub = 0;
    bool first = true;

    out[0] = '\0';
    for (size_t i = 0; i < len && used < cap; i++) {
        sub = sub << 7 | (oid[i] & 0x7f);
        if (oid[i] & 0x80) {
            continue;
        }
        int n;
        if (first) {
            uint32_t top = sub < 80 ? sub / 40 : 2;
            n = snprintf(out + used, cap - used, "%u.%u", top, sub - top * 40);
            first = false;
        } else {
            n = snprintf(out + used, cap - used, ".%u", sub);
        }
        used += n > 0 ? (size_t)n : 0;
        sub = 0;
    }
}
