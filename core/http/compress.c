/* gzip through zlib. Pure functions; no thread, no lock. */
#include "core/http/compress.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* zlib: a window of 32 KiB with gzip's frame */
#define LEVEL 2               /* a fast one: it runs on every answer */
#define PIECE 65536

bool compress_accepts(const char *header, const char *coding)
{
    size_t want = strlen(coding);
    while (header != NULL && *header != '\0') {
        size_t length = strcspn(header, ",");
        size_t name = strspn(header, " \t");
        size_t word = strcspn(header + name, " \t;,");
        if (word == want && strncasecmp(header + name, coding, want) == 0) {
            const char *rest = header + name + word;
            size_t left = length - name - word;
            const char *q = memchr(rest, '=', left);
            /* "gzip;q=0" and "gzip;q=0.000" refuse it. */
            return q == NULL || strtod(q + 1, NULL) > 0.0;
        }
        header += length;
        header += *header == ',' ? 1 : 0;
    }
    return false;
}

platen_code compress_gzip(const void *data, size_t length, strbuf *out, platen_error *err)
{
    z_stream z = {0};
    if (length > UINT_MAX ||
        deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return error_set(err, PLATEN_E_NOMEM, "cannot compress %zu bytes", length);
    }
    uLong bound = deflateBound(&z, (uLong)length);
    platen_code code = PLATEN_OK;
    strbuf_reserve(out, bound);
    if (out->failed || bound > UINT_MAX) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory to compress %zu bytes", length);
    } else {
        union {
            const void *in;
            Bytef *bytes; /* zlib's next_in lacks const; it does not write there */
        } input = {.in = data};
        z.next_in = input.bytes;
        z.avail_in = (uInt)length;
        z.next_out = (Bytef *)(out->data + out->length);
        z.avail_out = (uInt)bound;
        if (deflate(&z, Z_FINISH) == Z_STREAM_END) {
            out->length += z.total_out;
            out->data[out->length] = '\0';
        } else {
            code = error_set(err, PLATEN_E_INTERNAL, "zlib could not compress %zu bytes", length);
        }
    }
    (void)deflateEnd(&z);
    return code;
}

static platen_code inflate_all(z_stream *z, size_t limit, strbuf *out, platen_error *err)
{
    size_t start = out->length;
    for (;;) {
        unsigned char piece[PIECE];
        z->next_out = piece;
        z->avail_out = sizeof(piece);
        int code = inflate(z, Z_NO_FLUSH);
        size_t got = sizeof(piece) - z->avail_out;
        if (code != Z_OK && code != Z_STREAM_END) {
            return error_set(err, PLATEN_E_MALFORMED, "the body is not whole gzip data");
        }
        if (out->length - start + got > limit) {
            return error_set(err, PLATEN_E_TOO_LARGE, "the body unpacks to more than %zu bytes",
                             limit);
        }
        strbuf_append_n(out, piece, got);
        if (out->failed) {
            return error_set(err, PLATEN_E_NOMEM, "no memory to unpack a body");
        }
        if (code == Z_STREAM_END) {
            break;
        }
        if (got == 0 && z->avail_in == 0) {
            return error_set(err, PLATEN_E_MALFORMED, "the body is not whole gzip data");
        }
    }
    if (z->avail_in != 0) {
        return error_set(err, PLATEN_E_MALFORMED, "the body has %u bytes behind its gzip data",
                         z->avail_in);
    }
    return PLATEN_OK;
}

platen_code compress_gunzip(const void *data, size_t length, size_t limit, strbuf *out,
                            platen_error *err)
{
    z_stream z = {0};
    if (length > UINT_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a packed body of %zu bytes", length);
    }
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        return error_set(err, PLATEN_E_NOMEM, "no memory to unpack a body");
    }
    union {
        const void *in;
        Bytef *bytes;
    } input = {.in = data};
    z.next_in = input.bytes;
    z.avail_in = (uInt)length;
    platen_code code = inflate_all(&z, limit, out, err);
    (void)inflateEnd(&z);
    return code;
}
