/*
 * The client behind proxies: X-Forwarded-For or Forwarded (RFC 7239), believed only from the
 * addresses that the configuration names, and read from the right, where the nearest proxy wrote.
 * What a client itself put there does not count. Read-only once made: any thread.
 */
#ifndef PLATEN_REST_FORWARDED_H
#define PLATEN_REST_FORWARDED_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/http/http.h"

typedef struct forwarded forwarded;

/* `proxies`: addresses, ranges and CIDR blocks separated by spaces or commas; "" for none.
 * `standard`: the header is Forwarded. */
platen_code forwarded_new(const char *proxies, bool standard, forwarded **out, platen_error *err);
void forwarded_free(forwarded *f);

/* The address of the client as text: the peer's unless that is a proxy. Of the arena or borrowed
 * from `x`. */
const char *forwarded_client(const forwarded *f, http_exchange *x, arena *a);

#endif
