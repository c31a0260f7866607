/* zlib with a gzip header. */
#include "core/link/agent_gzip.h"

#include <limits.h>
#include <stdlib.h>
/* Input is const. */
#define ZLIB_CONST
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* 32 KiB window, gzip header */
#define GZIP_LEVEL 4          /* reports shrink to a tenth; more costs time and gains little */

platen_code gzip_pack(const void *data, size_t length, char **out, size_t *out_length,
                      platen_error *err)
{
    z_stream z = {.next_in = data};
    if (length > UINT_MAX / 2 ||
        deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return error_set(err, PLATEN_E_NOMEM, "cannot pack %zu bytes", length);
    }
    size_t bound = deflateBound(&z, (uLong)length);
    char *packed = malloc(bound);
    z.avail_in = (uInt)length;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)bound;
    int rc = packed != NULL ? deflate(&z, Z_FINISH) : Z_MEM_ERROR;
    size_t used = bound - z.avail_out;
    (void)deflateEnd(&z);
    if (rc != Z_STREAM_END) {
        free(packed);
        return error_set(err, PLATEN_E_NOMEM, "cannot pack %zu bytes", length);
    }
    *out = packed;
    *out_length = used;
    return PLATEN_OK;
}

/* Room for more, at most `limit` and one for the NUL. */
static char *grow(char *data, size_t *capacity, size_t limit)
{
    size_t larger = *capacity == 0 ? 65536 : *capacity * 2;
    larger = larger > limit ? limit : larger;
    char *more = realloc(data, larger + 1);
    if (more != NULL) {
        *capacity = larger;
    }
    return more;
}

platen_code gzip_unpack(const void *data, size_t length, size_t limit, char **out,
                        size_t *out_length, platen_error *err)
{
    z_stream z = {.next_in = data, .avail_in = (uInt)length};
    if (length > UINT_MAX || inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        return error_set(err, PLATEN_E_NOMEM, "cannot unpack %zu bytes", length);
    }
    char *text = NULL;
    size_t capacity = 0;
    size_t used = 0;
    int rc = Z_OK;
    platen_code code = PLATEN_OK;
    while (rc == Z_OK && code == PLATEN_OK) {
        if (used == capacity) {
            char *more = grow(text, &capacity, limit + 1);
            if (more == NULL) {
                code = error_set(err, PLATEN_E_NOMEM, "no memory to unpack %zu bytes", length);
                break;
            }
            text = more;
        }
        size_t room = capacity - used;
        z.next_out = (Bytef *)text + used;
        z.avail_out = (uInt)room;
        rc = inflate(&z, Z_NO_FLUSH);
        used += room - z.avail_out;
        if (used > limit) { /* the buffer has one byte more, which nothing good needs */
            code = error_set(err, PLATEN_E_TOO_LARGE, "more than %zu bytes when unpacked", limit);
        }
    }
    (void)inflateEnd(&z);
    if (code == PLATEN_OK && rc != Z_STREAM_END) {
        code = error_set(err, PLATEN_E_CORRUPT, "%zu bytes are no whole gzip file", length);
    }
    if (code != PLATEN_OK) {
        free(text);
        return code;
    }
    text[used] = '\0';
    *out = text;
    *out_length = used;
    return PLATEN_OK;
}
