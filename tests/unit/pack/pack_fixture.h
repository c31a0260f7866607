/* A folder in /tmp with a small plugin package in it, and zip files made entry by entry. */
#ifndef PLATEN_TESTS_PACK_FIXTURE_H
#define PLATEN_TESTS_PACK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zip.h>

#include "core/base/file.h"
#include "core/pack/ppk.h"

typedef struct pack_fixture {
    char folder[64];
    char source[96]; /* what is packed */
    char file[96];   /* the package */
    char key[96];
    char public_key[96];
    char trust[96];
    char id[TRUST_ID];
} pack_fixture;

/* For cmocka: `state` is the fixture; the source folder is a whole plugin "hello" 1.2.0. */
int pack_set_up(void **state);
int pack_tear_down(void **state);

/* Writes `text` as a file of the source folder, making folders. */
void pack_put(const pack_fixture *f, const char *name, const char *text);
/* Another manifest.json: members after format, kind, name, version, title. */
void pack_manifest(const pack_fixture *f, const char *kind, const char *name, const char *more);
void pack_build(const pack_fixture *f);
/* Builds, makes a key, signs, trusts. */
void pack_sign(pack_fixture *f);
trust *pack_trust(const pack_fixture *f);

/* The package opened again by libzip, to do something to it. */
zip_t *pack_edit(const pack_fixture *f);
void pack_add(zip_t *zip, const char *name, const void *data, size_t length);
void pack_close(zip_t *zip);

/* ppk_open() refuses with that word, and `part` stands in the text. */
void pack_refused(const pack_fixture *f, const char *word, const char *part);

#endif
