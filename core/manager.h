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

#endif
