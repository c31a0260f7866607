/* Files of the data directory: read whole, written whole and durably (write, fsync, rename). */
#ifndef PLATEN_BASE_FILE_H
#define PLATEN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/base/error.h"

#define FILE_PATH 4096

/* Reads at most `limit` bytes into a fresh NUL-terminated buffer; the caller frees it. */
platen_code file_read(const char *path, size_t limit, char **data, size_t *length,
                      platen_error *err);
/* Replaces `path` in one step; after PLATEN_OK the bytes are on the disk. */
platen_code file_write(const char *path, const void *data, size_t length, mode_t mode,
                       platen_error *err);
platen_code file_make_dir(const char *path, mode_t mode, platen_error *err); /* exists is fine */
bool file_exists(const char *path);
/* What was made, renamed and removed in a folder is on the disk after it. */
platen_code file_sync_dir(const char *path, platen_error *err);
/* A file, or a folder with everything in it; symbolic links are not followed. Absent is fine. */
platen_code file_remove_tree(const char *path, platen_error *err);
/* "<dir>/<name>" into `path`; PLATEN_E_INVAL when too long or when name leaves the folder. */
platen_code file_join(char path[FILE_PATH], const char *dir, const char *name, platen_error *err);

#endif
