/* The local agent: a child process of the manager, started again when it dies. Main thread. */
#ifndef PLATEN_CHILD_H
#define PLATEN_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include "core/base/error.h"

typedef struct child {
    char **arguments; /* owned, NULL-terminated */
    pid_t pid;        /* 0: not running */
    int64_t started;  /* clock_mono() */
    int64_t next;     /* when to start it again; 0: now */
    int64_t pause;    /* ms before the next start, doubles with each early death */
} child;

/* `own` are this process's arguments, `more` those that come behind them; both NULL-terminated. */
platen_code child_init(child *c, char *const *own, const char *const *more, platen_error *err);
void child_fini(child *c);

/* Starts the child when it is time. Milliseconds until the next look, -1 for none. */
int child_tend(child *c);
void child_reap(child *c); /* after SIGCHLD */
void child_stop(child *c); /* SIGTERM, at most ten seconds, then SIGKILL */

#endif
