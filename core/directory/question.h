/*
 * A question to the directory: asked on a thread of its own, so that whoever waits for the answer
 * can leave in time whatever names, connections and handshakes do. The worker tells which socket it
 * uses and how long the present server has; the waiting thread shuts the socket down when that is
 * over, which ends any read at once.
 */
#ifndef PLATEN_DIRECTORY_QUESTION_H
#define PLATEN_DIRECTORY_QUESTION_H

#include "core/base/arena.h"
#include "core/directory/directory.h"

typedef struct question question;

/* On the worker's thread. The answer goes into the question, its memory comes from `memory`. */
typedef platen_code (*question_work)(question *q, platen_error *err);

struct question {
    directory *desk;
    arena *memory; /* of the copies and of the answer */
    directory_config config;
    directory_name name;
    bool ticket;    /* the name is a ticket's, without a password */
    bool own_realm; /* of such a ticket */
    char *password; /* secret, or NULL */
    question_work work;
    int64_t deadline;         /* of the worker, clock_mono() */
    directory_person *person; /* the answer, in `memory` */
    directory_step *steps;    /* of a test, in `memory`; else NULL */
    size_t step_count;
    platen_code code;
    platen_error err;
    /* guarded by the desk's lock: */
    int socket;     /* -1: none */
    int64_t cut_at; /* when `socket` is shut down */
    bool done;
    bool abandoned; /* nobody waits any more: the worker frees */
    question *next; /* of those being asked */
};

/* A question with its own copy of the configuration; NULL: no memory. */
question *question_new(directory *d, const directory_config *c, question_work work);
void question_free(question *q); /* wipes secrets; NULL is fine */

/* Waits for a free worker and for the answer, `timeout_s` in all. True: the answer is in `code` and
 * the question is the caller's again. False: it is not to be touched any more, the worker frees
 * it; TIMEOUT. */
bool question_ask(question *q, platen_code *code, platen_error *err);

/* ---- for the worker ---- */

/* Which socket is in use and until when it may take; -1: it is about to be closed. False: the time
 * is over. */
bool question_use(question *q, int socket, int64_t until);
int64_t question_left(const question *q); /* ms until the deadline, 0 when it is over */

#define QUESTION_STEPS 64

/* A step of a test: good with PLATEN_OK, else the text says why not. Nothing in other questions. */
void question_step(question *q, const char *step, platen_code code, const char *text);

/* Servers that failed within the last half minute are asked last. */
void question_server_failed(question *q, const char *where);
void question_server_good(question *q, const char *where);
bool question_server_doubtful(question *q, const char *where);

#endif
