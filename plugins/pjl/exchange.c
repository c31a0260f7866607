/* See exchange.h. tcp/1 bounds each wait; what comes is bounded in octets and, as a whole, in time.
 */
#include "exchange.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "step.h"

#define CONNECT_MS 10000u /* waiting for the turn and connecting */
#define SEND_MS 30000u
#define PAUSE_MS 10000u /* between octets of an answer */
#define WHOLE_MS 120000 /* of all of it */
#define LOOK_MS 1u      /* whether the device has ended the session */
#define END_MS 1000u    /* for a form feed that may not come */
#define CHUNK 16384u
#define OPEN_TRIES 3u
#define OPEN_PAUSE_MS 700

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void exchange_init(exchange *e, const pjl_driver *driver, platen_work *work, uint32_t port)
{
    *e = (exchange){.driver = driver, .work = work, .port = port, .tries = OPEN_TRIES};
}

bool exchange_is_open(const exchange *e)
{
    return e->session != NULL;
}

void exchange_close(exchange *e)
{
    e->driver->tcp->close(e->session);
    e->session = NULL;
}

void exchange_fini(exchange *e)
{
    exchange_close(e);
    grammar_fini(&e->text);
    if (e->job != NULL) {
        explicit_bzero(e->job, e->job_room);
    }
    free(e->job);
    free(e->octets);
    e->job = e->octets = NULL;
}

/* ---- the job ---- */

static void append(exchange *e, const char *text, size_t length)
{
    if (e->job_length + length > e->job_room) {
        size_t room = (e->job_room + length) * 2;
        char *bigger = malloc(room);
        if (bigger == NULL) {
            e->failed = true;
            return;
        }
        if (e->job != NULL) { /* not realloc(): no copy of a password is left behind */
            memcpy(bigger, e->job, e->job_length);
            explicit_bzero(e->job, e->job_room);
            free(e->job);
        }
        e->job = bigger;
        e->job_room = room;
    }
    memcpy(e->job + e->job_length, text, length);
    e->job_length += length;
}

/* Nobody else's ECHO has it; it need not be hard to guess. */
static void make_nonce(exchange *e)
{
    static atomic_uint count;
    unsigned number = atomic_fetch_add(&count, 1);
    (void)snprintf(e->nonce, sizeof(e->nonce), "platen-%08llx%04x",
                   (unsigned long long)now_ms() & 0xffffffffu, number & 0xffffu);
}

void exchange_begin(exchange *e)
{
    static const char head[] = UEL "@PJL\r\n";
    e->job_length = 0;
    e->failed = false;
    e->writes = false;
    make_nonce(e);
    append(e, head, sizeof(head) - 1);
}

void exchange_add(exchange *e, const char *format, ...)
{
    char line[512] = "@PJL ";
    va_list args;
    e->writes = e->writes || strncmp(format, "DEFAULT", 7) == 0;
    va_start(args, format);
    int length = vsnprintf(line + 5, sizeof(line) - 7, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof(line) - 7) {
        e->failed = true;
        return;
    }
    line[length + 5] = '\r';
    line[length + 6] = '\n';
    append(e, line, (size_t)length + 7);
    explicit_bzero(line, sizeof(line));
}

/* ---- what comes back ---- */

/* Where the text is within the octets from `from` on, in any case; NULL: nowhere. */
static const char *find(const exchange *e, size_t from, const char *text)
{
    size_t length = strlen(text);
    for (size_t i = from; i + length <= e->length; i++) {
        if ((e->octets[i] | 0x20) == (text[0] | 0x20) &&
            strncasecmp(e->octets + i, text, length) == 0) {
            return e->octets + i;
        }
    }
    return NULL;
}

typedef enum echo_state { ECHO_MISSING, ECHO_BEGUN, ECHO_LINE, ECHO_DONE } echo_state;

/* How much of the job's ECHO has come; `from` moves on to where to look next time. */
static echo_state look_for_echo(const exchange *e, size_t *from)
{
    const char *at = find(e, *from, e->nonce);
    if (at == NULL) {
        size_t keep = strlen(e->nonce);
        *from = e->length > keep ? e->length - keep : 0;
        return ECHO_MISSING;
    }
    *from = (size_t)(at - e->octets);
    size_t behind = *from + strlen(e->nonce);
    const char *rest = e->octets + behind;
    if (memchr(rest, '\f', e->length - behind) != NULL) {
        return ECHO_DONE;
    }
    return memchr(rest, '\n', e->length - behind) != NULL ? ECHO_LINE : ECHO_BEGUN;
}

bool exchange_make_room(exchange *e, size_t more)
{
    if (e->length + more + 1 <= e->room) {
        return true;
    }
    size_t room = e->room == 0 ? (size_t)4 * CHUNK : (e->room + more) * 2;
    char *bigger = realloc(e->octets, room);
    if (bigger == NULL) {
        return false;
    }
    e->octets = bigger;
    e->room = room;
    return true;
}

platen_code exchange_receive(exchange *e, uint32_t patience, platen_error *err)
{
    const platen_host *host = e->driver->host;
    size_t got = 0;
    if (e->length >= GRAMMAR_ANSWER_MAX) {
        return host->fail(err, PLATEN_E_TOO_LARGE,
                          "port %u: the answer has no end after %zu octets, at most %zu are read",
                          e->port, e->length, GRAMMAR_ANSWER_MAX);
    }
    if (!exchange_make_room(e, CHUNK)) {
        return host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for an answer");
    }
    PLATEN_TRY(
        e->driver->tcp->receive(e->session, e->octets + e->length, CHUNK, patience, &got, err));
    e->length += got;
    return got > 0 ? PLATEN_OK
                   : host->fail(err, PLATEN_E_UNREACHABLE,
                                "port %u: the device ended the session after %zu octets", e->port,
                                e->length);
}

static platen_code receive_answer(exchange *e, uint32_t first, platen_error *err)
{
    int64_t until = now_ms() + WHOLE_MS;
    size_t from = 0;
    e->length = 0;
    for (;;) {
        echo_state state = look_for_echo(e, &from);
        if (state == ECHO_DONE) {
            return PLATEN_OK;
        }
        uint32_t patience = state == ECHO_LINE ? END_MS : e->length == 0 ? first : PAUSE_MS;
        platen_code rc = exchange_receive(e, patience, err);
        if (rc == PLATEN_E_TIMEOUT && state == ECHO_LINE) {
            return PLATEN_OK; /* some devices send no form feed behind it */
        }
        if (rc != PLATEN_OK) {
            return rc;
        }
        if (now_ms() > until) {
            return e->driver->host->fail(err, PLATEN_E_TIMEOUT,
                                         "port %u: the answer has not ended after %d s", e->port,
                                         WHOLE_MS / 1000);
        }
    }
}

static platen_code take_apart(exchange *e, platen_error *err)
{
    grammar_fini(&e->text);
    if (!grammar_read(&e->text, e->octets, e->length)) {
        return e->driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for an answer");
    }
    /* No device sends UEL: something sends back all that it gets. */
    if (memmem(e->octets, e->length, UEL, sizeof(UEL) - 1) != NULL) {
        return e->driver->host->fail(err, PLATEN_E_PROTOCOL,
                                     "port %u sends back what it gets: that is no PJL", e->port);
    }
    return PLATEN_OK;
}

static void finish_job(exchange *e)
{
    exchange_add(e, "ECHO %s", e->nonce);
    append(e, UEL, sizeof(UEL) - 1);
}

static platen_code run(exchange *e, uint32_t first, platen_error *err)
{
    if (e->failed || e->session == NULL) {
        return e->driver->host->fail(err, e->failed ? PLATEN_E_NOMEM : PLATEN_E_STATE,
                                     "pjl: the commands cannot be sent");
    }
    e->length = 0;
    PLATEN_TRY(e->driver->tcp->send(e->session, e->job, e->job_length, SEND_MS, err));
    PLATEN_TRY(receive_answer(e, first, err));
    return take_apart(e, err);
}

static platen_code connect_to(exchange *e, platen_error *err)
{
    platen_tcp_options options = PLATEN_TCP_OPTIONS_INIT;
    platen_error why = PLATEN_ERROR_INIT;
    options.port = e->port;
    options.timeout_ms = CONNECT_MS;
    platen_code rc = e->driver->tcp->open(e->work, &options, &e->session, &why);
    if (rc == PLATEN_OK || rc == PLATEN_E_CANCELLED) {
        return rc == PLATEN_OK ? rc : e->driver->host->fail(err, rc, "%s", why.text);
    }
    e->session = NULL;
    return e->driver->host->fail(err, rc, "port %u: %.200s; a print job may hold the port", e->port,
                                 why.text);
}

/* Some devices end the session behind each job. What they send by themselves meanwhile is dropped:
 * nobody waits for it. */
static bool has_ended(exchange *e)
{
    char dropped[512];
    size_t got = 0;
    platen_error none = PLATEN_ERROR_INIT;
    platen_code rc =
        e->driver->tcp->receive(e->session, dropped, sizeof(dropped), LOOK_MS, &got, &none);
    return (rc == PLATEN_OK && got == 0) || rc == PLATEN_E_UNREACHABLE;
}

static platen_code connect_anew(exchange *e, platen_error *err)
{
    exchange_close(e);
    return connect_to(e, err);
}

platen_code exchange_follow(exchange *e, platen_error *err)
{
    e->brief = e->session != NULL && (e->brief || has_ended(e));
    return e->brief ? connect_anew(e, err) : PLATEN_OK;
}

/* Its end may come late, when the job is on its way: what only asks is sent once more then. */
static platen_code run_in_session(exchange *e, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(exchange_follow(e, err));
    platen_code rc = run(e, PAUSE_MS, &why);
    if (rc == PLATEN_E_UNREACHABLE && e->length == 0 && !e->writes && !e->brief) {
        e->brief = true;
        PLATEN_TRY(connect_anew(e, err));
        return run(e, PAUSE_MS, err);
    }
    return rc == PLATEN_OK ? rc : e->driver->host->fail(err, rc, "%s", why.text);
}

static platen_code run_singly(exchange *e, platen_error *err)
{
    if (e->failed || e->session == NULL) {
        return e->driver->host->fail(err, e->failed ? PLATEN_E_NOMEM : PLATEN_E_STATE,
                                     "pjl: the commands cannot be sent");
    }
    PLATEN_TRY(step_run(e, err));
    return take_apart(e, err);
}

/* The job at once. A device that answers some of it, or without saying what, is asked one by one
 * from then on. */
static platen_code run_whole(exchange *e, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    size_t commands = e->job_length;
    finish_job(e);
    platen_code rc = run_in_session(e, &why);
    e->single = !e->writes && ((rc == PLATEN_E_TIMEOUT && e->length > 0) ||
                               (rc == PLATEN_OK && step_is_headless(e)));
    if (e->single) {
        e->job_length = commands;
        return run_singly(e, err);
    }
    return rc == PLATEN_OK ? rc : e->driver->host->fail(err, rc, "%s", why.text);
}

platen_code exchange_run(exchange *e, platen_error *err)
{
    platen_code rc = e->single ? run_singly(e, err) : run_whole(e, err);
    if (rc == PLATEN_E_TIMEOUT && e->length == 0) {
        rc =
            e->driver->host->fail(err, rc, "port %u: the device does not answer any more", e->port);
    }
    if (rc != PLATEN_OK) {
        exchange_close(e);
    }
    return rc;
}

/* ---- the session ---- */

/* ECHO is the best way to find the place in what comes. Who does not know it may know INFO ID. */
static platen_code synchronise(exchange *e, platen_error *err)
{
    if (!e->single) {
        exchange_begin(e);
        exchange_add(e, "USTATUSOFF");
        finish_job(e);
        platen_error why = PLATEN_ERROR_INIT;
        platen_code rc = run(e, EXCHANGE_SILENCE_MS, &why);
        if (rc != PLATEN_E_TIMEOUT || e->length > 0) {
            return rc == PLATEN_OK ? rc : e->driver->host->fail(err, rc, "%s", why.text);
        }
    }
    exchange_begin(e);
    exchange_add(e, "USTATUSOFF");
    exchange_add(e, "INFO ID");
    platen_code rc = run_singly(e, err);
    e->single = e->single || rc == PLATEN_OK;
    return rc;
}

static platen_code open_once(exchange *e, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    e->silent = false;
    e->length = 0;
    PLATEN_TRY(connect_to(e, err));
    platen_code rc = synchronise(e, &why);
    if (rc == PLATEN_OK) {
        return rc;
    }
    exchange_close(e);
    if (rc == PLATEN_E_TIMEOUT && e->length == 0) {
        e->silent = true;
        return e->driver->host->fail(
            err, rc,
            "port %u: no readback: the port takes what is sent and nothing came back in %u s",
            e->port, (EXCHANGE_SILENCE_MS + STEP_FIRST_MS) / 1000);
    }
    if (rc == PLATEN_E_UNREACHABLE) {
        return e->driver->host->fail(err, rc, "%.220s; a print job may hold the port", why.text);
    }
    if (rc == PLATEN_E_TIMEOUT || rc == PLATEN_E_TOO_LARGE) {
        return e->driver->host->fail(
            err, PLATEN_E_PROTOCOL,
            "port %u: %zu octets came and none of them was an answer to ECHO", e->port, e->length);
    }
    return e->driver->host->fail(err, rc, "%s", why.text);
}

/* The client before us may be on its way out, and devices serve one at a time. */
platen_code exchange_open(exchange *e, platen_error *err)
{
    struct timespec pause = {0, OPEN_PAUSE_MS * 1000000L};
    platen_code rc = open_once(e, err);
    for (unsigned try = 1; rc == PLATEN_E_UNREACHABLE && try < e->tries; try++) {
        (void)nanosleep(&pause, NULL);
        rc = open_once(e, err);
    }
    return rc;
}
