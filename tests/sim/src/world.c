/* The devices: table, address map, identity, what was written to them. */
#include "world.h"

#include "life.h"
#include "writable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t world_clock(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* splitmix64 over seed and two numbers */
uint64_t world_hash(const struct world *w, uint64_t a, uint64_t b)
{
    uint64_t z = w->seed + a * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xd1b54a32d192ed03);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

bool world_init(struct world *w)
{
    *w = (struct world){
        .community = "public",
        .write_community = "private",
        .versions = VERSIONS_ALL,
        .seed = 1,
        .page_ms_low = 4000,
        .page_ms_high = 120000,
        .alert_ms = 900000,
        .alert_permille = 60,
        .reset_ms = 3000,
        .fresh = 5000000,
    };
    w->start_ms = world_clock();
    w->now_ms = w->start_ms;
    w->map_mask = 1023;
    w->map = calloc(w->map_mask + 1, sizeof *w->map);
    return w->map != NULL && pthread_mutex_init(&w->lock, NULL) == 0;
}

void world_fini(struct world *w)
{
    for (size_t i = 0; i < w->device_count; i++) {
        struct extra *x = w->devices[i].extra;
        if (x != NULL) {
            device_keep_clear(&w->devices[i]);
            device_overlay_clear(&w->devices[i]);
            free(x->overlays);
            free(x);
        }
    }
    free(w->devices);
    free(w->map);
    free(w->profiles);
    free(w->users);
    arena_fini(&w->arena);
    pthread_mutex_destroy(&w->lock);
}

void world_add_profile(struct world *w, struct profile *p)
{
    struct profile **grown = realloc(w->profiles, (w->profile_count + 1) * sizeof *grown);

    if (grown == NULL) {
        abort();
    }
    w->profiles = grown;
    w->profiles[w->profile_count++] = p;
}

static size_t map_index(const struct world *w, uint32_t address)
{
    size_t at = (address * UINT32_C(2654435761) >> 8) & w->map_mask;

    while (w->map[at].device != 0 && w->map[at].address != address) {
        at = (at + 1) & w->map_mask;
    }
    return at;
}

static bool map_grow(struct world *w)
{
    if ((w->map_used + 1) * 2 <= w->map_mask) {
        return true;
    }
    struct map_slot *old = w->map;
    size_t old_size = w->map_mask + 1;
    struct map_slot *fresh = calloc(old_size * 2, sizeof *fresh);
    if (fresh == NULL) {
        return false;
    }
    w->map = fresh;
    w->map_mask = old_size * 2 - 1;
    for (size_t i = 0; i < old_size; i++) {
        if (old[i].device != 0) {
            w->map[map_index(w, old[i].address)] = old[i];
        }
    }
    free(old);
    return true;
}

struct device *world_at(const struct world *w, uint32_t address)
{
    const struct map_slot *slot = &w->map[map_index(w, address)];

    return slot->device == 0 ? NULL : &w->devices[slot->device - 1];
}

static bool world_map(struct world *w, struct device *d, uint32_t address)
{
    if (!map_grow(w)) {
        return false;
    }
    struct map_slot *slot = &w->map[map_index(w, address)];
    if (slot->device != 0) {
        return false;
    }
    *slot = (struct map_slot){.address = address, .device = d->index + 1};
    w->map_used++;
    d->address = address;
    return true;
}

void world_unmap(struct world *w, struct device *d)
{
    size_t at = map_index(w, d->address);

    if (d->address == 0 || w->map[at].device == 0) {
        return;
    }
    d->address = 0;
    w->map[at] = (struct map_slot){0};
    w->map_used--;
    /* what was pushed on by the freed slot moves up, so that no search stops at the hole */
    for (size_t next = (at + 1) & w->map_mask; w->map[next].device != 0;
         next = (next + 1) & w->map_mask) {
        struct map_slot moved = w->map[next];
        w->map[next] = (struct map_slot){0};
        w->map[map_index(w, moved.address)] = moved;
    }
}

bool world_move(struct world *w, struct device *d, uint32_t address)
{
    if (world_at(w, address) != NULL) {
        return false;
    }
    world_unmap(w, d);
    return world_map(w, d, address);
}

void world_renew(struct world *w, struct device *d, uint32_t identity)
{
    const struct profile *p = w->profiles[d->profile];
    uint64_t h = world_hash(w, identity, 3);

    if (d->extra != NULL) {
        device_keep_clear(d);
        device_overlay_clear(d);
        d->extra->forced_count = 0;
        d->extra->quiet = false;
    }
    d->identity = identity;
    d->mac_id = identity;
    d->extra_pages = 0;
    d->boots = (uint32_t)(1 + h % 40);
    d->boot_ms = w->now_ms - (int64_t)(h >> 8) % (30 * INT64_C(86400000));
    d->silent_until_ms = 0;
    uint64_t pages = life_pages(w, d, p);
    uint64_t since = (h >> 40) % 500;
    d->pages_at_boot = pages > since ? pages - since : 0;
}

void world_reboot(struct world *w, struct device *d)
{
    bool cut = d->fault.bits & FAULT_POWER_CUT;

    d->silent_until_ms = w->now_ms + (cut ? 3 : 1) * (int64_t)w->reset_ms;
    d->boot_ms = d->silent_until_ms;
    if (d->fault.bits & FAULT_NEVER_BACK) {
        d->silent_until_ms = INT64_MAX;
    }
    d->boots += cut ? 2 : 1;
    d->resets++;
    d->pages_at_boot = life_pages(w, d, w->profiles[d->profile]);
    w->stats[STAT_RESETS_DONE]++;
}

void world_back(struct world *w, struct device *d)
{
    if (d->silent_until_ms == INT64_MAX) {
        d->silent_until_ms = w->now_ms;
        d->boot_ms = w->now_ms;
    }
}

struct device *world_add_device(struct world *w, uint32_t address, uint32_t profile)
{
    if (w->device_count == w->device_cap) {
        size_t cap = w->device_cap == 0 ? 1024 : w->device_cap * 2;
        struct device *grown = realloc(w->devices, cap * sizeof *grown);
        if (grown == NULL) {
            return NULL;
        }
        w->devices = grown;
        w->device_cap = cap;
    }
    struct device *d = &w->devices[w->device_count];
    *d = (struct device){.index = (uint32_t)w->device_count, .profile = profile};
    if (!world_map(w, d, address)) {
        return NULL;
    }
    w->device_count++;
    world_renew(w, d, d->index);
    return d;
}

/* Exactly change_percent of the printers print on; a new choice of them each time. */
size_t world_tick(struct world *w)
{
    size_t n = w->printer_count;
    size_t count = (size_t)((double)n * w->change_percent / 100.0 + 0.5);
    uint64_t stride = 7919;

    if (n == 0) {
        return 0;
    }
    count = count > n ? n : count;
    if (n % stride == 0) {
        stride = 1;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t place = w->tick * count + i;
        struct device *d = &w->devices[place % n * stride % n];
        d->extra_pages += w->profiles[d->profile]->tick_pages;
    }
    w->tick++;
    return count;
}

void device_mac(const struct world *w, const struct device *d, uint32_t offset, uint8_t mac[6])
{
    const struct profile *p = w->profiles[d->profile];
    /* odd factor: a permutation of 24 bits, so no two devices of a maker share an address; the
     * step of four leaves room for a device's further interfaces */
    uint32_t low =
        (uint32_t)((d->mac_id * UINT32_C(4) + offset) * UINT32_C(2654435) + (uint32_t)w->seed) &
        0xffffff;

    memcpy(mac, p->oui, 3);
    mac[3] = (uint8_t)(low >> 16);
    mac[4] = (uint8_t)(low >> 8);
    mac[5] = (uint8_t)low;
}

size_t device_engine(const struct world *w, const struct device *d, uint8_t out[12])
{
    uint32_t enterprise = w->profiles[d->profile]->enterprise | UINT32_C(0x80000000);

    for (int i = 0; i < 4; i++) {
        out[i] = (uint8_t)(enterprise >> (24 - 8 * i));
    }
    out[4] = 3; /* RFC 3411: a MAC address follows */
    device_mac(w, d, 0, out + 5);
    return 11;
}

void device_serial(const struct world *w, const struct device *d, char *out, size_t cap)
{
    const char *pattern = w->profiles[d->profile]->serial;
    size_t digits = 0;
    uint64_t modulus = 1;

    out[0] = '\0';
    if (pattern == NULL || strlen(pattern) >= cap) {
        return;
    }
    for (const char *c = pattern; *c != '\0' && digits < 9; c++) {
        if (*c == '#') {
            digits++;
            modulus *= 10;
        }
    }
    uint64_t number = ((uint64_t)d->identity * 7919 + w->seed * 104729) % modulus;
    uint64_t letters = world_hash(w, d->identity, 4);
    size_t n = strlen(pattern);
    out[n] = '\0';
    for (size_t i = n; i-- > 0;) {
        if (pattern[i] == '#') {
            out[i] = (char)('0' + number % 10);
            number /= 10;
        } else if (pattern[i] == '@') {
            out[i] = "ABCDEFGHJKLMNPQRSTUVWXYZ"[letters % 24];
            letters /= 24;
        } else {
            out[i] = pattern[i];
        }
    }
}
