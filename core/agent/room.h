/*
 * Inside the room: a job has visits, a visit goes to one address or device and has one work at a
 * time, a work is one driver doing one thing. SNMP thread unless a line says otherwise.
 */
#ifndef PLATEN_AGENT_ROOM_H
#define PLATEN_AGENT_ROOM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/agent/act.h"
#include "core/agent/desk.h"
#include "core/agent/inbox.h"
#include "core/agent/outbox.h"
#include "core/agent/pool.h"
#include "core/agent/prober.h"
#include "core/agent/ranges.h"
#include "core/agent/reach.h"
#include "core/agent/registry.h"
#include "core/agent/settings.h"
#include "core/agent/turns.h"
#include "core/base/map.h"
#include "core/model/report.h"

typedef struct job job;
typedef struct visit visit;
typedef struct platen_work work;
typedef struct liveness liveness;

#define WORK_KINDS 6        /* PLATEN_WORK_ numbers are below this */
#define WORK_QUARANTINE 256 /* finished works kept, to notice a second finish() */
#define WORK_SURE 30        /* a driver that is less sure does not get the device */

struct desk {
    desk_options options;
    inbox inbox;
    registry *registry;
    outbox *outbox;
    pool *pool;
    prober *prober;
    settings *settings; /* NULL before the first configuration */
    snmpeng_plan *sweep_plan;
    job *jobs;
    bool asking;    /* the manager has a question for devices; one at a time */
    size_t early;   /* visits under way of devices that may be silent */
    size_t knocks;  /* under way */
    size_t unasked; /* devices that are to be knocked at */
    snmpeng_plan *knock_plan;
    visit *visits; /* under way */
    size_t visit_count;
    map *wrong;        /* address -> wrong credentials shown today, where no device is known */
    int32_t wrong_day; /* of the map */
    int64_t watched;   /* clock_mono() of the last look for late drivers */
    bool pumping;
    bool in_tick;
    atomic_bool halted;
    atomic_bool ticking; /* a tick is in the inbox */
    inbox_item tick;
    atomic_uint job_count;
    work *quarantine[WORK_QUARANTINE];
    size_t quarantine_at;
    work *lost;   /* abandoned works, linked by `lost_next` */
    work **waits; /* that wait for later(), a heap by time */
    size_t wait_count, wait_room;
    size_t waiting; /* visits of such works */
    turns turns;
    atomic_size_t planned;   /* bytes of settings of devices' own, of all jobs */
    atomic_size_t data_held; /* bytes of data on their way to the outbox */
    size_t data_visits;      /* at work and not waiting, of jobs that take data */
    size_t data_usual;       /* bytes that a device brings, on the safe side */
};

/* ---- works (work.c) ---- */

typedef enum work_state { WORK_RUNNING, WORK_FINISHED, WORK_ABANDONED } work_state;

struct platen_work {
    reach reach;     /* first: see reach.h */
    inbox_item item; /* on its way back to the SNMP thread */
    pool_item pool_item;
    desk *desk;
    visit *visit; /* NULL when abandoned */
    work *lost_next;
    const plug_driver *driver;
    size_t driver_index;
    uint32_t kind;
    atomic_int state;
    bool reading; /* a read of snmp/1 is under way */
    bool known;   /* the device is one of ours: it may be shown a password */
    unsigned facts;
    uint32_t sureness;
    _Atomic int64_t deadline; /* ms UTC */
    void (*read_done)(platen_work *work, const platen_snmp_result *result, void *user);
    void *read_user;
    snmpeng_plan *set_plan;                      /* of a SET under way */
    const credential *writer;                    /* it is tried with, NULL: the device's */
    size_t writer_at;                            /* the next one to be tried */
    act *act;                                    /* of PLATEN_WORK_ACT */
    void (*then)(platen_work *work, void *user); /* after later() */
    void *then_user;
    int64_t due;    /* clock_mono() ms of it */
    report *report; /* made with the first fact */
    settings *settings;
    device_texts *texts;
    char *hostname, *sys_object_id, *sys_descr, *memo, *memo_new;
    platen_code code;
    char *text; /* of the failure */
    uint16_t port;
    uint32_t hints; /* PLATEN_TARGET_... */
    uint32_t told;  /* the same, for drivers behind this one */
    char address[NET_TEXT];
    char why[96];
};

/* Starts `kind` of driver `index`; visit_work_done() follows, never from within this call. */
platen_code work_start(visit *v, size_t index, uint32_t kind, platen_error *err);
void work_free(work *w);
/* The visit goes on without a driver that is late. */
void work_abandon(work *w);
/* Whether its driver blocks, here: one in another process does not block this one. */
bool work_needs_thread(const work *w);
/* Whether the driver may still use the work; a call on a finished one is a defect of the driver. */
bool work_usable(const work *w, const char *call);
/* The driver had finished before its read came back. */
void work_read_ended(work *w);

/* ---- waiting (wait.c) ---- */

platen_code wait_later(work *w, uint32_t ms, void (*then)(platen_work *work, void *user),
                       void *user, platen_error *err); /* driver/1; the driver's thread */
void wait_run(desk *d, int64_t now);
void wait_end_all(desk *d); /* all waits are over: the work is taken back */

/* ---- visits (visit.c, sweep.c, verdict.c) ---- */

typedef enum visit_mode {
    VISIT_POLL,   /* a device that is known: one kind of work */
    VISIT_SEARCH, /* an address: who is there? */
} visit_mode;

typedef enum visit_phase {
    PHASE_SWEEP,      /* which credential is answered */
    PHASE_PROBE_SNMP, /* which SNMP drivers know the device */
    PHASE_CHECK_TCP,  /* which TCP drivers' ports are open */
    PHASE_PROBE_TCP,
    PHASE_WORKS,    /* the drivers read */
    PHASE_LIVENESS, /* nothing answered: is the host there at all */
    PHASE_RETRY,    /* it is: has its credential changed */
    PHASE_END,
} visit_phase;

/* Which driver's rows a merged report has: index + 1, 0: nobody's yet. */
typedef struct report_owners {
    uint8_t supplies, parts, alerts;
} report_owners;

/* What a visit learned, made when there is something. */
typedef struct visit_found {
    char *sys_object_id, *sys_descr, *sys_name;
    report *report;
    report_owners owners;
    char *memos[PLUG_DRIVERS]; /* changed by the drivers */
    uint8_t sureness[PLUG_DRIVERS];
    char why[96];        /* of the driver that is most sure */
    uint32_t open_ports; /* TCP drivers whose port accepts: bits */
    platen_code code;    /* first failure, of the highest driver */
    char text[PLATEN_ERROR_TEXT];
} visit_found;

struct visit {
    visit *next, *previous; /* of desk->visits */
    inbox_item item;        /* the prober's answer */
    prober_question question;
    desk *desk;
    job *job;
    settings *settings;
    device *device; /* NULL: nobody we know */
    device_texts *texts;
    visit_found *found;
    work *work;         /* under way */
    liveness *liveness; /* the question whether the host is there, under way */
    act *act;           /* what the driver's action came to */
    uint32_t hints;     /* PLATEN_TARGET_..., of drivers that had their turn */
    const char *own;    /* settings of this device alone, the job's; NULL: it has none */
    int64_t started;    /* clock_now() of the first action */
    char *hostname;     /* the address was found by this name */
    net_address address;
    snmpeng_peer *peer;           /* of an address without device */
    snmpeng_rtt rtt;              /* the same */
    const credential *credential; /* that answered, or is tried */
    size_t candidate;             /* of the sweep: position in the order of trying */
    unsigned wrong;               /* credentials that failed in this visit */
    snmpeng_version version;
    uint32_t works;     /* PLATEN_WORK_BIT()s that are wanted */
    uint32_t drivers;   /* that serve the device: bits */
    uint32_t todo;      /* of them, still to be run */
    uint32_t succeeded; /* drivers with a success, and with a failure */
    uint32_t failed;
    uint8_t mode, phase;
    uint8_t driver_at, kind_at;
    bool answered;      /* an SNMP answer that the credential was good for */
    bool refused;       /* an SNMP answer that says the credential is wrong */
    bool retrying;      /* in PHASE_RETRY: the device's own credential is known to fail */
    bool alive;         /* the host answered something */
    bool heard;         /* the device did, if not all: it is on */
    bool found_drivers; /* drivers were probed in this visit */
    bool early;         /* counts among desk->early */
    bool host_known;    /* whether the host is there at all has been asked and answered */
    bool cancelled;
    bool named;  /* the address was given alone, or by its name */
    bool waits;  /* counts among desk->waiting */
    bool quick;  /* counts among job->quick */
    bool weighs; /* counts among desk->data_visits */
};

visit *visit_new(desk *d, job *j, visit_mode mode, uint32_t works);
/* Goes on until it has to wait. job_visit_done() is called at the end and frees it. */
void visit_step(visit *v);
void visit_free(visit *v);
/* Its device takes its time: the visit does not hold up those of quick devices any more. */
void visit_note_slow(visit *v);
/* Its device has taken long for what it was asked so far. */
bool visit_is_slow(visit *v);
void visit_work_done(visit *v, work *w);
void visit_work_lost(visit *v, const work *w); /* its driver did not finish in time */
visit_found *visit_found_get(visit *v);        /* NULL when there is no memory */
/* Asks, once a visit, whether the host is there at all; visit_host_answered() follows. While
 * drivers read: the two waits are then one. */
void visit_ask_host(visit *v);
void visit_host_answered(visit *v);
void liveness_forget(liveness *l); /* its visit ends; NULL is fine */
void visit_fail(visit *v, platen_code code, const char *text);
/* True: an answer is awaited; false: no credential is left. */
bool visit_sweep(visit *v);
bool visit_may_try(const visit *v); /* one more credential today */
/* One more wrong credential was shown; `answers`: to somebody who is there. */
void visit_note_wrong(visit *v, bool answers);
const char *visit_object_id(const visit *v);
device_protocol visit_protocol(const visit *v);
void visit_write_poll(visit *v);    /* the result of a poll */
void visit_write_act(visit *v);     /* of an action */
bool visit_write_verdict(visit *v); /* of a search; true when a printer was found */
snmpeng_peer **visit_peer(visit *v);
snmpeng_rtt *visit_rtt(visit *v);
void report_merge(report **into, report *from, report_owners *owners, size_t driver,
                  uint32_t rank); /* `from` is taken */

/* ---- jobs (job.c, order.c, search.c) ---- */

typedef enum target_state { TARGET_WAITS, TARGET_EARLY, TARGET_BEGUN } target_state;

typedef struct job_target {
    int64_t id, revision;
    char *settings; /* its own, NULL: the job's; the one before may have the same text */
    target_state state;
} job_target;

typedef struct search search; /* search.c: of jobs that look for devices */

struct job {
    job *next;
    desk *desk;
    char *id;
    char *run;
    const struct job_kind *kind;
    settings *settings;
    job_target *targets;
    size_t target_count;
    size_t at;         /* the next target to begin */
    job_target *later; /* targets whose device was busy */
    size_t later_count;
    uint32_t *early; /* positions of targets that are begun before the others */
    size_t early_count, early_at;
    size_t knock_at; /* the next target to be knocked at; target_count: none is left */
    size_t knocks;   /* under way */
    size_t planned;  /* bytes of targets' own settings */
    size_t longest;  /* the most bytes that one of them has */
    size_t asked;    /* position of the targets that the manager was asked for */
    size_t active;   /* visits */
    size_t waiting;  /* of them, those whose work waits for later() */
    size_t quick;    /* of them, polls of devices that have not shown to be slow */
    act_order order; /* of a job that acts */
    bool awaits;     /* devices of the question that is under way */
    bool ordered;
    bool cancelled;
    search *search;
};

typedef struct job_kind {
    const char *name;
    uint32_t works; /* PLATEN_WORK_BIT()s */
    bool searches;
} job_kind;

/* Takes the tree; a job that cannot be is answered at once. */
void job_begin(desk *d, cJSON *tree);
void job_free(job *j);
void job_visit_done(job *j, visit *v);
void job_cancel(job *j);
/* All of its devices are known. */
bool job_is_ready(const job *j);
bool job_has_room(const job *j);
/* Begins a target that has not begun. */
void job_begin_target(job *j, size_t position, bool early);
/* Begins what there is room for; true when the job is over (and freed). */
bool job_pump(job *j);
void job_write_done(job *j, const char *state, platen_code code, const char *text);
void desk_pump(desk *d);

/* Which targets go first (order.c): begins those and finds out which they are. */
void order_pump(desk *d);
void order_fini(job *j); /* a job that ends with targets left */

search *search_new(job *j, const cJSON *settings_tree);
void search_free(search *s);
/* Begins visits; true when all addresses are done. */
bool search_pump(job *j);
void search_tick(job *j, int64_t now);
void search_visit_done(job *j, bool found);
void search_write_done(job *j);

#endif
