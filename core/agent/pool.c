/* A list under a mutex and threads that wait for it. Threads start with the first item that finds
 * none idle, so that an agent without blocking work has none. */
#include "core/agent/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#define STACK (512u * 1024u)

struct pool {
    pthread_mutex_t mutex; /* guards all below but `limit` */
    pthread_cond_t ready;
    pool_item *first;
    pool_item *last;
    pthread_t *threads;
    unsigned started;
    unsigned idle;
    bool stopping;
    unsigned limit;
};

platen_code pool_new(unsigned threads, pool **out, platen_error *err)
{
    unsigned limit = threads == 0 ? 1 : threads;
    pool *p = calloc(1, sizeof(*p));
    pthread_t *list = calloc(limit, sizeof(*list));
    if (p == NULL || list == NULL) {
        free(p);
        free(list);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a pool of %u threads", limit);
    }
    p->threads = list;
    p->limit = limit;
    (void)pthread_mutex_init(&p->mutex, NULL);
    (void)pthread_cond_init(&p->ready, NULL);
    *out = p;
    return PLATEN_OK;
}

static void *work(void *user)
{
    pool *p = user;
    (void)pthread_setname_np(pthread_self(), "platen-worker");
    (void)pthread_mutex_lock(&p->mutex);
    for (;;) {
        while (p->first == NULL && !p->stopping) {
            p->idle++;
            (void)pthread_cond_wait(&p->ready, &p->mutex);
            p->idle--;
        }
        pool_item *item = p->first;
        if (item == NULL || p->stopping) {
            break;
        }
        p->first = item->next;
        if (p->first == NULL) {
            p->last = NULL;
        }
        (void)pthread_mutex_unlock(&p->mutex);
        item->run(item);
        (void)pthread_mutex_lock(&p->mutex);
    }
    (void)pthread_mutex_unlock(&p->mutex);
    return NULL;
}

static void start_thread_locked(pool *p)
{
    pthread_attr_t attributes;
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&p->threads[p->started], &attributes, work, p) == 0) {
        p->started++;
    }
    (void)pthread_attr_destroy(&attributes);
}

void pool_put(pool *p, pool_item *item)
{
    item->next = NULL;
    (void)pthread_mutex_lock(&p->mutex);
    if (!p->stopping) {
        if (p->last != NULL) {
            p->last->next = item;
        } else {
            p->first = item;
        }
        p->last = item;
        if (p->idle == 0 && p->started < p->limit) {
            start_thread_locked(p);
        }
    }
    bool stopping = p->stopping || p->started == 0; /* no thread could be made: nobody would */
    if (p->started == 0 && !p->stopping) {
        p->first = NULL;
        p->last = NULL;
    }
    (void)pthread_cond_signal(&p->ready);
    (void)pthread_mutex_unlock(&p->mutex);
    if (stopping) {
        item->drop(item);
    }
}

void pool_stop(pool *p)
{
    (void)pthread_mutex_lock(&p->mutex);
    p->stopping = true;
    pool_item *item = p->first;
    p->first = NULL;
    p->last = NULL;
    unsigned started = p->started;
    (void)pthread_cond_broadcast(&p->ready);
    (void)pthread_mutex_unlock(&p->mutex);
    while (item != NULL) {
        pool_item *next = item->next;
        item->drop(item);
        item = next;
    }
    for (unsigned i = 0; i < started; i++) {
        (void)pthread_join(p->threads[i], NULL);
    }
    (void)pthread_mutex_lock(&p->mutex);
    p->started = 0;
    (void)pthread_mutex_unlock(&p->mutex);
}

void pool_free(pool *p)
{
    if (p == NULL) {
        return;
    }
    pool_stop(p);
    (void)pthread_cond_destroy(&p->ready);
    (void)pthread_mutex_destroy(&p->mutex);
    free(p->threads);
    free(p);
}
