/*
 * Messages to the SNMP thread, which owns everything in this room. An item is part of the thing it
 * is about, so that sending allocates nothing and cannot fail. Putting: any thread.
 */
#ifndef PLATEN_AGENT_INBOX_H
#define PLATEN_AGENT_INBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/snmp/snmp.h"

/* The struct of `type` whose member is at `pointer`. */
#define CONTAINER_OF(pointer, type, member)                                                        \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

typedef struct inbox_item {
    struct inbox_item *next;
    void (*run)(struct inbox_item *item); /* SNMP thread; may free the item */
} inbox_item;

typedef struct inbox {
    pthread_mutex_t mutex; /* guards all below but `engine` */
    inbox_item *first;
    inbox_item *last;
    bool woken; /* the engine was asked to run the inbox and has not begun */
    snmpeng *engine;
} inbox;

void inbox_init(inbox *box, snmpeng *engine);
void inbox_fini(inbox *box); /* what is left is the owner's */

/* `item` must not be in the box. */
void inbox_put(inbox *box, inbox_item *item);

/* Runs what is there, in order, and what is put meanwhile. SNMP thread, or any thread when that
 * one has ended. */
void inbox_run(inbox *box);

#endif
