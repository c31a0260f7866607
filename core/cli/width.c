/* Character widths by wcwidth(3), whose tables the C library keeps. */
#include "core/cli/width.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xfffdu

void width_init(void)
{
    if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        (void)setlocale(LC_CTYPE, "C.UTF-8");
    }
}

/* The next character of `*text`, moving over it; U+FFFD for what is no UTF-8. */
static uint32_t next_character(const char **text)
{
    const unsigned char *at = (const unsigned char *)*text;
    uint32_t character = at[0];
    size_t more = 0;
    uint32_t least = 0;
    if (character < 0x80) {
        (*text)++;
        return character;
    }
    if (character >= 0xc2 && character <= 0xdf) {
        more = 1;
        least = 0x80;
        character &= 0x1f;
    } else if (character >= 0xe0 && character <= 0xef) {
        more = 2;
        least = 0x800;
        character &= 0x0f;
    } else if (character >= 0xf0 && character <= 0xf4) {
        more = 3;
        least = 0x10000;
        character &= 0x07;
    }
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            more = 0;
            break;
        }
        character = character << 6 | (at[i] & 0x3fu);
    }
    if (more == 0 || character < least || character > 0x10ffff ||
        (character >= 0xd800 && character <= 0xdfff)) {
        (*text)++;
        return REPLACEMENT;
    }
    *text += more + 1;
    return character;
}

/* Controls move the cursor, bidirectional marks hide what stands where. */
static bool is_dangerous(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The character as it may be shown, and its columns. */
static uint32_t take_shown(const char **text, size_t *columns)
{
    uint32_t character = next_character(text);
    if (character == '\t' || character == '\n' || character == '\r') {
        character = ' ';
    } else if (is_dangerous(character)) {
        character = REPLACEMENT;
    }
    int width = wcwidth((wchar_t)character);
    if (width < 0) {
        character = REPLACEMENT;
        width = 1;
    }
    *columns = (size_t)width;
    return character;
}

static void append_character(strbuf *out, uint32_t c)
{
    char bytes[4];
    size_t length = 0;
    if (c < 0x80) {
        bytes[length++] = (char)c;
    } else if (c < 0x800) {
        bytes[length++] = (char)(0xc0 | c >> 6);
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[length++] = (char)(0xe0 | c >> 12);
        bytes[length++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[length++] = (char)(0xf0 | c >> 18);
        bytes[length++] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[length++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[length++] = (char)(0x80 | (c & 0x3f));
    }
    strbuf_append_n(out, bytes, length);
}

size_t width_of(const char *text)
{
    size_t total = 0;
    while (*text != '\0') {
        size_t columns = 0;
        (void)take_shown(&text, &columns);
        total += columns;
    }
    return total;
}

size_t width_append(strbuf *out, const char *text, size_t columns)
{
    bool cut = width_of(text) > columns;
    size_t limit = cut && columns > 0 ? columns - 1 : columns;
    size_t taken = 0;
    while (*text != '\0') {
        size_t wide = 0;
        uint32_t character = take_shown(&text, &wide);
        if (taken + wide > limit) {
            break;
        }
        append_character(out, character);
        taken += wide;
    }
    if (cut && columns > 0) {
        strbuf_append(out, "…");
        taken++;
    }
    return taken;
}

void width_clean(strbuf *out, const char *text)
{
    while (*text != '\0') {
        size_t columns = 0;
        append_character(out, take_shown(&text, &columns));
    }
}
