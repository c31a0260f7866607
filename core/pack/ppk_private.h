/* What the files of ppk*.c share. */
#ifndef PLATEN_PACK_PPK_PRIVATE_H
#define PLATEN_PACK_PPK_PRIVATE_H

#include <zip.h>

#include "core/base/arena.h"
#include "core/base/json.h"
#include "core/pack/ppk.h"

#define PPK_MANIFEST "manifest.json"
#define PPK_SIGNATURE "signature.json"
#define PPK_SIGNATURE_BYTES 64
#define PPK_SIGNATURE_MOST 4096

/* An entry of the zip file. */
typedef struct ppk_entry {
    const char *name;
    zip_uint64_t index;
    uint64_t size;
} ppk_entry;

struct ppk {
    char *path;
    zip_t *zip;
    arena *memory;
    char *text; /* of the manifest */
    size_t length;
    char digest[DIGEST_TEXT];
    ppk_manifest about;
    zip_uint64_t *index; /* of each of about.files */
    bool is_signed;
    char key[TRUST_ID];
    uint8_t signature[PPK_SIGNATURE_BYTES];
};

/* Sets the word (NULL is fine) and the error, returns `code`. */
platen_code ppk_refuse(const char **word, const char *which, platen_error *err, platen_code code,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A name that a package may have: [A-Za-z0-9_-][A-Za-z0-9._-]*, joined by '/', short enough. */
bool ppk_path_ok(const char *path);
/* Whether a package of that manifest has a place for this file. */
bool ppk_path_belongs(const ppk_manifest *m, const char *path);

/* Reads a manifest into `m`, which borrows from `memory`. */
platen_code ppk_manifest_read(const char *text, size_t length, arena *memory, ppk_manifest *m,
                              platen_error *err);

/* Takes a piece of a file; NULL takes nothing. */
typedef platen_code ppk_sink(void *to, const void *data, size_t length, platen_error *err);
/* Reads about.files[file] to the end, gives it away and looks at size and digest. */
platen_code ppk_pour(ppk *p, size_t file, ppk_sink *sink, void *to, const char **word,
                     platen_error *err);
/* Every file as its digest says. */
platen_code ppk_check_digests(ppk *p, const char **word, platen_error *err);

/* Time, mode and way of packing of an entry, the same on every machine; `epoch` in seconds UTC. */
void ppk_dress(zip_t *zip, zip_uint64_t index, const char *name, int64_t epoch);

#endif
