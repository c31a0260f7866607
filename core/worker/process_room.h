/* Inside the worker process: its works and what its files share. */
#ifndef PLATEN_WORKER_PROCESS_ROOM_H
#define PLATEN_WORKER_PROCESS_ROOM_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/agent/inbox.h"
#include "core/agent/pool.h"
#include "core/agent/reach.h"
#include "core/base/map.h"
#include "core/conf/conf.h"
#include "core/plug/plug.h"
#include "core/worker/pipe.h"

typedef struct platen_work work;

#define PROCESS_REMEMBERED 64 /* finished works kept, to notice a second finish() */

struct platen_work {
    reach reach; /* first: see reach.h */
    uint32_t id;
    uint32_t kind;
    const plug_driver *driver;
    pool_item pool_item;
    uint8_t *frame; /* the PIPE_WORK frame: texts point into it; wiped, it has a password */
    size_t frame_length;
    platen_target target;
    const char *memo; /* as it came; memo_new when the driver set one */
    char *memo_new;
    bool acts;
    platen_act act;
    uint32_t data_room; /* bytes that data() takes */
    strbuf facts;       /* not sent yet */
    unsigned calls, changes, lines;
    atomic_bool finished;
    bool reading;
    void (*read_done)(platen_work *work, const platen_snmp_result *result, void *user);
    void *read_user;
    void (*then)(platen_work *work, void *user);
    void *then_user;
    bool turn_known; /* guarded by process.mutex, as the next two */
    platen_code turn_code;
    char turn_text[PLATEN_ERROR_TEXT];
};

typedef struct process {
    pthread_mutex_t send_mutex; /* held while a frame is written, so that frames do not mix */
    pthread_mutex_t mutex;      /* guards works, turns and the line of finished works */
    pthread_cond_t changed;     /* a turn was answered */
    map *works;                 /* id -> work */
    work *remembered[PROCESS_REMEMBERED];
    size_t remembered_at;
    conf *conf;
    plug *plugins;
    pool *pool;
    uint32_t plans; /* sent so far */
} process;

extern process the_process;

extern const platen_drivers process_drivers; /* process_driver.c */
extern const platen_snmp process_snmp;       /* process_snmp.c */
void process_free_plans(void);

/* Sends what stands in `out` from `begin`; any thread. Ends the process when the agent is gone. */
void process_send(strbuf *out, size_t begin);
/* A frame without fields. */
void process_send_short(pipe_kind kind, uint32_t id);

bool process_usable(const work *w, const char *call);
work *process_find(uint32_t id); /* NULL when there is none */
void process_forget(work *w);    /* it has finished */

/* Frames of the agent; main thread. */
void process_take_work(const pipe_frame *frame, const uint8_t *bytes);
void process_take_result(pipe_frame *frame);
void process_take_go_on(const pipe_frame *frame);
void process_take_turn(pipe_frame *frame);

#endif
