/* Looking up regions, and the rules about them. Pure functions. */
#include "core/model/region.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_MAX 63

typedef struct entry {
    net_range range;
    int64_t region;
} entry;

typedef struct suffix_entry {
    char *suffix; /* owned */
    int64_t region;
} suffix_entry;

struct region_book {
    entry *entries; /* sorted by first address, none overlaps another */
    size_t count;
    size_t room;
    suffix_entry *suffixes; /* sorted */
    size_t suffix_count;
    size_t suffix_room;
};

region_book *region_book_new(void)
{
    return calloc(1, sizeof(region_book));
}

void region_book_free(region_book *b)
{
    if (b != NULL) {
        for (size_t i = 0; i < b->suffix_count; i++) {
            free(b->suffixes[i].suffix);
        }
        free(b->suffixes);
        free(b->entries);
        free(b);
    }
}

bool region_book_add_range(region_book *b, int64_t region, const net_range *range)
{
    if (b->count == b->room) {
        size_t room = b->room == 0 ? 64 : b->room * 2;
        entry *more = realloc(b->entries, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        b->entries = more;
        b->room = room;
    }
    b->entries[b->count++] = (entry){*range, region};
    return true;
}

bool region_book_add_suffix(region_book *b, int64_t region, const char *suffix)
{
    if (b->suffix_count == b->suffix_room) {
        size_t room = b->suffix_room == 0 ? 64 : b->suffix_room * 2;
        suffix_entry *more = realloc(b->suffixes, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        b->suffixes = more;
        b->suffix_room = room;
    }
    char *copy = strdup(suffix);
    if (copy != NULL) {
        b->suffixes[b->suffix_count++] = (suffix_entry){copy, region};
    }
    return copy != NULL;
}

static int by_first(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    return memcmp(x->range.first.bytes, y->range.first.bytes, sizeof(x->range.first.bytes));
}

static int by_suffix(const void *a, const void *b)
{
    const suffix_entry *x = a;
    const suffix_entry *y = b;
    return strcmp(x->suffix, y->suffix);
}

void region_book_seal(region_book *b)
{
    if (b->count > 1) {
        qsort(b->entries, b->count, sizeof(*b->entries), by_first);
    }
    if (b->suffix_count > 1) {
        qsort(b->suffixes, b->suffix_count, sizeof(*b->suffixes), by_suffix);
    }
}

/* The last entry that begins at or before `address`; NULL: none does. */
static const entry *before(const region_book *b, const net_address *address)
{
    size_t low = 0;
    size_t high = b->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(b->entries[middle].range.first.bytes, address->bytes, sizeof(address->bytes)) <=
            0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? &b->entries[low - 1] : NULL;
}

int64_t region_book_overlap(const region_book *b, const net_range *range)
{
    /* As entries do not overlap, the last one that begins before the range's end reaches farthest.
     */
    const entry *e = before(b, &range->last);
    bool meets = e != NULL &&
                 memcmp(e->range.last.bytes, range->first.bytes, sizeof(range->first.bytes)) >= 0;
    return meets ? e->region : 0;
}

int64_t region_book_suffix(const region_book *b, const char *suffix)
{
    size_t low = 0;
    size_t high = b->suffix_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(b->suffixes[middle].suffix, suffix);
        if (order == 0) {
            return b->suffixes[middle].region;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

static int64_t by_address(const region_book *b, const char *text, bool four)
{
    net_address address;
    if (text[0] == '\0' || !net_parse(text, &address) || net_is_ipv4(&address) != four) {
        return 0;
    }
    const entry *e = before(b, &address);
    return e != NULL && net_range_contains(&e->range, &address) ? e->region : 0;
}

/* Only what stands behind the device's own name counts, the longest first. */
static int64_t by_hostname(const region_book *b, const char *hostname)
{
    char folded[REGION_SUFFIX_MAX + 2];
    size_t length = strlen(hostname);
    if (length == 0 || length >= sizeof(folded)) {
        return 0;
    }
    for (size_t i = 0; i <= length; i++) {
        folded[i] = (char)tolower((unsigned char)hostname[i]);
    }
    if (folded[length - 1] == '.') {
        folded[length - 1] = '\0';
    }
    for (const char *dot = strchr(folded, '.'); dot != NULL; dot = strchr(dot + 1, '.')) {
        int64_t region = region_book_suffix(b, dot + 1);
        if (region != 0) {
            return region;
        }
    }
    return 0;
}

int64_t region_book_find(const region_book *b, const char *address, const char *address6,
                         const char *hostname)
{
    int64_t region = by_address(b, address, true);
    if (region == 0) {
        region = by_address(b, address, false);
    }
    if (region == 0) {
        region = by_address(b, address6, false);
    }
    return region != 0 ? region : by_hostname(b, hostname);
}

platen_code region_suffix_read(const char *text, char suffix[REGION_SUFFIX_MAX + 1],
                               platen_error *err)
{
    size_t length = strlen(text);
    size_t label = 0;
    length -= length > 0 && text[length - 1] == '.' ? 1 : 0;
    bool fits = length > 0 && length <= REGION_SUFFIX_MAX && text[length - 1] != '-';
    for (size_t i = 0; fits && i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        bool dot = c == '.';
        bool edge = label == 0 || text[i + 1] == '.';
        fits = dot ? label > 0 : (isalnum(c) && c < 0x80) || c == '_' || (c == '-' && !edge);
        label = dot ? 0 : label + 1;
        fits = fits && label <= LABEL_MAX;
        suffix[i] = (char)tolower(c);
    }
    if (!fits || label == 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "'%.80s' is no domain name without the device's name before it", text);
    }
    suffix[length] = '\0';
    return PLATEN_OK;
}

/* ---- rules ---- */

bool region_set_has(const region_set *s, int64_t region)
{
    for (size_t i = 0; i < s->count && !s->all; i++) {
        if (s->ids[i] == region) {
            return true;
        }
    }
    return s->all;
}

bool region_may_hold(const region_set *thing, int64_t region)
{
    return region_set_has(thing, region);
}

bool region_may_operate(const region_set *user, const region_set *thing)
{
    if (user->all) {
        return true;
    }
    for (size_t i = 0; i < thing->count; i++) {
        if (!region_set_has(user, thing->ids[i])) {
            return false;
        }
    }
    return !thing->all && thing->count > 0;
}

bool region_may_touch(const region_set *user, const int64_t *device_regions, size_t count)
{
    for (size_t i = 0; i < count && !user->all; i++) {
        if (device_regions[i] == 0 || !region_set_has(user, device_regions[i])) {
            return false;
        }
    }
    return user->all || count > 0;
}
