/*
 * Readable forms of paths and values (SET-93): the plugin's own dictionaries, and above them the
 * uploaded ones. Described in docs/setting-value-format.md.
 */
#ifndef SETTING_VALUE_DICTIONARY_H
#define SETTING_VALUE_DICTIONARY_H

#include <cjson/cJSON.h>

#include "setting_value.h"

#define DICTIONARY_TEXT 512u /* room that a readable form needs at most, with its zero */

/* All words at one moment; any thread. */
typedef struct dictionary dictionary;

/* In a transaction, on its thread: reads uploaded ones when they changed. The caller releases it.
 */
platen_code dictionary_take(platen_tx *tx, dictionary **out, platen_error *err);
void dictionary_release(dictionary *d); /* NULL is fine */

/* The readable form of a path, or the path itself when no dictionary has it. `language`: "de",
 * "de-CH"; English where it has no word. `model`: of the device, "" for any. */
void dictionary_path(const dictionary *d, const char *language, const char *model, const char *path,
                     char *out, size_t size);
/* The same of a value. */
void dictionary_value(const dictionary *d, const char *language, const char *model,
                      const char *path, const cJSON *value, char *out, size_t size);

/* Reads the plugin's own dictionaries; registers the operations. */
platen_code dictionary_load(platen_error *err);

#endif
