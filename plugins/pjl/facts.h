/* What a device says of itself over PJL, for those that no other driver reads. A pool thread. */
#ifndef PLATEN_PJL_FACTS_H
#define PLATEN_PJL_FACTS_H

#include "device.h"

/* PLATEN_WORK_PROBE: sends nothing to what nobody said takes PJL. */
platen_code facts_probe(device *d, platen_error *err);
/* PLATEN_WORK_INFORMATION, _STATUS, _COUNTERS; the session is opened and one job sent. */
platen_code facts_read(device *d, uint32_t kind, platen_error *err);

#endif
