/* The actions of the driver; docs/setting-values.md says what they bring. A pool thread; blocks. */
#ifndef PLATEN_PJL_ACT_H
#define PLATEN_PJL_ACT_H

#include "device.h"

/* settings.check: can its settings be read and written? */
platen_code act_check(device *d, platen_error *err);
/* settings.read: all variables of the wanted categories. */
platen_code act_read(device *d, const cJSON *settings, platen_error *err);
/* settings.write: writes what differs and reads back, or with "write" false or in a preview only
 * compares. Every setting of "pjl/" has one result in what is handed over. */
platen_code act_write(device *d, const cJSON *settings, bool preview, platen_error *err);

#endif
