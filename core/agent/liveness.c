/*
 * Whether a host is there at all: asked over TCP, beside a driver that waits for a device that is
 * late. A question that outlives its visit is answered to nobody.
 */
#include "core/agent/room.h"

#include <stdlib.h>
#include <string.h>

/* A web server or a print server is more likely there than not; 9100 is left alone, because some
 * printers take any connection to it for a job. */
static const uint16_t ports[] = {80, 443, 631};
#define PORTS (sizeof(ports) / sizeof(ports[0]))

#define CONNECT_LEAST_MS 300

struct liveness {
    prober_question question;
    inbox_item item; /* the answer on its way */
    desk *desk;
    visit *visit; /* NULL: it has ended */
};

static bool shows_life(const prober_question *q)
{
    for (size_t i = 0; i < PORTS; i++) {
        if (q->answers[i] == PROBER_OPEN || q->answers[i] == PROBER_REFUSED) {
            return true;
        }
    }
    return false;
}

static void come_back(inbox_item *item)
{
    liveness *l = CONTAINER_OF(item, liveness, item);
    visit *v = l->visit;
    if (v != NULL) {
        v->liveness = NULL;
        v->host_known = true;
        v->alive = v->alive || shows_life(&l->question);
    }
    free(l);
    if (v != NULL) {
        visit_host_answered(v);
    }
}

static void answered(prober_question *question)
{
    liveness *l = CONTAINER_OF(question, liveness, question);
    l->item.run = come_back;
    inbox_put(&l->desk->inbox, &l->item);
}

/* All ports together take no longer than the tries that are left when a device is late. */
static unsigned connect_ms(const settings *s)
{
    unsigned left = s->tries > 1 ? (s->tries - 1) * s->timeout_ms : s->timeout_ms;
    unsigned each = left / PORTS;
    return left == 0 ? 0 : each < CONNECT_LEAST_MS ? CONNECT_LEAST_MS : each;
}

void visit_ask_host(visit *v)
{
    if (v->host_known || v->liveness != NULL) {
        return;
    }
    liveness *l = calloc(1, sizeof(*l));
    if (l == NULL) {
        v->host_known = true; /* nothing is known of it, and no more will be */
        return;
    }
    l->desk = v->desk;
    l->visit = v;
    l->question.address = v->address;
    l->question.any = true;
    l->question.timeout_ms = connect_ms(v->settings);
    l->question.done = answered;
    memcpy(l->question.ports, ports, sizeof(ports));
    v->liveness = l;
    prober_ask(v->desk->prober, &l->question);
}

void liveness_forget(liveness *l)
{
    if (l != NULL) {
        l->visit = NULL;
    }
}
