/* Time left for a work: ms UTC, as platen_target.deadline is. */
#ifndef PLATEN_IPP_DEADLINE_H
#define PLATEN_IPP_DEADLINE_H

#include <stdint.h>

int64_t deadline_now(void);

/* ms until `deadline`, never negative, never over an hour. */
long deadline_left(int64_t deadline);

#endif
