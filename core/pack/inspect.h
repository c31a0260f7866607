/*
 * Looking at a package that has arrived: whose it is, whether it fits, whether it loads. What is
 * good is unpacked into <data>/functions/staged/<id> and ready; what is not is refused with its
 * word. Nothing of the running installation changes.
 */
#ifndef PLATEN_PACK_INSPECT_H
#define PLATEN_PACK_INSPECT_H

#include <stdbool.h>

#include "core/base/error.h"

typedef struct inspect_options {
    const char *data;
    const char *platen; /* version of this Platen */
    bool allow_unsigned;
    /* The newest migration of a plugin that the database has, 0: none. NULL: there is no database.
     */
    platen_code (*migrated)(const char *name, void *user, int64_t *number, platen_error *err);
    void *user;
} inspect_options;

/* Takes seconds: signature, digests, unpacking, self-test. Any thread, one at a time for an upload
 * in the state "checking". A refused package is PLATEN_OK; errors are those of the disk. */
platen_code inspect_upload(const inspect_options *o, const char *id, platen_error *err);

#endif
