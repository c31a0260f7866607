#include "pack.h"

#include <stdbool.h>
#include <stdlib.h>

#include <zlib.h>

#include "fault.h"

#define LEVEL 6
#define RATIO 1032u /* deflate does not compress better (zlib's technical notes) */

platen_code pack(pack_format format, const void *plain, size_t length, uint8_t **packed,
                 size_t *packed_length, platen_error *err)
{
    z_stream z = {0};
    if (length > INT32_MAX ||
        deflateInit2(&z, LEVEL, Z_DEFLATED, (int)format, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        return fault_memory(err, "compression");
    }
    size_t room = deflateBound(&z, (uLong)length);
    uint8_t *out = malloc(room);
    if (out == NULL) {
        (void)deflateEnd(&z);
        return fault_memory(err, "compression");
    }
    z.next_in = (z_const Bytef *)(uintptr_t)plain;
    z.avail_in = (uInt)length;
    z.next_out = out;
    z.avail_out = (uInt)room;
    int ended = deflate(&z, Z_FINISH);
    *packed_length = z.total_out;
    (void)deflateEnd(&z);
    if (ended != Z_STREAM_END) {
        free(out);
        return fault(err, PLATEN_E_INTERNAL, "compression failed with %d", ended);
    }
    *packed = out;
    return PLATEN_OK;
}

platen_code unpack(pack_format format, const uint8_t *packed, size_t packed_length, size_t length,
                   char **plain, platen_error *err)
{
    z_stream z = {0};
    if (packed_length > INT32_MAX || length > INT32_MAX || length / RATIO > packed_length) {
        return fault(err, PLATEN_E_CORRUPT, "%zu bytes cannot come out of %zu", length,
                     packed_length);
    }
    char *out = malloc(length + 1);
    if (out == NULL || inflateInit2(&z, (int)format) != Z_OK) {
        free(out);
        return fault_memory(err, "decompression");
    }
    z.next_in = (z_const Bytef *)(uintptr_t)packed;
    z.avail_in = (uInt)packed_length;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)(length + 1); /* one more, to see that there is none */
    int ended = inflate(&z, Z_FINISH);
    bool exact = ended == Z_STREAM_END && z.total_out == length && z.avail_in == 0;
    (void)inflateEnd(&z);
    if (!exact) {
        free(out);
        return fault(err, PLATEN_E_CORRUPT, "what is compressed is not the %zu bytes that it says",
                     length);
    }
    out[length] = '\0';
    *plain = out;
    return PLATEN_OK;
}
