/*
 * Regions (ACC-69 to ACC-95): which region a device is of, by its addresses and its host name, and
 * who may do what with things that have regions. Nothing here touches the database.
 */
#ifndef PLATEN_MODEL_REGION_H
#define PLATEN_MODEL_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/net.h"

#define REGION_SUFFIX_MAX 253 /* bytes of a host name (RFC 1035) */

/* ---- which region ---- */

/* All ranges and suffixes: made, filled, sealed, then only read, from any thread. */
typedef struct region_book region_book;

region_book *region_book_new(void); /* NULL when there is no memory */
void region_book_free(region_book *b);

/* A range or a suffix (as region_suffix_read() makes it) of region `region`. What overlaps has been
 * refused before. False: no memory. */
bool region_book_add_range(region_book *b, int64_t region, const net_range *range);
bool region_book_add_suffix(region_book *b, int64_t region, const char *suffix);
void region_book_seal(region_book *b); /* once, before anybody looks something up */

/* Who has an address of `range`, or exactly this suffix; 0: nobody. */
int64_t region_book_overlap(const region_book *b, const net_range *range);
int64_t region_book_suffix(const region_book *b, const char *suffix);

/* The region of a device, 0 when it has none. IPv4 decides, then IPv6, then the longest suffix of
 * the host name (ACC-79, ACC-80). Each may be "". */
int64_t region_book_find(const region_book *b, const char *address, const char *address6,
                         const char *hostname);

/* Cleans a suffix: lower case, no dot at the end. PLATEN_E_INVAL when it is no domain name. */
platen_code region_suffix_read(const char *text, char suffix[REGION_SUFFIX_MAX + 1],
                               platen_error *err);

/* ---- who may what ---- */

/* Regions of somebody or something. For people `all` means every region and the devices of none;
 * things (groups, tasks) have `all` when no region is chosen for them. */
typedef struct region_set {
    bool all;
    const int64_t *ids; /* borrowed */
    size_t count;       /* 0 without `all`: none */
} region_set;

bool region_set_has(const region_set *s, int64_t region);

/* May a thing hold a device of `region` (0: of none)? ACC-82 to ACC-85. */
bool region_may_hold(const region_set *thing, int64_t region);

/* May a user see, make and work with a thing? Without all regions only when the thing has regions
 * and all of them are the user's: ACC-86, ACC-87. */
bool region_may_operate(const region_set *user, const region_set *thing);

/* May a user work with what is tied to devices (sets of address lists, keys), whose regions are
 * given, 0 for a device of none? Only when all are the user's and there are some: ACC-89 to ACC-91.
 */
bool region_may_touch(const region_set *user, const int64_t *device_regions, size_t count);

#endif
