/* Which device is of which model and where it lives. The first printers take each model once, in
 * the order of file names, so that a small fleet shows them all; the others are drawn by weight. */
#include "fleet.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);

    return n > m && strcmp(text + n - m, end) == 0;
}

static int is_json(const struct dirent *d)
{
    return ends_with(d->d_name, ".json");
}

static int is_snmprec(const struct dirent *d)
{
    return ends_with(d->d_name, ".snmprec");
}

static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, name, n) == 0 && (at[n] == ',' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool load_profiles(struct world *w, const struct options *o)
{
    struct dirent **files = NULL;
    int n = scandir(o->profiles, &files, is_json, by_name);
    bool ok = n > 0;

    if (n <= 0) {
        fprintf(stderr, "platen-sim: no profiles in '%s'\n", o->profiles);
    }
    for (int i = 0; i < n; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", o->profiles, files[i]->d_name);
        struct profile *p = ok ? profile_load(&w->arena, path) : NULL;
        ok = p != NULL;
        if (ok) {
            world_add_profile(w, p);
        }
        free(files[i]);
    }
    free(files);
    return ok;
}

/* The next address from `host` on that is neither a net's nor a broadcast address. */
static bool next_address(const struct options *o, uint32_t *host, uint32_t *address)
{
    uint64_t size = UINT64_C(1) << (32 - o->prefix);

    for (; *host < size; (*host)++) {
        uint32_t a = o->base + *host;
        if ((a & 255) != 0 && (a & 255) != 255) {
            *address = a;
            (*host)++;
            return true;
        }
    }
    return false;
}

struct pool {
    uint32_t members[256];
    size_t count;
    uint64_t weight;
};

static void fill_pool(const struct world *w, const struct options *o, bool decoy, struct pool *pool)
{
    for (size_t i = 0; i < w->profile_count && pool->count < 256; i++) {
        const struct profile *p = w->profiles[i];
        bool wanted = decoy || o->only == NULL || listed(o->only, p->name);
        if (p->decoy == decoy && !p->recorded && wanted) {
            pool->members[pool->count++] = (uint32_t)i;
            pool->weight += p->weight;
        }
    }
}

static uint32_t draw(const struct world *w, const struct pool *pool, uint32_t i)
{
    if (i < pool->count || pool->weight == 0) {
        return pool->members[i % pool->count];
    }
    uint64_t at = world_hash(w, i, 7) % pool->weight;
    for (size_t k = 0; k < pool->count; k++) {
        uint32_t weight = w->profiles[pool->members[k]]->weight;
        if (at < weight) {
            return pool->members[k];
        }
        at -= weight;
    }
    return pool->members[0];
}

static bool place_many(struct world *w, const struct options *o, uint32_t count, bool decoy,
                       uint32_t *host)
{
    struct pool pool = {.count = 0};
    uint32_t address;

    fill_pool(w, o, decoy, &pool);
    if (count > 0 && pool.count == 0) {
        fprintf(stderr, "platen-sim: no %s profile\n", decoy ? "decoy" : "matching printer");
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!next_address(o, host, &address)) {
            fprintf(stderr, "platen-sim: the prefix /%u has no room for device %u\n", o->prefix, i);
            return false;
        }
        if (world_add_device(w, address, draw(w, &pool, i)) == NULL) {
            fprintf(stderr, "platen-sim: out of memory at device %u\n", i);
            return false;
        }
    }
    return true;
}

static bool place_singles(struct world *w, const struct options *o)
{
    for (size_t i = 0; i < o->placed_count; i++) {
        size_t k = 0;
        while (k < w->profile_count && strcmp(w->profiles[k]->name, o->placed[i].profile) != 0) {
            k++;
        }
        if (k == w->profile_count) {
            fprintf(stderr, "platen-sim: no profile '%s'\n", o->placed[i].profile);
            return false;
        }
        if (world_add_device(w, o->placed[i].address, (uint32_t)k) == NULL) {
            fprintf(stderr, "platen-sim: address for '%s' is taken\n", o->placed[i].profile);
            return false;
        }
    }
    return true;
}

static bool place_recordings(struct world *w, const struct options *o)
{
    uint32_t address = o->snmprec_base;

    for (size_t d = 0; d < o->snmprec_count; d++) {
        struct dirent **files = NULL;
        int n = scandir(o->snmprec[d], &files, is_snmprec, by_name);
        if (n < 0) {
            fprintf(stderr, "platen-sim: cannot read '%s'\n", o->snmprec[d]);
            return false;
        }
        bool ok = true;
        for (int i = 0; i < n; i++) {
            char path[1024];
            snprintf(path, sizeof path, "%s/%s", o->snmprec[d], files[i]->d_name);
            struct profile *p = ok ? snmprec_load(&w->arena, path, o->quiet) : NULL;
            free(files[i]);
            if (p == NULL) {
                continue;
            }
            world_add_profile(w, p);
            uint32_t number = (uint32_t)w->profile_count - 1;
            ok = world_add_device(w, address++, number) != NULL;
        }
        free(files);
        if (!ok) {
            fprintf(stderr, "platen-sim: no free address for the recordings\n");
            return false;
        }
    }
    return true;
}

bool fleet_build(struct world *w, const struct options *o)
{
    uint32_t host = o->first_host;

    w->now_ms = w->start_ms;
    if (!load_profiles(w, o) || !place_many(w, o, o->devices, false, &host)) {
        return false;
    }
    w->printer_count = w->device_count;
    return place_many(w, o, o->decoys, true, &host) && place_singles(w, o) &&
           place_recordings(w, o);
}
