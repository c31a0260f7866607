/*
 * TZif files. Zones are kept in a list under a mutex that guards the list alone; a zone itself
 * never changes.
 */
#include "core/sched/zone_time.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/zone.h"
#include "core/sched/zone_rule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define FILE_MAX ((size_t)1 << 20)
#define HEADER 44u
#define TRANSITIONS_MAX 20000u
#define OFFSETS_MAX 256u
#define DAY_MINUTES INT64_C(1440)

typedef struct change {
    int64_t at; /* UTC, seconds */
    int64_t offset;
} change;

struct zone_time {
    char name[ZONE_NAME];
    zone_time *next;
    int64_t first; /* offset before the first change */
    bool has_rule; /* for what lies behind the last change */
    zone_rule rule;
    size_t count;
    change changes[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static zone_time *known; /* guarded by lock */

/* ---- reading ---- */

typedef struct header {
    uint32_t is_utc, is_standard, leaps, times, types, chars;
} header;

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t big64(const uint8_t *p)
{
    return (int64_t)((uint64_t)big32(p) << 32 | big32(p + 4));
}

static bool read_header(const uint8_t *p, size_t length, header *h)
{
    if (length < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2') {
        return false;
    }
    *h = (header){big32(p + 20), big32(p + 24), big32(p + 28),
                  big32(p + 32), big32(p + 36), big32(p + 40)};
    return h->times <= TRANSITIONS_MAX && h->types > 0 && h->types <= OFFSETS_MAX &&
           h->chars <= 4096 && h->leaps <= 4096 && h->is_utc <= OFFSETS_MAX &&
           h->is_standard <= OFFSETS_MAX;
}

static size_t body_length(const header *h, size_t time_size)
{
    return (size_t)h->times * time_size + h->times + (size_t)h->types * 6 + h->chars +
           (size_t)h->leaps * (time_size + 4) + h->is_standard + h->is_utc;
}

/* The offset of local time type `type`. */
static int64_t type_offset(const uint8_t *types, size_t type)
{
    return (int32_t)big32(types + type * 6);
}

static bool take_changes(zone_time *z, const uint8_t *body, const header *h)
{
    const uint8_t *indexes = body + (size_t)h->times * 8;
    const uint8_t *types = indexes + h->times;
    z->count = h->times;
    z->first = type_offset(types, 0);
    for (size_t i = 0; i < h->times; i++) {
        if (indexes[i] >= h->types) {
            return false;
        }
        z->changes[i] = (change){big64(body + i * 8), type_offset(types, indexes[i])};
        if (i > 0 && z->changes[i].at <= z->changes[i - 1].at) {
            return false;
        }
    }
    return true;
}

/* The text between the two line feeds at the end. */
static void take_rule(zone_time *z, const uint8_t *p, size_t length)
{
    char text[128];
    const uint8_t *end = length > 1 && p[0] == '\n' ? memchr(p + 1, '\n', length - 1) : NULL;
    size_t count = end != NULL ? (size_t)(end - p) - 1 : 0;
    if (count > 0 && count < sizeof(text)) {
        memcpy(text, p + 1, count);
        text[count] = '\0';
        z->has_rule = zone_rule_parse(text, &z->rule);
    }
}

zone_time *zone_time_parse(const void *data, size_t length)
{
    const uint8_t *p = data;
    header old;
    header h;
    if (!read_header(p, length, &old)) {
        return NULL;
    }
    size_t skip = HEADER + body_length(&old, 4);
    if (skip > length || !read_header(p + skip, length - skip, &h)) {
        return NULL;
    }
    const uint8_t *body = p + skip + HEADER;
    size_t rest = length - skip - HEADER;
    size_t size = body_length(&h, 8);
    if (size > rest) {
        return NULL;
    }
    zone_time *z = calloc(1, sizeof(*z) + h.times * sizeof(z->changes[0]));
    if (z == NULL || !take_changes(z, body, &h)) {
        free(z);
        return NULL;
    }
    take_rule(z, body + size, rest - size);
    return z;
}

static platen_code load(const char *name, zone_time **out, platen_error *err)
{
    char path[FILE_PATH];
    char *data = NULL;
    size_t length = 0;
    PLATEN_TRY(zone_check(name, err)); /* a name of the zone data, not just any */
    (void)snprintf(path, sizeof(path), ZONE_FOLDER "/%s", name);
    PLATEN_TRY(file_read(path, FILE_MAX, &data, &length, err));
    zone_time *z = zone_time_parse(data, length);
    free(data);
    if (z == NULL) {
        return error_set(err, PLATEN_E_CORRUPT, "%s is not zone data of version 2 or newer", path);
    }
    (void)snprintf(z->name, sizeof(z->name), "%s", name);
    *out = z;
    return PLATEN_OK;
}

static const zone_time *find_locked(const char *name)
{
    const zone_time *z = known;
    while (z != NULL && strcmp(z->name, name) != 0) {
        z = z->next;
    }
    return z;
}

platen_code zone_time_get(const char *name, const zone_time **out, platen_error *err)
{
    zone_time *fresh = NULL;
    (void)pthread_mutex_lock(&lock);
    const zone_time *found = find_locked(name);
    (void)pthread_mutex_unlock(&lock);
    if (found == NULL) {
        PLATEN_TRY(load(name, &fresh, err));
        (void)pthread_mutex_lock(&lock);
        found = find_locked(name);
        if (found == NULL) {
            fresh->next = known;
            known = fresh;
            found = fresh;
            fresh = NULL;
        }
        (void)pthread_mutex_unlock(&lock);
        free(fresh); /* another thread was faster */
    }
    *out = found;
    return PLATEN_OK;
}

const zone_time *zone_time_utc(void)
{
    static const zone_time utc = {.name = "UTC"};
    return &utc;
}

static bool take_name(char name[ZONE_NAME], const char *text)
{
    if (zone_check(text, NULL) != PLATEN_OK) {
        return false;
    }
    (void)snprintf(name, ZONE_NAME, "%s", text);
    return true;
}

void zone_time_here(char name[ZONE_NAME])
{
    char target[256] = "";
    char *text = NULL;
    size_t length = 0;
    const char *set = getenv("TZ"); /* NOLINT(concurrency-mt-unsafe): nothing here sets it */
    if (set != NULL && take_name(name, set + (set[0] == ':' ? 1 : 0))) {
        return;
    }
    ssize_t used = readlink("/etc/localtime", target, sizeof(target) - 1);
    target[used > 0 ? used : 0] = '\0';
    const char *at = strstr(target, "zoneinfo/");
    if (at != NULL && take_name(name, at + sizeof("zoneinfo/") - 1)) {
        return;
    }
    bool found = file_read("/etc/timezone", 256, &text, &length, NULL) == PLATEN_OK &&
                 take_name(name, text_trim(text));
    free(text);
    if (!found) {
        (void)snprintf(name, ZONE_NAME, "UTC");
    }
}

/* ---- asking ---- */

int64_t zone_time_offset(const zone_time *z, int64_t utc)
{
    size_t low = 0;
    size_t high = z->count;
    while (low < high) { /* the number of changes at or before `utc` */
        size_t middle = low + (high - low) / 2;
        if (z->changes[middle].at <= utc) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == z->count && z->has_rule) {
        return zone_rule_offset(&z->rule, utc);
    }
    return low == 0 ? z->first : z->changes[low - 1].offset;
}

static int64_t floor_minutes(int64_t seconds)
{
    return (seconds >= 0 ? seconds : seconds - 59) / 60;
}

int64_t zone_time_local(const zone_time *z, int64_t utc)
{
    int64_t seconds = utc >= 0 ? utc / 1000 : -((-utc + 999) / 1000);
    return floor_minutes(seconds + zone_time_offset(z, seconds));
}

/*
 * No zone is a day away from UTC, so the offsets a day before and after are those on both sides of
 * a change in between (changes are months apart; two within two days are not told apart). A local
 * time read with the earlier offset is the first of two, or, when it is left out, lies behind the
 * change by as much as is left out.
 */
int64_t zone_time_moment(const zone_time *z, int64_t local_minutes)
{
    int64_t local = local_minutes * 60;
    int64_t before = zone_time_offset(z, local - DAY_MINUTES * 60);
    int64_t after = zone_time_offset(z, local + DAY_MINUTES * 60);
    int64_t early = local - before;
    int64_t late = local - after;
    if (zone_time_offset(z, early) == before) {
        return early * 1000;
    }
    if (zone_time_offset(z, late) == after) {
        return late * 1000;
    }
    /* Left out: the change lies between; the first second with the later offset. */
    int64_t low = late < early ? late : early;
    int64_t high = late < early ? early : late;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (zone_time_offset(z, middle) == after) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low * 1000;
}
