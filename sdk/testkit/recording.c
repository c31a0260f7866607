/* Recordings of SNMP agents in snmprec form, in memory and sorted by OID. */
#include "recording.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int recording_compare(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
    for (uint32_t i = 0; i < a_count && i < b_count; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return a_count == b_count ? 0 : a_count < b_count ? -1 : 1;
}

size_t recording_seek(const recording *of, const uint32_t *arcs, uint32_t count)
{
    size_t low = 0;
    size_t high = of->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2u;
        if (recording_compare(of->at[middle].arcs, of->at[middle].arc_count, arcs, count) < 0) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

bool recording_oid(const char *text, size_t length, uint32_t *arcs, uint32_t *count)
{
    uint64_t arc = 0;
    bool digit = false;
    *count = 0;
    for (size_t i = 0; i <= length; i++) {
        char c = i < length ? text[i] : '.';
        if (c >= '0' && c <= '9') {
            arc = arc * 10u + (uint64_t)(c - '0');
            digit = true;
            if (arc > UINT32_MAX) {
                return false;
            }
        } else if (c == '.' && (digit || i == 0)) {
            if (digit) {
                if (*count == RECORD_ARCS) {
                    return false;
                }
                arcs[(*count)++] = (uint32_t)arc;
            }
            arc = 0;
            digit = false;
        } else {
            return false;
        }
    }
    return *count >= 2u;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The octets of a value, hex decoded when the tag says so. */
static bool octets_of(const char *text, size_t length, bool hex, record *out)
{
    out->octets = malloc(length + 1u);
    if (out->octets == NULL) {
        return false;
    }
    if (!hex) {
        memcpy(out->octets, text, length);
        out->octet_count = (uint32_t)length;
        return true;
    }
    int high = -1;
    for (size_t i = 0; i < length; i++) {
        int digit = hex_digit(text[i]);
        if (digit < 0) {
            if (text[i] == ' ') {
                continue;
            }
            return false;
        }
        if (high < 0) {
            high = digit;
        } else {
            out->octets[out->octet_count++] = (uint8_t)(high * 16 + digit);
            high = -1;
        }
    }
    return high < 0;
}

static bool number_of(const char *text, size_t length, int64_t *out)
{
    char copy[32];
    char *end = NULL;
    if (length == 0 || length >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (copy[0] == '-') {
        *out = strtoll(copy, &end, 10);
    } else {
        unsigned long long number = strtoull(copy, &end, 10);
        *out = number > INT64_MAX ? INT64_MAX : (int64_t)number;
    }
    return *end == '\0';
}

static bool address_of(const char *text, size_t length, record *out)
{
    uint32_t arcs[RECORD_ARCS];
    uint32_t count = 0;
    if (!recording_oid(text, length, arcs, &count) || count != 4u) {
        return false;
    }
    out->octets = malloc(4);
    if (out->octets == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < 4u; i++) {
        out->octets[i] = (uint8_t)arcs[i];
    }
    out->octet_count = 4;
    return true;
}

static bool value_parse(const char *text, size_t length, bool hex, record *out)
{
    uint32_t arcs[RECORD_ARCS];
    switch (out->type) {
    case PLATEN_SNMP_OCTETS:
    case PLATEN_SNMP_OPAQUE:
        return octets_of(text, length, hex, out);
    case PLATEN_SNMP_NULL:
        return true;
    case PLATEN_SNMP_IPADDRESS:
        return address_of(text, length, out);
    case PLATEN_SNMP_OID:
        if (!recording_oid(text, length, arcs, &out->object_count)) {
            return false;
        }
        out->object = malloc(out->object_count * sizeof(arcs[0]));
        if (out->object == NULL) {
            return false;
        }
        memcpy(out->object, arcs, out->object_count * sizeof(arcs[0]));
        return true;
    case PLATEN_SNMP_INTEGER:
    case PLATEN_SNMP_COUNTER32:
    case PLATEN_SNMP_GAUGE32:
    case PLATEN_SNMP_TIMETICKS:
    case PLATEN_SNMP_COUNTER64:
        return number_of(text, length, &out->integer);
    default:
        return false;
    }
}

static void record_fini(record *of)
{
    free(of->octets);
    free(of->object);
}

/* "OID|TAG|VALUE"; *value_length 0 tells a line without a value. */
static bool line_parse(const char *line, size_t length, record *out, size_t *value_length)
{
    memset(out, 0, sizeof(*out));
    const char *first = memchr(line, '|', length);
    const char *second =
        first == NULL ? NULL : memchr(first + 1, '|', length - (size_t)(first + 1 - line));
    if (second == NULL ||
        !recording_oid(line, (size_t)(first - line), out->arcs, &out->arc_count)) {
        return false;
    }
    const char *value = second + 1;
    *value_length = length - (size_t)(value - line);
    bool hex = second[-1] == 'x';
    for (const char *at = first + 1; at < second - (hex ? 1 : 0); at++) {
        if (*at < '0' || *at > '9' || out->type > 1000u) {
            return false;
        }
        out->type = out->type * 10u + (uint32_t)(*at - '0');
    }
    if (!value_parse(value, *value_length, hex, out)) {
        record_fini(out);
        return false;
    }
    return true;
}

static bool recording_add(recording *into, const record *one)
{
    if (into->count == into->room) {
        size_t room = into->room == 0 ? 256u : into->room * 2u;
        record *grown = realloc(into->at, room * sizeof(*grown));
        if (grown == NULL) {
            return false;
        }
        into->at = grown;
        into->room = room;
    }
    size_t at = recording_seek(into, one->arcs, one->arc_count);
    memmove(&into->at[at + 1u], &into->at[at], (into->count - at) * sizeof(*one));
    into->at[at] = *one;
    into->count++;
    return true;
}

static bool holds(const recording *of, const record *one)
{
    size_t at = recording_seek(of, one->arcs, one->arc_count);
    return at < of->count &&
           recording_compare(of->at[at].arcs, of->at[at].arc_count, one->arcs, one->arc_count) == 0;
}

static void recording_remove(recording *of, const record *one)
{
    size_t at = recording_seek(of, one->arcs, one->arc_count);
    if (holds(of, one)) {
        record_fini(&of->at[at]);
        memmove(&of->at[at], &of->at[at + 1u], (of->count - at - 1u) * sizeof(*one));
        of->count--;
    }
}

bool recording_parse(recording *into, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t size = stop == NULL ? (size_t)(end - text) : (size_t)(stop - text);
        size_t kept = size > 0 && text[size - 1u] == '\r' ? size - 1u : size;
        record one;
        size_t value_length = 0;
        if (kept > 0 && text[0] != '#') {
            if (!line_parse(text, kept, &one, &value_length)) {
                into->damaged++;
            } else if (holds(into, &one)) {
                record_fini(&one);
                into->damaged++;
            } else if (!recording_add(into, &one)) {
                record_fini(&one);
                return false;
            }
        }
        text += size + (stop == NULL ? 0u : 1u);
    }
    return true;
}

bool recording_set(recording *into, const char *line)
{
    record one;
    size_t value_length = 0;
    const char *last = strrchr(line, '|');
    if (last != NULL && last[1] == '\0') {
        memset(&one, 0, sizeof(one));
        const char *first = strchr(line, '|');
        if (!recording_oid(line, (size_t)(first - line), one.arcs, &one.arc_count)) {
            return false;
        }
        recording_remove(into, &one);
        return true;
    }
    if (!line_parse(line, strlen(line), &one, &value_length)) {
        return false;
    }
    recording_remove(into, &one);
    if (!recording_add(into, &one)) {
        record_fini(&one);
        return false;
    }
    return true;
}

void recording_clear(recording *of)
{
    for (size_t i = 0; i < of->count; i++) {
        record_fini(&of->at[i]);
    }
    free(of->at);
    memset(of, 0, sizeof(*of));
}
