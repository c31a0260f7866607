/* Addresses and ranges; all IPv4 is kept mapped into IPv6, so that one comparison serves both. */
#include "core/base/net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

#define RANGE_BITS 24

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool parse_v6(const char *text, net_address *address)
{
    char plain[INET6_ADDRSTRLEN + 1];
    uint32_t scope = 0;
    const char *percent = strchr(text, '%');
    size_t length = percent != NULL ? (size_t)(percent - text) : strlen(text);
    if (length >= sizeof(plain)) {
        return false;
    }
    memcpy(plain, text, length);
    plain[length] = '\0';
    if (percent != NULL) {
        scope = if_nametoindex(percent + 1);
        if (scope == 0) {
            return false;
        }
    }
    struct in6_addr six;
    if (inet_pton(AF_INET6, plain, &six) != 1) {
        return false;
    }
    memcpy(address->bytes, six.s6_addr, 16);
    address->scope = scope;
    return true;
}

bool net_parse(const char *text, net_address *address)
{
    struct in_addr four;
    if (inet_pton(AF_INET, text, &four) == 1) {
        memcpy(address->bytes, mapped, 12);
        memcpy(address->bytes + 12, &four, 4);
        address->scope = 0;
        return true;
    }
    return parse_v6(text, address);
}

bool net_is_ipv4(const net_address *address)
{
    return memcmp(address->bytes, mapped, 12) == 0;
}

const char *net_format(const net_address *address, char text[NET_TEXT])
{
    if (net_is_ipv4(address)) {
        if (inet_ntop(AF_INET, address->bytes + 12, text, NET_TEXT) == NULL) {
            text[0] = '\0';
        }
        return text;
    }
    if (inet_ntop(AF_INET6, address->bytes, text, NET_TEXT) == NULL) {
        text[0] = '\0';
    }
    char name[IF_NAMESIZE];
    if (address->scope != 0 && if_indextoname(address->scope, name) != NULL) {
        size_t used = strlen(text);
        (void)snprintf(text + used, NET_TEXT - used, "%%%s", name);
    }
    return text;
}

int net_compare(const net_address *a, const net_address *b)
{
    int order = memcmp(a->bytes, b->bytes, 16);
    if (order != 0) {
        return order;
    }
    return a->scope < b->scope ? -1 : a->scope > b->scope;
}

bool net_next(net_address *address)
{
    for (int i = 15; i >= 0; i--) {
        if (++address->bytes[i] != 0) {
            return true;
        }
    }
    return false;
}

socklen_t net_to_sockaddr(const net_address *address, uint16_t port, struct sockaddr_storage *sa)
{
    memset(sa, 0, sizeof(*sa));
    if (net_is_ipv4(address)) {
        struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&four.sin_addr, address->bytes + 12, 4);
        memcpy(sa, &four, sizeof(four));
        return sizeof(four);
    }
    struct sockaddr_in6 six = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = address->scope};
    memcpy(six.sin6_addr.s6_addr, address->bytes, 16);
    memcpy(sa, &six, sizeof(six));
    return sizeof(six);
}

bool net_from_sockaddr(const struct sockaddr *sa, net_address *address, uint16_t *port)
{
    uint16_t ignored = 0;
    port = port != NULL ? port : &ignored;
    memset(address, 0, sizeof(*address));
    if (sa->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, sa, sizeof(four));
        memcpy(address->bytes, mapped, 12);
        memcpy(address->bytes + 12, &four.sin_addr, 4);
        *port = ntohs(four.sin_port);
        return true;
    }
    if (sa->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, sa, sizeof(six));
        memcpy(address->bytes, six.sin6_addr.s6_addr, 16);
        address->scope = IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr) ? six.sin6_scope_id : 0;
        *port = ntohs(six.sin6_port);
        return true;
    }
    return false;
}

bool net_range_contains(const net_range *range, const net_address *address)
{
    return memcmp(range->first.bytes, address->bytes, 16) <= 0 &&
           memcmp(address->bytes, range->last.bytes, 16) <= 0;
}

uint64_t net_range_count(const net_range *range)
{
    uint64_t span = 0;
    for (int i = 0; i < 16; i++) {
        span = span << 8;
        span += range->last.bytes[i];
        span -= range->first.bytes[i];
    }
    return span + 1;
}

/* Whether all but the last RANGE_BITS bits are equal: larger ranges are refused. */
static bool small_enough(const net_range *range)
{
    return memcmp(range->first.bytes, range->last.bytes, 16 - RANGE_BITS / 8) == 0;
}

static platen_code parse_cidr(const char *text, const char *slash, bool hosts, net_range *range,
                              platen_error *err)
{
    char *end = NULL;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    char host[NET_TEXT];
    size_t length = (size_t)(slash - text);
    net_address base;
    if (length >= sizeof(host) || slash[1] < '0' || slash[1] > '9' || *end != '\0') {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address range", text);
    }
    memcpy(host, text, length);
    host[length] = '\0';
    if (!net_parse(host, &base) || bits > (net_is_ipv4(&base) ? 32u : 128u)) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address range", text);
    }
    bool four = net_is_ipv4(&base);
    unsigned prefix = (unsigned)bits + (four ? 96u : 0u);
    range->first = base;
    range->last = base;
    for (unsigned bit = prefix; bit < 128; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);
        range->first.bytes[bit / 8] &= (uint8_t)~mask;
        range->last.bytes[bit / 8] |= mask;
    }
    if (hosts && four && bits <= 30) { /* network and broadcast address are no hosts */
        range->first.bytes[15] |= 1;
        range->last.bytes[15] &= 0xfe;
    }
    return PLATEN_OK;
}

/* "10.1.2.3-10.1.2.9", or "10.1.2.3-9" where only the last number of IPv4 is given. */
static platen_code parse_span(const char *text, const char *dash, net_range *range,
                              platen_error *err)
{
    char from[NET_TEXT];
    char to[NET_TEXT];
    size_t length = (size_t)(dash - text);
    while (length > 0 && text[length - 1] == ' ') {
        length--;
    }
    const char *rest = dash + 1;
    while (*rest == ' ') {
        rest++;
    }
    if (length >= sizeof(from) || strlen(rest) >= sizeof(to)) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address range", text);
    }
    memcpy(from, text, length);
    from[length] = '\0';
    if (strpbrk(rest, ".:") == NULL) {
        const char *dot = strrchr(from, '.');
        if (dot == NULL) {
            return error_set(err, PLATEN_E_INVAL, "'%s' is no address range", text);
        }
        (void)snprintf(to, sizeof(to), "%.*s.%s", (int)(dot - from), from, rest);
    } else {
        (void)snprintf(to, sizeof(to), "%s", rest);
    }
    if (!net_parse(from, &range->first) || !net_parse(to, &range->last) ||
        net_is_ipv4(&range->first) != net_is_ipv4(&range->last) ||
        range->first.scope != range->last.scope) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address range", text);
    }
    if (net_compare(&range->first, &range->last) > 0) {
        return error_set(err, PLATEN_E_INVAL, "range '%s' ends before it begins", text);
    }
    return PLATEN_OK;
}

static platen_code parse_range(const char *text, bool hosts, net_range *range, platen_error *err)
{
    char copy[2 * NET_TEXT + 8];
    if (strlen(text) >= sizeof(copy)) {
        return error_set(err, PLATEN_E_INVAL, "'%.40s...' is no address range", text);
    }
    (void)snprintf(copy, sizeof(copy), "%s", text);
    const char *trimmed = text_trim(copy);
    net_range found;
    const char *slash = strchr(trimmed, '/');
    const char *dash = strchr(trimmed, '-');
    platen_code rc = PLATEN_OK;
    if (slash != NULL) {
        rc = parse_cidr(trimmed, slash, hosts, &found, err);
    } else if (dash != NULL) {
        rc = parse_span(trimmed, dash, &found, err);
    } else if (net_parse(trimmed, &found.first)) {
        found.last = found.first;
    } else {
        rc = error_set(err, PLATEN_E_INVAL, "'%s' is no address range", trimmed);
    }
    if (rc == PLATEN_OK && hosts && !small_enough(&found)) {
        rc = error_set(err, PLATEN_E_TOO_LARGE, "range '%s' has more than 2^%d addresses", trimmed,
                       RANGE_BITS);
    }
    if (rc == PLATEN_OK) {
        *range = found;
    }
    return rc;
}

platen_code net_range_parse(const char *text, net_range *range, platen_error *err)
{
    return parse_range(text, true, range, err);
}

platen_code net_block_parse(const char *text, net_range *range, platen_error *err)
{
    return parse_range(text, false, range, err);
}
