/*
 * Only one manager works on an SQLite database: it holds a lock on "<database>.lock" for as long
 * as it runs. The kernel lets go of it when the process dies, however that happens.
 */
#include "core/store/store_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"

#define LOG_SOURCE "store"

/* The process that holds the lock wrote its number into the file. */
static long holder_get(int descriptor)
{
    char text[32] = "";
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    return length > 0 ? strtol(text, NULL, 10) : 0;
}

platen_code store_lock_take(const char *database, int *lock, platen_error *err)
{
    char path[FILE_PATH];
    int length = snprintf(path, sizeof path, "%s.lock", database);
    if (length < 0 || (size_t)length >= sizeof path) {
        return error_set(err, PLATEN_E_INVAL, "the path of the database is longer than %d bytes",
                         FILE_PATH);
    }
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        int errnum = errno;
        const char *hint = "";
        if (errnum == ENOENT) {
            hint = " (its folder must be there first)";
        } else if (errnum == EACCES || errnum == EROFS) {
            hint = " (the folder must be writable for the user that runs platend)";
        } else if (errnum == ENOSPC) {
            hint = " (free space on that disk)";
        }
        return error_sys(err, PLATEN_E_STORE, errnum, "cannot make '%s'%s", path, hint);
    }
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        int errnum = errno;
        long holder = holder_get(descriptor);
        close(descriptor);
        if (errnum != EWOULDBLOCK) {
            return error_sys(err, PLATEN_E_STORE, errnum, "cannot lock '%s'", path);
        }
        return error_set(err, PLATEN_E_STATE,
                         "database '%s' is in use by another platend (process %ld): stop that one "
                         "first or name another data folder",
                         database, holder);
    }
    /* Only a help for the reader of the error above, so a failure does not matter. */
    char text[32];
    length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, text, (size_t)length, 0) < 0) {
        log_debug("cannot note the process in '%s'", path);
    }
    *lock = descriptor;
    return PLATEN_OK;
}

void store_lock_release(int lock)
{
    if (lock >= 0) {
        /* The file stays: removing it would let two processes lock two files of one name. */
        close(lock);
    }
}
