/* gzip of answers and of request bodies. Pure functions. */
#ifndef PLATEN_HTTP_COMPRESS_H
#define PLATEN_HTTP_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

/* Whether an Accept-Encoding header (may be NULL) allows `coding` ("gzip", "br"). */
bool compress_accepts(const char *header, const char *coding);

/* Appends `data` as gzip to `out`; a fast level, since it runs on every answer. */
platen_code compress_gzip(const void *data, size_t length, strbuf *out, platen_error *err);

/* Appends what the gzip `data` unpacks to; more than `limit` bytes is PLATEN_E_TOO_LARGE. */
platen_code compress_gunzip(const void *data, size_t length, size_t limit, strbuf *out,
                            platen_error *err);

#endif
