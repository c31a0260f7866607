/* What the configuration's section [first_start] asks for, done once: an installation without
 * hands finds its devices by itself. */
#ifndef PLATEN_FIRST_START_H
#define PLATEN_FIRST_START_H

#include "core/conf/conf.h"
#include "core/rest/services.h"

/* Does nothing when no ranges are configured or the local agent has ranges already. */
platen_code first_start(const conf *c, const services *parts, platen_error *err);

#endif
