/* Replies that leave later: a wheel of one-millisecond slots. Each net thread owns one. */
#ifndef SIM_WHEEL_H
#define SIM_WHEEL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct delayed {
    struct delayed *next;
    int64_t due_ms;
    struct sockaddr_in6 to; /* big enough for both families */
    socklen_t to_len;
    int fd;
    uint32_t source; /* address to send from, network order */
    uint32_t len;
    uint32_t room;
    uint8_t data[];
};

enum { WHEEL_SLOTS = 4096 };

struct wheel {
    struct delayed *slots[WHEEL_SLOTS];
    struct delayed *unused; /* blocks of WHEEL_BLOCK octets to be taken again */
    size_t pending;
    int64_t at_ms;
};

/* An empty record with room for len octets, or NULL. */
struct delayed *wheel_take(struct wheel *w, size_t len);
void wheel_add(struct wheel *w, struct delayed *d, int64_t due_ms);
/* One record that is due, or NULL; give it back with wheel_give. */
struct delayed *wheel_due(struct wheel *w, int64_t now_ms);
void wheel_give(struct wheel *w, struct delayed *d);
void wheel_fini(struct wheel *w);

#endif
