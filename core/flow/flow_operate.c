/*
 * Operations of plugins that scripts call. They run on a thread of their own, one after the other,
 * as they may take a while. The call is in the journal before it is done; its answer is put there
 * as that of a subtask, and the turn of the run takes it from there. When the manager ends in
 * between, the hook is told that it may have been done: what only reads is done again, what writes
 * is not.
 */
#include "core/flow/flow_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow_sql.h"

#include "core/base/clock.h"

#define LOG_SOURCE "flow"
#include "core/base/log.h"

/* A call with all that it needs: its run may be forgotten and loaded anew meanwhile. */
typedef struct order_key {
    int64_t run, device, seq;
} order_key;

typedef struct order {
    struct order *next;
    order_key key;
    flow_operation call;
    char *id, *arguments;
    int64_t *regions;
} order;

struct flow_operator {
    flows *owner;
    pthread_t thread;
    bool started;
    int64_t untold;       /* the thread's: since when answers wait to be told; 0: none do */
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t wake;
    bool stopping;
    order *first, **last; /* the first is being done */
    map *known;           /* key -> order, of those in the line */
};

static void order_free(order *o)
{
    if (o != NULL) {
        free(o->id);
        free(o->arguments);
        free(o->regions);
        free(o);
    }
}

/* ---- the thread ---- */

typedef struct keep {
    const order *order;
    const char *answer;
} keep;

static platen_code keep_answer(store_conn *conn, void *user, platen_error *err)
{
    const keep *k = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_call_answer, &st, err));
    store_bind_text(st, "result", k->answer);
    store_bind_i64(st, "run", k->order->key.run);
    store_bind_i64(st, "device", k->order->key.device);
    store_bind_i64(st, "seq", k->order->key.seq);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static char *operate(const flow_operator *p, const order *o)
{
    const flows_hooks *hooks = &p->owner->hooks;
    return hooks->operate != NULL
               ? hooks->operate(&o->call, hooks->user)
               : strdup("{\"code\":\"unsupported\",\"text\":\"there are no operations\"}");
}

/* False: the answer is not in the journal yet. */
static bool write_answer(const flow_operator *p, const order *o, const char *answer)
{
    platen_error err = PLATEN_ERROR_INIT;
    keep k = {o, answer};
    if (store_write(p->owner->store, keep_answer, &k, &err) == PLATEN_OK) {
        return true;
    }
    log_error("run %lld: the answer of an operation cannot be written: %s", (long long)o->key.run,
              err.text);
    return false;
}

/* Waits up to a second; true when it is to stop. */
static bool pause_for(flow_operator *p)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    (void)pthread_mutex_lock(&p->lock);
    int waited = 0;
    while (!p->stopping && waited == 0) {
        waited = pthread_cond_timedwait(&p->wake, &p->lock, &until);
    }
    bool stops = p->stopping;
    (void)pthread_mutex_unlock(&p->lock);
    return stops;
}

/* What was done is not done again, so the answer is kept until it is written. */
static void do_order(flow_operator *p, const order *o)
{
    char *answer = operate(p, o);
    const char *text = answer != NULL ? answer : "{\"code\":\"nomem\",\"text\":\"no memory\"}";
    while (!write_answer(p, o, text) && !pause_for(p)) {
        /* the database comes back */
    }
    free(answer);
}

static order *next_order(flow_operator *p)
{
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stopping && p->first == NULL) {
        (void)pthread_cond_wait(&p->wake, &p->lock);
    }
    order *o = p->stopping ? NULL : p->first;
    (void)pthread_mutex_unlock(&p->lock);
    return o;
}

/* The flow thread hears of answers together, so that what devices do next becomes one job: when
 * the next call is another run's, and after the time of a turn. */
static void tell(flow_operator *p, const order *o, bool more)
{
    int64_t now = clock_mono();
    p->untold = p->untold != 0 ? p->untold : now;
    if (!more || now - p->untold >= FLOW_TURN_MS) {
        flows_ready(p->owner, o->key.run);
        p->untold = 0;
    }
}

static void end_order(flow_operator *p)
{
    (void)pthread_mutex_lock(&p->lock);
    order *o = p->first;
    p->first = o->next;
    p->last = p->first == NULL ? &p->first : p->last;
    (void)map_remove(p->known, &o->key, sizeof(o->key));
    bool more = p->first != NULL && p->first->key.run == o->key.run;
    (void)pthread_mutex_unlock(&p->lock);
    tell(p, o, more);
    order_free(o);
}

static void *run_thread(void *user)
{
    flow_operator *p = user;
    order *o = NULL;
    (void)pthread_setname_np(pthread_self(), "flow-operate");
    while ((o = next_order(p)) != NULL) {
        do_order(p, o);
        end_order(p);
    }
    return NULL;
}

/* ---- begin and end ---- */

platen_code flow_operator_new(flows *f, flow_operator **out, platen_error *err)
{
    pthread_condattr_t monotonic;
    flow_operator *p = calloc(1, sizeof(*p));
    map *known = p != NULL ? map_new() : NULL;
    if (known == NULL) {
        free(p);
        return error_set(err, PLATEN_E_NOMEM, "no memory for operations of scripts");
    }
    p->owner = f;
    p->known = known;
    p->last = &p->first;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p->wake, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    *out = p;
    return PLATEN_OK;
}

platen_code flow_operator_start(flow_operator *p, platen_error *err)
{
    int failed = pthread_create(&p->thread, NULL, run_thread, p);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start the thread of operations");
    }
    p->started = true;
    return PLATEN_OK;
}

void flow_operator_stop(flow_operator *p)
{
    if (p == NULL || !p->started) {
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    p->stopping = true;
    (void)pthread_cond_broadcast(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    (void)pthread_join(p->thread, NULL);
    p->started = false;
}

void flow_operator_free(flow_operator *p)
{
    if (p == NULL) {
        return;
    }
    flow_operator_stop(p);
    for (order *o = p->first, *next = NULL; o != NULL; o = next) {
        next = o->next;
        order_free(o); /* it stands in the journal */
    }
    map_free(p->known, NULL);
    (void)pthread_cond_destroy(&p->wake);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

/* ---- from the flow thread ---- */

static order *make(const flow_run *r, const flow_item *i)
{
    const flow_ask *ask = flow_co_ask(i->co);
    order *o = calloc(1, sizeof(*o));
    if (o == NULL) {
        return NULL;
    }
    o->key = (order_key){r->id, i->device, i->seq};
    o->id = strdup(ask->kind);
    o->arguments = strdup(ask->settings);
    o->regions = calloc(r->region_count + 1, sizeof(*o->regions));
    if (o->id == NULL || o->arguments == NULL || o->regions == NULL) {
        order_free(o);
        return NULL;
    }
    if (r->region_count > 0) {
        memcpy(o->regions, r->regions, r->region_count * sizeof(*o->regions));
    }
    o->call = (flow_operation){.run = r->id,
                               .id = o->id,
                               .arguments = o->arguments,
                               .again = i->again,
                               .preview = r->preview,
                               .regions = r->region_count > 0 ? o->regions : NULL,
                               .region_count = r->region_count};
    return o;
}

/* Of a run that was forgotten and loaded anew the call is perhaps in the line still. Takes it;
 * false: no memory. */
static bool put_in_line(flow_operator *p, order *o)
{
    (void)pthread_mutex_lock(&p->lock);
    bool there = map_get(p->known, &o->key, sizeof(o->key)) != NULL;
    bool put = !there && map_set(p->known, &o->key, sizeof(o->key), o, NULL);
    if (put) {
        *p->last = o;
        p->last = &o->next;
        (void)pthread_cond_broadcast(&p->wake);
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (!put) {
        order_free(o);
    }
    return put || there;
}

platen_code flow_run_operate(flow_run *r, platen_error *err)
{
    for (flow_item *i = r->items; i != NULL; i = i->next) {
        if (i->state != ITEM_OPERATES) {
            continue;
        }
        order *o = make(r, i);
        if (o == NULL || !put_in_line(r->owner->operations, o)) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for an operation");
        }
        i->state = ITEM_WAITS;
        i->due = FLOW_NEVER;
        i->probe = FLOW_NEVER;
    }
    return PLATEN_OK;
}
