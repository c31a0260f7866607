/* driver/1, tcp/1's turns and later() in a worker process. A work belongs to its driver's thread.
 */
#include "core/worker/process_room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/agent/act.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/worker/facts.h"

#define LOG_SOURCE "worker"

#define FACTS_SEND (256u << 10) /* so much is sent before the work ends */
#define CALLS_MAX 8192          /* as in the agent: more would not be looked at */
#define MEMO_MAX 255
#define TURN_WAIT_MS 5000
#define LATER_MS_MAX 600000

/* ---- facts ---- */

static void flush(work *w)
{
    if (w->facts.length == 0) {
        return;
    }
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_FACTS, w->id);
    strbuf_append_n(&out, w->facts.data, w->facts.length);
    process_send(&out, begin);
    strbuf_fini(&out);
    strbuf_clear(&w->facts);
}

/* The place for what counts in any case; NULL: the work is finished. */
static strbuf *place_of(work *w, const char *call)
{
    if (!process_usable(w, call)) {
        return NULL;
    }
    if (w->facts.length > FACTS_SEND) {
        flush(w);
    }
    return &w->facts;
}

/* The same for one of at most `most`; NULL, too, when it has told enough. */
static strbuf *counted(work *w, const char *call, unsigned *count, unsigned most)
{
    strbuf *place = place_of(w, call);
    return place != NULL && *count < most ? ((*count)++, place) : NULL;
}

static strbuf *facts_of(work *w, const char *call)
{
    return counted(w, call, &w->calls, CALLS_MAX);
}

static uint32_t get_kind(const platen_work *w)
{
    return process_usable(w, "kind") ? w->kind : 0;
}

static void get_target(const platen_work *w, platen_target *given)
{
    if (!process_usable(w, "target") || given == NULL || given->size < sizeof(given->size)) {
        return;
    }
    uint32_t size = given->size;
    memcpy(given, &w->target, size < sizeof(w->target) ? size : sizeof(w->target));
    given->size = size;
}

static const char *get_memo(const platen_work *w)
{
    return !process_usable(w, "memo") ? "" : w->memo_new != NULL ? w->memo_new : w->memo;
}

static void set_memo(platen_work *w, const char *memo)
{
    if (memo == NULL || strnlen(memo, MEMO_MAX + 1) > MEMO_MAX) {
        return;
    }
    strbuf *out = facts_of(w, "memo_set");
    char *copy = out != NULL ? strdup(memo) : NULL;
    if (copy != NULL) {
        free(w->memo_new);
        w->memo_new = copy;
        facts_put_memo(out, memo);
    }
}

static void set_sure(platen_work *w, uint32_t sureness, const char *why)
{
    strbuf *out = facts_of(w, "sure");
    if (out != NULL) {
        facts_put_sure(out, sureness, why);
    }
}

static void set_hint(platen_work *w, uint32_t hints)
{
    strbuf *out = facts_of(w, "hint");
    if (out != NULL) {
        facts_put_hint(out, hints);
    }
}

static void add_text(platen_work *w, uint32_t field, const char *value, size_t length)
{
    strbuf *out = value != NULL ? facts_of(w, "text") : NULL;
    if (out != NULL) {
        facts_put_text(out, field, value, length);
    }
}

static void add_integer(platen_work *w, uint32_t field, int64_t value)
{
    strbuf *out = facts_of(w, "integer");
    if (out != NULL) {
        facts_put_integer(out, field, value);
    }
}

static void add_firmware(platen_work *w, const char *component, const char *version)
{
    strbuf *out = facts_of(w, "firmware");
    if (out != NULL) {
        facts_put_firmware(out, component, version);
    }
}

/* A copy of `given` in the host's size; false: there is nothing to copy. */
#define COMPLETE(own, given)                                                                       \
    ((given) != NULL && (given)->size >= sizeof((given)->size) &&                                  \
     (memcpy(&(own), (given), (given)->size < sizeof(own) ? (given)->size : sizeof(own)), true))

static void add_counter(platen_work *w, const platen_counter *given)
{
    platen_counter c = PLATEN_COUNTER_INIT;
    strbuf *out = facts_of(w, "counter");
    if (out != NULL && COMPLETE(c, given)) {
        facts_put_counter(out, &c);
    }
}

static void add_supply(platen_work *w, const platen_supply *given)
{
    platen_supply s = PLATEN_SUPPLY_INIT;
    strbuf *out = facts_of(w, "supply");
    if (out != NULL && COMPLETE(s, given)) {
        facts_put_supply(out, &s);
    }
}

static void add_part(platen_work *w, const platen_part *given)
{
    platen_part p = PLATEN_PART_INIT;
    strbuf *out = facts_of(w, "part");
    if (out != NULL && COMPLETE(p, given)) {
        facts_put_part(out, &p);
    }
}

static void add_alert(platen_work *w, const platen_alert *given)
{
    platen_alert a = PLATEN_ALERT_INIT;
    strbuf *out = facts_of(w, "alert");
    if (out != NULL && COMPLETE(a, given)) {
        facts_put_alert(out, &a);
    }
}

static void finish(platen_work *w, platen_code code, const platen_error *err)
{
    if (!process_usable(w, "finish") || atomic_exchange(&w->finished, true)) {
        return;
    }
    char text[PLATEN_ERROR_TEXT] = "";
    bool told = code != PLATEN_OK && err != NULL && err->size > offsetof(platen_error, text);
    size_t room = told ? err->size - offsetof(platen_error, text) : 0;
    room = room < sizeof(text) ? room : sizeof(text);
    (void)snprintf(text, sizeof(text), "%.*s", (int)(room > 0 ? room - 1 : 0),
                   told ? err->text : "");
    reach_end(&w->reach);
    flush(w);
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_FINISH, w->id);
    pipe_put_u32(&out, (uint32_t)code);
    pipe_put_text(&out, text);
    process_forget(w); /* before the agent may use the number for another one */
    process_send(&out, begin);
    strbuf_fini(&out);
}

/* ---- actions ---- */

static void get_act(const platen_work *w, platen_act *given)
{
    if (!process_usable(w, "act") || !w->acts || given == NULL ||
        given->size < sizeof(given->size)) {
        return;
    }
    uint32_t size = given->size;
    memcpy(given, &w->act, size < sizeof(w->act) ? size : sizeof(w->act));
    given->size = size;
}

static void add_change(platen_work *w, const char *path, const char *from, const char *to)
{
    strbuf *out = path != NULL ? counted(w, "change", &w->changes, ACT_CHANGES) : NULL;
    if (out != NULL) {
        facts_put_change(out, path, from, to);
    }
}

static void add_line(platen_work *w, uint32_t level, const char *text)
{
    strbuf *out = text != NULL ? counted(w, "act_log", &w->lines, ACT_LINES) : NULL;
    if (out != NULL) {
        facts_put_line(out, level, text);
    }
}

static void skip(platen_work *w, const char *code, const char *text)
{
    strbuf *out = place_of(w, "skip");
    if (out != NULL) {
        facts_put_end(out, FACT_SKIP, code, text);
    }
}

static void warn(platen_work *w, const char *code, const char *text)
{
    strbuf *out = place_of(w, "warn");
    if (out != NULL) {
        facts_put_end(out, FACT_WARN, code, text);
    }
}

static platen_code take_data(platen_work *w, const char *json, size_t length, platen_error *err)
{
    if (json == NULL || !process_usable(w, "data")) {
        return error_set(err, PLATEN_E_INVAL, "data() needs a work and a text");
    }
    if (!w->acts) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' gives data of a work that reads",
                         w->reach.driver);
    }
    size_t known = length == SIZE_MAX ? strnlen(json, PLATEN_DATA_MAX + 1) : length;
    if (known > w->data_room) {
        return error_set(err, PLATEN_E_TOO_LARGE, "data of %zu bytes, %u are possible", known,
                         w->data_room);
    }
    PLATEN_TRY(json_check(json, known, err)); /* a tree of it takes many times its memory */
    strbuf *out = place_of(w, "data");
    if (out == NULL) {
        return error_set(err, PLATEN_E_INVAL, "data() needs a work and a text");
    }
    facts_put_data(out, json, known);
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for %zu bytes of data", known)
                       : PLATEN_OK;
}

static platen_code later(platen_work *w, uint32_t ms, void (*then)(platen_work *work, void *user),
                         void *user, platen_error *err)
{
    if (then == NULL || ms == 0 || ms > LATER_MS_MAX || !process_usable(w, "later")) {
        return error_set(err, PLATEN_E_INVAL, "a wait of %u ms, 1 to %d are possible", ms,
                         LATER_MS_MAX);
    }
    if (!w->acts || w->then != NULL || w->reading) {
        return error_set(err, PLATEN_E_STATE, "driver '%s' cannot wait now", w->reach.driver);
    }
    w->then = then;
    w->then_user = user;
    flush(w);
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_LATER, w->id);
    pipe_put_u32(&out, ms);
    process_send(&out, begin);
    strbuf_fini(&out);
    return PLATEN_OK;
}

const platen_drivers process_drivers = {
    .size = (uint32_t)sizeof(platen_drivers),
    .kind = get_kind,
    .target = get_target,
    .memo = get_memo,
    .memo_set = set_memo,
    .sure = set_sure,
    .text = add_text,
    .integer = add_integer,
    .firmware = add_firmware,
    .counter = add_counter,
    .supply = add_supply,
    .part = add_part,
    .alert = add_alert,
    .finish = finish,
    .act = get_act,
    .change = add_change,
    .act_log = add_line,
    .skip = skip,
    .warn = warn,
    .later = later,
    .data = take_data,
    .hint = set_hint,
};

/* ---- what tcp/1 and fetch/0 ask of a work ---- */

static bool reach_taken(const reach *r)
{
    (void)r;
    return false; /* a work that nobody waits for ends with the process */
}

static int64_t reach_deadline(const reach *r)
{
    return ((const work *)(const void *)r)->target.deadline;
}

static bool turn_known(work *w, struct timespec *until)
{
    bool known = false;
    (void)pthread_mutex_lock(&the_process.mutex);
    while (!w->turn_known &&
           pthread_cond_timedwait(&the_process.changed, &the_process.mutex, until) == 0) {
        /* another work's */
    }
    known = w->turn_known;
    (void)pthread_mutex_unlock(&the_process.mutex);
    return known;
}

static void send_port(const work *w, pipe_kind kind, uint16_t port)
{
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, kind, w->id);
    pipe_put_u32(&out, port);
    process_send(&out, begin);
    strbuf_fini(&out);
}

/* The turns are the agent's: other workers and its own drivers are at the same devices. */
static platen_code reach_take_port(reach *r, uint16_t port, platen_error *err)
{
    work *w = (work *)(void *)r;
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += TURN_WAIT_MS / 1000;
    w->turn_known = false;
    send_port(w, PIPE_TAKE_TURN, port);
    if (!turn_known(w, &until)) {
        return error_set(err, PLATEN_E_TIMEOUT, "the agent does not give the turn at port %u",
                         port);
    }
    return w->turn_code == PLATEN_OK ? PLATEN_OK : error_set(err, w->turn_code, "%s", w->turn_text);
}

static void reach_give_port(reach *r, uint16_t port)
{
    send_port((const work *)(const void *)r, PIPE_GIVE_TURN, port);
}

static const reach_calls reach_there = {process_usable, reach_taken,     reach_deadline,
                                        get_target,     reach_take_port, reach_give_port};

void process_take_turn(pipe_frame *frame)
{
    platen_code code = (platen_code)pipe_u32(&frame->in);
    const char *text = pipe_text(&frame->in, PLATEN_ERROR_TEXT);
    (void)pthread_mutex_lock(&the_process.mutex);
    work *w = map_get(the_process.works, &frame->work, sizeof(frame->work));
    if (w != NULL) {
        w->turn_known = true;
        w->turn_code = code;
        (void)snprintf(w->turn_text, sizeof(w->turn_text), "%s", text);
        (void)pthread_cond_broadcast(&the_process.changed);
    }
    (void)pthread_mutex_unlock(&the_process.mutex);
}

/* ---- works that come ---- */

static void run_in_pool(pool_item *item)
{
    work *w = CONTAINER_OF(item, work, pool_item);
    int64_t limit = w->target.deadline; /* of a blocking driver: ms from now */
    w->target.deadline = clock_now() + limit;
    process_send_short(PIPE_BEGUN, w->id);
    w->driver->driver.run(w, w->driver->driver.user);
}

static void go_on_in_pool(pool_item *item)
{
    work *w = CONTAINER_OF(item, work, pool_item);
    void (*then)(platen_work * work, void *user) = w->then;
    w->then = NULL;
    then(w, w->then_user);
}

static void drop(pool_item *item)
{
    (void)item; /* the process ends */
}

static void read_target(work *w, pipe_in *in)
{
    platen_target *t = &w->target;
    const char **const texts[] = {&t->address,   &t->hostname, &t->manufacturer,
                                  &t->model,     &t->serial,   &t->sys_object_id,
                                  &t->sys_descr, &t->user,     &t->password};
    *t = (platen_target)PLATEN_TARGET_INIT;
    t->port = pipe_u32(in);
    t->deadline = pipe_i64(in);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = pipe_text(in, PIPE_FRAME_MAX);
    }
    w->memo = pipe_text(in, PIPE_FRAME_MAX);
    t->hints = pipe_u32(in);
}

static bool read_work(work *w, pipe_in *in)
{
    uint32_t index = pipe_u32(in);
    w->driver = plug_driver_get(the_process.plugins, index);
    w->kind = pipe_u32(in);
    read_target(w, in);
    w->acts = pipe_u8(in) != 0;
    if (w->acts) {
        w->act = (platen_act)PLATEN_ACT_INIT;
        w->act.flags = pipe_u32(in);
        w->act.action = pipe_text(in, PIPE_FRAME_MAX);
        w->act.settings = pipe_text(in, PIPE_FRAME_MAX);
        w->act.first = pipe_i64(in);
        w->data_room = pipe_u32(in);
    }
    return pipe_done(in) && w->driver != NULL;
}

/* The work with a copy of its frame; NULL: no memory, or nothing that can be one. */
static work *make_work(const pipe_frame *frame, const uint8_t *bytes)
{
    work *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    strbuf_init(&w->facts);
    atomic_init(&w->finished, false);
    w->id = frame->work;
    w->frame_length = frame->length;
    w->frame = malloc(frame->length);
    if (w->frame != NULL) {
        memcpy(w->frame, bytes, frame->length);
        pipe_in in = {w->frame + PIPE_HEAD, w->frame + frame->length, false};
        if (read_work(w, &in)) {
            const platen_driver *d = &w->driver->driver;
            w->reach = (reach){
                .calls = &reach_there,
                .driver = d->id,
                .blocking = (d->flags & PLATEN_DRIVER_BLOCKING) != 0,
                .port = d->transport == PLATEN_TRANSPORT_TCP ? (uint16_t)w->target.port : 0};
            return w;
        }
    }
    free(w->frame);
    strbuf_fini(&w->facts);
    free(w);
    return NULL;
}

void process_take_work(const pipe_frame *frame, const uint8_t *bytes)
{
    work *w = make_work(frame, bytes);
    (void)pthread_mutex_lock(&the_process.mutex);
    bool kept = w != NULL && map_set(the_process.works, &w->id, sizeof(w->id), w, NULL);
    (void)pthread_mutex_unlock(&the_process.mutex);
    if (!kept) {
        log_error("a work cannot be taken over");
        abort(); /* the agent ends what it waits for */
    }
    if (w->reach.blocking) {
        w->pool_item.run = run_in_pool;
        w->pool_item.drop = drop;
        pool_put(the_process.pool, &w->pool_item);
    } else {
        w->driver->driver.run(w, w->driver->driver.user);
    }
}

void process_take_go_on(const pipe_frame *frame)
{
    work *w = process_find(frame->work);
    if (w == NULL || w->then == NULL) {
        return;
    }
    w->pool_item.run = go_on_in_pool;
    w->pool_item.drop = drop;
    if (w->reach.blocking) {
        pool_put(the_process.pool, &w->pool_item);
    } else {
        go_on_in_pool(&w->pool_item);
    }
}
