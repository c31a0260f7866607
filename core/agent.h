/* The agent's role: everything put together in start order. */
#ifndef PLATEN_AGENT_H
#define PLATEN_AGENT_H

#include "core/conf/conf.h"

#define AGENT_AGAIN 64

/* Runs until `stop_fd` is readable. Main thread. 0: ended as told; 1: could not start (logged);
 * AGENT_AGAIN: its functions are others now, the process is to start anew. The
 * configuration has been read, not checked: the plugins declare their keys here. */
int agent_run(conf *c, int stop_fd);

#endif
