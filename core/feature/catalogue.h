/* A plugin's words in six languages (sdk/include/platen/locale.h): read, checked, then only read.
 */
#ifndef PLATEN_FEATURE_CATALOGUE_H
#define PLATEN_FEATURE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/base/json.h"

#define CATALOGUE_LANGUAGES 6

typedef struct catalogue catalogue;

/* Reads <folder>/locales/<language>.json of all languages. Keys begin with "<plugin>.". */
platen_code catalogue_read(const char *folder, const char *plugin, catalogue **out,
                           platen_error *err);
void catalogue_free(catalogue *c);

bool catalogue_has(const catalogue *c, const char *key);
/* The text, of a plural its form "other"; NULL when there is no such key. */
const char *catalogue_text(const catalogue *c, const char *language, const char *key);

/* All keys with their texts, as members of the object that is being written. */
void catalogue_write(const catalogue *c, size_t language, json_writer *w);

const char *catalogue_language(size_t index); /* NULL behind the last */
/* Its place for "de" and "de-CH"; that of English for what is not there. */
size_t catalogue_language_of(const char *wanted);

#endif
