/*
 * The wards' thread: starts workers, reads and flushes their wires, looks at their memory and
 * whether they still answer, and buries them. Frames about works go on to the SNMP thread; so much
 * is on its way there that a flood waits in the worker.
 */
#include "core/worker/ward.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/worker/bars.h"
#include "core/worker/process.h"
#include "core/worker/ready.h"
#include "core/worker/start.h"

#define LOG_SOURCE "worker"

#define LOAD_MS 15000 /* for load() of a plugin */
#define TICK_MS 200
#define LOOK_MS 500 /* between looks at memory and works */
#define PING_MS 1000
#define PAUSE_MAX_MS 60000
#define LIVED_WELL_MS 600000 /* the pause begins anew behind that */
#define READ_ROOM 65536u
#define WAITING_MAX (16u << 20) /* bytes on their way to the SNMP thread */
#define FRAMES_A_SECOND 200000u
#define LINES_A_SECOND 20u
#define WARDS_MAX 64

/* ---- to the SNMP thread ---- */

static void deliver(ward *w, delivery *d)
{
    atomic_fetch_add(&w->waiting, sizeof(*d) + d->length);
    d->item.run = handed_deliver;
    if (w->owner->has_inbox) {
        inbox_put(&w->owner->inbox, &d->item);
    } else { /* load() makes plans before there is an SNMP thread */
        handed_deliver(&d->item);
    }
}

static void deliver_news(ward *w, delivery_kind what, const char *reason)
{
    delivery *d = w->owner->has_inbox ? calloc(1, sizeof(*d)) : NULL;
    if (d == NULL) {
        return;
    }
    d->ward = w;
    d->what = what;
    (void)snprintf(d->reason, sizeof(d->reason), "%s", reason);
    deliver(w, d);
}

static void tell_changed(const isolation *iso)
{
    const isolation_options *o = &iso->options;
    if (o->changed != NULL && iso->has_inbox) {
        o->changed(o->user);
    }
}

static bool deliver_frame(ward *w, const uint8_t *bytes, size_t length)
{
    delivery *d = malloc(sizeof(*d) + length);
    if (d == NULL) {
        return false;
    }
    d->ward = w;
    d->what = DELIVERY_FRAME;
    d->reason[0] = '\0';
    d->length = length;
    memcpy(d->bytes, bytes, length);
    deliver(w, d);
    return true;
}

/* ---- starting ---- */

typedef struct values {
    const char *section;
    strbuf text;
    uint32_t count;
} values;

static void add_value(const char *key, const char *value, void *user)
{
    values *v = user;
    strbuf line;
    strbuf_init(&line);
    strbuf_appendf(&line, "%s.%s=%s", v->section, key, value);
    pipe_put_text(&v->text, line.data);
    v->count++;
    strbuf_fini(&line);
}

static void send_order(ward *w)
{
    const isolation_options *o = &w->owner->options;
    log_level level = LOG_LEVEL_ERROR;
    while (level < LOG_LEVEL_DEBUG && log_enabled((log_level)(level + 1))) {
        level++;
    }
    start_order order = {w->name, w->folder, o->version, (uint32_t)level, o->threads, 0, {NULL}};
    for (size_t i = 0; i < w->further.count; i++) {
        order.further[order.further_count++] = w->further.folders[i];
    }
    values v = {.section = w->name};
    strbuf out;
    strbuf_init(&v.text);
    strbuf_init(&out);
    if (o->conf != NULL) {
        conf_each_value(o->conf, w->name, add_value, &v);
    }
    size_t begin = pipe_begin(&out, PIPE_START, 0);
    start_write(&out, &order, &v.text, v.count);
    ward_send(w, &out, begin);
    strbuf_fini(&v.text);
    strbuf_fini(&out);
}

static platen_code start_worker(ward *w, platen_error *err)
{
    int fd = -1;
    PLATEN_TRY(
        spawn_worker(w->owner->options.program, w->owner->options.memory_mib, &w->pid, &fd, err));
    w->started = clock_mono();
    w->pinged = 0;
    w->looked = w->started;
    w->settled = false;
    w->barred = false;
    w->in_length = 0;
    w->next_start = 0;
    (void)pthread_mutex_lock(&w->mutex);
    w->fd = fd;
    w->order[0] = '\0';
    strbuf_clear(&w->out);
    (void)pthread_mutex_unlock(&w->mutex);
    send_order(w);
    return PLATEN_OK;
}

/* ---- frames ---- */

/* What the worker says of its plugin; false: it broke the rules, `why` says how. */
static bool take_ready(ward *w, pipe_frame *frame, char why[WARD_REASON])
{
    const char *version = pipe_text(&frame->in, WARD_VERSION - 1);
    const char *ready = pipe_text(&frame->in, READY_MAX);
    if (!pipe_done(&frame->in)) {
        (void)snprintf(why, WARD_REASON,
                       "was killed: it broke the protocol: what it declares cannot be read");
        return false;
    }
    if (w->ready != NULL && (strcmp(w->ready, ready) != 0 || strcmp(w->version, version) != 0)) {
        (void)snprintf(why, WARD_REASON,
                       "was killed: it declares other drivers than at its first start");
        return false;
    }
    if (w->ready == NULL) {
        w->ready = strdup(ready);
        (void)snprintf(w->version, sizeof(w->version), "%s", version);
    }
    w->settled = w->ready != NULL;
    (void)pthread_mutex_lock(&w->mutex);
    w->running = w->settled;
    (void)pthread_mutex_unlock(&w->mutex);
    return w->settled;
}

static void take_line(ward *w, pipe_frame *frame)
{
    uint32_t level = pipe_u32(&frame->in);
    const char *source = pipe_text(&frame->in, 200);
    const char *text = pipe_text(&frame->in, 4000);
    if (!pipe_done(&frame->in) || level > LOG_LEVEL_DEBUG) {
        return;
    }
    if (++w->lines > LINES_A_SECOND) {
        w->lines_lost++;
        return;
    }
    char named[2 * WARD_NAME];
    bool own = strcmp(source, w->name) == 0;
    (void)snprintf(named, sizeof(named), "%s%s%.60s", w->name, own ? "" : "/", own ? "" : source);
    log_write((log_level)level, named, "%s", text);
}

/* Said once, before the plugin is opened: what says it later is the plugin. */
static bool take_bars(ward *w, pipe_frame *frame)
{
    uint32_t closed = pipe_u32(&frame->in);
    if (w->barred || !pipe_done(&frame->in)) {
        return false;
    }
    w->barred = true;
    (void)pthread_mutex_lock(&w->mutex);
    w->bars = closed & BARS_ALL;
    (void)pthread_mutex_unlock(&w->mutex);
    if (w->bars != BARS_ALL && w->ready == NULL) {
        log_warning("the worker process of plugin '%s' is not confined as it should be: %s",
                    w->name,
                    (w->bars & BARS_CALLS) != 0 ? "the kernel has no Landlock, it can read files"
                    : w->bars != 0              ? "the kernel has no filter of system calls"
                                                : "the kernel has neither Landlock nor a filter");
    }
    return true;
}

/* Each call is logged and told once: a driver may try it without an end. */
static bool take_refused(ward *w, pipe_frame *frame)
{
    char name[64];
    uint32_t call = pipe_u32(&frame->in);
    bool known = w->told_count == WARD_TOLD;
    for (unsigned i = 0; i < w->told_count && !known; i++) {
        known = w->told[i] == call;
    }
    (void)pthread_mutex_lock(&w->mutex);
    w->refusals++;
    w->refused = call;
    (void)pthread_mutex_unlock(&w->mutex);
    if (!known) {
        w->told[w->told_count++] = call;
        bars_name(call, name, sizeof(name));
        log_warning("plugin '%s' tried what drivers must not, and was refused: %s", w->name, name);
        tell_changed(w->owner);
    }
    return pipe_done(&frame->in);
}

static bool take_frame(ward *w, pipe_frame *frame, const uint8_t *bytes, char why[WARD_REASON])
{
    if (++w->frames > FRAMES_A_SECOND) {
        (void)snprintf(why, WARD_REASON, "was killed: it sent more than %u messages in a second",
                       FRAMES_A_SECOND);
        return false;
    }
    switch ((int)frame->kind) {
    case PIPE_LOG:
        take_line(w, frame);
        return true;
    case PIPE_PONG:
        w->pinged = 0;
        return true;
    case PIPE_BARS:
    case PIPE_REFUSED:
        if (frame->kind == PIPE_BARS ? take_bars(w, frame) : take_refused(w, frame)) {
            return true;
        }
        (void)snprintf(why, WARD_REASON, "was killed: it broke the protocol: message %d",
                       (int)frame->kind);
        return false;
    case PIPE_READY:
        if (w->settled || !take_ready(w, frame, why)) {
            return false;
        }
        deliver_news(w, DELIVERY_BORN, ""); /* it is active when that has come */
        (void)further_end(w, "");
        return true;
    case PIPE_FAILED: {
        uint32_t code = pipe_u32(&frame->in);
        (void)snprintf(why, WARD_REASON, "cannot load its plugin: %.320s (%s)",
                       pipe_text(&frame->in, PLATEN_ERROR_TEXT), error_word((platen_code)code));
        return false;
    }
    case PIPE_PLAN:
    case PIPE_READ:
    case PIPE_SET:
    case PIPE_LATER:
    case PIPE_TAKE_TURN:
    case PIPE_GIVE_TURN:
    case PIPE_BEGUN:
    case PIPE_FACTS:
    case PIPE_FINISH:
        /* Its driver thread gets on, if not with the ping: it has many works to look at first. */
        w->pinged = w->pinged != 0 ? clock_mono() : 0;
        if (deliver_frame(w, bytes, frame->length)) {
            return true;
        }
        (void)snprintf(why, WARD_REASON, "had no room: the agent has no memory");
        return false;
    default:
        (void)snprintf(why, WARD_REASON,
                       "was killed: it broke the protocol: message %d is the agent's",
                       (int)frame->kind);
        return false;
    }
}

static bool take_frames(ward *w, char why[WARD_REASON])
{
    size_t at = 0;
    int there = 0;
    pipe_frame frame;
    while ((there = pipe_next(w->in + at, w->in_length - at, &frame)) > 0) {
        if (!take_frame(w, &frame, w->in + at, why)) {
            return false;
        }
        at += frame.length;
    }
    if (there < 0) {
        (void)snprintf(why, WARD_REASON, "was killed: it broke the protocol: no message begins so");
        return false;
    }
    memmove(w->in, w->in + at, w->in_length - at);
    w->in_length -= at;
    return true;
}

static bool make_room(ward *w)
{
    if (w->in_room - w->in_length >= READ_ROOM) {
        return true;
    }
    size_t room = w->in_room == 0 ? 2 * READ_ROOM : w->in_room * 2;
    uint8_t *more = room <= 2 * (size_t)PIPE_FRAME_MAX ? realloc(w->in, room) : NULL;
    if (more == NULL) {
        return false;
    }
    w->in = more;
    w->in_room = room;
    return true;
}

/* What there is to be read; false: the worker is over, `why` is "" when it closed its end. */
static bool read_wire(ward *w, char why[WARD_REASON])
{
    if (!make_room(w)) {
        (void)snprintf(why, WARD_REASON, "had no room: the agent has no memory");
        return false;
    }
    ssize_t got = recv(w->fd, w->in + w->in_length, READ_ROOM, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    if (got <= 0) {
        return false;
    }
    w->in_length += (size_t)got;
    return take_frames(w, why);
}

/* ---- ends ---- */

static void note_death(ward *w, const char *words)
{
    const isolation_options *o = &w->owner->options;
    int64_t now = clock_mono();
    unsigned recent = 0;
    memmove(&w->deaths[1], &w->deaths[0], sizeof(w->deaths) - sizeof(w->deaths[0]));
    w->deaths[0] = now;
    w->death_count += w->death_count < WARD_CRASHES ? 1 : 0;
    for (unsigned i = 0; i < w->death_count; i++) {
        recent += now - w->deaths[i] <= (int64_t)o->window_ms ? 1 : 0;
    }
    bool quarantine = recent >= o->crashes;
    w->pause_ms = now - w->started > LIVED_WELL_MS || w->pause_ms == 0 ? o->pause_ms
                  : w->pause_ms * 2 > PAUSE_MAX_MS                     ? PAUSE_MAX_MS
                                                                       : w->pause_ms * 2;
    w->next_start = now + (quarantine ? o->quarantine_ms : w->pause_ms);
    if (quarantine) {
        w->death_count = 0;
        w->pause_ms = 0;
    }
    (void)pthread_mutex_lock(&w->mutex);
    w->crashes++;
    w->running = false;
    w->quarantined_until = quarantine ? clock_now() + o->quarantine_ms : 0;
    (void)snprintf(w->died, sizeof(w->died), "%s", words);
    (void)pthread_mutex_unlock(&w->mutex);
    log_error("worker process of plugin '%s' %s%s", w->name, words,
              quarantine ? "; that was once too often, the plugin is quarantined" : "");
}

/* It did not come to work with other folders: again at once, with those of before. */
static void note_refusal(ward *w, const char *words)
{
    w->next_start = clock_mono();
    (void)pthread_mutex_lock(&w->mutex);
    w->running = false;
    (void)pthread_mutex_unlock(&w->mutex);
    log_error("worker process of plugin '%s' %s; it gets the folders of before", w->name, words);
}

/* The process is over or has to be; `why` "": find out. */
static void bury(ward *w, const char *why)
{
    char words[WARD_REASON] = "";
    (void)pthread_mutex_lock(&w->mutex);
    int fd = w->fd;
    w->fd = -1;
    strbuf_clear(&w->out);
    (void)pthread_mutex_unlock(&w->mutex);
    if (why[0] == '\0') {
        spawn_reap(w->pid, false, words);
    } else {
        char ended[WARD_REASON];
        spawn_reap(w->pid, true, ended);
        (void)snprintf(words, sizeof(words), "%s", why);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    w->pid = 0;
    if (further_end(w, words)) {
        note_refusal(w, words);
    } else {
        note_death(w, words);
    }
    deliver_news(w, DELIVERY_DIED, words);
    tell_changed(w->owner);
}

void keeper_end(ward *w)
{
    char words[WARD_REASON];
    (void)pthread_mutex_lock(&w->mutex);
    int fd = w->fd;
    w->fd = -1;
    (void)pthread_mutex_unlock(&w->mutex);
    if (fd >= 0) {
        (void)close(fd);
    }
    if (w->pid != 0) {
        spawn_reap(w->pid, true, words);
        w->pid = 0;
    }
}

/* ---- looking after them ---- */

static void look(ward *w, int64_t now, char why[WARD_REASON])
{
    const isolation_options *o = &w->owner->options;
    unsigned memory = spawn_memory(w->pid);
    if (memory > o->memory_mib) {
        (void)snprintf(why, WARD_REASON, "was killed: it used %u MiB of memory, %u are allowed",
                       memory, o->memory_mib);
    } else if (!w->settled && now - w->started > LOAD_MS) {
        (void)snprintf(why, WARD_REASON, "was killed: load() took more than %d seconds",
                       LOAD_MS / 1000);
    } else if (w->settled && w->pinged != 0 && now - w->pinged > (int64_t)o->hang_ms) {
        (void)snprintf(why, WARD_REASON, "was killed: it did not answer for %u ms", o->hang_ms);
    }
    deliver_news(w, DELIVERY_CHECK, "");
}

static void ping(ward *w, int64_t now)
{
    strbuf out;
    strbuf_init(&out);
    w->pinged = now;
    w->next_ping = now + PING_MS;
    ward_send(w, &out, pipe_begin(&out, PIPE_PING, 0));
    strbuf_fini(&out);
}

static void count_second(ward *w, int64_t now)
{
    if (now - w->second < 1000) {
        return;
    }
    if (w->lines_lost > 0) {
        log_warning("%u lines of plugin '%s' were left out", w->lines_lost, w->name);
    }
    w->second = now;
    w->frames = w->lines = w->lines_lost = 0;
}

static void tend_running(ward *w, int64_t now)
{
    char why[WARD_REASON] = "";
    count_second(w, now);
    (void)pthread_mutex_lock(&w->mutex);
    (void)snprintf(why, sizeof(why), "%s", w->order);
    (void)pthread_mutex_unlock(&w->mutex);
    if (why[0] == '\0' && now - w->looked >= LOOK_MS) {
        w->looked = now;
        look(w, now, why);
    }
    if (why[0] != '\0') {
        bury(w, why);
    } else if (w->settled && w->pinged == 0 && now >= w->next_ping) {
        ping(w, now);
    }
}

/* Other folders: a process that runs is ended, which is no death, and started with them. One that
 * is in quarantine or about to be started has them then. */
static void renew(ward *w)
{
    platen_error err = PLATEN_ERROR_INIT;
    if (w->pid == 0) {
        (void)further_end(w, "");
        return;
    }
    keeper_end(w);
    (void)pthread_mutex_lock(&w->mutex);
    strbuf_clear(&w->out);
    w->running = false;
    (void)pthread_mutex_unlock(&w->mutex);
    deliver_news(w, DELIVERY_DIED, "is started anew with other folders");
    if (start_worker(w, &err) != PLATEN_OK) {
        (void)further_end(w, err.text);
        w->next_start = clock_mono();
    }
    tell_changed(w->owner);
}

static void tend_dead(ward *w, int64_t now)
{
    platen_error err = PLATEN_ERROR_INIT;
    (void)pthread_mutex_lock(&w->mutex);
    bool due = now >= w->next_start || (w->release && w->quarantined_until != 0);
    bool quarantined = w->quarantined_until != 0;
    w->release = false;
    if (due) {
        w->quarantined_until = 0;
    }
    (void)pthread_mutex_unlock(&w->mutex);
    if (!due) {
        return;
    }
    if (quarantined) {
        log_notice("quarantine of plugin '%s' ends", w->name);
    }
    if (start_worker(w, &err) != PLATEN_OK) {
        log_error("worker process of plugin '%s' cannot be started: %s", w->name, err.text);
        w->next_start = now + PAUSE_MAX_MS;
    }
    tell_changed(w->owner);
}

/* ---- the loop ---- */

static size_t make_list(isolation *iso, struct pollfd *list, ward **wards)
{
    size_t count = 0;
    list[count++] = (struct pollfd){.fd = iso->wake, .events = POLLIN};
    for (ward *w = iso->wards; w != NULL && count < WARDS_MAX; w = w->next) {
        if (w->pid == 0) {
            continue;
        }
        short events = atomic_load(&w->waiting) < WAITING_MAX ? POLLIN : 0;
        (void)pthread_mutex_lock(&w->mutex);
        events = w->out.length > 0 ? (short)(events | POLLOUT) : events;
        (void)pthread_mutex_unlock(&w->mutex);
        wards[count] = w;
        list[count++] = (struct pollfd){.fd = w->fd, .events = events};
    }
    return count;
}

static void serve(ward *w, short events)
{
    char why[WARD_REASON] = "";
    if ((events & POLLOUT) != 0) {
        ward_flush(w);
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0 && !read_wire(w, why)) {
        bury(w, why);
    }
}

static void drain_wake(const isolation *iso)
{
    uint64_t count = 0;
    ssize_t got = read(iso->wake, &count, sizeof(count));
    (void)got;
}

void *keeper_thread(void *user)
{
    isolation *iso = user;
    struct pollfd list[WARDS_MAX];
    ward *wards[WARDS_MAX];
    (void)pthread_setname_np(pthread_self(), "platen-wards");
    while (!atomic_load(&iso->stopping)) {
        size_t count = make_list(iso, list, wards);
        if (poll(list, count, TICK_MS) > 0) {
            drain_wake(iso);
            for (size_t i = 1; i < count; i++) {
                serve(wards[i], list[i].revents);
            }
        }
        if (atomic_exchange(&iso->news, false)) {
            tell_changed(iso);
        }
        int64_t now = clock_mono();
        for (ward *w = iso->wards; w != NULL; w = w->next) {
            if (further_begin(w)) {
                renew(w);
            }
            if (w->pid != 0) {
                tend_running(w, now);
            } else {
                tend_dead(w, now);
            }
        }
    }
    return NULL;
}

platen_code keeper_open(ward *w, platen_error *err)
{
    char why[WARD_REASON] = "";
    PLATEN_TRY(start_worker(w, err));
    while (!w->settled) {
        int64_t left = w->started + LOAD_MS - clock_mono();
        struct pollfd wire = {.fd = w->fd, .events = POLLIN};
        int ready = poll(&wire, 1, (int)(left > 0 ? left : 0));
        if (ready == 0) {
            (void)snprintf(why, sizeof(why), "took more than %d seconds to load", LOAD_MS / 1000);
            break;
        }
        if ((ready > 0 || errno != EINTR) && !read_wire(w, why)) {
            break;
        }
    }
    if (w->settled) {
        return PLATEN_OK;
    }
    if (why[0] == '\0') {
        spawn_reap(w->pid, false, why);
        w->pid = 0;
    }
    keeper_end(w);
    return error_set(err, PLATEN_E_UNAVAILABLE, "plugin '%s' is not loaded: its worker process %s",
                     w->name, why);
}
