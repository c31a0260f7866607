/*
 * The *device setting information* of Ricoh devices: a CSV file that a device exports, and that
 * devices of its model take. What its columns mean is not public, so the file stays as it is, byte
 * for byte; its rows are read only to show them and to tell it from other files. Bounded; pure
 * functions.
 */
#ifndef RICOH_FILE_H
#define RICOH_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define FILE_BYTES_MAX (2u << 20)
#define FILE_PACKED_MAX 183000u /* bytes of it, deflated: what a device can be told has an end */
#define FILE_ROWS_MAX 50000u
#define FILE_CELLS_MAX 256u /* of a row */
#define FILE_CELL_MAX 8192u /* bytes */
#define FILE_PIECE 4000u    /* characters of a piece: a value has at most 4,096 */
#define FILE_PIECES_MAX 62u
#define FILE_DIGEST 65u
#define FILE_WHY 200u

/* Paths of the settings that hold a file. The pieces' name says "secret", so that no page shows
 * them: a file may have passwords in it. */
#define FILE_PREFIX "ricoh/"
#define FILE_PIECE_PREFIX FILE_PREFIX "secret-file/" /* and a number of three digits, from 001 */
#define FILE_DIGEST_PATH FILE_PREFIX "file-sha256"
#define FILE_ROW_PREFIX FILE_PREFIX "row/"

/* A row: its cells without their quotes, borrowed for the call. False ends the reading. */
typedef bool file_row(size_t number, const char *const *cells, size_t count, void *user);

/* Reads every row; `each` may be NULL. False: it is no such file, `why` (FILE_WHY bytes) says it;
 * "" when `each` ended it. */
bool file_read_rows(const void *data, size_t length, file_row *each, void *user, char *why);

/* Whether one of the cells names a password, PIN or key: such rows are shown without values. */
bool file_row_is_secret(const char *const *cells, size_t count);

/* The file, deflated, as base64; the caller frees it. NULL: `why`. */
char *file_pack(const void *data, size_t length, char digest[FILE_DIGEST], char *why);
/* The other way round; the caller frees it. NULL: it is not what was packed, `why`. */
void *file_unpack(const char *packed, const char *digest, size_t *length, char *why);

#endif
