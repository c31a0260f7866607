/* A device's whole object tree: profile, what was written over it, and the alert table. */
#ifndef SIM_MIB_H
#define SIM_MIB_H

#include "value.h"

enum mib_result { MIB_FOUND, MIB_NO_OBJECT, MIB_NO_INSTANCE, MIB_END };

enum mib_result mib_get(struct view *v, const uint8_t *oid, size_t len, struct hit *hit);
/* The object after the OID; `narrow` leaves out Counter64, which SNMPv1 cannot say. `hint` is
 * hit->after of the step before, or SIZE_MAX. */
enum mib_result mib_next(struct view *v, const uint8_t *oid, size_t len, size_t hint, bool narrow,
                         struct hit *hit);

#endif
