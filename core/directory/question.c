/* The desk: who asks, on which thread, until when. One lock guards all of it for a few lines. */
#include "core/directory/question.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"

#define TIMEOUT_S 10   /* when none is set */
#define AHEAD_MS 200   /* the worker ends so much earlier, with a text that says more */
#define DOUBT_MS 30000 /* a server that failed comes last for so long */
#define STOP_MS 2000   /* a name being resolved cannot be cut short */
#define STACK (1024u * 1024u)

typedef struct doubt {
    char where[300];
    int64_t until;
} doubt;

struct directory {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an answer, a free worker, the end */
    question *asked;
    unsigned running;
    unsigned waiting;    /* for a worker */
    unsigned references; /* the owner and each worker */
    bool stopping;
    doubt doubts[DIRECTORY_SERVERS * 2];
};

directory *directory_new(void)
{
    directory *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return NULL;
    }
    (void)pthread_mutex_init(&d->lock, NULL);
    cond_init(&d->changed);
    d->references = 1;
    return d;
}

/* With the lock held, which is let go of. */
static void release(directory *d)
{
    bool last = --d->references == 0;
    (void)pthread_mutex_unlock(&d->lock);
    if (last) {
        (void)pthread_cond_destroy(&d->changed);
        (void)pthread_mutex_destroy(&d->lock);
        free(d);
    }
}

/* With the lock held. */
static void wait_until(directory *d, int64_t when)
{
    struct timespec at = {.tv_sec = when / 1000, .tv_nsec = when % 1000 * 1000000};
    (void)pthread_cond_timedwait(&d->changed, &d->lock, &at);
}

static void cut(question *q)
{
    if (q->socket >= 0) {
        (void)shutdown(q->socket, SHUT_RDWR);
        q->cut_at = INT64_MAX;
    }
}

void directory_stop(directory *d)
{
    if (d == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&d->lock);
    d->stopping = true;
    for (question *q = d->asked; q != NULL; q = q->next) {
        cut(q);
    }
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->lock);
}

void directory_free(directory *d)
{
    if (d == NULL) {
        return;
    }
    directory_stop(d);
    (void)pthread_mutex_lock(&d->lock);
    int64_t until = clock_mono() + STOP_MS;
    while (d->running > 0 && clock_mono() < until) {
        wait_until(d, until);
    }
    release(d);
}

/* ---- questions ---- */

static char *dup_secret(const char *text, bool *good)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    *good = *good && (text == NULL || copy != NULL);
    return copy;
}

static const char *dup_text(arena *a, const char *text, bool *good)
{
    const char *copy = arena_dup(a, text != NULL ? text : "");
    *good = *good && copy != NULL;
    return copy;
}

/* What a question needs of the configuration: the mapping is not among it. */
static bool copy_config(arena *a, const directory_config *from, directory_config *to)
{
    bool good = true;
    size_t count = from->server_count < DIRECTORY_SERVERS ? from->server_count : DIRECTORY_SERVERS;
    directory_server *servers = arena_alloc_array(a, count + 1, sizeof(*servers));
    if (servers == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        servers[i].address = dup_text(a, from->servers[i].address, &good);
        servers[i].port = from->servers[i].port;
    }
    *to = *from;
    to->mapping = (directory_mapping){.functions = NULL};
    to->servers = servers;
    to->server_count = count;
    to->ca = dup_text(a, from->ca, &good);
    to->base = dup_text(a, from->base, &good);
    to->domain = dup_text(a, from->domain, &good);
    to->bind_user = dup_text(a, from->bind_user, &good);
    to->service_principal = dup_text(a, from->service_principal, &good);
    to->replay_cache = dup_text(a, from->replay_cache, &good);
    to->timeout_s = from->timeout_s > 0 ? from->timeout_s : TIMEOUT_S;
    to->bind_password = dup_secret(from->bind_password, &good);
    to->keytab = dup_secret(from->keytab, &good);
    return good;
}

question *question_new(directory *d, const directory_config *c, question_work work)
{
    question *q = calloc(1, sizeof(*q));
    if (q == NULL) {
        return NULL;
    }
    q->desk = d;
    q->work = work;
    q->socket = -1;
    q->cut_at = INT64_MAX;
    q->err = (platen_error)PLATEN_ERROR_INIT;
    q->memory = arena_new();
    if (q->memory == NULL || !copy_config(q->memory, c, &q->config)) {
        question_free(q);
        return NULL;
    }
    return q;
}

void question_free(question *q)
{
    if (q == NULL) {
        return;
    }
    directory_config_wipe(&q->config);
    secret_text_free(q->password);
    arena_free(q->memory);
    free(q);
}

/* ---- asking ---- */

static void unlink_question(directory *d, const question *q)
{
    for (question **at = &d->asked; *at != NULL; at = &(*at)->next) {
        if (*at == q) {
            *at = q->next;
            return;
        }
    }
}

static void *run(void *argument)
{
    question *q = argument;
    directory *d = q->desk;
    sigset_t pipe;
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE); /* writing on a socket that was shut down is no end of all */
    (void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    (void)pthread_setname_np(pthread_self(), "platen-ldap");
    q->code = q->work(q, &q->err);
    (void)pthread_mutex_lock(&d->lock);
    bool abandoned = q->abandoned;
    q->done = true;
    unlink_question(d, q);
    d->running--;
    (void)pthread_cond_broadcast(&d->changed);
    release(d);
    if (abandoned) {
        question_free(q);
    }
    return NULL;
}

static bool start_worker(question *q, pthread_t *worker)
{
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void)pthread_attr_setstacksize(&attributes, STACK);
    bool started = pthread_create(worker, &attributes, run, q) == 0;
    (void)pthread_attr_destroy(&attributes);
    return started;
}

/* With the lock held. False: no worker became free in time, or too many wait for one. */
static bool wait_for_worker(directory *d, int64_t until)
{
    if (d->running >= DIRECTORY_WORKERS && d->waiting >= DIRECTORY_WAITING) {
        return false;
    }
    d->waiting++;
    while (d->running >= DIRECTORY_WORKERS && !d->stopping && clock_mono() < until) {
        wait_until(d, until);
    }
    d->waiting--;
    return d->running < DIRECTORY_WORKERS && !d->stopping;
}

/* With the lock held. False: there is no answer in time. */
static bool wait_for_answer(directory *d, question *q, int64_t until)
{
    while (!q->done) {
        int64_t now = clock_mono();
        if (now >= q->cut_at || now >= until) {
            cut(q);
        }
        if (now >= until || d->stopping) {
            return false;
        }
        wait_until(d, q->cut_at < until ? q->cut_at : until);
    }
    return true;
}

static platen_code stopped(platen_error *err)
{
    return error_set(err, PLATEN_E_UNAVAILABLE,
                     "the directory is no longer asked: the manager stops");
}

bool question_ask(question *q, platen_code *code, platen_error *err)
{
    directory *d = q->desk;
    pthread_t worker;
    int seconds = q->config.timeout_s;
    int64_t until = clock_mono() + (int64_t)seconds * 1000;
    bool answered = true;
    q->deadline = until - AHEAD_MS;
    (void)pthread_mutex_lock(&d->lock);
    if (!wait_for_worker(d, until)) {
        bool over = d->stopping;
        (void)pthread_mutex_unlock(&d->lock);
        *code = over ? stopped(err)
                     : error_set(err, PLATEN_E_UNAVAILABLE,
                                 "%d questions to the directory are being asked already",
                                 DIRECTORY_WORKERS);
        return true;
    }
    d->running++;
    d->references++;
    q->next = d->asked;
    d->asked = q;
    bool started = start_worker(q, &worker);
    if (started) {
        answered = wait_for_answer(d, q, until);
        q->abandoned = !answered;
    } else {
        unlink_question(d, q);
        d->running--;
        d->references--;
        q->code = error_set(&q->err, PLATEN_E_UNAVAILABLE, "no thread to ask the directory");
    }
    bool over = d->stopping;
    (void)pthread_mutex_unlock(&d->lock);
    if (started) {
        /* A worker that has answered is waited for: what libraries keep for a thread is freed at
         * its very end, which must not come after the end of the process has begun. */
        (void)(answered ? pthread_join(worker, NULL) : pthread_detach(worker));
    }
    if (answered && q->code == PLATEN_OK) {
        *code = PLATEN_OK;
    } else if (over) {
        *code = stopped(err); /* what the connection said when it was cut tells nobody why */
    } else if (answered) {
        *code = error_set(err, q->code, "%s", q->err.text);
    } else {
        *code =
            error_set(err, PLATEN_E_TIMEOUT, "the directory gave no answer within %d s", seconds);
    }
    return answered;
}

/* ---- for the worker ---- */

bool question_use(question *q, int socket, int64_t until)
{
    directory *d = q->desk;
    (void)pthread_mutex_lock(&d->lock);
    q->socket = socket;
    q->cut_at = socket >= 0 ? until : INT64_MAX;
    bool over = q->abandoned || d->stopping;
    if (over) {
        cut(q);
    }
    (void)pthread_cond_broadcast(&d->changed); /* the waiting thread looks at the new time */
    (void)pthread_mutex_unlock(&d->lock);
    return !over;
}

int64_t question_left(const question *q)
{
    int64_t left = q->deadline - clock_mono();
    return left > 0 ? left : 0;
}

void question_step(question *q, const char *step, platen_code code, const char *text)
{
    if (q->steps != NULL && q->step_count < QUESTION_STEPS) {
        directory_step *next = &q->steps[q->step_count++];
        const char *copy = arena_dup(q->memory, text);
        *next = (directory_step){step, code == PLATEN_OK, copy != NULL ? copy : ""};
    }
}

/* With the lock held: where `where` is remembered, or the place to be used for it. */
static doubt *find_doubt(directory *d, const char *where)
{
    doubt *oldest = &d->doubts[0];
    for (size_t i = 0; i < sizeof(d->doubts) / sizeof(d->doubts[0]); i++) {
        if (strcmp(d->doubts[i].where, where) == 0) {
            return &d->doubts[i];
        }
        if (d->doubts[i].until < oldest->until) {
            oldest = &d->doubts[i];
        }
    }
    return oldest;
}

static void set_doubt(question *q, const char *where, int64_t until)
{
    directory *d = q->desk;
    (void)pthread_mutex_lock(&d->lock);
    doubt *at = find_doubt(d, where);
    if (until > 0 || strcmp(at->where, where) == 0) {
        at->until = until;

        (void)snprintf(at->where, sizeof(at->where), "%s", where);
    }
    (void)pthread_mutex_unlock(&d->lock);
}

void question_server_failed(question *q, const char *where)
{
    set_doubt(q, where, clock_mono() + DOUBT_MS);
}

void question_server_good(question *q, const char *where)
{
    set_doubt(q, where, 0);
}

bool question_server_doubtful(question *q, const char *where)
{
    directory *d = q->desk;
    (void)pthread_mutex_lock(&d->lock);
    const doubt *at = find_doubt(d, where);
    bool doubtful = strcmp(at->where, where) == 0 && at->until > clock_mono();
    (void)pthread_mutex_unlock(&d->lock);
    return doubtful;
}
