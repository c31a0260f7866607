/* See udp.h. A datagram that the kernel does not take is lost as others are on the way: retries
 * make up for it. */
#include "core/snmp/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/snmp/sender.h"

#define SOCKETS_V4 4
#define SOCKETS_V6 2
#define BATCH SENDER_BATCH
#define ROUNDS 4 /* batches of one socket before others have their turn */
#define BUFFER_OCTETS (8 << 20)
/* Room for the longest datagram. Most are short: what lies behind is never touched. The odd
 * distance keeps their beginnings from falling into the same few sets of the processor's cache. */
#define ROOM_OCTETS (65536u + 17u * 64u)

typedef struct udp_socket {
    int fd;
    int family;
    send_batch *out;
} udp_socket;

struct udp {
    udp_handler handler;
    void *user;
    sender *sender;
    uint32_t count;
    udp_socket sockets[UDP_SOCKETS];
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    udp_address from[BATCH];
    uint8_t *rooms; /* BATCH of ROOM_OCTETS */
};

static void grow_buffer(int fd, int forced, int ordinary)
{
    int octets = BUFFER_OCTETS;
    if (setsockopt(fd, SOL_SOCKET, forced, &octets, sizeof octets) != 0) {
        /* Without the capability the kernel's limit holds; that is no error. */
        (void)setsockopt(fd, SOL_SOCKET, ordinary, &octets, sizeof octets);
    }
}

static int socket_open(int family)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    int whole = IP_PMTUDISC_DO; /* requests are short and are split when they are not short enough;
                                   the kernel need not number fragments, which costs */
    udp_address any;
    memset(&any, 0, sizeof any);
    any.any.sa_family = (sa_family_t)family;
    socklen_t length = sizeof any.v4;
    grow_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF);
    grow_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF);
    if (family == AF_INET6) {
        length = sizeof any.v6;
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &whole, sizeof whole);
    } else {
        (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
    }
    if (bind(fd, &any.any, length) != 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static platen_code socket_add(udp *u, int family, platen_error *err)
{
    int fd = socket_open(family);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot open a UDP socket");
    }
    udp_socket *s = &u->sockets[u->count];
    *s = (udp_socket){.fd = fd, .family = family, .out = sender_batch()};
    if (s->out == NULL) {
        close(fd);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a UDP socket");
    }
    s->out->fd = fd;
    s->out->socket = u->count++;
    return PLATEN_OK;
}

platen_code udp_new(const udp_handler *handler, void *user, udp **out, platen_error *err)
{
    udp *u = calloc(1, sizeof *u);
    if (u == NULL || (u->rooms = malloc((size_t)BATCH * ROOM_OCTETS)) == NULL) {
        free(u);
        return error_set(err, PLATEN_E_NOMEM, "no memory for UDP sockets");
    }
    u->handler = *handler;
    u->user = user;
    for (uint32_t i = 0; i < BATCH; i++) {
        u->parts[i] = (struct iovec){u->rooms + (size_t)i * ROOM_OCTETS, 65535};
        u->headers[i].msg_hdr =
            (struct msghdr){.msg_name = &u->from[i], .msg_iov = &u->parts[i], .msg_iovlen = 1};
    }
    platen_code code = sender_new(handler, user, &u->sender, err);
    for (int i = 0; i < SOCKETS_V4 && code == PLATEN_OK; i++) {
        code = socket_add(u, AF_INET, err);
    }
    for (int i = 0; i < SOCKETS_V6 && code == PLATEN_OK; i++) {
        if (socket_add(u, AF_INET6, NULL) != PLATEN_OK) {
            break; /* a host without IPv6 */
        }
    }
    if (code != PLATEN_OK) {
        udp_free(u);
        return code;
    }
    *out = u;
    return PLATEN_OK;
}

void udp_free(udp *u)
{
    if (u == NULL) {
        return;
    }
    sender_free(u->sender); /* it may be sending by the sockets */
    for (uint32_t i = 0; i < u->count; i++) {
        close(u->sockets[i].fd);
        free(u->sockets[i].out);
    }
    free(u->rooms);
    free(u);
}

platen_code udp_watch(udp *u, int epoll, platen_error *err)
{
    for (uint32_t i = 0; i < u->count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = UDP_EVENT + i}};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, u->sockets[i].fd, &event) != 0) {
            return error_sys(err, PLATEN_E_IO, errno, "cannot watch a UDP socket");
        }
    }
    return PLATEN_OK;
}

int udp_choose(const udp *u, int family, uint32_t spread)
{
    if (family == AF_INET) {
        return (int)(spread % SOCKETS_V4);
    }
    uint32_t others = u->count - SOCKETS_V4;
    return others == 0 ? -1 : (int)(SOCKETS_V4 + spread % others);
}

bool udp_address_equal(const udp_address *a, const udp_address *b)
{
    if (a->any.sa_family != b->any.sa_family) {
        return false;
    }
    if (a->any.sa_family == AF_INET) {
        return a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr && a->v4.sin_port == b->v4.sin_port;
    }
    return a->v6.sin6_port == b->v6.sin6_port &&
           memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0 &&
           (a->v6.sin6_scope_id == 0 || b->v6.sin6_scope_id == 0 ||
            a->v6.sin6_scope_id == b->v6.sin6_scope_id);
}

/* Sending */

static void socket_flush(udp *u, int number)
{
    udp_socket *s = &u->sockets[number];
    s->out = sender_send(u->sender, s->out);
}

uint8_t *udp_space(udp *u, int number)
{
    if (u->sockets[number].out->count == BATCH) {
        socket_flush(u, number);
    }
    send_batch *batch = u->sockets[number].out; /* another one now, maybe */
    return batch->data[batch->count];
}

void udp_put(udp *u, int number, size_t length, const udp_address *to)
{
    send_batch *batch = u->sockets[number].out;
    uint32_t i = batch->count++;
    batch->to[i] = *to;
    batch->parts[i].iov_len = length;
    batch->headers[i].msg_hdr.msg_namelen =
        to->any.sa_family == AF_INET ? sizeof to->v4 : sizeof to->v6;
}

void udp_flush(udp *u)
{
    sender_tell(u->sender);
    for (uint32_t i = 0; i < u->count; i++) {
        if (u->sockets[i].out->count > 0) {
            socket_flush(u, (int)i);
        }
    }
}

/* Receiving */

static void deliver(udp *u, uint32_t i)
{
    bool cut = (u->headers[i].msg_hdr.msg_flags & MSG_TRUNC) != 0; /* cannot be with UDP */
    u->handler.received(u->parts[i].iov_base, cut ? 0 : u->headers[i].msg_len, &u->from[i],
                        u->user);
}

void udp_receive(udp *u, int number)
{
    udp_socket *s = &u->sockets[number];
    for (int round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < BATCH; i++) {
            u->headers[i].msg_hdr.msg_namelen = sizeof u->from[i];
        }
        int n = recvmmsg(s->fd, u->headers, BATCH, 0, NULL);
        for (int i = 0; i < n; i++) {
            deliver(u, (uint32_t)i);
        }
        if (n < (int)BATCH) {
            break;
        }
    }
}

static int error_of(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) {
            struct sock_extended_err error;
            memcpy(&error, CMSG_DATA(c), sizeof error);
            return (int)error.ee_errno;
        }
    }
    return 0;
}

void udp_errors(udp *u, int number)
{
    for (int i = 0; i < (int)(ROUNDS * BATCH); i++) {
        uint8_t data[UDP_REQUEST];
        union {
            char octets[512];
            struct cmsghdr align;
        } control;
        udp_address to;
        memset(&to, 0, sizeof to);
        struct iovec part = {data, sizeof data};
        struct msghdr header = {.msg_name = &to,
                                .msg_namelen = sizeof to,
                                .msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control.octets,
                                .msg_controllen = sizeof control.octets};
        ssize_t n = recvmsg(u->sockets[number].fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (n < 0) {
            break;
        }
        int errnum = error_of(&header);
        if (errnum != 0) {
            u->handler.refused(data, (size_t)n, &to, errnum, u->user);
        }
    }
}
