/* A locked list and a wake-up of the engine. */
#include "core/agent/inbox.h"

void inbox_init(inbox *box, snmpeng *engine)
{
    *box = (inbox){.engine = engine};
    (void)pthread_mutex_init(&box->mutex, NULL);
}

void inbox_fini(inbox *box)
{
    (void)pthread_mutex_destroy(&box->mutex);
}

static void run(void *user)
{
    inbox_run(user);
}

void inbox_put(inbox *box, inbox_item *item)
{
    item->next = NULL;
    (void)pthread_mutex_lock(&box->mutex);
    if (box->last != NULL) {
        box->last->next = item;
    } else {
        box->first = item;
    }
    box->last = item;
    bool wake = !box->woken;
    box->woken = true;
    (void)pthread_mutex_unlock(&box->mutex);
    if (wake && snmpeng_post(box->engine, run, box, NULL) != PLATEN_OK) {
        /* No memory just now: the next item or tick asks again. */
        (void)pthread_mutex_lock(&box->mutex);
        box->woken = false;
        (void)pthread_mutex_unlock(&box->mutex);
    }
}

void inbox_run(inbox *box)
{
    for (;;) {
        (void)pthread_mutex_lock(&box->mutex);
        inbox_item *item = box->first;
        box->first = NULL;
        box->last = NULL;
        box->woken = item != NULL; /* while we run, nobody needs to wake us */
        (void)pthread_mutex_unlock(&box->mutex);
        if (item == NULL) {
            return;
        }
        while (item != NULL) {
            inbox_item *next = item->next;
            item->run(item);
            item = next;
        }
    }
}
