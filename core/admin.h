/* `platend admin ...`: work on the data folder without the network. */
#ifndef PLATEN_ADMIN_H
#define PLATEN_ADMIN_H

#include "core/conf/conf.h"

/* `arguments` are those behind "admin". Returns the exit status. */
int admin_run(conf *c, char *const *arguments);

#endif
