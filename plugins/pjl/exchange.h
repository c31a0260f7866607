/*
 * Jobs of PJL commands over one session with a device, and what it answers. Each job begins and
 * ends with the Universal Exit Language, and ends with an ECHO of its own number: when that has
 * come back, everything before it has. A pool thread; blocks.
 */
#ifndef PLATEN_PJL_EXCHANGE_H
#define PLATEN_PJL_EXCHANGE_H

#include <stdint.h>

#include "driver.h"
#include "grammar.h"

#define UEL "\033%-12345X" /* Universal Exit Language */

#define EXCHANGE_SILENCE_MS                                                                        \
    5000u /* without an octet from the device before anything came: one-way */

typedef struct exchange {
    const pjl_driver *driver;
    platen_work *work;
    platen_tcp_session *session;
    uint32_t port;
    unsigned tries; /* of opening, when the device refuses: it may have another client still */
    bool silent;    /* the session was opened and the device said nothing at all */
    char *job;      /* the commands */
    size_t job_length, job_room;
    bool failed; /* no memory on the way */
    bool writes; /* the job has a DEFAULT */
    bool brief;  /* the device ends the session behind each job */
    bool single; /* it takes one command at a time: step.h */
    bool feeds;  /* ... and ends answers with form feeds */
    char *octets;
    size_t length, room;
    char nonce[40];
    grammar_text text; /* what came for the last job */
} exchange;

void exchange_init(exchange *e, const pjl_driver *driver, platen_work *work, uint32_t port);

/* Connects and synchronises: unsolicited status off, and everything dropped that was on its way.
 * TIMEOUT with `silent` set: nothing comes back. UNREACHABLE, UNAVAILABLE: no session, or the
 * device ended it at once; the text says that a print job may hold the port. */
platen_code exchange_open(exchange *e, platen_error *err);
bool exchange_is_open(const exchange *e);

/* Begins a job and adds commands to it, without "@PJL". */
void exchange_begin(exchange *e);
void exchange_add(exchange *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sends it; `text` has the answers afterwards, and is good until the next job. After a failure the
 * session is closed. TOO_LARGE: more than GRAMMAR_ANSWER_MAX; PROTOCOL: it is no PJL. */
platen_code exchange_run(exchange *e, platen_error *err);

/* Ends the session; exchange_open() may begin another one. */
void exchange_close(exchange *e);
void exchange_fini(exchange *e); /* wipes the commands, which may have had a password */

#endif
