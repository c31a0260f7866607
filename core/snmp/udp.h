/*
 * The engine's few UDP sockets: datagrams leave and come in batches, ICMP errors come back with the
 * datagram that caused them. Owned by the SNMP thread;
 * many datagrams at once leave on a thread of their own (sender.h).
 */
#ifndef PLATEN_SNMP_UDP_H
#define PLATEN_SNMP_UDP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/base/error.h"

#define UDP_SOCKETS 6u    /* of both families together */
#define UDP_REQUEST 2048u /* most octets of a request */

typedef union udp_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} udp_address;

typedef struct udp udp;

/* What the owner is told; `user` is udp_new()'s. */
typedef struct udp_handler {
    /* A datagram; `data` may be written to and has room for 65,535 octets. */
    void (*received)(uint8_t *data, size_t length, const udp_address *from, void *user);
    /* `data` is what a failed datagram began with; `errnum` why it failed. */
    void (*refused)(const uint8_t *data, size_t length, const udp_address *to, int errnum,
                    void *user);
    /* udp_flush() has something to do. Any thread. */
    void (*wake)(void *user);
} udp_handler;

platen_code udp_new(const udp_handler *handler, void *user, udp **out, platen_error *err);
void udp_free(udp *u);

/* Adds the sockets to `epoll`; an event's data.u32 is UDP_EVENT + number of the socket. */
#define UDP_EVENT 1000u
platen_code udp_watch(udp *u, int epoll, platen_error *err);

/* A socket for an address family; `spread` chooses among equals. -1: that family is not there. */
int udp_choose(const udp *u, int family, uint32_t spread);

/* Where the next datagram of that socket is to be written; udp_put() sends it off, soon. */
uint8_t *udp_space(udp *u, int number);
void udp_put(udp *u, int number, size_t length, const udp_address *to);
/* Sends off what was put, and tells of what the kernel refused meanwhile. */
void udp_flush(udp *u);

/* Reads what is there, a bounded number of datagrams. */
void udp_receive(udp *u, int number);
void udp_errors(udp *u, int number);

/* Same address and port. */
bool udp_address_equal(const udp_address *a, const udp_address *b);

#endif
