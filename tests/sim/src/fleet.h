/* Loading of models and placing of devices. */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include "options.h"

/* False when something could not be loaded or placed, told on stderr. */
bool fleet_build(struct world *w, const struct options *o);

/* snmprec.c: NULL when the file holds no object; damaged lines are told on stderr and skipped. */
struct profile *snmprec_load(struct arena *arena, const char *path, bool quiet);

#endif
