/*
 * Packages: `.ppk` files, which are zip files with a manifest, the digests of every other file in
 * it and, beside it, a publisher's signature of it (docs/plugin-guide.md says what a package
 * holds).
 *
 * Whatever comes in is hostile until ppk_verify() has said otherwise: ppk_open() looks at names,
 * kinds, sizes and the manifest and writes nothing. Nothing here keeps state outside the handle:
 * one handle, one thread at a time.
 *
 * Every refusal has a word that stays (`word`, may be NULL; "" when there is none, as when memory
 * ran out) and a line of text in `err`. The words, which docs/errors.md lists:
 *   not-a-package damaged too-large bad-name duplicate special-file manifest wrong-files digest
 *   unsigned signature unknown-publisher publisher-revoked publisher-expired
 *   other-architecture other-api platen-too-old
 */
#ifndef PLATEN_PACK_PPK_H
#define PLATEN_PACK_PPK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/pack/digest.h"
#include "core/pack/trust.h"
#include "core/pack/version.h"

#define PPK_FORMAT 1
#define PPK_PACKED_MOST (512LL << 20)    /* bytes of the file */
#define PPK_UNPACKED_MOST (1024LL << 20) /* bytes of everything in it */
#define PPK_FILES_MOST 20000
#define PPK_RATIO_MOST 200            /* of an entry that unpacks to over 1 MiB */
#define PPK_MANIFEST_MOST (8LL << 20) /* bytes */
#define PPK_PATH 240                  /* bytes of a name in a package, with its NUL */
#define PPK_NAME 64                   /* bytes of a plugin's name, with its NUL */

typedef enum ppk_kind {
    PPK_PLUGIN,   /* a driver or a feature */
    PPK_PROFILES, /* vendor profiles: no code */
    PPK_PRODUCT,  /* Platen itself */
} ppk_kind;

typedef struct ppk_need {
    const char *name;
    const char *version; /* this one or a later one of the same major number */
} ppk_need;

typedef struct ppk_file {
    const char *path;
    int64_t size;
    char digest[DIGEST_TEXT];
} ppk_file;

/* A manifest as it was read and found to be right. Texts are UTF-8; lists end with NULL. */
typedef struct ppk_manifest {
    ppk_kind kind;
    const char *name;    /* a-z, 0-9, '-' */
    const char *version; /* semantic */
    const char *title;
    const char *publisher; /* what the package says; who signed it is ppk_verify()'s answer */
    uint32_t api_major;    /* of plugins and products; 0.0 of profiles */
    uint32_t api_minor;
    const char *platen;    /* least version of Platen, "" when any */
    const char *downgrade; /* oldest version that can use this one's data, NULL: none */
    bool manager;          /* which roles load it */
    bool agent;
    const ppk_need *needs;
    size_t need_count;
    const char *const *tables;
    const char *const *functions;
    const char *const *arch; /* "x86_64"; none for profiles */
    const ppk_file *files;   /* sorted by path */
    size_t file_count;
    int64_t size; /* of all files together, in bytes */
} ppk_manifest;

typedef struct ppk ppk;

/* "plugin", "profiles", "product". */
const char *ppk_kind_word(ppk_kind kind);

/* Opens and looks at everything but contents: bounds, names, kinds of files, the manifest, and that
 * the files are those of the manifest. Codes: NOT_FOUND, IO, MALFORMED (no package, damaged),
 * TOO_LARGE, INVAL (what it holds is not right), NOMEM. */
platen_code ppk_open(const char *path, ppk **out, const char **word, platen_error *err);
void ppk_close(ppk *p); /* NULL is fine */

/* Both are borrowed from the handle. */
const ppk_manifest *ppk_about(const ppk *p);
const char *ppk_manifest_text(const ppk *p, size_t *length); /* as signed; NUL-terminated */
/* SHA-256 of manifest.json in hex: with it every byte that counts. Borrowed. */
const char *ppk_digest(const ppk *p);
bool ppk_is_signed(const ppk *p);
/* Id of the key that signed it (or claims to), "" when none. Borrowed. */
const char *ppk_key(const ppk *p);

/* Who is asked to take the package. */
typedef struct ppk_host {
    uint32_t api_major;
    uint32_t api_minor;
    const char *platen; /* version */
    const char *arch;   /* "x86_64": see ppk_arch() */
} ppk_host;

/* The architecture this program was built for, as packages name it. */
const char *ppk_arch(void);
/* Whether it can run there. VERSION: api or Platen do not fit; UNSUPPORTED: architecture. A product
 * brings its own api and replaces Platen: both are not compared. */
platen_code ppk_fits(const ppk *p, const ppk_host *host, const char **word, platen_error *err);

/*
 * Whose it is, and whether each byte is as it was signed. `trust` are the publishers; `now` in ms
 * UTC. `publisher` (may be NULL) is borrowed from `trust`, NULL for an unsigned package, which is
 * refused unless `allow_unsigned`; one with a signature is never taken as unsigned. FORBIDDEN
 * (unsigned, unknown, revoked, expired), CORRUPT (signature or digests are wrong).
 */
platen_code ppk_verify(ppk *p, const trust *t, int64_t now, bool allow_unsigned,
                       const trust_publisher **publisher, const char **word, platen_error *err);

/* One file of the package in memory, at most `limit` bytes, NUL-terminated; the caller frees it.
 * NOT_FOUND without a text when it is not there; its digest is looked at. */
platen_code ppk_read(ppk *p, const char *path, size_t limit, char **data, size_t *length,
                     platen_error *err);

/*
 * Writes the files into the new folder `folder` (made with 0700; EXISTS when it is there) and syncs
 * them and their folders; each digest is looked at on the way, so that what was checked before and
 * changed since is refused (CORRUPT). On failure the folder is gone again.
 *
 * `arch` NULL: as in the package, manifest.json and signature.json too. Else as Platen loads it,
 * for that architecture: lib/<arch>/<name>.so         -> <name>.so            (plugin) share/... ->
 * <name>/...           (plugin, profiles) bin/<arch>/platend           -> bin/platend (product,
 * executable) lib/<arch>/plugins/x.so      -> lib/plugins/x.so     (product) share/... -> share/...
 * (product) LICENSE, CHANGELOG.md, manifest.json, signature.json -> as they are
 */
platen_code ppk_unpack(ppk *p, const char *folder, const char *arch, platen_error *err);

/*
 * Builds `file` from a folder that holds what a package holds. Its manifest.json lacks `files`,
 * which is made; `arch` is made when it is absent. Names sorted, `epoch` (seconds UTC; below 1980:
 * 1980) as the time of each entry, no owner: the same folder gives the same bytes. `file` is
 * replaced whole or not at all. INVAL when the folder is no package: what ppk_open() would refuse
 * is refused here.
 */
platen_code ppk_build(const char *folder, const char *file, int64_t epoch, platen_error *err);

/* Signs a package with the private Ed25519 key in PEM file `key_file`, in place of a signature that
 * was there; everything else stays as it was. `id` (may be NULL) gets the key's id. */
platen_code ppk_sign(const char *file, const char *key_file, char id[TRUST_ID], platen_error *err);

/* Makes a key pair: `key_file` (0600) and `public_file`, both PEM and new (EXISTS). */
platen_code ppk_keygen(const char *key_file, const char *public_file, char id[TRUST_ID],
                       platen_error *err);

#endif
