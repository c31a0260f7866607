/* What the verbs backup and restore share: the files of a backup besides the database. */
#ifndef PLATEN_ADMIN_BACKUP_H
#define PLATEN_ADMIN_BACKUP_H

#include <stddef.h>
#include <stdint.h>

#define BACKUP_DATABASE "platen.db"
#define BACKUP_DATABASE_LOCK "platen.db.lock"
#define BACKUP_KEY "platen.key"
#define BACKUP_FILE_LIMIT ((size_t)256 * 1024)
#define BACKUP_DATABASE_LIMIT (INT64_C(1) << 40)

typedef struct backup_file {
    const char *path;  /* below the data folder */
    const char *part;  /* in the backup */
    const char *place; /* sealed for it; NULL: no secret */
} backup_file;

extern const backup_file backup_files[];
extern const size_t backup_file_count;

#endif
