/* Words of dictionaries: reading a file of them, and finding one. */
#ifndef SETTING_VALUE_WORDS_H
#define SETTING_VALUE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <platen/error.h>

#define WORDS_FORMAT 1
#define WORDS_MAX 300000u          /* of all dictionaries together */
#define WORDS_FILE_MAX (16u << 20) /* bytes of one */
#define WORDS_TEXT_MAX 400u        /* bytes of a word */
#define WORDS_NAME_MAX 100u

/* What a file says of itself. */
typedef struct words_info {
    char name[WORDS_NAME_MAX + 1];
    char version[32];
    uint32_t count;
} words_info;

typedef struct words words; /* a table; filled by one thread, then read by any */

words *words_new(void); /* NULL: no memory */
void words_free(words *w);

/*
 * Adds the words of a dictionary, JSON text; a word that is there is replaced. `info` may be NULL.
 * PLATEN_E_MALFORMED, PLATEN_E_INVAL, PLATEN_E_TOO_LARGE, PLATEN_E_VERSION with what is wrong; then
 * some of its words may be in the table. `into` NULL: the file is checked only.
 */
platen_code words_read(words *into, const char *text, size_t length, words_info *info,
                       platen_error *err);

/* The word for a path (`value` NULL) or one of its values; NULL: there is none. Borrowed. */
const char *words_find(const words *w, const char *language, const char *model, const char *path,
                       const char *value);

#endif
