/* SHA-256 as text, as it stands in manifests of packages and of backups. Any thread. */
#ifndef PLATEN_PACK_DIGEST_H
#define PLATEN_PACK_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define DIGEST_TEXT 65 /* in hex, with its NUL */

/* Of a file, and how many bytes it has. IO, INTERNAL. */
platen_code digest_file(const char *path, char digest[DIGEST_TEXT], int64_t *size,
                        platen_error *err);
/* Of what is left to be read of an open one; `path` for the text of errors. */
platen_code digest_fd(int fd, const char *path, char digest[DIGEST_TEXT], int64_t *size,
                      platen_error *err);
/* Of bytes. INTERNAL. */
platen_code digest_bytes(const void *data, size_t length, char digest[DIGEST_TEXT],
                         platen_error *err);

#endif
