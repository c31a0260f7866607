/* What a descriptor's `needs` name, for both fake hosts. */
#ifndef PLATEN_TESTKIT_NEED_H
#define PLATEN_TESTKIT_NEED_H

#include <stdint.h>

/* The interface of a need, without the role before it; NULL when it is of the other role. */
const char *need_of_role(const char *need, uint32_t role);

#endif
