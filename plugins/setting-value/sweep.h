/* What was held for devices that are deleted now. */
#ifndef SETTING_VALUE_SWEEP_H
#define SETTING_VALUE_SWEEP_H

#include "setting_value.h"

/* Gives it free; ended() of the task kinds, so some of it every day. What fails is left to the
 * next. */
void sweep_ended(const platen_job *run, void *user);

platen_code sweep_load(platen_error *err); /* statements */

#endif
