/*
 * TCP connects by the thousand: is a port open, is a host alive. One thread with epoll; connects
 * are paced and bounded. Asking: any thread.
 */
#ifndef PLATEN_AGENT_PROBER_H
#define PLATEN_AGENT_PROBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/net.h"

#define PROBER_PORTS 4

typedef struct prober prober;

typedef enum prober_answer {
    PROBER_SILENT,      /* nothing in time */
    PROBER_OPEN,        /* accepted */
    PROBER_REFUSED,     /* the host answered that nobody listens */
    PROBER_UNREACHABLE, /* the network said that there is no such host, or no way to it */
} prober_answer;

/* A question; it is the caller's and must live until done() begins. */
typedef struct prober_question {
    struct prober_question *next; /* the prober's */
    size_t port;                  /* the prober's: index of the port that is next */
    net_address address;
    uint16_t ports[PROBER_PORTS]; /* tried one after the other; 0 ends the list */
    unsigned timeout_ms;          /* of one connect, 0: the prober's */
    bool any; /* the first sign of life (open or refused) is enough, the rest is not tried */
    prober_answer answers[PROBER_PORTS];
    void (*done)(struct prober_question *question); /* the prober's thread; may free it */
} prober_question;

typedef struct prober_options {
    unsigned timeout_ms; /* of one connect, 0: 1500 */
    unsigned in_flight;  /* 0: 1024 */
    unsigned per_second; /* connects started a second, 0: 2000 */
} prober_options;

platen_code prober_new(const prober_options *options, prober **out, platen_error *err);
platen_code prober_start(prober *p, platen_error *err);
/* Answers every question that is left with PROBER_SILENT; joins. */
void prober_stop(prober *p);
void prober_free(prober *p); /* stops first */

/* Connects started a second from now on; 0: as many as there is room for. Any thread. */
void prober_set_pace(prober *p, unsigned per_second);

void prober_ask(prober *p, prober_question *question);

#endif
