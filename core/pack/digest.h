/* SHA-256 as text, as it stands in manifests of packages and of backups. Any thread. */
#ifndef PLATEN_PACK_DIGEST_H
#define PLATEN_PACK_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define DIGEST_TEXT 65 /* in hex, with its NUL */

/* Of what is left to be read of a file, and how many bytes that is. IO. */
platen_code digest_fd(int fd, char digest[DIGEST_TEXT], int64_t *size, platen_error *err);
/* Of bytes. INTERNAL. */
platen_code digest_bytes(const void *data, size_t length, char digest[DIGEST_TEXT],
                         platen_error *err);

#endif
