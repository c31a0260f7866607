/*
 * The container: bytes encrypted with a password, as they are exported and uploaded
 * (docs/setting-value-format.md describes it byte by byte). AES-256-GCM, the key by Argon2id; the
 * inside is gzip. Pure functions; any thread, one derivation of a key at a time.
 */
#ifndef SETTING_VALUE_CONTAINER_H
#define SETTING_VALUE_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/error.h>

#define CONTAINER_VERSION 1u
#define CONTAINER_HEADER 80u
#define CONTAINER_TRAILER 48u           /* tag and checksum */
#define CONTAINER_PLAIN_MAX (32u << 20) /* bytes inside */
#define CONTAINER_MAX (24u << 20)       /* bytes of the file */
#define CONTAINER_PASSWORD_MAX 128u     /* bytes */

/* What it costs to try a password. What a file may demand: memory 8 to 128 MiB, 1 to 10 passes,
 * memory times passes at most 512 MiB, 1 to 4 lanes. */
typedef struct container_cost {
    uint32_t memory; /* KiB */
    uint32_t passes;
    uint32_t lanes;
} container_cost;

#define CONTAINER_COST                                                                             \
    {                                                                                              \
        64u << 10, 3u, 1u                                                                          \
    }

/* Whether the bytes begin as a container does. */
bool container_is(const uint8_t *file, size_t length);

/* The caller frees `*file`. PLATEN_E_INVAL: an empty or too long password, a cost that no reader
 * takes; PLATEN_E_TOO_LARGE. */
platen_code container_write(const container_cost *cost, const char *password, const void *plain,
                            size_t length, uint8_t **file, size_t *file_length, platen_error *err);

/*
 * The bytes inside, with a zero behind them; the caller wipes and frees them.
 * PLATEN_E_FORBIDDEN: the password is not right. PLATEN_E_CORRUPT: the file was cut, damaged or
 * edited. PLATEN_E_VERSION: of a later version. PLATEN_E_TOO_LARGE: it demands more memory, work or
 * room than a file may. PLATEN_E_MALFORMED: it is no container.
 */
platen_code container_read(const uint8_t *file, size_t file_length, const char *password,
                           char **plain, size_t *length, platen_error *err);

#endif
