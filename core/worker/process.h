/*
 * A worker process: one plugin of somebody else's, loaded with tables that speak over the wire
 * (pipe.h). Ordinary drivers and all callbacks of theirs run on the main thread, blocking drivers
 * on a pool. The process has nothing else: no database, no manager, no other plugin.
 */
#ifndef PLATEN_WORKER_PROCESS_H
#define PLATEN_WORKER_PROCESS_H

#define PROCESS_VERB "worker" /* platend's argument for it */
#define PROCESS_FD 3          /* the socket to the agent, inherited */

/* Runs until the agent closes the socket; the exit status. */
int process_run(void);

#endif
