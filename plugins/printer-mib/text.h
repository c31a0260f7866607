/* Texts of devices: comparing without case, cutting, trimming. Pure functions on C strings. */
#ifndef PRINTER_MIB_TEXT_H
#define PRINTER_MIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_LONG 512u /* sysDescr and device ids */
#define TEXT_SIZE 256u /* all else */

/* Copies at most size - 1 bytes. */
void text_copy(char *out, size_t size, const char *from);

/* Removes spaces and stray separators at both ends, in place. */
void text_trim(char *text);

/* ASCII letters without case. */
bool text_equal(const char *a, const char *b);

/* Whether `text` begins with `word` and the word ends there (no letter or digit follows). */
bool text_leads(const char *text, const char *word);

/* `word` anywhere in `text`, without case, as a whole word; NULL if not. */
const char *text_word(const char *text, const char *word);

/* `part` anywhere in `text`, without case of ASCII letters. */
bool text_contains(const char *text, const char *part);

bool text_has_digit(const char *text);
bool text_is_ascii(const char *text);

/* Whether a word may begin at `at`, which is in `text`. */
bool text_begins_word(const char *text, const char *at);

#endif
