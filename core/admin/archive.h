/* A zip file with parts of known names: what a backup is packed in. libzip does the packing. */
#ifndef PLATEN_ADMIN_ARCHIVE_H
#define PLATEN_ADMIN_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef struct archive archive; /* one that is being read */

/* A file, or `length` bytes when `path` is NULL; borrowed until archive_write() has returned. */
typedef struct archive_part {
    const char *name;
    const char *path;
    const void *data;
    size_t length;
} archive_part;

/* Makes `file` (0600), which must not be there yet; whole and on the disk, or not at all. */
platen_code archive_write(const char *file, const archive_part *parts, size_t count,
                          platen_error *err);

/* PLATEN_E_CORRUPT when it is no whole zip file. */
platen_code archive_open(const char *file, archive **out, platen_error *err);
void archive_close(archive *a);

/* A part of at most `limit` bytes in memory, NUL-terminated; the caller frees it. Errors of both:
 * PLATEN_E_NOT_FOUND without a text when there is no such part, PLATEN_E_CORRUPT when it is
 * damaged, PLATEN_E_TOO_LARGE. */
platen_code archive_read(archive *a, const char *name, size_t limit, char **data, size_t *length,
                         platen_error *err);
/* A part as the new file `path` (0600), on the disk; `digest` is the SHA-256 of what was written,
 * in hex. At most `limit` bytes. */
platen_code archive_extract(archive *a, const char *name, const char *path, int64_t limit,
                            char digest[65], platen_error *err);

#endif
