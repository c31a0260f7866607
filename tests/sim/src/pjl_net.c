/* Raw ports of all devices: a listener each, one client at a time, one thread. The world's lock is
 * held while something is done; the control thread holds it, too. */
#include "pjl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, TICK_MS = 5, IDLE_MS = 60000, DOWN_MS = 2000 };

struct port {
    struct pjl_device own;
    uint32_t address;
    int listener; /* -1: nobody listens */
    int client;   /* -1: nobody is there */
    struct pjl_session session;
    size_t sent;
    int64_t due_ms;  /* the answers wait until then */
    int64_t seen_ms; /* something came */
    int64_t up_ms;   /* it listens again then; 0: it is up */
    bool busy;       /* on the list of those that have something to do */
};

struct pjl {
    struct world *world;
    uint16_t number;
    struct port *ports;
    size_t count;
    uint32_t *work; /* ports that wait for their time */
    size_t work_count;
    int epoll;
    int wake;
    pthread_t thread;
    bool running;
};

static bool watch(const struct pjl *p, int fd, size_t port, bool client, uint32_t events, int how)
{
    struct epoll_event e = {.events = events,
                            .data = {.u64 = (uint64_t)port << 1 | (client ? 1 : 0)}};

    return epoll_ctl(p->epoll, how, fd, &e) == 0;
}

static void have_work(struct pjl *p, struct port *port)
{
    if (!port->busy) {
        port->busy = true;
        p->work[p->work_count++] = (uint32_t)(port - p->ports);
    }
}

/* ---- listening ---- */

static bool open_port(struct pjl *p, struct port *port)
{
    struct sockaddr_in sa = {
        .sin_family = AF_INET, .sin_port = htons(p->number), .sin_addr = {htonl(port->address)}};
    int on = 1;

    port->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (port->listener < 0) {
        return false;
    }
    setsockopt(port->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(port->listener, (const struct sockaddr *)&sa, sizeof sa) != 0 ||
        listen(port->listener, 8) != 0 ||
        !watch(p, port->listener, (size_t)(port - p->ports), false, EPOLLIN, EPOLL_CTL_ADD)) {
        close(port->listener);
        port->listener = -1;
        return false;
    }
    return true;
}

static void close_port(struct port *port)
{
    if (port->listener >= 0) {
        close(port->listener);
        port->listener = -1;
    }
}

/* `abruptly`: with a reset. The next client may come. */
static void end_client(struct pjl *p, struct port *port, bool abruptly)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    if (port->client < 0) {
        return;
    }
    if (abruptly) {
        setsockopt(port->client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    close(port->client);
    port->client = -1;
    pjl_session_fini(&port->session);
    if (port->listener >= 0) {
        watch(p, port->listener, (size_t)(port - p->ports), false, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void take_client(struct pjl *p, struct port *port)
{
    int fd =
        port->client < 0 ? accept4(port->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;

    if (fd < 0) {
        return;
    }
    port->client = fd;
    port->own.sessions++;
    port->session = (struct pjl_session){.device = &port->own};
    port->sent = 0;
    port->due_ms = 0;
    port->seen_ms = world_clock();
    if (port->own.mode == PJL_BUSY ||
        !watch(p, fd, (size_t)(port - p->ports), true, EPOLLIN, EPOLL_CTL_ADD)) {
        end_client(p, port, true);
        return;
    }
    /* the others wait in the queue of the kernel */
    watch(p, port->listener, (size_t)(port - p->ports), false, 0, EPOLL_CTL_MOD);
    have_work(p, port);
}

/* ---- a session ---- */

static void go_down(struct pjl *p, struct port *port)
{
    port->own.mode = PJL_GOOD;
    port->up_ms = world_clock() + DOWN_MS;
    close_port(port);
    end_client(p, port, true);
    have_work(p, port);
}

/* False: the session is over. */
static bool send_some(struct pjl *p, struct port *port)
{
    struct pjl_session *s = &port->session;

    while (port->sent < s->out.len) {
        ssize_t n =
            send(port->client, s->out.data + port->sent, s->out.len - port->sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            return true;
        }
        if (n < 0) {
            end_client(p, port, false);
            return false;
        }
        port->sent += (size_t)n;
    }
    port->sent = s->out.len = 0;
    s->mark_count = 0;
    if (s->end) {
        end_client(p, port, false);
        return false;
    }
    return true;
}

static void take_octets(struct pjl *p, struct port *port)
{
    char data[8192];
    ssize_t n = recv(port->client, data, sizeof data, 0);
    struct pjl_session *s = &port->session;

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n <= 0) {
        end_client(p, port, false);
        return;
    }
    port->seen_ms = world_clock();
    pjl_take(s, p->world, data, (size_t)n);
    if (s->restart) {
        go_down(p, port);
        return;
    }
    if (s->delay_ms > 0) {
        int64_t from = port->due_ms > port->seen_ms ? port->due_ms : port->seen_ms;
        port->due_ms = from + s->delay_ms;
        s->delay_ms = 0;
    }
    have_work(p, port);
}

/* Sends what is due, opens what is up again. True: there will be more to do. */
static bool do_work(struct pjl *p, struct port *port, int64_t now)
{
    if (port->up_ms != 0) {
        if (now < port->up_ms) {
            return true;
        }
        port->up_ms = 0;
        (void)open_port(p, port);
    }
    if (port->client < 0) {
        return false;
    }
    if (now - port->seen_ms > IDLE_MS) {
        end_client(p, port, false);
        return false;
    }
    if (now < port->due_ms || port->own.mode == PJL_ONE_WAY) {
        return true;
    }
    return send_some(p, port);
}

static void do_all_work(struct pjl *p)
{
    int64_t now = world_clock();
    size_t kept = 0;
    size_t count = p->work_count;

    p->work_count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = p->work[i];
        p->ports[at].busy = false;
        if (do_work(p, &p->ports[at], now)) {
            p->ports[at].busy = true;
            p->work[kept++] = at;
        }
    }
    p->work_count = kept;
}

static void *serve(void *user)
{
    struct pjl *p = user;
    struct epoll_event events[EVENTS];

    for (;;) {
        int n = epoll_wait(p->epoll, events, EVENTS, p->work_count > 0 ? TICK_MS : 500);
        pthread_mutex_lock(&p->world->lock);
        bool running = p->running;
        for (int i = 0; running && i < n; i++) {
            size_t at = (size_t)(events[i].data.u64 >> 1);
            if (at == p->count) {
                continue; /* woken */
            }
            if ((events[i].data.u64 & 1) == 0) {
                take_client(p, &p->ports[at]);
            } else if (p->ports[at].client >= 0) {
                take_octets(p, &p->ports[at]);
            }
        }
        if (running) {
            do_all_work(p);
        }
        pthread_mutex_unlock(&p->world->lock);
        if (!running) {
            return NULL;
        }
    }
}

/* ---- from outside ---- */

static void raise_files(size_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void set_mode(struct pjl *p, struct port *port, unsigned mode)
{
    bool shut = mode == PJL_REFUSING || mode == PJL_OFF;

    port->own.mode = (uint8_t)mode;
    if (shut) {
        close_port(port);
        end_client(p, port, true);
    } else if (port->listener < 0 && port->up_ms == 0) {
        (void)open_port(p, port);
    }
}

static bool build(struct pjl *p, unsigned mode)
{
    p->count = p->world->device_count;
    p->ports = calloc(p->count + 1, sizeof *p->ports);
    p->work = calloc(p->count + 1, sizeof *p->work);
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->ports == NULL || p->work == NULL || p->epoll < 0 ||
        (p->wake = eventfd(0, EFD_CLOEXEC)) < 0 ||
        !watch(p, p->wake, p->count, false, EPOLLIN, EPOLL_CTL_ADD)) {
        return false;
    }
    raise_files(2 * p->count + 100);
    for (size_t i = 0; i < p->count; i++) {
        struct port *port = &p->ports[i];
        port->own = (struct pjl_device){.device = (uint32_t)i, .mode = (uint8_t)mode};
        port->address = p->world->devices[i].address;
        port->listener = port->client = -1;
        if (mode != PJL_REFUSING && mode != PJL_OFF && !open_port(p, port)) {
            perror("platen-sim: raw port");
            return false;
        }
    }
    return true;
}

static void free_all(struct pjl *p)
{
    for (size_t i = 0; p->ports != NULL && i < p->count; i++) {
        close_port(&p->ports[i]);
        end_client(p, &p->ports[i], true);
        pjl_device_fini(&p->ports[i].own);
    }
    if (p->wake >= 0) {
        close(p->wake);
    }
    if (p->epoll >= 0) {
        close(p->epoll);
    }
    free(p->ports);
    free(p->work);
    free(p);
}

struct pjl *pjl_start(struct world *w, uint16_t port, unsigned mode)
{
    struct pjl *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return NULL;
    }
    p->world = w;
    p->number = port;
    p->epoll = p->wake = -1;
    p->running = true;
    if (!build(p, mode) || pthread_create(&p->thread, NULL, serve, p) != 0) {
        free_all(p);
        return NULL;
    }
    return p;
}

void pjl_stop(struct pjl *p)
{
    if (p == NULL) {
        return;
    }
    pthread_mutex_lock(&p->world->lock);
    p->running = false;
    pthread_mutex_unlock(&p->world->lock);
    if (eventfd_write(p->wake, 1) != 0) {
        perror("platen-sim: waking");
    }
    pthread_join(p->thread, NULL);
    free_all(p);
}

bool pjl_set_mode(struct pjl *p, uint32_t device, unsigned mode)
{
    if (p == NULL || device >= p->count) {
        return false;
    }
    set_mode(p, &p->ports[device], mode);
    return true;
}

bool pjl_set_value(struct pjl *p, uint32_t device, const char *name, const char *value)
{
    if (p == NULL || device >= p->count) {
        return false;
    }
    pjl_write(&p->ports[device].own, name, value);
    return true;
}

bool pjl_show_device(struct pjl *p, uint32_t device, FILE *out)
{
    if (p == NULL || device >= p->count) {
        return false;
    }
    pjl_show(&p->ports[device].own, out);
    return true;
}
