/* What SET may write: the objects, the values that they take, and what a device was told to do with
 * single ones of them. */
#ifndef SIM_WRITABLE_H
#define SIM_WRITABLE_H

#include "world.h"

/* How a device takes a SET of an object, by the command `keep`. */
enum keep_mode {
    KEEP_NOT,               /* as it should */
    KEEP_NOT_WRITABLE,      /* notWritable */
    KEEP_NO_ACCESS,         /* noAccess */
    KEEP_WRONG_VALUE,       /* wrongValue */
    KEEP_INCONSISTENT,      /* inconsistentValue, always */
    KEEP_INCONSISTENT_ONCE, /* inconsistentValue, the first time */
    KEEP_SILENTLY,          /* said to be done, and not */
    KEEP_ROUNDED, /* said to be done, but another value: one more, or cut to eight octets */
    KEEP_REBOOT,  /* done; the device starts anew, and its answer is lost */
    KEEP_MODES
};

/* KEEP_MODES for an unknown word. */
enum keep_mode keep_by_name(const char *name);

/* Objects below the prefix are taken so from now on; false when there is no room. */
bool device_keep(struct device *d, const uint8_t *oid, size_t len, enum keep_mode mode);
enum keep_mode device_kept(const struct device *d, const uint8_t *oid, size_t len);
/* It happened: not again. */
void device_keep_done(struct device *d, const uint8_t *oid, size_t len);
void device_keep_clear(struct device *d);

/* Whether the number is one that RFC 3805 knows for the object. */
bool writable_number(const uint8_t *oid, size_t len, int64_t number);

#endif
