/*
 * The literal that a match must hold: the longest run of plain characters outside of groups. A
 * character that may be left out ("*", "?", "{") does not count, nor anything beside a top-level
 * "|". Pure.
 */
#include "expression.h"

#include <stdbool.h>
#include <string.h>

typedef struct run {
    const char *first;
    size_t length;
} run;

/* Behind a bracket expression; `at` is on its "[". */
static const char *behind_brackets(const char *at)
{
    at++;
    at += *at == '^' ? 1 : 0;
    at += *at == ']' ? 1 : 0;
    for (; *at != '\0' && *at != ']'; at++) {
        if (at[0] == '[' && (at[1] == ':' || at[1] == '.' || at[1] == '=')) {
            const char kind = at[1];
            for (at += 2; *at != '\0' && !(at[0] == kind && at[1] == ']'); at++) {
            }
            at += *at == '\0' ? 0 : 1;
        }
        if (*at == '\0') {
            break;
        }
    }
    return *at == '\0' ? at : at + 1;
}

/* Behind a group; `at` is on its "(". */
static const char *behind_group(const char *at)
{
    unsigned depth = 0;
    while (*at != '\0') {
        if (*at == '[') {
            at = behind_brackets(at);
            continue;
        }
        if (at[0] == '\\' && at[1] != '\0') {
            at++;
        } else if (*at == '(') {
            depth++;
        } else if (*at == ')' && --depth == 0) {
            return at + 1;
        }
        at++;
    }
    return at;
}

static bool is_plain(char c)
{
    return (unsigned char)c >= ' ' && (unsigned char)c < 0x80u &&
           strchr(".[]()*+?{}|^$\\", c) == NULL;
}

static bool may_be_absent(char quantifier)
{
    return quantifier == '*' || quantifier == '?' || quantifier == '{';
}

static void keep_longer(run *best, run *now, const char *behind)
{
    if (now->length > best->length) {
        *best = *now;
    }
    *now = (run){.first = behind};
}

void expression_literal(const char *pattern, char *out, size_t size)
{
    run best = {.first = pattern};
    run now = {.first = pattern};
    const char *at = pattern;
    out[0] = '\0';
    while (*at != '\0') {
        if (*at == '|') {
            return;
        }
        if (is_plain(*at) && !may_be_absent(at[1])) {
            now.length++;
            at++;
            continue;
        }
        if (*at == '[') {
            at = behind_brackets(at);
        } else if (*at == '(') {
            at = behind_group(at);
        } else if (*at == '{') {
            const char *end = strchr(at, '}');
            at = end == NULL ? at + 1 : end + 1;
        } else {
            at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
        }
        keep_longer(&best, &now, at);
    }
    keep_longer(&best, &now, at);
    size_t length = best.length < size ? best.length : size - 1u;
    memcpy(out, best.first, length);
    out[length] = '\0';
}
