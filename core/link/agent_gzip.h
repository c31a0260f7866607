/* gzip of whole texts, bounded. */
#ifndef PLATEN_LINK_AGENT_GZIP_H
#define PLATEN_LINK_AGENT_GZIP_H

#include <stddef.h>

#include "core/base/error.h"

/* The caller frees `out`. */
platen_code gzip_pack(const void *data, size_t length, char **out, size_t *out_length,
                      platen_error *err);
/* PLATEN_E_CORRUPT when it is no gzip, PLATEN_E_TOO_LARGE over `limit`; NUL-terminated. */
platen_code gzip_unpack(const void *data, size_t length, size_t limit, char **out,
                        size_t *out_length, platen_error *err);

#endif
