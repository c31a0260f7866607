/*
 * The addresses of a search, one after the other, without ever holding them all: ranges are merged,
 * and neighbouring subnets take turns, so that no /24 gets a burst. One owner.
 */
#ifndef PLATEN_AGENT_RANGES_H
#define PLATEN_AGENT_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/net.h"

typedef struct ranges ranges;

ranges *ranges_new(void); /* NULL when there is no memory */
void ranges_free(ranges *r);

/* Before ranges_seal(). */
platen_code ranges_add(ranges *r, const net_range *range, platen_error *err);
/* Sorts and merges; from now on the ranges are read. */
void ranges_seal(ranges *r);

uint64_t ranges_count(const ranges *r); /* addresses, each counted once */
bool ranges_contains(const ranges *r, const net_address *address);

/* Whether the address was given alone, and is within no other range. */
bool ranges_has_alone(const ranges *r, const net_address *address);

/* The next address; each comes exactly once. False at the end. */
bool ranges_next(ranges *r, net_address *address);

#endif
