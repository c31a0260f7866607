/* Recordings as devices: each *.snmprec file (OID|TAG|VALUE a line) becomes a model of its own
 * whose values stand still. Damaged lines are told and left out; of a repeated OID the first
 * line counts, as the recordings' other readers have it. */
#include "ber.h"
#include "fleet.h"
#include "jsonx.h"
#include "oid.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RAW_MAX = 4096 };

struct value {
    uint8_t tag;
    size_t len;
    uint8_t bytes[RAW_MAX];
};

static size_t unescape(const char *text, uint8_t *out, size_t cap)
{
    size_t n = 0;

    while (*text != '\0' && n < cap) {
        unsigned octet;
        if (text[0] == '\\' && text[1] == 'x' && sscanf(text + 2, "%2x", &octet) == 1) {
            out[n++] = (uint8_t)octet;
            text += 4;
        } else if (text[0] == '\\' && text[1] != '\0') {
            out[n++] = text[1] == 'n'   ? '\n'
                       : text[1] == 'r' ? '\r'
                       : text[1] == 't' ? '\t'
                                        : (uint8_t)text[1];
            text += 2;
        } else {
            out[n++] = (uint8_t)*text++;
        }
    }
    return n;
}

static bool read_number(struct value *v, const char *text)
{
    char *end;

    errno = 0;
    if (v->tag == BER_INTEGER) {
        long long n = strtoll(text, &end, 10);
        if (n < INT32_MIN || n > INT32_MAX) {
            return false;
        }
        v->len = ber_signed(v->bytes, n);
    } else {
        unsigned long long n = strtoull(text, &end, 10);
        if (*text == '-' || (v->tag != BER_COUNTER64 && n > UINT32_MAX)) {
            return false;
        }
        v->len = ber_unsigned(v->bytes, n);
    }
    return end != text && *end == '\0' && errno == 0;
}

static bool read_plain(struct value *v, const char *text)
{
    struct in_addr address;

    switch (v->tag) {
    case BER_OCTETS:
    case BER_OPAQUE:
        v->len = strlen(text);
        if (v->len > RAW_MAX) {
            return false;
        }
        memcpy(v->bytes, text, v->len);
        return true;
    case BER_NULL:
        v->len = 0;
        return true;
    case BER_OID:
        v->len = oid_parse(text, v->bytes, OID_MAX_BYTES);
        return v->len > 0;
    case BER_IPADDRESS:
        if (inet_pton(AF_INET, text, &address) != 1) {
            return false;
        }
        memcpy(v->bytes, &address, 4);
        v->len = 4;
        return true;
    default:
        return read_number(v, text);
    }
}

static bool read_value(struct value *v, const char *tag, const char *text)
{
    char *end;
    unsigned long kind = strtoul(tag, &end, 10);
    static const uint8_t kinds[] = {BER_INTEGER,   BER_OCTETS,    BER_NULL,    BER_OID,
                                    BER_IPADDRESS, BER_COUNTER32, BER_GAUGE32, BER_TIMETICKS,
                                    BER_OPAQUE,    BER_COUNTER64};

    if (end == tag || kind > 255 || memchr(kinds, (int)kind, sizeof kinds) == NULL) {
        return false;
    }
    v->tag = (uint8_t)kind;
    if (*end == '\0') {
        return read_plain(v, text);
    }
    if (strcmp(end, "e") == 0) {
        v->len = unescape(text, v->bytes, RAW_MAX);
        return kind == BER_OCTETS;
    }
    if (strcmp(end, "x") != 0 || strlen(text) > (size_t)RAW_MAX * 2) {
        return false;
    }
    v->len = jsonx_hex(text, v->bytes, RAW_MAX);
    size_t digits = 0;
    for (const char *c = text; *c != '\0'; c++) {
        digits += *c != ' ';
    }
    return v->len * 2 == digits;
}

static bool read_line(struct profile_builder *b, char *line, struct value *v)
{
    uint8_t oid[OID_MAX_BYTES];
    char *tag = strchr(line, '|');
    char *text = tag == NULL ? NULL : strchr(tag + 1, '|');

    if (text == NULL) {
        return false;
    }
    *tag++ = '\0';
    *text++ = '\0';
    size_t len = oid_parse(line, oid, sizeof oid);
    if (len == 0 || !read_value(v, tag, text)) {
        return false;
    }
    return builder_add_raw(b, oid, len,
                           (struct entry){.kind = V_STATIC,
                                          .tag = v->tag,
                                          .flags = v->tag == BER_OCTETS ? ENTRY_TEXT : 0,
                                          .value = arena_copy(b->arena, v->bytes, v->len),
                                          .value_len = (uint16_t)v->len});
}

struct profile *snmprec_load(struct arena *arena, const char *path, bool quiet)
{
    FILE *f = fopen(path, "rb");
    struct profile *p = arena_alloc(arena, sizeof *p);
    struct profile_builder b;
    struct value v;
    char *line = NULL;
    size_t cap = 0;
    unsigned number = 0;
    ssize_t n;

    if (f == NULL) {
        fprintf(stderr, "platen-sim: cannot read '%s'\n", path);
        return NULL;
    }
    builder_init(&b, arena, p);
    const char *slash = strrchr(path, '/');
    p->name = arena_text(arena, slash == NULL ? path : slash + 1);
    p->recorded = true;
    p->oui[0] = 2;
    while ((n = getline(&line, &cap, f)) >= 0) {
        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r')) {
            line[--n] = '\0';
        }
        if (n == 0 || line[0] == '#') {
            continue;
        }
        if (!read_line(&b, line, &v) && !quiet) {
            fprintf(stderr, "platen-sim: %s:%u: damaged line skipped\n", path, number);
        }
    }
    free(line);
    fclose(f);
    if (!builder_seal(&b)) {
        fprintf(stderr, "platen-sim: %s: %s\n", path, b.error);
        free(b.entries);
        return NULL;
    }
    return p;
}
