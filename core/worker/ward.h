/* Inside the agent's half: one isolated plugin. */
#ifndef PLATEN_WORKER_WARD_H
#define PLATEN_WORKER_WARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "core/agent/inbox.h"
#include "core/base/map.h"
#include "core/worker/isolation.h"
#include "core/worker/pipe.h"

#define WARD_NAME 64
#define WARD_VERSION 64
#define WARD_REASON 400
#define WARD_TOLD 64             /* most refused calls that are logged */
#define WARD_CRASHES 16          /* most that options.crashes can be */
#define WARD_PLANS 1024          /* of one plugin, over all its starts */
#define WARD_OUT_MAX (64u << 20) /* bytes that a worker may leave unread */

typedef struct ward ward;

/* Further folders of a plugin: its own copies. */
typedef struct further_list {
    size_t count;
    char *folders[PLUG_FURTHER];
} further_list;

/* Other folders on their way into force: wanted by the follower, tried by the wards' thread. */
typedef enum further_change {
    CHANGE_NONE,
    CHANGE_WANTED,
    CHANGE_TRYING,
    CHANGE_DONE
} further_change;

/* A driver of the plugin, as the agent's loader knows it. */
typedef struct ward_driver {
    ward *ward;
    uint32_t index; /* in the order in which the worker listed them */
} ward_driver;

typedef struct ward_plan {
    uint8_t *bytes; /* as they came: the same plan of a later start is the same one */
    size_t length;
    snmpeng_plan *plan;
} ward_plan;

struct ward {
    isolation *owner;
    ward *next;
    char name[WARD_NAME];
    char version[WARD_VERSION];
    char *folder;
    char *ready; /* what the first start declared */
    platen_plugin descriptor;
    ward_driver drivers[PLUG_DRIVERS];

    /* The wards' thread, before that the main thread. */
    pid_t pid;                /* 0: none */
    bool settled;             /* it has said READY */
    bool barred;              /* it has said which bars are closed */
    uint32_t told[WARD_TOLD]; /* refused calls that were logged, of all its starts */
    unsigned told_count;
    uint8_t *in;
    size_t in_length, in_room;
    int64_t started, pinged, next_ping, looked; /* clock_mono(); pinged 0: no ping is out */
    int64_t next_start;                         /* 0: none is planned */
    unsigned pause_ms;
    int64_t deaths[WARD_CRASHES]; /* clock_mono() of the latest */
    unsigned death_count;
    int64_t second; /* of the counts below */
    unsigned frames, lines, lines_lost;

    /* Guarded by `mutex`. */
    pthread_mutex_t mutex;
    int fd; /* -1: none */
    strbuf out;
    char order[WARD_REASON];   /* why the worker is to be ended, "" it is not */
    char died[WARD_REASON];    /* how the last one ended, "" none did */
    int64_t quarantined_until; /* ms UTC, 0: it is not */
    bool running, release;
    unsigned crashes;  /* so far */
    unsigned bars;     /* that its worker is behind (bars.h) */
    unsigned refusals; /* so far: calls that its workers tried and were refused */
    uint32_t refused;  /* the last one of them */

    pthread_cond_t changed; /* `change` is CHANGE_DONE */
    further_change change;
    further_list further;      /* of the process that runs; the wards' thread's to read */
    further_list other;        /* wanted, then those of before */
    char refusal[WARD_REASON]; /* why those that were wanted are not in force, "" they are */

    atomic_size_t waiting; /* bytes of frames on their way to the SNMP thread */

    atomic_bool alive; /* takes work; set by the SNMP thread, a moment after `running` */

    /* SNMP thread. */
    char reason[WARD_REASON]; /* why it is not */
    uint32_t generation;
    uint32_t last_id;
    map *works; /* id -> handed */
    ward_plan plans[WARD_PLANS];
    size_t plan_count;
    size_t numbers[WARD_PLANS]; /* of this start: number -> place in `plans` */
    size_t number_count;
    unsigned strays; /* frames about works that are not there */
};

struct isolation {
    isolation_options options;
    const plug_place *further; /* of isolation_places(), borrowed while plugins are loaded */
    size_t further_count;
    ward *wards; /* does not change after isolation_start() */
    inbox inbox; /* to the SNMP thread */
    bool has_inbox;
    int wake; /* eventfd of the wards' thread */
    pthread_t keeper;
    bool keeping;
    atomic_bool stopping;
    atomic_bool news; /* a worker has come back: the wards' thread is to tell it */
};

/* ---- processes (spawn.c) ---- */

/* Starts a worker with one end of a pair of sockets; the other one is `fd`, non-blocking. */
platen_code spawn_worker(const char *program, unsigned memory_mib, pid_t *pid, int *fd,
                         platen_error *err);
/* Ends the process if it has not ended and says how it did, in words ("crashed: signal 11
 * (Segmentation fault)"). Waits half a second for one that is about to end. */
void spawn_reap(pid_t pid, bool kill_it, char words[WARD_REASON]);
/* Resident memory in MiB; 0 when it cannot be told. */
unsigned spawn_memory(pid_t pid);

/* ---- the wards' thread (keeper.c) ---- */

void *keeper_thread(void *user); /* the isolation */
/* Main thread, before that one starts: starts the worker and waits for its plugin. */
platen_code keeper_open(ward *w, platen_error *err);
/* Ends the worker, at the end of everything. */
void keeper_end(ward *w);

/* ---- further folders (further.c) ---- */

/* Those of the plugin among `further`, at its first start; main thread. */
platen_code further_open(ward *w, const plug_place *further, size_t count, platen_error *err);
void further_free(further_list *list);
/* Wards' thread: whether other folders are wanted; they count with the next start. */
bool further_begin(ward *w);
/* Wards' thread: the process with them is at work (`refusal` ""), or ended: then those of before
 * count again. False: no folders were tried. */
bool further_end(ward *w, const char *refusal);

/* ---- any thread (isolation.c) ---- */

ward *isolation_find(const isolation *iso, const char *plugin); /* NULL: it is not isolated */

/* Sends the frame that begins at `begin` of `out`. */
void ward_send(ward *w, strbuf *out, size_t begin);
void ward_flush(ward *w); /* what still waits */
/* The worker is to be ended, for this reason. */
void ward_order_end(ward *w, const char *reason);
void ward_wake(const isolation *iso);

/* ---- works (handed.c); SNMP thread ---- */

typedef enum delivery_kind {
    DELIVERY_FRAME,
    DELIVERY_BORN,
    DELIVERY_DIED,
    DELIVERY_CHECK, /* whether works are late */
} delivery_kind;

/* A frame, or a change of the worker's life, on its way to the SNMP thread. */
typedef struct delivery {
    inbox_item item;
    ward *ward;
    delivery_kind what;
    char reason[WARD_REASON];
    size_t length;
    uint8_t bytes[];
} delivery;

void handed_run(platen_work *work, void *user); /* the drivers' run() */
void handed_deliver(inbox_item *item);
void handed_end_all(ward *w, platen_code code, const char *reason);
void handed_fini(ward *w);

#endif
