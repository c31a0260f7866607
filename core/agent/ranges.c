/*
 * Addresses fall into blocks of 256 (a /24, or a /120 of IPv6). The search goes through the blocks
 * round and round and takes one address of each block a round: host part i * 167 mod 256 in round
 * i, so that neighbours within a block are far apart in time too.
 */
#include "core/agent/ranges.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 256u
#define STRIDE 167u /* odd, so that every host part comes up once in 256 rounds */

struct ranges {
    net_range *list;
    size_t count;
    size_t capacity;
    uint64_t total;
    unsigned round;
    size_t range;      /* of the block that comes next */
    net_address block; /* its first address */
    bool started;
};

ranges *ranges_new(void)
{
    return calloc(1, sizeof(ranges));
}

void ranges_free(ranges *r)
{
    if (r != NULL) {
        free(r->list);
        free(r);
    }
}

platen_code ranges_add(ranges *r, const net_range *range, platen_error *err)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity == 0 ? 8 : r->capacity * 2;
        net_range *list = reallocarray(r->list, capacity, sizeof(*list));
        if (list == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for %zu ranges", capacity);
        }
        r->list = list;
        r->capacity = capacity;
    }
    r->list[r->count++] = *range;
    return PLATEN_OK;
}

static int by_first(const void *a, const void *b)
{
    return net_compare(&((const net_range *)a)->first, &((const net_range *)b)->first);
}

void ranges_seal(ranges *r)
{
    if (r->count > 1) {
        qsort(r->list, r->count, sizeof(r->list[0]), by_first);
    }
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (kept > 0 && net_compare(&r->list[i].first, &r->list[kept - 1].last) <= 0) {
            if (net_compare(&r->list[i].last, &r->list[kept - 1].last) > 0) {
                r->list[kept - 1].last = r->list[i].last;
            }
            continue;
        }
        r->list[kept++] = r->list[i];
    }
    r->count = kept;
    r->total = 0;
    for (size_t i = 0; i < kept; i++) {
        r->total += net_range_count(&r->list[i]);
    }
}

uint64_t ranges_count(const ranges *r)
{
    return r->total;
}

/* The range that has the address, NULL: none. */
static const net_range *range_of(const ranges *r, const net_address *address)
{
    size_t low = 0;
    size_t high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (net_compare(address, &r->list[middle].first) < 0) {
            high = middle;
        } else if (net_compare(address, &r->list[middle].last) > 0) {
            low = middle + 1;
        } else {
            return &r->list[middle];
        }
    }
    return NULL;
}

bool ranges_contains(const ranges *r, const net_address *address)
{
    return range_of(r, address) != NULL;
}

bool ranges_has_alone(const ranges *r, const net_address *address)
{
    const net_range *range = range_of(r, address);
    return range != NULL && net_compare(&range->first, &range->last) == 0;
}

static net_address block_of(const net_address *address)
{
    net_address block = *address;
    block.bytes[15] = 0;
    return block;
}

/* Adds 256; false when it wraps. */
static bool next_block(net_address *block)
{
    for (size_t i = 15; i-- > 0;) {
        if (++block->bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

/* Moves on to the next block that has addresses; false at the end of the round. */
static bool advance(ranges *r)
{
    const net_range *range = &r->list[r->range];
    net_address next = r->block;
    if (next_block(&next) && net_compare(&next, &range->last) <= 0) {
        r->block = next;
        return true;
    }
    while (++r->range < r->count) {
        range = &r->list[r->range];
        next = block_of(&range->first);
        if (net_compare(&next, &r->block) != 0 || next.scope != r->block.scope) {
            r->block = next;
            return true;
        }
        /* It begins in the block we just had. */
        if (next_block(&next) && net_compare(&next, &range->last) <= 0) {
            r->block = next;
            return true;
        }
    }
    return false;
}

static bool start_round(ranges *r)
{
    if (r->round >= BLOCK || r->count == 0) {
        return false;
    }
    r->range = 0;
    r->block = block_of(&r->list[0].first);
    return true;
}

/* Whether a range that touches the current block has the address. */
static bool belongs(const ranges *r, const net_address *address)
{
    for (size_t i = r->range; i < r->count; i++) {
        const net_range *range = &r->list[i];
        if (net_compare(address, &range->first) < 0) {
            return false;
        }
        if (net_compare(address, &range->last) <= 0) {
            return true;
        }
    }
    return false;
}

bool ranges_next(ranges *r, net_address *address)
{
    for (;;) {
        if (!r->started) {
            if (!start_round(r)) {
                return false;
            }
            r->started = true;
        } else if (!advance(r)) {
            r->round++;
            r->started = false;
            continue;
        }
        net_address candidate = r->block;
        candidate.bytes[15] = (uint8_t)(r->round * STRIDE % BLOCK);
        if (belongs(r, &candidate)) {
            *address = candidate;
            return true;
        }
    }
}
