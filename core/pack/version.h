/* Semantic versions (semver.org 2.0.0) without build metadata: "1.2.3", "2.0.0-rc.1". */
#ifndef PLATEN_PACK_VERSION_H
#define PLATEN_PACK_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#define VERSION_TEXT 64 /* room for the longest version with its NUL */

typedef struct version {
    uint32_t major;
    uint32_t minor;
    uint32_t patch;
    char pre[VERSION_TEXT]; /* "rc.1", "" for a release */
} version;

/* False when `text` is none: leading zeros, missing parts, numbers over 999,999,999, `+` included.
 * `out` may be NULL. Any thread. */
bool version_parse(const char *text, version *out);
/* Below 0, 0 or above 0; a release comes after its pre-releases. */
int version_compare(const version *a, const version *b);
/* The same for texts; one that is no version comes before all that are. */
int version_compare_text(const char *a, const char *b);

#endif
