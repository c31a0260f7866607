/* See sender.h. */
#include "core/snmp/sender.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#define HAND_OVER 16u /* datagrams that are worth waking the thread */
#define SPARES 8u

struct sender {
    udp_handler handler;
    void *user;
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t work;        /* something to send, or the end */
    pthread_cond_t done;        /* a spare batch */
    send_batch *first, *last;   /* to be sent */
    send_batch *spare;          /* empty */
    send_batch *refused;        /* sent, with refusals */
    uint32_t away[UDP_SOCKETS]; /* batches of a socket that the thread has */
    bool stopping;
};

/* ---- sending ---- */

static bool transient(int errnum)
{
    return errnum == EAGAIN || errnum == ENOBUFS || errnum == EINTR;
}

static void note_refusal(send_batch *batch, uint32_t i, int errnum)
{
    batch->errors[i] = errnum;
    batch->refused = true;
}

static void send_all(send_batch *batch)
{
    uint32_t sent = 0;
    bool again = false;
    while (sent < batch->count) {
        int n = sendmmsg(batch->fd, batch->headers + sent, batch->count - sent, 0);
        if (n > 0) {
            sent += (uint32_t)n;
            again = false;
            continue;
        }
        int errnum = errno;
        if (!again) {
            /* Either the device queue is full or this is the error of an earlier datagram, which
             * the error queue tells of: once more. */
            again = true;
            if (transient(errnum)) {
                struct pollfd ready = {.fd = batch->fd, .events = POLLOUT};
                (void)poll(&ready, 1, 5);
            }
            continue;
        }
        if (!transient(errnum)) {
            note_refusal(batch, sent, errnum);
        }
        sent++;
        again = false;
    }
}

static void make_empty(send_batch *batch)
{
    batch->count = 0;
    if (batch->refused) {
        batch->refused = false;
        for (uint32_t i = 0; i < SENDER_BATCH; i++) {
            batch->errors[i] = 0;
        }
    }
}

send_batch *sender_batch(void)
{
    send_batch *batch = calloc(1, sizeof *batch);
    for (uint32_t i = 0; batch != NULL && i < SENDER_BATCH; i++) {
        batch->parts[i].iov_base = batch->data[i];
        batch->headers[i].msg_hdr = (struct msghdr){
            .msg_name = &batch->to[i], .msg_iov = &batch->parts[i], .msg_iovlen = 1};
    }
    return batch;
}

/* ---- the thread ---- */

static void push(send_batch **list, send_batch *batch)
{
    batch->next = *list;
    *list = batch;
}

static send_batch *pop(send_batch **list)
{
    send_batch *batch = *list;
    if (batch != NULL) {
        *list = batch->next;
        batch->next = NULL;
    }
    return batch;
}

/* Where a batch that was sent goes. The mutex is held; true: the SNMP thread is to be told. */
static bool put_back(sender *s, send_batch *batch)
{
    if (batch->refused) {
        push(&s->refused, batch);
        return true;
    }
    make_empty(batch);
    push(&s->spare, batch);
    return false;
}

static void *run(void *user)
{
    sender *s = user;
    pthread_mutex_lock(&s->mutex);
    for (;;) {
        while (s->first == NULL && !s->stopping) {
            pthread_cond_wait(&s->work, &s->mutex);
        }
        send_batch *batch = pop(&s->first);
        if (batch == NULL) {
            break;
        }
        pthread_mutex_unlock(&s->mutex);
        send_all(batch);
        pthread_mutex_lock(&s->mutex);
        s->away[batch->socket]--;
        bool tell = put_back(s, batch);
        pthread_cond_signal(&s->done);
        if (tell) {
            pthread_mutex_unlock(&s->mutex);
            s->handler.wake(s->user);
            pthread_mutex_lock(&s->mutex);
        }
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

static void hand_over(sender *s, send_batch *batch)
{
    s->away[batch->socket]++;
    if (s->first == NULL) {
        s->first = batch;
    } else {
        s->last->next = batch;
    }
    s->last = batch;
    pthread_cond_signal(&s->work);
}

/* ---- the SNMP thread's side ---- */

static void tell(sender *s, send_batch *batch)
{
    for (uint32_t i = 0; batch->refused && i < batch->count; i++) {
        if (batch->errors[i] != 0) {
            s->handler.refused(batch->data[i], batch->parts[i].iov_len, &batch->to[i],
                               batch->errors[i], s->user);
        }
    }
    make_empty(batch);
}

void sender_tell(sender *s)
{
    pthread_mutex_lock(&s->mutex);
    send_batch *batch;
    while ((batch = pop(&s->refused)) != NULL) {
        pthread_mutex_unlock(&s->mutex);
        tell(s, batch);
        pthread_mutex_lock(&s->mutex);
        push(&s->spare, batch);
    }
    pthread_mutex_unlock(&s->mutex);
}

/* False: few enough to be sent here, and none of that socket is before them. */
static bool handed_over(sender *s, send_batch *full)
{
    pthread_mutex_lock(&s->mutex);
    bool over = full->count >= HAND_OVER || s->away[full->socket] > 0;
    if (over) {
        hand_over(s, full);
    }
    pthread_mutex_unlock(&s->mutex);
    return over;
}

static send_batch *spare_batch(sender *s)
{
    send_batch *spare = NULL;
    while (spare == NULL) {
        pthread_mutex_lock(&s->mutex);
        while (s->spare == NULL && s->refused == NULL) {
            pthread_cond_wait(&s->done, &s->mutex);
        }
        spare = pop(&s->spare);
        pthread_mutex_unlock(&s->mutex);
        if (spare == NULL) {
            sender_tell(s);
        }
    }
    return spare;
}

send_batch *sender_send(sender *s, send_batch *full)
{
    int fd = full->fd;
    uint32_t socket = full->socket;
    if (!handed_over(s, full)) {
        send_all(full);
        tell(s, full);
        return full;
    }
    send_batch *spare = spare_batch(s);
    spare->fd = fd;
    spare->socket = socket;
    return spare;
}

/* ---- life ---- */

static platen_code spares_init(sender *s, platen_error *err)
{
    for (uint32_t i = 0; i < SPARES; i++) {
        send_batch *batch = sender_batch();
        if (batch == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for sending SNMP");
        }
        push(&s->spare, batch);
    }
    return PLATEN_OK;
}

platen_code sender_new(const udp_handler *handler, void *user, sender **out, platen_error *err)
{
    sender *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for sending SNMP");
    }
    s->handler = *handler;
    s->user = user;
    pthread_mutex_init(&s->mutex, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->done, NULL);
    platen_code code = spares_init(s, err);
    if (code == PLATEN_OK) {
        int failed = pthread_create(&s->thread, NULL, run, s);
        s->started = failed == 0;
        if (failed != 0) {
            code = error_sys(err, PLATEN_E_IO, failed, "cannot start the thread that sends SNMP");
        }
    }
    if (code != PLATEN_OK) {
        sender_free(s);
        return code;
    }
    (void)pthread_setname_np(s->thread, "snmp-send");
    *out = s;
    return PLATEN_OK;
}

static void free_all(send_batch *list)
{
    send_batch *batch;
    while ((batch = pop(&list)) != NULL) {
        free(batch);
    }
}

void sender_free(sender *s)
{
    if (s == NULL) {
        return;
    }
    if (s->started) {
        pthread_mutex_lock(&s->mutex);
        s->stopping = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->mutex);
        pthread_join(s->thread, NULL);
    }
    free_all(s->spare);
    free_all(s->refused);
    pthread_mutex_destroy(&s->mutex);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->done);
    free(s);
}
