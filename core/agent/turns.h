/*
 * Whose turn it is at a device's port: such ports serve one client at a time, and a second one
 * would spoil the first one's work. Any thread.
 */
#ifndef PLATEN_AGENT_TURNS_H
#define PLATEN_AGENT_TURNS_H

#include <pthread.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/net.h"

typedef struct turn turn;

typedef struct turns {
    pthread_mutex_t mutex; /* guards `first` */
    turn *first;           /* as many as works are under way: few */
} turns;

void turns_init(turns *t);
void turns_fini(turns *t);

/* PLATEN_E_UNAVAILABLE when another owner has it; the same owner may take it several times. */
platen_code turns_take(turns *t, const net_address *address, uint16_t port, const void *owner,
                       platen_error *err);
void turns_give(turns *t, const net_address *address, uint16_t port, const void *owner);
void turns_give_all(turns *t, const void *owner);

#endif
