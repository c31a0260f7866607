/*
 * Datagrams leave in batches. Taking them is dear for the kernel (a third of what a poll costs the
 * SNMP thread), so large batches are sent by a thread of their own; small ones are not worth waking
 * it. A socket's batches leave in order, and by one thread at a time: an error that the kernel
 * reports at a send is then that of a datagram before, or this one's own.
 */
#ifndef PLATEN_SNMP_SENDER_H
#define PLATEN_SNMP_SENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/error.h"
#include "core/snmp/udp.h"

#define SENDER_BATCH 64u

typedef struct send_batch {
    struct send_batch *next;
    int fd;
    uint32_t socket; /* its number */
    uint32_t count;
    bool refused; /* errors[] has some */
    int errors[SENDER_BATCH];
    struct mmsghdr headers[SENDER_BATCH];
    struct iovec parts[SENDER_BATCH];
    udp_address to[SENDER_BATCH];
    uint8_t data[SENDER_BATCH][UDP_REQUEST];
} send_batch;

typedef struct sender sender;

/* Uses `handler`'s refused(), within sender_send() and sender_tell(), and wake(), on a thread of
 * its own, when there is something to tell. `user` is what they get. */
platen_code sender_new(const udp_handler *handler, void *user, sender **out, platen_error *err);
/* What was handed in is sent first. NULL is nothing. */
void sender_free(sender *s);

/* An empty batch, to be given to free(); NULL without memory. */
send_batch *sender_batch(void);

/*
 * Sends a batch of at least one datagram, here or on the sender's thread, and returns an empty one
 * for the next datagrams of that socket: the same, or another. Waits when the thread has more to
 * do than it can. SNMP thread.
 */
send_batch *sender_send(sender *s, send_batch *full);

/* Tells of datagrams that the kernel refused on the sender's thread. SNMP thread. */
void sender_tell(sender *s);

#endif
