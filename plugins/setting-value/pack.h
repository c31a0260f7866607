/* Compression of bytes in memory, bounded. Pure functions; any thread. */
#ifndef SETTING_VALUE_PACK_H
#define SETTING_VALUE_PACK_H

#include <stddef.h>
#include <stdint.h>

#include <platen/error.h>

typedef enum pack_format {
    PACK_ZLIB = 15,      /* RFC 1950 */
    PACK_GZIP = 15 + 16, /* RFC 1952, without a time or a name */
} pack_format;

/* The caller frees `*packed`. */
platen_code pack(pack_format format, const void *plain, size_t length, uint8_t **packed,
                 size_t *packed_length, platen_error *err);

/* Exactly `length` bytes, with a zero behind them; the caller frees them. PLATEN_E_CORRUPT: it
 * holds less, more or something else, or could not hold so many. */
platen_code unpack(pack_format format, const uint8_t *packed, size_t packed_length, size_t length,
                   char **plain, platen_error *err);

#endif
