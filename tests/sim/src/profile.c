/* The compiled table of a model: building, sealing, looking up. A static object's whole varbind is
 * encoded here once, so answering for it is one copy. */
#include "profile.h"

#include "ber.h"
#include "oid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void builder_init(struct profile_builder *b, struct arena *arena, struct profile *p)
{
    *b = (struct profile_builder){.arena = arena, .profile = p};
    p->settable = true;
    p->versions = VERSIONS_ALL;
    p->weight = 1;
    p->hr = 1;
    p->max_message = 1472;
    p->start_pages = 200000;
}

bool builder_add_raw(struct profile_builder *b, const uint8_t *oid, size_t len, struct entry value)
{
    if (!oid_valid(oid, len) || value.value_len > 4096) {
        snprintf(b->error, sizeof b->error, "bad object name or value too long");
        return false;
    }
    if (b->count == b->cap) {
        size_t cap = b->cap == 0 ? 256 : b->cap * 2;
        struct entry *grown = realloc(b->entries, cap * sizeof *grown);
        if (grown == NULL) {
            snprintf(b->error, sizeof b->error, "out of memory");
            return false;
        }
        b->entries = grown;
        b->cap = cap;
    }
    value.oid = arena_copy(b->arena, oid, len);
    value.oid_len = (uint8_t)len;
    b->entries[b->count++] = value;
    return true;
}

bool builder_add(struct profile_builder *b, const char *oid, struct entry value)
{
    uint8_t bytes[OID_MAX_BYTES];
    size_t len = oid_parse(oid, bytes, sizeof bytes);

    if (len == 0) {
        snprintf(b->error, sizeof b->error, "bad object name '%s'", oid);
        return false;
    }
    return builder_add_raw(b, bytes, len, value);
}

bool builder_static(struct profile_builder *b, const char *oid, uint8_t tag, const void *value,
                    size_t len, unsigned flags)
{
    if (len > 4096) {
        snprintf(b->error, sizeof b->error, "value of '%s' is too long", oid);
        return false;
    }
    return builder_add(b, oid,
                       (struct entry){.kind = V_STATIC,
                                      .tag = tag,
                                      .flags = (uint8_t)flags,
                                      .value = arena_copy(b->arena, value, len),
                                      .value_len = (uint16_t)len});
}

bool builder_int(struct profile_builder *b, const char *oid, uint8_t tag, int64_t value,
                 unsigned flags)
{
    uint8_t buf[9];
    size_t n = tag == BER_INTEGER ? ber_signed(buf, value) : ber_unsigned(buf, (uint64_t)value);

    return builder_static(b, oid, tag, buf, n, flags);
}

/* Code point at *at, or -1 when the text is not UTF-8. */
static int32_t next_point(const uint8_t **at)
{
    const uint8_t *p = *at;
    int extra = *p < 0x80 ? 0 : (*p & 0xe0) == 0xc0 ? 1 : (*p & 0xf0) == 0xe0 ? 2 : 3;
    int32_t point = extra == 0 ? *p : *p & (0x3f >> extra);

    for (int i = 1; i <= extra; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return -1;
        }
        point = point << 6 | (p[i] & 0x3f);
    }
    *at = p + extra + 1;
    return point;
}

uint8_t *builder_encode(struct profile_builder *b, const char *text, size_t *len)
{
    size_t n = strlen(text);
    uint8_t *out = arena_copy(b->arena, text, n);

    if (b->latin1) {
        const uint8_t *at = (const uint8_t *)text;
        n = 0;
        while (*at != '\0') {
            int32_t point = next_point(&at);
            if (point < 0) {
                break;
            }
            out[n++] = point < 0x100 ? (uint8_t)point : '?';
        }
    }
    *len = n;
    return out;
}

bool builder_text(struct profile_builder *b, const char *oid, const char *text, unsigned flags)
{
    size_t len;
    const uint8_t *bytes = builder_encode(b, text, &len);
    int32_t number;

    flags |= ENTRY_TEXT;
    if (strstr(text, "${") == NULL) {
        return builder_static(b, oid, BER_OCTETS, bytes, len, flags);
    }
    return template_compile(b, bytes, len, &number) &&
           builder_add(
               b, oid,
               (struct entry){
                   .kind = V_TEMPLATE, .tag = BER_OCTETS, .flags = (uint8_t)flags, .arg = number});
}

static int by_oid(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = oid_compare(x->oid, x->oid_len, y->oid, y->oid_len);

    /* arg holds the order of adding here, see sort_unique */
    return order != 0 ? order : x->arg < y->arg ? -1 : x->arg > y->arg;
}

static void encode_entry(struct arena *arena, struct entry *e)
{
    uint8_t buf[OID_MAX_BYTES + 4096 + 32];
    struct ber_writer w = {.start = buf + sizeof buf, .floor = buf, .end = buf + sizeof buf};

    if (e->kind == V_STATIC) {
        (void)ber_put_bytes(&w, e->value, e->value_len);
        (void)ber_put_header(&w, e->tag, e->value_len);
    }
    (void)ber_put_bytes(&w, e->oid, e->oid_len);
    (void)ber_put_header(&w, BER_OID, e->oid_len);
    if (e->kind == V_STATIC) {
        (void)ber_wrap(&w, BER_SEQUENCE);
    }
    e->varbind_len = (uint16_t)(w.end - w.start);
    e->varbind = arena_copy(arena, w.start, e->varbind_len);
}

/* Sorts by name; equal names stay in the order they were added, and only the first is kept. */
static size_t sort_unique(struct entry *entries, size_t count, int32_t *args)
{
    for (size_t i = 0; i < count; i++) {
        args[i] = entries[i].arg;
        entries[i].arg = (int32_t)i;
    }
    qsort(entries, count, sizeof *entries, by_oid);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry e = entries[i];
        if (kept > 0 &&
            oid_compare(entries[kept - 1].oid, entries[kept - 1].oid_len, e.oid, e.oid_len) == 0) {
            continue;
        }
        e.arg = args[e.arg];
        entries[kept++] = e;
    }
    return kept;
}

static void index_entries(struct arena *arena, struct profile *p)
{
    size_t size = 16;

    while (size < p->count * 2) {
        size *= 2;
    }
    p->slots = arena_alloc(arena, size * sizeof *p->slots);
    p->slot_mask = size - 1;
    for (size_t i = 0; i < p->count; i++) {
        size_t at = oid_hash(p->entries[i].oid, p->entries[i].oid_len) & p->slot_mask;
        while (p->slots[at] != 0) {
            at = (at + 1) & p->slot_mask;
        }
        p->slots[at] = (uint32_t)i + 1;
    }
}

bool builder_seal(struct profile_builder *b)
{
    struct profile *p = b->profile;
    uint8_t name[OID_MAX_BYTES];

    if (b->count == 0) {
        snprintf(b->error, sizeof b->error, "no objects");
        return false;
    }
    int32_t *args = calloc(b->count, sizeof *args);
    if (args == NULL) {
        snprintf(b->error, sizeof b->error, "out of memory");
        return false;
    }
    p->count = sort_unique(b->entries, b->count, args);
    free(args);
    p->entries = arena_alloc(b->arena, p->count * sizeof *p->entries);
    memcpy(p->entries, b->entries, p->count * sizeof *p->entries);
    free(b->entries);
    b->entries = NULL;
    for (size_t i = 0; i < p->count; i++) {
        struct entry *e = &p->entries[i];
        e->flags |= (uint8_t)profile_write_flags(e->oid, e->oid_len);
        encode_entry(b->arena, e);
    }
    index_entries(b->arena, p);
    p->alert_at = profile_after(p, name, oid_parse("1.3.6.1.2.1.43.18.1.1", name, sizeof name));
    return true;
}

ptrdiff_t profile_find(const struct profile *p, const uint8_t *oid, size_t len)
{
    size_t at = oid_hash(oid, len) & p->slot_mask;

    while (p->slots[at] != 0) {
        const struct entry *e = &p->entries[p->slots[at] - 1];
        if (e->oid_len == len && memcmp(e->oid, oid, len) == 0) {
            return (ptrdiff_t)p->slots[at] - 1;
        }
        at = (at + 1) & p->slot_mask;
    }
    return -1;
}

size_t profile_after(const struct profile *p, const uint8_t *oid, size_t len)
{
    size_t low = 0;
    size_t high = p->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *e = &p->entries[middle];
        if (oid_compare(e->oid, e->oid_len, oid, len) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
