/* See process.h: start, the loop over the agent's frames, works and the log. */
#include "core/worker/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/worker/bars.h"
#include "core/worker/process_room.h"
#include "core/worker/ready.h"
#include "core/worker/start.h"

#define LOG_SOURCE "worker"

#define READ_FIRST 65536u

process the_process;

/* ---- sending ---- */

void process_send(strbuf *out, size_t begin)
{
    if (!pipe_end(out, begin)) {
        log_error("a message to the agent is too long or there is no memory");
        abort(); /* the agent ends what it waits for */
    }
    size_t done = begin;
    (void)pthread_mutex_lock(&the_process.send_mutex);
    while (done < out->length) {
        ssize_t sent = send(PROCESS_FD, out->data + done, out->length - done, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            _exit(0); /* the agent is gone: nobody waits for anything */
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    (void)pthread_mutex_unlock(&the_process.send_mutex);
}

void process_send_short(pipe_kind kind, uint32_t id)
{
    strbuf out;
    strbuf_init(&out);
    process_send(&out, pipe_begin(&out, kind, id));
    strbuf_fini(&out);
}

static void send_line(log_level level, const char *source, const char *text)
{
    strbuf out;
    strbuf_init(&out);
    size_t begin = pipe_begin(&out, PIPE_LOG, 0);
    pipe_put_u32(&out, (uint32_t)level);
    pipe_put_text(&out, source);
    pipe_put_text(&out, text);
    process_send(&out, begin);
    strbuf_fini(&out);
}

/* ---- works ---- */

bool process_usable(const work *w, const char *call)
{
    if (w == NULL) {
        return false;
    }
    if (atomic_load(&w->finished)) {
        log_error("driver calls %s() on a work that is finished driver=%s", call, w->reach.driver);
        return false;
    }
    return true;
}

work *process_find(uint32_t id)
{
    (void)pthread_mutex_lock(&the_process.mutex);
    work *w = map_get(the_process.works, &id, sizeof(id));
    (void)pthread_mutex_unlock(&the_process.mutex);
    return w;
}

static void free_contents(work *w)
{
    if (w->frame != NULL) {
        explicit_bzero(w->frame, w->frame_length);
    }
    free(w->frame);
    free(w->memo_new);
    strbuf_fini(&w->facts);
    w->frame = NULL;
    w->memo_new = NULL;
}

void process_forget(work *w)
{
    process *p = &the_process;
    free_contents(w);
    (void)pthread_mutex_lock(&p->mutex);
    (void)map_remove(p->works, &w->id, sizeof(w->id));
    work *oldest = p->remembered[p->remembered_at];
    p->remembered[p->remembered_at] = w;
    p->remembered_at = (p->remembered_at + 1) % PROCESS_REMEMBERED;
    (void)pthread_mutex_unlock(&p->mutex);
    free(oldest);
}

/* ---- bars ---- */

/* In a signal handler, on a thread of the plugin: nothing but a message of fixed length. Such a
 * thread is not within process_send(), whose calls are not refused. */
static void tell_refused(int call)
{
    uint8_t message[PIPE_HEAD + 4] = {sizeof(message), 0, 0, 0, PIPE_REFUSED};
    for (unsigned i = 0; i < 4; i++) {
        message[PIPE_HEAD + i] = (uint8_t)((uint32_t)call >> 8 * i);
    }
    (void)pthread_mutex_lock(&the_process.send_mutex);
    ssize_t sent = send(PROCESS_FD, message, sizeof(message), MSG_NOSIGNAL);
    (void)pthread_mutex_unlock(&the_process.send_mutex);
    if (sent != (ssize_t)sizeof(message)) {
        _exit(0); /* the agent is gone */
    }
}

/* All that the plugin reads of its own: its code, its share folder, those of profiles for it. */
static platen_code close_bars(const start_order *order, platen_error *err)
{
    char file[FILE_PATH];
    char share[FILE_PATH];
    char name[80];
    strbuf out;
    const char *files[2 + PLUG_FURTHER] = {file, share};
    (void)snprintf(name, sizeof(name), "%.64s.so", order->name);
    PLATEN_TRY(file_join(file, order->folder, name, err));
    PLATEN_TRY(file_join(share, order->folder, order->name, err));
    for (uint32_t i = 0; i < order->further_count; i++) {
        files[2 + i] = order->further[i];
    }
    unsigned closed = bars_close_files(files, 2 + order->further_count) ? BARS_FILES : 0;
    closed |= bars_close_calls(true, tell_refused) ? BARS_CALLS : 0;
    strbuf_init(&out);
    size_t at = pipe_begin(&out, PIPE_BARS, 0);
    pipe_put_u32(&out, closed);
    process_send(&out, at);
    strbuf_fini(&out);
    return PLATEN_OK;
}

/* ---- loading ---- */

static void take_value(const char *assignment, void *user)
{
    platen_error *err = user;
    if (err->code == PLATEN_OK) {
        (void)conf_set(the_process.conf, assignment, err);
    }
}

static const plug_offer offers[] = {
    {"tcp/1", &iface_tcp_table},
    {"fetch/0", &iface_fetch_table},
};

static platen_code load(const start_order *order, platen_error *err)
{
    plug_place further[PLUG_FURTHER];
    for (uint32_t i = 0; i < order->further_count; i++) {
        further[i] = (plug_place){order->name, order->further[i]};
    }
    const plug_options options = {
        .role = PLATEN_ROLE_AGENT,
        .version = order->version,
        .folder = order->folder,
        .enabled = order->name,
        .required = order->name,
        .conf = the_process.conf,
        .drivers = &process_drivers,
        .snmp = &process_snmp,
        .offers = offers,
        .offer_count = sizeof(offers) / sizeof(offers[0]),
        .further = further,
        .further_count = order->further_count,
    };
    return plug_load_all(&options, &the_process.plugins, err);
}

static platen_code begin(pipe_frame *frame, platen_error *err)
{
    start_order order;
    platen_error wrong = PLATEN_ERROR_INIT;
    the_process.conf = conf_new();
    the_process.works = map_new();
    if (frame->kind != PIPE_START || the_process.conf == NULL || the_process.works == NULL ||
        !start_read(&frame->in, &order, take_value, &wrong)) {
        return error_set(err, PLATEN_E_PROTOCOL, "the agent's order cannot be read");
    }
    if (wrong.code != PLATEN_OK) {
        *err = wrong;
        return (platen_code)wrong.code;
    }
    log_set_level((log_level)order.log_level);
    PLATEN_TRY(close_bars(&order, err)); /* before there are other threads */
    PLATEN_TRY(pool_new(order.threads, &the_process.pool, err));
    return load(&order, err);
}

/* The agent is told either way, and ends us when it cannot be. */
static bool start(pipe_frame *frame)
{
    platen_error err = PLATEN_ERROR_INIT;
    strbuf out;
    strbuf text;
    strbuf_init(&out);
    strbuf_init(&text);
    platen_code rc = begin(frame, &err);
    size_t at = pipe_begin(&out, rc == PLATEN_OK ? PIPE_READY : PIPE_FAILED, 0);
    if (rc == PLATEN_OK) {
        ready_write(the_process.plugins, the_process.conf, &text);
        pipe_put_text(&out, plug_get(the_process.plugins, 0)->version);
        pipe_put_text(&out, text.data);
    } else {
        pipe_put_u32(&out, (uint32_t)rc);
        pipe_put_text(&out, err.text);
    }
    process_send(&out, at);
    strbuf_fini(&out);
    strbuf_fini(&text);
    return rc == PLATEN_OK;
}

/* ---- the loop ---- */

static bool take_frame(pipe_frame *frame, const uint8_t *bytes)
{
    if (the_process.plugins == NULL) {
        return start(frame);
    }
    switch ((int)frame->kind) {
    case PIPE_WORK:
        process_take_work(frame, bytes);
        return true;
    case PIPE_RESULT:
        process_take_result(frame);
        return true;
    case PIPE_GO_ON:
        process_take_go_on(frame);
        return true;
    case PIPE_TURN:
        process_take_turn(frame);
        return true;
    case PIPE_PING:
        process_send_short(PIPE_PONG, 0);
        return true;
    default:
        return false;
    }
}

/* Takes the whole frames of the buffer; false: the end. */
static bool take_frames(uint8_t *data, size_t *length)
{
    size_t at = 0;
    for (;;) {
        pipe_frame frame;
        int there = pipe_next(data + at, *length - at, &frame);
        if (there < 0 || (there > 0 && !take_frame(&frame, data + at))) {
            return false;
        }
        if (there == 0) {
            break;
        }
        explicit_bzero(data + at, frame.length); /* there may be a password in it */
        at += frame.length;
    }
    memmove(data, data + at, *length - at);
    *length -= at;
    return true;
}

static void loop(void)
{
    size_t capacity = READ_FIRST;
    size_t length = 0;
    uint8_t *data = malloc(capacity);
    while (data != NULL) {
        if (length == capacity) {
            uint8_t *more = capacity < PIPE_FRAME_MAX ? realloc(data, capacity * 2) : NULL;
            if (more == NULL) {
                break;
            }
            data = more;
            capacity *= 2;
        }
        ssize_t got = recv(PROCESS_FD, data + length, capacity - length, 0);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            break;
        }
        length += got > 0 ? (size_t)got : 0;
        if (!take_frames(data, &length)) {
            break;
        }
    }
    free(data);
}

int process_run(void)
{
    process *p = &the_process;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)pthread_mutex_init(&p->mutex, NULL);
    (void)pthread_mutex_init(&p->send_mutex, NULL);
    cond_init(&p->changed);
    log_set_sink(send_line);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    loop();
    /* Drivers may be in the middle of something: there is nothing that they could still do. */
    _exit(0);
}
