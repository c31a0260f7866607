/* Object identifiers as arrays of arcs: parsing and comparing. Pure functions. */
#include "oid.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One arc; NULL when there is none or it does not fit 32 bits. */
static const char *arc_parse(const char *at, uint32_t *out)
{
    uint64_t value = 0;
    const char *start = at;
    while (*at >= '0' && *at <= '9' && at - start < 11) {
        value = value * 10u + (uint64_t)(*at - '0');
        at++;
    }
    if (at == start || value > UINT32_MAX) {
        return NULL;
    }
    *out = (uint32_t)value;
    return at;
}

bool oid_parse(const char *text, oid *out)
{
    oid parsed = {0, {0}};
    const char *at = text;
    while (at != NULL && parsed.count < OID_ARCS) {
        at = arc_parse(at, &parsed.arcs[parsed.count]);
        if (at == NULL) {
            return false;
        }
        parsed.count++;
        if (*at == '\0') {
            break;
        }
        if (*at != '.') {
            return false;
        }
        at++;
    }
    if (at == NULL || *at != '\0' || parsed.count < 2u) {
        return false;
    }
    *out = parsed;
    return true;
}

void oid_format(const uint32_t *arcs, uint32_t count, char *out, size_t size)
{
    size_t at = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < count && at < size; i++) {
        int length = snprintf(out + at, size - at, i == 0 ? "%" PRIu32 : ".%" PRIu32, arcs[i]);
        if (length < 0) {
            return;
        }
        at += (size_t)length;
    }
}

int oid_compare(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    uint32_t common = a_count < b_count ? a_count : b_count;
    for (uint32_t i = 0; i < common; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    if (a_count == b_count) {
        return 0;
    }
    return a_count < b_count ? -1 : 1;
}

bool oid_starts(const uint32_t *a, uint32_t a_count, const uint32_t *prefix, uint32_t prefix_count)
{
    if (a_count < prefix_count) {
        return false;
    }
    return prefix_count == 0 || memcmp(a, prefix, prefix_count * sizeof(*a)) == 0;
}
