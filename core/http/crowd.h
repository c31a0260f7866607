/*
 * How many connections an address holds, so that one client cannot take them all, not even by
 * saying nothing. An IPv6 network of 64 bits counts as one address: whoever has one has all.
 * Thread-safe.
 */
#ifndef PLATEN_HTTP_CROWD_H
#define PLATEN_HTTP_CROWD_H

#include <stdbool.h>
#include <sys/socket.h>

typedef struct crowd crowd;

crowd *crowd_new(unsigned most); /* 0: no bound; NULL: no memory */
void crowd_free(crowd *c);

/* What crowd_leave() wants back. */
typedef struct crowd_place {
    unsigned char key[16];
    bool counted;
} crowd_place;

/* False: the address holds as many as it may. What is no address of a network is not counted. */
bool crowd_enter(crowd *c, const struct sockaddr *address, crowd_place *place);
void crowd_leave(crowd *c, const crowd_place *place);

#endif
