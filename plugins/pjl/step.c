/* See step.h. */
#include "step.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SEND_MS 30000u
#define QUIET_MS 700u   /* ends the answer of a device that sends no form feeds */
#define PAUSE_MS 10000u /* between octets of one that does */

static const char head[] = UEL "@PJL\r\n";

static bool asks(const char *line)
{
    static const char *const verbs[] = {"@PJL INFO ", "@PJL INQUIRE ", "@PJL DINQUIRE "};
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strncmp(line, verbs[i], strlen(verbs[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_echo(const char *line)
{
    return strncmp(line, "@PJL ECHO ", 10) == 0;
}

/* The commands between two UELs, as a job of their own. */
static platen_code send_part(exchange *e, const char *commands, size_t length, platen_error *err)
{
    size_t whole = sizeof(head) - 1 + length + sizeof(UEL) - 1;
    char *part = malloc(whole);
    if (part == NULL) {
        return e->driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for commands");
    }
    memcpy(part, head, sizeof(head) - 1);
    memcpy(part + sizeof(head) - 1, commands, length);
    memcpy(part + sizeof(head) - 1 + length, UEL, sizeof(UEL) - 1);
    platen_code rc = exchange_follow(e, err);
    if (rc == PLATEN_OK) {
        rc = e->driver->tcp->send(e->session, part, whole, SEND_MS, err);
    }
    explicit_bzero(part, whole);
    free(part);
    return rc;
}

/* A form feed that does not end a USTATUS. */
static bool has_ended(const exchange *e, size_t from)
{
    const char *at = e->octets + from;
    const char *end = e->octets + e->length;
    const char *feed = NULL;
    while (at < end && (feed = memchr(at, '\f', (size_t)(end - at))) != NULL) {
        while (at < feed && strchr("\r\n\t ", *at) != NULL) {
            at++;
        }
        bool ustatus = feed - at > 13 && strncasecmp(at, "@PJL USTATUS ", 13) == 0;
        if (at < feed && !ustatus) {
            return true;
        }
        at = feed + 1;
    }
    return false;
}

/* Of an answer that begins at `from`. */
static platen_code receive_answer(exchange *e, size_t from, platen_error *err)
{
    platen_error late = PLATEN_ERROR_INIT;
    while (e->length == from || !has_ended(e, from)) {
        bool begun = e->length > from;
        platen_code rc = exchange_receive(e,
                                          !begun     ? STEP_FIRST_MS
                                          : e->feeds ? PAUSE_MS
                                                     : QUIET_MS,
                                          &late);
        if (rc == PLATEN_E_TIMEOUT && (!begun || !e->feeds)) {
            return PLATEN_OK;
        }
        if (rc != PLATEN_OK) {
            return e->driver->host->fail(err, rc, "%s", late.text);
        }
    }
    e->feeds = true;
    return PLATEN_OK;
}

static bool has_head(const exchange *e, size_t from)
{
    for (size_t i = from; i + 5 < e->length; i++) {
        if (strncasecmp(e->octets + i, "@PJL ", 5) == 0 &&
            strncasecmp(e->octets + i, "@PJL USTATUS", 12) != 0) {
            return true;
        }
    }
    return false;
}

/* The answer as others would have sent it: the command before it, a form feed behind it. */
static bool complete(exchange *e, size_t from, const char *line, size_t length)
{
    bool headed = has_head(e, from);
    if (e->length == from) {
        return true;
    }
    if (!exchange_make_room(e, length + 1)) {
        return false;
    }
    if (!headed) {
        memmove(e->octets + from + length, e->octets + from, e->length - from);
        memcpy(e->octets + from, line, length);
        e->length += length;
    }
    e->octets[e->length++] = '\f';
    return true;
}

static platen_code ask(exchange *e, const char *line, size_t length, platen_error *err)
{
    PLATEN_TRY(send_part(e, line, length, err));
    size_t from = e->length;
    PLATEN_TRY(receive_answer(e, from, err));
    return complete(e, from, line, length)
               ? PLATEN_OK
               : e->driver->host->fail(err, PLATEN_E_NOMEM, "pjl: no memory for an answer");
}

platen_code step_run(exchange *e, platen_error *err)
{
    const char *end = e->job + e->job_length;
    const char *told = e->job + sizeof(head) - 1; /* what is not sent yet begins there */
    bool asked = false;
    e->length = 0;
    for (const char *line = told; line < end && *line == '@';) {
        const char *next = memchr(line, '\n', (size_t)(end - line));
        next = next != NULL ? next + 1 : end;
        bool question = asks(line);
        if ((question || is_echo(line)) && line > told) {
            PLATEN_TRY(send_part(e, told, (size_t)(line - told), err));
        }
        if (question) {
            PLATEN_TRY(ask(e, line, (size_t)(next - line), err));
        }
        asked = asked || question;
        told = question || is_echo(line) ? next : told;
        line = next;
    }
    if (told < end) {
        PLATEN_TRY(send_part(e, told, (size_t)(end - told), err));
    }
    return !asked || e->length > 0 ? PLATEN_OK
                                   : e->driver->host->fail(err, PLATEN_E_TIMEOUT,
                                                           "port %u: nothing came back", e->port);
}

bool step_is_headless(const exchange *e)
{
    size_t heads = 0;
    size_t before = 0; /* octets that are no part of the ECHO */
    bool asked = memmem(e->job, e->job_length, "INFO ", 5) != NULL ||
                 memmem(e->job, e->job_length, "INQUIRE ", 8) != NULL;
    for (size_t i = 0; i < e->text.answer_count; i++) {
        heads += strncmp(e->text.answers[i].command, "ECHO", 4) == 0 ? 0 : 1;
    }
    for (size_t i = 0; i < e->length && e->octets[i] != '@'; i++) {
        before += e->octets[i] > ' ' ? 1 : 0;
    }
    return asked && heads == 0 && before > 0;
}
