/*
 * blob/1: large contents of the feature, as files below the manager's data folder, named by the
 * SHA-256 of what is in them. The same content is stored once; a content never changes. What put()
 * or commit() has returned is on the disk, also after a power failure; what was begun and not
 * committed is gone after one. Since 1.2, manager only. Any thread, not in load(); it waits for the
 * disk, so not within a transaction. A feature counts by itself who still needs a content.
 */
#ifndef PLATEN_BLOB_H
#define PLATEN_BLOB_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_BLOB_DIGEST 65              /* 64 hexadecimal digits, lower case, and NUL */
#define PLATEN_BLOB_MAX (INT64_C(4) << 30) /* bytes of one content */
#define PLATEN_BLOBS_OPEN 64u              /* begun at the same time by one plugin */

typedef struct platen_blob platen_blob; /* a content that is being written: one thread at a time */

typedef struct platen_blobs {
    uint32_t size;

    /* Stores a content that is in memory. */
    platen_code (*put)(platen_ctx *ctx, const void *data, size_t length,
                       char digest[PLATEN_BLOB_DIGEST], platen_error *err);

    /* The same in pieces. The blob is the caller's until commit() or cancel(), which end it, also
     * when commit() fails. PLATEN_E_TOO_LARGE over the limits above: then cancel(). */
    platen_code (*begin)(platen_ctx *ctx, platen_blob **out, platen_error *err);
    platen_code (*append)(platen_blob *blob, const void *data, size_t length, platen_error *err);
    platen_code (*commit)(platen_blob *blob, char digest[PLATEN_BLOB_DIGEST], int64_t *length,
                          platen_error *err);
    void (*cancel)(platen_blob *blob); /* NULL is fine */

    /* Length in bytes; PLATEN_E_NOT_FOUND. */
    platen_code (*length)(platen_ctx *ctx, const char *digest, int64_t *length, platen_error *err);
    /* Up to `capacity` bytes from `offset`; `got` is less only at the end, and 0 behind it. */
    platen_code (*read)(platen_ctx *ctx, const char *digest, int64_t offset, void *buffer,
                        size_t capacity, size_t *got, platen_error *err);
    /* Removes the content; PLATEN_E_NOT_FOUND when there is none. */
    platen_code (*drop)(platen_ctx *ctx, const char *digest, platen_error *err);
} platen_blobs;

#ifdef __cplusplus
}
#endif

#endif
