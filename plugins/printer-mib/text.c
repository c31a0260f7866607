/* Texts of devices: comparing without case, cutting, trimming. Pure functions on C strings. */
#include "text.h"

#include <string.h>
#include <strings.h>

void text_copy(char *out, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1u);
    memmove(out, from, length);
    out[length] = '\0';
}

static bool is_edge(char c)
{
    return (unsigned char)c <= ' ' || c == ';' || c == ',' || c == '"';
}

void text_trim(char *text)
{
    size_t start = 0;
    size_t end = strlen(text);
    while (start < end && is_edge(text[start])) {
        start++;
    }
    while (end > start && is_edge(text[end - 1u])) {
        end--;
    }
    memmove(text, text + start, end - start);
    text[end - start] = '\0';
}

bool text_equal(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

/* Letters and digits of ASCII; bytes of other scripts count as letters. */
static bool is_word(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 0x80u || (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z');
}

/* True of ASCII letters alike without case, and of some pairs that are none: to pass over quickly
 * what cannot be equal. */
static bool may_begin(char a, char b)
{
    return ((a ^ b) & ~0x20) == 0;
}

bool text_leads(const char *text, const char *word)
{
    if (!may_begin(text[0], word[0])) {
        return false;
    }
    size_t length = strlen(word);
    return length > 0 && strncasecmp(text, word, length) == 0 &&
           (!is_word(word[length - 1u]) || !is_word(text[length]));
}

bool text_begins_word(const char *text, const char *at)
{
    return at == text || !is_word(at[-1]);
}

const char *text_word(const char *text, const char *word)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (text_begins_word(text, at) && text_leads(at, word)) {
            return at;
        }
    }
    return NULL;
}

bool text_contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (const char *at = text; *at != '\0'; at++) {
        if (may_begin(*at, part[0]) && strncasecmp(at, part, length) == 0) {
            return true;
        }
    }
    return false;
}

bool text_has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

bool text_is_ascii(const char *text)
{
    while ((unsigned char)*text >= 1u && (unsigned char)*text < 0x80u) {
        text++;
    }
    return *text == '\0';
}
