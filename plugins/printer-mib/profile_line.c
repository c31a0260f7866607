/* The parser keeps no positions: the way of the pointer is gone once more, over text that is known
 * to be JSON. */
#include "profile_line.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind the text that begins at `at`. */
static const char *skip_text(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
        }
    }
    return *at != '\0' ? at + 1 : at;
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at)
{
    unsigned depth = 0;
    do {
        if (*at == '"') {
            at = skip_text(at);
            continue;
        }
        depth += *at == '{' || *at == '[' ? 1u : 0u;
        depth -= (*at == '}' || *at == ']') && depth > 0 ? 1u : 0u;
        at += *at != '\0' ? 1 : 0;
    } while (*at != '\0' && (depth > 0 || strchr(",}]", *at) == NULL));
    return at;
}

/* The value of a member, or NULL. */
static const char *find_member(const char *object, const char *key, size_t length)
{
    const char *at = skip_blanks(object + 1);
    while (*at == '"') {
        const char *name = at + 1;
        at = skip_text(at);
        bool same = (size_t)(at - 1 - name) == length && strncmp(name, key, length) == 0;
        at = skip_blanks(at);
        at = skip_blanks(*at == ':' ? at + 1 : at);
        if (same) {
            return at;
        }
        at = skip_blanks(skip_value(at));
        at = *at == ',' ? skip_blanks(at + 1) : at;
    }
    return NULL;
}

static const char *find_element(const char *array, unsigned long number)
{
    const char *at = skip_blanks(array + 1);
    while (number-- > 0 && *at != '\0' && *at != ']') {
        at = skip_blanks(skip_value(at));
        at = *at == ',' ? skip_blanks(at + 1) : at;
    }
    return *at != '\0' && *at != ']' ? at : NULL;
}

unsigned profile_line_at(const char *text, const char *at)
{
    unsigned line = 1;
    for (; *text != '\0' && text != at; text++) {
        line += *text == '\n' ? 1u : 0u;
    }
    return line;
}

unsigned profile_line(const char *text, const char *pointer)
{
    const char *at = skip_blanks(text);
    const char *next = at;
    while (*pointer == '/' && next != NULL) {
        size_t length = strcspn(++pointer, "/");
        next = *at == '{'   ? find_member(at, pointer, length)
               : *at == '[' ? find_element(at, strtoul(pointer, NULL, 10))
                            : NULL;
        at = next != NULL ? next : at;
        pointer += length;
    }
    return profile_line_at(text, at);
}
