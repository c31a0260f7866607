/* The control socket: one line a command, answers end with "ok" or "error". */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "world.h"

#include <stdio.h>

struct control;

/* PATH of a Unix socket, or tcp:PORT on 127.0.0.1. NULL on failure, told on stderr. */
struct control *control_start(struct world *w, const char *where);
void control_stop(struct control *c);
/* `platen-sim --ctl PATH command ...`: the process's exit status. */
int control_client(int argc, char **argv);

/* control_command.c: runs one line, writes the whole answer. */
void control_run(struct world *w, char *line, FILE *out);
/* control_info.c: a device as one line of JSON. */
void control_info(struct world *w, struct device *d, FILE *out);
void control_stats(const struct world *w, FILE *out);

#endif
