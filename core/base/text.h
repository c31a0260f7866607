/* Text that comes from devices and people: UTF-8, control characters, case, base64, hex. */
#ifndef PLATEN_BASE_TEXT_H
#define PLATEN_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/strbuf.h"

bool text_is_utf8(const char *text, size_t length);

/*
 * Device octets as clean UTF-8 in `out` (appended): valid UTF-8 is kept, else each byte is read
 * as Latin-1 (RFC 3805 leaves the charset to the device); control characters become a space, runs
 * of white space one space, both ends are trimmed.
 */
void text_from_device(strbuf *out, const void *octets, size_t length);

/*
 * Text for logs: what cannot be seen or turns the line (control characters of C0 and C1, line and
 * paragraph separators, marks of direction, the byte order mark) becomes \uXXXX, as JSON writes
 * it; bytes that are no UTF-8 become U+FFFD. JSON text without white space between its tokens stays
 * JSON of the same meaning.
 */
void text_escape(strbuf *out, const char *text, size_t length);

/* The longest beginning of `text` that has at most `most` bytes and ends between characters. */
size_t text_cut(const char *text, size_t length, size_t most);

/* Whether text_from_device() would change nothing, as far as a quick look tells: printable ASCII
 * with single spaces inside. False may also mean "perhaps". */
bool text_is_clean(const void *octets, size_t length);

/* Lower case of all scripts, letter by letter; what is no UTF-8 stays. Appended. For looking
 * things up, not for showing. */
void text_fold(strbuf *out, const char *text);

bool text_equal_fold(const char *a, const char *b); /* ASCII case-insensitive; NULLs are equal */
bool text_begins(const char *text, const char *prefix);
/* Whether a list separated by spaces, tabs or commas has the word; NULL is an empty list. */
bool text_has_word(const char *list, const char *word);
/* The id of an action that a plugin brings: a-z, 0-9 and '-' on either side of one '.', at most 63
 * bytes, and none of the core's or of scripts (device. system. flow. script.). */
bool text_is_action_id(const char *text);
const char *text_trim(char *text); /* trims in place, returns the first kept character */

/* URL-safe base64 without padding (RFC 4648 section 5). `out` is appended to. */
void text_base64url(strbuf *out, const void *data, size_t length);
bool text_unbase64url(const char *text, void *data, size_t capacity, size_t *length);
/* Common base64 with padding (RFC 4648 section 4); white space inside is skipped when reading. */
void text_base64(strbuf *out, const void *data, size_t length);
bool text_unbase64(const char *text, void *data, size_t capacity, size_t *length);
void text_hex(char *out, const void *data, size_t length); /* 2 * length + 1 bytes, lower case */
bool text_unhex(const char *text, void *data, size_t capacity, size_t *length);

#endif
