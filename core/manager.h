/* The manager's role: database, runs, link, HTTP, and the local agent as a child. */
#ifndef PLATEN_MANAGER_H
#define PLATEN_MANAGER_H

#include "core/conf/conf.h"

/* Reads the configuration anew, from file, environment and arguments; the caller frees it. */
typedef platen_code (*manager_reread)(conf **fresh, void *user, platen_error *err);

/* Runs until `signals` (a signalfd with SIGTERM, SIGINT, SIGHUP, SIGCHLD) tells to stop.
 * `arguments` are those of this process: the local agent gets them too. SIGHUP rereads the
 * configuration. Returns the exit status. */
int manager_run(conf *c, int signals, char *const *arguments, manager_reread reread, void *user);

/* What manager_run() returns when this process is to start anew, for an installation. */
#define MANAGER_AGAIN 64

/* A new version is tried (core/trial.h): starts with what is to be installed, tells `verdict` how
 * it went, answers nothing but its health, and ends when it is told to. */
int manager_try(conf *c, int signals, char *const *arguments, int verdict);

#endif
