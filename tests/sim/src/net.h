/* Sockets and the threads that serve them. */
#ifndef SIM_NET_H
#define SIM_NET_H

#include "world.h"

struct net;

struct net_options {
    uint16_t port;
    unsigned threads;
    bool ipv6;
};

/* NULL on failure, told on stderr. Threads run until net_stop. */
struct net *net_start(struct world *w, const struct net_options *options);
void net_stop(struct net *n);
/* What happens to one packet; for the self test too. Returns the reply's length or 0. */
struct packet_fate {
    uint32_t delay_ms;
    bool wrong_source;
};
size_t net_packet(struct world *w, struct device *d, uint64_t *rng, uint8_t *in, size_t len,
                  uint8_t *buf, uint8_t **reply, struct packet_fate *fate);

#endif
