/*
 * manifest.json of a backup: what it holds, of which version, and the SHA-256 of every part. Its
 * own SHA-256 lies beside it, sealed with the key of the installation: so a restore knows before
 * it changes anything that the key is the right one and that nobody without the key has made or
 * changed the backup.
 */
#ifndef PLATEN_ADMIN_MANIFEST_H
#define PLATEN_ADMIN_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/admin/archive.h"
#include "core/base/strbuf.h"
#include "core/database/database.h"
#include "core/secret/secret.h"

#define MANIFEST_NAME "manifest.json"
#define MANIFEST_SEAL "manifest.sealed"
#define MANIFEST_FORMAT 1
#define MANIFEST_LIMIT ((size_t)1024 * 1024)

typedef struct manifest_file {
    char name[64];
    char digest[65];
    int64_t size;
} manifest_file;

#define MANIFEST_FILES 32

typedef struct manifest {
    char program[32];
    char database[16]; /* "sqlite" or "postgresql" */
    int64_t made;
    bool with_key;
    database_version version;
    cJSON *counts; /* table to rows */
    manifest_file files[MANIFEST_FILES];
    size_t file_count;
} manifest;

void manifest_fini(manifest *m);

/* Adds a file or bytes; PLATEN_E_INTERNAL when there are too many. */
platen_code manifest_add(manifest *m, const archive_part *part, platen_error *err);

platen_code manifest_write(const manifest *m, strbuf *json, platen_error *err);
/* PLATEN_E_CORRUPT when it is none, PLATEN_E_VERSION when a newer program made it. */
platen_code manifest_parse(const char *json, size_t length, manifest *m, platen_error *err);
const manifest_file *manifest_find(const manifest *m, const char *name); /* NULL: not there */

platen_code manifest_seal(const secret_key *key, const char *json, size_t length, char **sealed,
                          platen_error *err);
/* False: the key is another one, or the manifest is not the one that was sealed. */
bool manifest_is_sealed(const secret_key *key, const char *json, size_t length, const char *sealed);

#endif
