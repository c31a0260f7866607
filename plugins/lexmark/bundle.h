/*
 * The settings bundle of Lexmark devices ("VCC"): a zip file with XML files in it. Reading takes
 * what a device, or whoever answers in its place, sends: entries, names, sizes, ratio, depth and
 * counts are bounded, document types and entities refused, nothing is written anywhere. Pure
 * functions.
 */
#ifndef LEXMARK_BUNDLE_H
#define LEXMARK_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>

#define BUNDLE_BYTES (8u << 20)     /* of the zip file */
#define BUNDLE_ENTRIES 512u         /* files in it */
#define BUNDLE_UNPACKED (16u << 20) /* bytes of all XML files together */
#define BUNDLE_RATIO 200u           /* unpacked to packed of a file; small ones are free of it */
#define BUNDLE_RATIO_FREE (256u << 10)
#define BUNDLE_DEPTH 32u /* elements within each other */
#define BUNDLE_SETTINGS 20000u
#define BUNDLE_NAME 200u   /* bytes of a setting's name */
#define BUNDLE_VALUE 4096u /* and of its value */
#define BUNDLE_WHY 200u

typedef struct bundle_setting {
    char *name;
    char *value; /* UTF-8, as it stands in the file */
} bundle_setting;

typedef struct bundle {
    size_t count;
    bundle_setting *settings; /* sorted by name, each name once */
    size_t room;
    size_t instances; /* settings of applications' instances, which have no name of their own */
} bundle;

/* `why` (BUNDLE_WHY bytes) gets a line on failure; then there is nothing to free. */
bool bundle_read(const void *zip, size_t length, bundle *out, char *why);
void bundle_fini(bundle *b);
const bundle_setting *bundle_find(const bundle *b, const char *name);

/* A bundle of those settings. The caller frees *zip. */
bool bundle_write(const bundle_setting *settings, size_t count, void **zip, size_t *length,
                  char *why);

/* ---- what is known of a setting by its name ---- */

#define BUNDLE_PREFIX "vcc/" /* of the paths of its settings */

/* Which category it is of. */
const char *bundle_category(const char *name);
/* "A": of this very device; "B": of any of its series. */
const char *bundle_case(const char *name);
/* Passwords, PINs and keys: not told, not written. */
bool bundle_is_secret(const char *name);

/* ---- its parts, for tests and fuzzing ---- */

/* Adds the settings of one XML file. */
bool bundle_parse(bundle *b, const char *xml, size_t length, char *why);
/* Sorts; of a name that is there twice one is kept. False when there is none at all. */
bool bundle_seal(bundle *b, char *why);
/* Whether a setting can be named so: printable UTF-8 without '/'. */
bool bundle_is_name(const char *name);

#endif
