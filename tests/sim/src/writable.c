/* What SET may write. Objects are those of RFC 3805 whose MAX-ACCESS is read-write, columns named
 * without their index, and three of the system group. */
#include "writable.h"

#include "oid.h"
#include "profile.h"

#include <stdlib.h>
#include <string.h>

/* How many objects of a device the command `keep` can name. */
enum { KEEPS_MAX = 16 };

struct keep {
    uint8_t oid[OID_MAX_BYTES];
    uint8_t len;
    uint8_t mode;
};

struct keeps {
    size_t count;
    struct keep at[KEEPS_MAX];
};

#define PRT "1.3.6.1.2.1.43."

static const struct {
    const char *column;
    int64_t min, max; /* of numbers; 0, 0: it takes text */
    unsigned flags;
} columns[] = {
    {PRT "5.1.1.2", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.3", 3, 6, ENTRY_WRITABLE | ENTRY_RESET},
    {PRT "5.1.1.4", 0, 0, ENTRY_WRITABLE},
    {PRT "5.1.1.5", 0, 0, ENTRY_WRITABLE},
    {PRT "5.1.1.6", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.7", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.8", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.9", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.10", 1, 65535, ENTRY_WRITABLE},
    {PRT "5.1.1.13", 3, 4, ENTRY_WRITABLE},
    {PRT "5.1.1.14", 3, 4, ENTRY_WRITABLE},
    {PRT "5.1.1.15", 3, 4, ENTRY_WRITABLE},
    {PRT "5.1.1.16", 0, 0, ENTRY_WRITABLE},
    {PRT "8.2.1.4", -2, INT32_MAX, ENTRY_WRITABLE},
    {PRT "8.2.1.5", -2, INT32_MAX, ENTRY_WRITABLE},
    {PRT "8.2.1.12", 0, 0, ENTRY_WRITABLE},
    {PRT "8.2.1.13", 0, 0, ENTRY_WRITABLE},
    {PRT "8.2.1.19", 3, 4, ENTRY_WRITABLE},
    {PRT "8.2.1.20", -2, INT32_MAX, ENTRY_WRITABLE},
    {PRT "8.2.1.21", 0, 0, ENTRY_WRITABLE},
    {PRT "8.2.1.22", 0, 0, ENTRY_WRITABLE},
    {PRT "8.2.1.23", -2, INT32_MAX, ENTRY_WRITABLE},
    {PRT "8.2.1.24", -2, INT32_MAX, ENTRY_WRITABLE},
    {PRT "8.2.1.25", -3, 65535, ENTRY_WRITABLE},
    {PRT "9.2.1.7", 0, 0, ENTRY_WRITABLE},
    {PRT "9.2.1.13", 3, 4, ENTRY_WRITABLE},
    {PRT "9.2.1.19", 3, 4, ENTRY_WRITABLE},
    {PRT "9.2.1.20", 3, 4, ENTRY_WRITABLE},
    {PRT "9.2.1.24", 3, 4, ENTRY_WRITABLE},
    {PRT "14.1.1.5", 0, 65535, ENTRY_WRITABLE},
    {PRT "14.1.1.6", 3, 4, ENTRY_WRITABLE},
    {PRT "15.1.1.7", 3, 4, ENTRY_WRITABLE},
    {PRT "15.1.1.10", 1, INT32_MAX, ENTRY_WRITABLE},
    {PRT "15.1.1.11", 1, INT32_MAX, ENTRY_WRITABLE},
};

/* The row of `columns` that the object is an instance of, or one behind the last. */
static size_t column_of(const uint8_t *oid, size_t len)
{
    uint8_t name[OID_MAX_BYTES];
    size_t i = 0;

    for (; i < sizeof columns / sizeof *columns; i++) {
        size_t n = oid_parse(columns[i].column, name, sizeof name);
        if (len > n && oid_starts_with(oid, len, name, n)) {
            break;
        }
    }
    return i;
}

unsigned profile_write_flags(const uint8_t *oid, size_t len)
{
    static const char *const exact[] = {"1.3.6.1.2.1.1.4.0", "1.3.6.1.2.1.1.5.0",
                                        "1.3.6.1.2.1.1.6.0"};
    uint8_t name[OID_MAX_BYTES];

    for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
        size_t n = oid_parse(exact[i], name, sizeof name);
        if (n == len && memcmp(name, oid, n) == 0) {
            return ENTRY_WRITABLE;
        }
    }
    size_t at = column_of(oid, len);
    return at < sizeof columns / sizeof *columns ? columns[at].flags : 0;
}

bool writable_number(const uint8_t *oid, size_t len, int64_t number)
{
    size_t at = column_of(oid, len);

    return at < sizeof columns / sizeof *columns && number >= columns[at].min &&
           number <= columns[at].max;
}

enum keep_mode keep_by_name(const char *name)
{
    static const char *const names[KEEP_MODES] = {
        "not",      "not-writable", "no-access", "wrong-value", "inconsistent", "inconsistent-once",
        "silently", "rounded",      "reboot"};

    for (size_t i = 0; i < KEEP_MODES; i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum keep_mode)i;
        }
    }
    return KEEP_MODES;
}

/* The last that was said of the object, or of what it is below; NULL nothing. */
static struct keep *keep_of(const struct device *d, const uint8_t *oid, size_t len)
{
    struct keeps *k = d->extra == NULL ? NULL : d->extra->keeps;

    for (size_t i = k == NULL ? 0 : k->count; i-- > 0;) {
        if (oid_starts_with(oid, len, k->at[i].oid, k->at[i].len)) {
            return &k->at[i];
        }
    }
    return NULL;
}

bool device_keep(struct device *d, const uint8_t *oid, size_t len, enum keep_mode mode)
{
    struct extra *x = device_extra(d);

    if (x == NULL || len > OID_MAX_BYTES) {
        return false;
    }
    if (x->keeps == NULL) {
        x->keeps = calloc(1, sizeof *x->keeps);
    }
    if (x->keeps == NULL || x->keeps->count == KEEPS_MAX) {
        return false;
    }
    struct keep *one = &x->keeps->at[x->keeps->count++];
    memcpy(one->oid, oid, len);
    one->len = (uint8_t)len;
    one->mode = (uint8_t)mode;
    return true;
}

enum keep_mode device_kept(const struct device *d, const uint8_t *oid, size_t len)
{
    const struct keep *one = keep_of(d, oid, len);
    return one == NULL ? KEEP_NOT : (enum keep_mode)one->mode;
}

void device_keep_done(struct device *d, const uint8_t *oid, size_t len)
{
    struct keep *one = keep_of(d, oid, len);
    if (one != NULL) {
        one->mode = KEEP_NOT;
    }
}

void device_keep_clear(struct device *d)
{
    if (d->extra != NULL) {
        free(d->extra->keeps);
        d->extra->keeps = NULL;
    }
}
