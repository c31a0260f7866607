/*
 * A stage for tests of the agent without a manager: the real engine, the real drivers and the
 * device simulator as a child process; what would go to the link is gathered here.
 */
#ifndef PLATEN_TESTS_STAGE_H
#define PLATEN_TESTS_STAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include <cjson/cJSON.h>

#include "core/agent/desk.h"

typedef struct stage {
    pid_t sim;
    unsigned work_ms;               /* set before stage_open(): the limit of works, 0: the desk's */
    void (*before_desk_stop)(void); /* set before stage_open(); NULL: nothing */
    unsigned timeout_ms;            /* set before stage_config(): of SNMP, 0: 200 */
    unsigned raw_port;              /* set before stage_config(): named for `pjl`, 0: it is not */
    unsigned port;                  /* of the simulated devices */
    char control[64];               /* the simulator's control socket */
    conf *conf;
    plug *plugins;
    snmpeng *engine;
    desk *desk;
    pthread_t clock;
    bool stopping;
    bool hold;             /* batches are not acknowledged */
    bool full;             /* the sink takes nothing new */
    pthread_mutex_t mutex; /* guards all below and the flags */
    pthread_cond_t changed;
    cJSON *results; /* every result so far, in order */
    cJSON *devices; /* what the manager knows: answers to the desk's questions */
    unsigned questions;
    uint64_t batches;
} stage;

/* Which drivers there are: the plugins' (stage_plugins.c) or the test's own (plug_double.c). */
void stage_load(stage *s, const char *plugins);
void stage_unload(stage *s);

/* Zero the stage first. `sim` are the simulator's arguments, NULL-terminated; NULL: no simulator.
 */
void stage_open(stage *s, const char *const *sim, const char *plugins, unsigned in_flight);
void stage_close(stage *s);

/* The manager's configuration: credentials and what else belongs to the top, as JSON members;
 * ports and short SNMP times are the stage's. */
void stage_config(stage *s, const char *members);
/* A job, as JSON text with printf arguments. */
void stage_job(stage *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void stage_set_devices(stage *s, const char *json);

/* Waits for the end of the job; the result that says so. Fails the test after `seconds`. */
const cJSON *stage_wait_done(stage *s, const char *job, int seconds);

/* The n-th result with that member (of that job), NULL when there are fewer. */
const cJSON *stage_result(stage *s, const char *job, const char *member, size_t n);
size_t stage_count(stage *s, const char *job, const char *member);
const cJSON *stage_verdict(stage *s, const char *job, const char *address);
const cJSON *stage_target(stage *s, const char *job, int id);
/* How often the device is in the job's lists of unchanged ones. */
size_t stage_same(stage *s, const char *job, int id);

/* One command for the simulator's control socket. */
void stage_sim(stage *s, const char *command);

#endif
