/*
 * The prober's thread owns the connects; `mutex` guards only the list of questions that came in.
 * All connects have the same time limit, so those in flight are a list in order of their ends.
 */
#include "core/agent/prober.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"

typedef struct attempt {
    prober_question *question;
    size_t port; /* index */
    int fd;      /* -1: free */
    int64_t ends;
    struct attempt *newer, *older;
} attempt;

struct prober {
    prober_options options;
    atomic_uint per_second;
    int epoll;
    int wake; /* eventfd */
    pthread_t thread;
    bool started;
    attempt *attempts; /* options.in_flight of them */
    attempt *free;     /* linked by `newer` */
    attempt *oldest, *newest;
    prober_question *waiting, *waiting_last; /* taken over from `asked` */
    int64_t window_start;                    /* of the pace, ms */
    unsigned window_used;

    pthread_mutex_t mutex; /* guards what follows */
    prober_question *asked, *asked_last;
    bool stopping;
};

platen_code prober_new(const prober_options *options, prober **out, platen_error *err)
{
    prober *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the port prober");
    }
    p->options = *options;
    p->options.timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : 1500;
    p->options.in_flight = options->in_flight != 0 ? options->in_flight : 1024;
    atomic_init(&p->per_second, options->per_second != 0 ? options->per_second : 2000);
    p->epoll = -1;
    p->wake = -1;
    (void)pthread_mutex_init(&p->mutex, NULL);
    p->attempts = calloc(p->options.in_flight, sizeof(*p->attempts));
    if (p->attempts == NULL) {
        prober_free(p);
        return error_set(err, PLATEN_E_NOMEM, "no memory for %u connects", options->in_flight);
    }
    for (unsigned i = 0; i < p->options.in_flight; i++) {
        p->attempts[i].fd = -1;
        p->attempts[i].newer = p->free;
        p->free = &p->attempts[i];
    }
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (p->epoll < 0 || p->wake < 0 || epoll_ctl(p->epoll, EPOLL_CTL_ADD, p->wake, &event) != 0) {
        platen_code rc = error_sys(err, PLATEN_E_IO, errno, "no descriptor for the port prober");
        prober_free(p);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

/* ---- attempts: the prober's thread ---- */

static void attempt_end(prober *p, attempt *a)
{
    if (a->fd >= 0) {
        (void)close(a->fd); /* leaves the epoll set by itself */
        a->fd = -1;
    }
    *(a->older != NULL ? &a->older->newer : &p->oldest) = a->newer;
    *(a->newer != NULL ? &a->newer->older : &p->newest) = a->older;
    a->newer = p->free;
    a->older = NULL;
    a->question = NULL;
    p->free = a;
}

/* Into the line of those that wait, which is in the order of their ends: few have another time-out
 * than their neighbours. */
static void attempt_add(prober *p, attempt *a)
{
    attempt *older = p->newest;
    while (older != NULL && older->ends > a->ends) {
        older = older->older;
    }
    attempt *newer = older != NULL ? older->newer : p->oldest;
    a->older = older;
    a->newer = newer;
    *(older != NULL ? &older->newer : &p->oldest) = a;
    *(newer != NULL ? &newer->older : &p->newest) = a;
}

static prober_answer answer_of(int error)
{
    switch (error) {
    case 0:
        return PROBER_OPEN;
    case ECONNREFUSED:
    case ECONNRESET:
        return PROBER_REFUSED;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EACCES:
    case EPERM:
        return PROBER_UNREACHABLE;
    default:
        return PROBER_SILENT;
    }
}

static bool has_more(const prober_question *q, size_t port, prober_answer answer)
{
    bool alive = answer == PROBER_OPEN || answer == PROBER_REFUSED;
    return !(q->any && alive) && port + 1 < PROBER_PORTS && q->ports[port + 1] != 0;
}

static void wait_for_turn(prober *p, prober_question *q)
{
    q->next = NULL;
    *(p->waiting_last != NULL ? &p->waiting_last->next : &p->waiting) = q;
    p->waiting_last = q;
}

/* Notes one port's answer; the question goes back into the line for its next port, or is done. */
static void answered(prober *p, prober_question *q, size_t port, prober_answer answer)
{
    q->answers[port] = answer;
    if (has_more(q, port, answer)) {
        q->port = port + 1;
        wait_for_turn(p, q);
    } else {
        q->done(q);
    }
}

static int open_connect(const net_address *address, uint16_t port, int *error)
{
    struct sockaddr_storage sa;
    socklen_t length = net_to_sockaddr(address, port, &sa);
    int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        *error = errno;
        return -1;
    }
    *error = connect(fd, (const struct sockaddr *)&sa, length) == 0 ? 0 : errno;
    return fd;
}

/* Too many descriptors or buffers in use is our trouble and says nothing about the host. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
           error == EADDRNOTAVAIL;
}

/* False: not now; the question is the first of the line again. */
static bool begin(prober *p, prober_question *q)
{
    int error = 0;
    size_t port = q->port;
    int fd = open_connect(&q->address, q->ports[port], &error);
    if (fd < 0 || error != EINPROGRESS) {
        if (fd >= 0) {
            (void)close(fd);
        }
        if (is_shortage(error) && p->oldest != NULL) {
            q->next = p->waiting;
            p->waiting = q;
            p->waiting_last = p->waiting_last != NULL ? p->waiting_last : q;
            return false;
        }
        answered(p, q, port, answer_of(error));
        return true;
    }
    unsigned timeout_ms = q->timeout_ms != 0 ? q->timeout_ms : p->options.timeout_ms;
    attempt *a = p->free;
    p->free = a->newer;
    *a = (attempt){q, port, fd, clock_mono() + timeout_ms, NULL, NULL};
    attempt_add(p, a);
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = a};
    if (epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        attempt_end(p, a);
        answered(p, q, port, PROBER_SILENT);
    }
    return true;
}

static void finish(prober *p, attempt *a)
{
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        error = errno;
    }
    prober_question *q = a->question;
    size_t port = a->port;
    attempt_end(p, a);
    answered(p, q, port, answer_of(error));
}

/* ---- the loop ---- */

static void take_asked(prober *p)
{
    (void)pthread_mutex_lock(&p->mutex);
    prober_question *first = p->asked;
    prober_question *last = p->asked_last;
    p->asked = NULL;
    p->asked_last = NULL;
    (void)pthread_mutex_unlock(&p->mutex);
    if (first != NULL) {
        *(p->waiting_last != NULL ? &p->waiting_last->next : &p->waiting) = first;
        p->waiting_last = last;
    }
}

#define PACE_MS 50 /* the pace is kept in windows of this length */

void prober_set_pace(prober *p, unsigned per_second)
{
    atomic_store(&p->per_second, per_second);
}

/* Starts what pace and room allow; the time to wait in ms, -1 when there is nothing to wait for. */
static int start_waiting(prober *p)
{
    unsigned per_second = atomic_load(&p->per_second);
    unsigned allowed = per_second == 0 ? UINT_MAX : per_second * PACE_MS / 1000;
    allowed = allowed == 0 ? 1 : allowed;
    while (p->waiting != NULL && p->free != NULL) {
        int64_t now = clock_mono();
        if (now - p->window_start >= PACE_MS) {
            p->window_start = now;
            p->window_used = 0;
        }
        if (p->window_used >= allowed) {
            return (int)(p->window_start + PACE_MS - now);
        }
        p->window_used++;
        prober_question *q = p->waiting;
        p->waiting = q->next;
        if (p->waiting == NULL) {
            p->waiting_last = NULL;
        }
        if (!begin(p, q)) {
            return PACE_MS;
        }
    }
    if (p->oldest != NULL) {
        int64_t left = p->oldest->ends - clock_mono();
        return left > 0 ? (int)left : 0;
    }
    return -1;
}

static bool is_stopping(prober *p)
{
    (void)pthread_mutex_lock(&p->mutex);
    bool stopping = p->stopping;
    (void)pthread_mutex_unlock(&p->mutex);
    return stopping;
}

static void expire(prober *p, int64_t now)
{
    while (p->oldest != NULL && p->oldest->ends <= now) {
        attempt *a = p->oldest;
        prober_question *q = a->question;
        size_t port = a->port;
        attempt_end(p, a);
        answered(p, q, port, PROBER_SILENT);
    }
}

static void *run(void *user)
{
    prober *p = user;
    struct epoll_event events[128];
    (void)pthread_setname_np(pthread_self(), "platen-prober");
    while (!is_stopping(p)) {
        take_asked(p);
        int wait = start_waiting(p);
        int64_t ends = p->oldest != NULL ? p->oldest->ends - clock_mono() : -1;
        if (ends >= 0 && (wait < 0 || ends < wait)) {
            wait = (int)ends;
        }
        int count = epoll_wait(p->epoll, events, 128, wait);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr != NULL) {
                finish(p, events[i].data.ptr);
            } else {
                uint64_t value = 0;
                (void)!read(p->wake, &value, sizeof(value));
            }
        }
        expire(p, clock_mono());
    }
    return NULL;
}

platen_code prober_start(prober *p, platen_error *err)
{
    int rc = pthread_create(&p->thread, NULL, run, p);
    if (rc != 0) {
        return error_sys(err, PLATEN_E_IO, rc, "no thread for the port prober");
    }
    p->started = true;
    return PLATEN_OK;
}

static void wake(prober *p)
{
    uint64_t one = 1;
    (void)!write(p->wake, &one, sizeof(one));
}

void prober_ask(prober *p, prober_question *question)
{
    question->next = NULL;
    question->port = 0;
    memset(question->answers, 0, sizeof(question->answers));
    (void)pthread_mutex_lock(&p->mutex);
    bool stopping = p->stopping || question->ports[0] == 0;
    bool first = p->asked == NULL;
    if (!stopping) {
        *(p->asked_last != NULL ? &p->asked_last->next : &p->asked) = question;
        p->asked_last = question;
    }
    (void)pthread_mutex_unlock(&p->mutex);
    if (stopping) {
        question->done(question);
    } else if (first) {
        wake(p);
    }
}

void prober_stop(prober *p)
{
    (void)pthread_mutex_lock(&p->mutex);
    p->stopping = true;
    (void)pthread_mutex_unlock(&p->mutex);
    if (p->started) {
        wake(p);
        (void)pthread_join(p->thread, NULL);
        p->started = false;
    }
    take_asked(p);
    while (p->oldest != NULL) {
        attempt *a = p->oldest;
        prober_question *q = a->question;
        attempt_end(p, a);
        q->done(q);
    }
    while (p->waiting != NULL) {
        prober_question *q = p->waiting;
        p->waiting = q->next;
        q->done(q);
    }
    p->waiting_last = NULL;
}

void prober_free(prober *p)
{
    if (p == NULL) {
        return;
    }
    prober_stop(p);
    if (p->epoll >= 0) {
        (void)close(p->epoll);
    }
    if (p->wake >= 0) {
        (void)close(p->wake);
    }
    (void)pthread_mutex_destroy(&p->mutex);
    free(p->attempts);
    free(p);
}
