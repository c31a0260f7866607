/* Fills a database with a fleet as large as Platen must carry, for measurements. */
#ifndef PLATEN_BENCH_FLEET_H
#define PLATEN_BENCH_FLEET_H

#include "core/store/store.h"

#define FLEET_DEVICES 50000

platen_code fleet_fill(store *s, platen_error *err);

#endif
