/*
 * Network addresses and ranges. An address is 16 bytes (IPv4 mapped into ::ffff:0:0/96) and an
 * IPv6 zone index. Ranges are written as one address, "from-to" or CIDR (SYS-144, ACC-77).
 */
#ifndef PLATEN_BASE_NET_H
#define PLATEN_BASE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/error.h"

#define NET_TEXT 64

typedef struct net_address {
    uint8_t bytes[16];
    uint32_t scope; /* IPv6 link-local zone, else 0 */
} net_address;

typedef struct net_range {
    net_address first;
    net_address last; /* not below `first`, of the same family */
} net_range;

bool net_parse(const char *text, net_address *address); /* numeric only, never DNS */
const char *net_format(const net_address *address, char text[NET_TEXT]);
bool net_is_ipv4(const net_address *address);
int net_compare(const net_address *a, const net_address *b);
bool net_next(net_address *address); /* adds one; false when it wraps */

/* The socket address of `address` and `port`; IPv4 as AF_INET. Returns its length. */
socklen_t net_to_sockaddr(const net_address *address, uint16_t port, struct sockaddr_storage *sa);
/* The other way round; `port` may be NULL. False for another family. */
bool net_from_sockaddr(const struct sockaddr *sa, net_address *address, uint16_t *port);

/* Parses one range. CIDR leaves out network and broadcast address of IPv4 blocks up to /30.
 * A range of more than 2^24 addresses is PLATEN_E_TOO_LARGE. */
platen_code net_range_parse(const char *text, net_range *range, platen_error *err);
/* The same for what is no search: of any size, and CIDR means every address of the block. */
platen_code net_block_parse(const char *text, net_range *range, platen_error *err);
bool net_range_contains(const net_range *range, const net_address *address);
uint64_t net_range_count(const net_range *range);

#endif
