/* What the files of the flow thread share. Everything here is the flow thread's, but for what
 * flow_turn.c does on the writer while that thread waits for it. */
#ifndef PLATEN_FLOW_PRIVATE_H
#define PLATEN_FLOW_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/map.h"
#include "core/flow/flows.h"
#include "core/flow/host.h"

#define FLOW_TURN_MAX 2000 /* calls and results that one turn writes */
#define FLOW_TURN_MS 200   /* of Lua in one turn; then other runs have theirs */
#define FLOW_ADMIT 500     /* devices that begin in one turn */
#define FLOW_PROBE_MS INT64_C(15000)
#define FLOW_NEVER INT64_MAX

typedef enum item_state {
    ITEM_READY,    /* goes on with `result` */
    ITEM_ASKS,     /* its call is to be written */
    ITEM_WAITS,    /* its call stands in the journal */
    ITEM_PROBES,   /* wait_online: the device is to be asked again */
    ITEM_SETTLES,  /* wait_online: the time is over */
    ITEM_OPERATES, /* its call stands in the journal, and is to be put into the line of operations
                    */
    ITEM_OVER,     /* its result is to be written */
} item_state;

/* A call of the journal that is replayed. */
typedef struct flow_entry {
    int64_t seq, due;
    char *call, *arguments, *result; /* result: NULL while it waits */
} flow_entry;

typedef struct flow_item {
    struct flow_item *next, *previous;
    int64_t device, started;
    flow_co *co; /* NULL: the run's script cannot run */
    int64_t seq; /* of the call that it asks for or waits for */
    item_state state;
    char *result;       /* READY: to go on with */
    char *answer;       /* ASKS: what is known at once */
    int64_t job;        /* ASKS, PROBES: that does it */
    bool again;         /* OPERATES: it may have been begun before */
    int64_t due, probe; /* WAITS: when it ends; when it is asked again */
    flow_entry *journal;
    size_t journal_count, journal_at;
} flow_item;

typedef struct flow_news {
    int64_t device, seq;
    char *result;
} flow_news;

typedef struct flow_run {
    struct flow_run *next;
    struct flows *owner;
    int64_t id;
    char *settings;
    flow_host *host;  /* NULL: see `broken` */
    char broken[400]; /* why no script runs */
    char broken_code[32];
    bool preview, cancelled, halted, over;
    bool dirty; /* there may be news */
    bool more;  /* there may be devices that have not begun */
    int64_t *regions;
    size_t region_count;
    flow_item *items;
    map *by_device;
} flow_run;

typedef struct flow_operator flow_operator;

struct flows {
    store *store;
    runs *runs;
    flows_hooks hooks;
    pthread_t thread;
    bool started;
    atomic_bool stopping;
    pthread_mutex_t lock; /* guards `ready` and `waiting_runs` */
    pthread_cond_t wake;
    int64_t *ready;
    size_t ready_count, ready_room;
    bool all_ready; /* no memory for the list: look at all */
    flow_run *first;
    flow_operator *operations;
};

/* flow_run.c */
flow_item *flow_item_add(flow_run *r, int64_t device, int64_t started, const char *snapshot);
void flow_item_free(flow_run *r, flow_item *i);
void flow_run_free(flow_run *r);
void flow_item_ready(flow_item *i, const char *result);
/* Lets everything go on that can; true when it stopped before the end. `*collected` are written by
 * the turn. */
bool flow_run_resume(flow_run *r, size_t *collected);
void flow_run_timers(flow_run *r, int64_t now);
void flow_run_news(flow_run *r, const flow_news *news);
int64_t flow_run_due(const flow_run *r); /* when a timer ends; FLOW_NEVER */

/* flow_load.c: a run from the database, replayed as far as its journal goes. PLATEN_E_NOT_FOUND
 * when it is over or gone. */
platen_code flow_run_load(flows *f, int64_t id, flow_run **out, platen_error *err);

/* flow_turn.c: one transaction. `busy`: there is more to do at once. */
platen_code flow_run_turn(flow_run *r, bool *busy, platen_error *err);

/* flow_operate.c: the thread that does what scripts call of plugins; a run hands its calls over. */
platen_code flow_operator_new(flows *f, flow_operator **out, platen_error *err);
platen_code flow_operator_start(flow_operator *p, platen_error *err);
void flow_operator_stop(flow_operator *p); /* what is being done ends first; NULL is fine */
void flow_operator_free(flow_operator *p); /* NULL is fine */
platen_code flow_run_operate(flow_run *r, platen_error *err);

/* flow_read.c, on the writer. The JSON of a device's handle for a row of flow_device, and the
 * answer to a read: {"value":...} or {"code","text"}. */
void flow_device_json(store_stmt *st, strbuf *out);
platen_code flow_read_answer(store_conn *conn, const flow_run *r, const flow_ask *ask, char **out,
                             platen_error *err);
/* Whether the run may touch a device of that region. */
bool flow_may_reach(const flow_run *r, int64_t region);

/* flow_manage.c: the answer to a subtask FLOW_MANAGE, which is done on the writer. */
#define FLOW_MANAGE "device.manage"
platen_code flow_manage(store_conn *conn, const flow_run *r, flow_item *i, platen_error *err);

#endif
