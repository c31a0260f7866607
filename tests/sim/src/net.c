/* UDP in batches: one socket a thread for all of 127/8, IP_PKTINFO tells which device was asked
 * and makes the reply leave from there. The world's lock is taken once a batch. */
#include "net.h"

#include "agent.h"
#include "wheel.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BATCH = 64, IN_MAX = 4096, OUT_ARENA = 512 * 1024, SOCKETS = 2 };

struct control_room {
    _Alignas(struct cmsghdr) uint8_t room[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

struct net_thread {
    struct net *net;
    pthread_t id;
    bool running;
    int fds[SOCKETS]; /* IPv4, IPv6 or -1 */
    int epoll;
    uint64_t rng;
    struct wheel wheel;
    struct mmsghdr in[BATCH];
    struct iovec in_vec[BATCH];
    struct sockaddr_in6 in_from[BATCH];
    struct control_room in_control[BATCH];
    struct mmsghdr out[BATCH];
    struct iovec out_vec[BATCH];
    struct control_room out_control[BATCH];
    struct delayed *out_delayed[BATCH];
    unsigned out_count;
    size_t out_used;
    uint8_t *in_data;
    uint8_t *out_data;
};

struct net {
    struct world *world;
    int stop; /* eventfd */
    unsigned count;
    struct net_thread *threads[];
};

size_t net_packet(struct world *w, struct device *d, uint64_t *rng, uint8_t *in, size_t len,
                  uint8_t *buf, uint8_t **reply, struct packet_fate *fate)
{
    const struct fault *f = &d->fault;

    d->packets_in++;
    if (d->silent_until_ms > w->now_ms || f->bits & FAULT_SILENT) {
        w->stats[STAT_SILENT]++;
        return 0;
    }
    if ((f->bits & FAULT_LOSSY && (fault_random(rng) >> 32) % 100 < f->lossy_percent) ||
        (w->loss_permille > 0 && (fault_random(rng) >> 32) % 1000 < w->loss_permille)) {
        w->stats[STAT_LOST]++;
        return 0;
    }
    d->fault.mute = false;
    size_t n = message_handle(w, d, in, len, buf, reply);
    if (n == 0) {
        return 0;
    }
    if (d->fault.mute) {
        w->stats[STAT_LOST]++;
        return 0;
    }
    *fate = (struct packet_fate){.delay_ms = w->latency_ms};
    if (f->bits != 0) {
        fate->delay_ms += f->bits & FAULT_SLOW ? f->slow_ms : 0;
        fate->wrong_source = f->bits & FAULT_WRONG_SOURCE;
        n = fault_mangle(f, rng, *reply, n);
    }
    d->packets_out++;
    return n;
}

static void set_source(struct msghdr *m, struct control_room *c, uint32_t source)
{
    struct in_pktinfo info = {.ipi_spec_dst.s_addr = source};

    m->msg_control = c->room;
    m->msg_controllen = CMSG_SPACE(sizeof info);
    struct cmsghdr *h = CMSG_FIRSTHDR(m);
    if (h == NULL) {
        return;
    }
    h->cmsg_level = IPPROTO_IP;
    h->cmsg_type = IP_PKTINFO;
    h->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(h), &info, sizeof info);
}

/* Sends what is queued; a datagram the kernel refuses is passed over. */
static void flush(struct net_thread *t, int fd)
{
    unsigned sent = 0;

    while (sent < t->out_count) {
        int n = sendmmsg(fd, t->out + sent, t->out_count - sent, 0);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        sent += n > 0 ? (unsigned)n : 1;
    }
    for (unsigned i = 0; i < t->out_count; i++) {
        if (t->out_delayed[i] != NULL) {
            wheel_give(&t->wheel, t->out_delayed[i]);
            t->out_delayed[i] = NULL;
        }
    }
    t->out_count = 0;
    t->out_used = 0;
}

static void queue(struct net_thread *t, struct sockaddr_in6 *to, socklen_t to_len, bool v4,
                  uint32_t source, uint8_t *data, size_t len)
{
    unsigned i = t->out_count++;
    struct msghdr *m = &t->out[i].msg_hdr;

    t->out_vec[i] = (struct iovec){.iov_base = data, .iov_len = len};
    *m = (struct msghdr){
        .msg_name = to, .msg_namelen = to_len, .msg_iov = &t->out_vec[i], .msg_iovlen = 1};
    if (v4) {
        set_source(m, &t->out_control[i], source);
    }
}

static void delay(struct net_thread *t, const struct msghdr *from, int fd, uint32_t source,
                  const uint8_t *data, size_t len, uint32_t delay_ms)
{
    struct delayed *d = wheel_take(&t->wheel, len);

    if (d == NULL) {
        return;
    }
    memcpy(&d->to, from->msg_name, from->msg_namelen);
    d->to_len = from->msg_namelen;
    d->fd = fd;
    d->source = source;
    d->len = (uint32_t)len;
    memcpy(d->data, data, len);
    wheel_add(&t->wheel, d, t->net->world->now_ms + delay_ms);
    t->net->world->stats[STAT_DELAYED]++;
}

/* Address the datagram was sent to, network order; 0 when the kernel did not say. */
static uint32_t asked_address(struct msghdr *m)
{
    struct in_pktinfo info;
    struct cmsghdr *h = CMSG_FIRSTHDR(m);

    if (h == NULL || h->cmsg_level != IPPROTO_IP || h->cmsg_type != IP_PKTINFO) {
        return 0;
    }
    memcpy(&info, CMSG_DATA(h), sizeof info);
    return info.ipi_addr.s_addr;
}

static void serve_one(struct net_thread *t, unsigned i, bool v4)
{
    struct world *w = t->net->world;
    struct msghdr *m = &t->in[i].msg_hdr;
    uint32_t address = v4 ? asked_address(m) : 0;
    struct device *d = v4 ? world_at(w, ntohl(address)) : w->devices;
    struct packet_fate fate;
    uint8_t *reply;

    w->stats[STAT_IN]++;
    w->stats[STAT_BYTES_IN] += t->in[i].msg_len;
    if (d == NULL) {
        w->stats[STAT_NO_DEVICE]++;
        return;
    }
    uint8_t *buf = t->out_data + t->out_used;
    size_t n =
        net_packet(w, d, &t->rng, t->in_vec[i].iov_base, t->in[i].msg_len, buf, &reply, &fate);
    if (n == 0) {
        return;
    }
    w->stats[STAT_OUT]++;
    w->stats[STAT_BYTES_OUT] += n;
    uint32_t source = fate.wrong_source ? address ^ htonl(0x00800000) : address;
    if (fate.delay_ms > 0) {
        delay(t, m, t->fds[v4 ? 0 : 1], source, reply, n, fate.delay_ms);
        return;
    }
    queue(t, m->msg_name, m->msg_namelen, v4, source, reply, n);
    t->out_used = (size_t)(reply + n - t->out_data);
}

static void rearm(struct net_thread *t, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct msghdr *m = &t->in[i].msg_hdr;
        m->msg_namelen = sizeof t->in_from[i];
        m->msg_controllen = sizeof t->in_control[i];
        m->msg_flags = 0;
    }
}

/* Takes one batch off the socket; false when there was nothing. */
static bool serve_batch(struct net_thread *t, int fd, bool v4)
{
    struct world *w = t->net->world;
    int n = recvmmsg(fd, t->in, BATCH, MSG_DONTWAIT, NULL);

    if (n <= 0) {
        return false;
    }
    unsigned at = 0;
    while (at < (unsigned)n) {
        pthread_mutex_lock(&w->lock);
        w->now_ms = world_clock();
        while (at < (unsigned)n && t->out_used + REPLY_ROOM <= OUT_ARENA) {
            serve_one(t, at++, v4);
        }
        pthread_mutex_unlock(&w->lock);
        flush(t, fd);
    }
    rearm(t, (unsigned)n);
    return true;
}

static void send_due(struct net_thread *t)
{
    int64_t now = world_clock();
    struct delayed *d;
    int fd = -1;

    while ((d = wheel_due(&t->wheel, now)) != NULL) {
        if (t->out_count == BATCH || (fd != d->fd && t->out_count > 0)) {
            flush(t, fd);
        }
        fd = d->fd;
        t->out_delayed[t->out_count] = d;
        queue(t, &d->to, d->to_len, fd == t->fds[0], d->source, d->data, d->len);
    }
    if (t->out_count > 0) {
        flush(t, fd);
    }
}

static void *run(void *arg)
{
    struct net_thread *t = arg;
    struct epoll_event events[SOCKETS + 1];

    for (;;) {
        int n = epoll_wait(t->epoll, events, SOCKETS + 1, t->wheel.pending > 0 ? 1 : -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == t->net->stop) {
                return NULL;
            }
            /* a few batches before looking at the clock and the other socket again */
            for (int k = 0; k < 16; k++) {
                if (!serve_batch(t, events[i].data.fd, events[i].data.fd == t->fds[0])) {
                    break;
                }
            }
        }
        if (t->wheel.pending > 0) {
            send_due(t);
        }
    }
}

static bool watch(const struct net_thread *t, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(t->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void big_buffers(int fd)
{
    int size = 64 * 1024 * 1024;

    /* the FORCE forms need privilege; without it the kernel's ceiling has to do */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) != 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    }
}

static int open_v4(const struct net_options *o)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(o->port)};

    if (fd < 0) {
        return -1;
    }
    big_buffers(fd);
    if ((o->threads > 1 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) ||
        setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_v6(const struct net_options *o)
{
    int on = 1;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 at = {
        .sin6_family = AF_INET6, .sin6_port = htons(o->port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};

    if (fd < 0) {
        return -1;
    }
    if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0 ||
        bind(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void thread_free(struct net_thread *t)
{
    if (t == NULL) {
        return;
    }
    for (int i = 0; i < SOCKETS; i++) {
        if (t->fds[i] >= 0) {
            close(t->fds[i]);
        }
    }
    if (t->epoll >= 0) {
        close(t->epoll);
    }
    wheel_fini(&t->wheel);
    free(t->in_data);
    free(t->out_data);
    free(t);
}

static struct net_thread *thread_new(struct net *n, const struct net_options *o, bool ipv6)
{
    struct net_thread *t = calloc(1, sizeof *t);

    if (t == NULL) {
        return NULL;
    }
    t->net = n;
    t->rng = n->world->seed * 2 + 0x9e3779b9 + n->count;
    t->fds[1] = -1;
    t->fds[0] = open_v4(o);
    t->epoll = epoll_create1(EPOLL_CLOEXEC);
    t->in_data = malloc((size_t)BATCH * IN_MAX);
    t->out_data = malloc(OUT_ARENA);
    if (ipv6) {
        t->fds[1] = open_v6(o);
    }
    if (t->fds[0] < 0 || (ipv6 && t->fds[1] < 0) || t->epoll < 0 || t->in_data == NULL ||
        t->out_data == NULL || !watch(t, t->fds[0]) || !watch(t, n->stop) ||
        (ipv6 && !watch(t, t->fds[1]))) {
        fprintf(stderr, "platen-sim: cannot listen on port %u: %s\n", o->port, strerror(errno));
        thread_free(t);
        return NULL;
    }
    for (unsigned i = 0; i < BATCH; i++) {
        t->in_vec[i] =
            (struct iovec){.iov_base = t->in_data + (size_t)i * IN_MAX, .iov_len = IN_MAX};
        t->in[i].msg_hdr = (struct msghdr){.msg_name = &t->in_from[i],
                                           .msg_iov = &t->in_vec[i],
                                           .msg_iovlen = 1,
                                           .msg_control = &t->in_control[i]};
    }
    rearm(t, BATCH);
    return t;
}

struct net *net_start(struct world *w, const struct net_options *options)
{
    struct net *n = calloc(1, sizeof *n + options->threads * sizeof n->threads[0]);

    if (n == NULL) {
        return NULL;
    }
    n->world = w;
    n->stop = eventfd(0, EFD_CLOEXEC);
    for (unsigned i = 0; i < options->threads; i++) {
        struct net_thread *t = thread_new(n, options, options->ipv6 && i == 0);
        if (t == NULL) {
            net_stop(n);
            return NULL;
        }
        n->threads[n->count++] = t;
    }
    for (unsigned i = 0; i < n->count; i++) {
        struct net_thread *t = n->threads[i];
        t->running = pthread_create(&t->id, NULL, run, t) == 0;
    }
    return n;
}

void net_stop(struct net *n)
{
    uint64_t one = 1;

    if (n == NULL) {
        return;
    }
    if (write(n->stop, &one, sizeof one) < 0) {
        perror("platen-sim: eventfd");
    }
    for (unsigned i = 0; i < n->count; i++) {
        if (n->threads[i]->running) {
            pthread_join(n->threads[i]->id, NULL);
        }
        thread_free(n->threads[i]);
    }
    close(n->stop);
    free(n);
}
