/*
 * Device work on the agent: jobs come in, results go out. Everything happens on the SNMP engine's
 * thread; what blocks runs in a pool. Knows drivers, not protocols, and nothing of HTTP.
 */
#ifndef PLATEN_AGENT_DESK_H
#define PLATEN_AGENT_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/agent/prober.h"
#include "core/plug/plug.h"
#include "core/snmp/snmp.h"

typedef struct desk desk;

/* Where results go. Called on the SNMP thread; must not block. */
typedef struct desk_sink {
    /* The results of a batch: the text of a JSON array, borrowed. Batches are numbered 1, 2, ... */
    void (*results)(uint64_t batch, const char *results, size_t length, void *user);
    /* Devices that are not known in their newest revision: answer with desk_devices(). */
    void (*devices)(const int64_t *ids, size_t count, void *user);
    /* Whether no more results can be taken: nothing new is begun then. */
    bool (*full)(void *user);
    void *user;
} desk_sink;

typedef struct desk_options {
    snmpeng *engine;     /* started before desk_start(), stopped before desk_stop() */
    const plug *plugins; /* loaded with desk_drivers and desk_snmp */
    desk_sink sink;
    unsigned workers;   /* threads for blocking drivers, 0: 16 */
    unsigned in_flight; /* devices at work a job, 0: 4096 */
    unsigned work_ms;   /* limit of one work, 0: 60 s of SNMP drivers, 20 s of blocking ones */
    unsigned grace_ms;  /* a driver that is later than that loses the work, 0: 5 s */
    prober_options prober;
} desk_options;

#define DESK_JOBS                                                                                  \
    256 /* jobs at a time: one silent device holds up its job, and must hold up no other */

/* For plug_options: the agent's side of driver/1 and snmp/1. */
extern const platen_drivers desk_drivers;
extern const platen_snmp desk_snmp;

platen_code desk_new(const desk_options *options, desk **out, platen_error *err);
platen_code desk_start(desk *d, platen_error *err);

/* Begins nothing any more; any thread. Then: snmpeng_stop(), desk_stop(). */
void desk_halt(desk *d);
/* Hands over the results that are there. Targets without one are the manager's to give out again.
 * The engine's thread has ended. */
void desk_stop(desk *d);
/* Waits for blocking drivers, up to their deadline: after the results are safe. */
void desk_free(desk *d);

/* Any thread; the trees are taken. */
void desk_config(desk *d, cJSON *config);
void desk_job(desk *d, cJSON *tree);
void desk_devices(desk *d, cJSON *devices); /* the array; NULL when there was no answer */
void desk_cancel(desk *d, const char *run); /* jobs of that run; NULL: all */
void desk_acknowledged(desk *d, uint64_t batch);
void desk_session(desk *d); /* the agent said hello: reports are sent whole again */
void desk_tick(desk *d);    /* to be called about ten times a second */

unsigned desk_jobs(const desk *d); /* at work; any thread */
/* How many jobs more can be taken: none while those that are there have too many bytes of settings
 * for their devices. Any thread. */
unsigned desk_room(const desk *d);

/* Calls of driver/1 that broke its rules (a second finish(), facts after it); any thread. */
uint64_t desk_misuses(void);

/* Of drivers whose code runs in another process (plug_driver.elsewhere); SNMP thread. The ms that
 * a work has; a blocking driver has begun: they count from now; a wait by later() is over with the
 * next tick. */
int64_t desk_work_limit(const platen_work *work);
size_t desk_data_room(const platen_work *work); /* bytes that data() takes of it */
void desk_work_begun(platen_work *work);
void desk_work_hurry(platen_work *work);

/* "drivers":[{"id","version","works"}] of hello. */
void desk_write_drivers(const plug *plugins, json_writer *w, const char *key);

#endif
