/* Conditions whose timed waits go by the monotonic clock: a clock that is set wakes nobody early
 * and lets nobody sleep on. */
#ifndef PLATEN_BASE_COND_H
#define PLATEN_BASE_COND_H

#include <pthread.h>

/* For pthread_cond_timedwait() with times of CLOCK_MONOTONIC; pthread_cond_destroy() ends it. */
void cond_init(pthread_cond_t *cond);

#endif
