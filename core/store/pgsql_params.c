/*
 * SQL with :name parameters as PostgreSQL wants it, with $1, $2, ... A name that stands twice gets
 * one number. Quoted text, identifiers, comments and casts (::) are left alone.
 */
#include "core/store/store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"

#define NAMES_LIMIT 1000 /* far below the protocol's 65,535; a list query has some dozens */

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

/* Behind a text in quotes; a doubled quote is skipped as two texts. `escapes`: E'it\'s'. */
static const char *skip_quoted(const char *at, char quote, bool escapes)
{
    at++;
    while (*at != '\0' && *at != quote) {
        at += escapes && at[0] == '\\' && at[1] != '\0' ? 2 : 1;
    }
    return *at == quote ? at + 1 : at;
}

/* Comments of this kind nest. */
static const char *skip_comment(const char *at)
{
    unsigned depth = 0;
    while (*at != '\0') {
        if (at[0] == '/' && at[1] == '*') {
            depth++;
            at += 2;
        } else if (at[0] == '*' && at[1] == '/') {
            depth--;
            at += 2;
            if (depth == 0) {
                return at;
            }
        } else {
            at++;
        }
    }
    return at;
}

/* $tag$ ... $tag$; the '$' alone when it begins no such text. */
static const char *skip_dollar(const char *at)
{
    const char *end = at + 1;
    while (is_name(*end)) {
        end++;
    }
    if (*end != '$' || (end > at + 1 && !is_name_start(at[1]))) {
        return at + 1;
    }
    size_t length = (size_t)(end - at) + 1;
    for (const char *close = strchr(end + 1, '$'); close != NULL; close = strchr(close + 1, '$')) {
        if (strncmp(close, at, length) == 0) {
            return close + length;
        }
    }
    return at + strlen(at);
}

/* Behind whatever begins at `at` and holds no parameter; `at` itself when a parameter may. */
static const char *skip_plain(const char *begin, const char *at)
{
    bool in_word = at > begin && (is_name(at[-1]) || at[-1] == '$');
    switch (*at) {
    case '\'':
        return skip_quoted(at, '\'',
                           at > begin && (at[-1] == 'E' || at[-1] == 'e') &&
                               !(at > begin + 1 && is_name(at[-2])));
    case '"':
        return skip_quoted(at, '"', false);
    case '-':
        return at[1] == '-' ? at + strcspn(at, "\n") : at + 1;
    case '/':
        return at[1] == '*' ? skip_comment(at) : at + 1;
    case '$':
        return in_word ? at + 1 : skip_dollar(at);
    case ':':
        if (at[1] == ':') {
            return at + 2;
        }
        return is_name_start(at[1]) && !in_word ? at : at + 1;
    default:
        return at + 1;
    }
}

/* The number of a name from 1; a new one is added. 0: no memory or too many. */
static size_t name_number(pgsql_text *out, const char *name, size_t length)
{
    for (size_t i = 0; i < out->count; i++) {
        if (strlen(out->names[i]) == length && memcmp(out->names[i], name, length) == 0) {
            return i + 1;
        }
    }
    if (out->count == NAMES_LIMIT) {
        return 0;
    }
    char **names = realloc(out->names, (out->count + 1) * sizeof *names);
    if (names == NULL) {
        return 0;
    }
    out->names = names;
    names[out->count] = strndup(name, length);
    return names[out->count] != NULL ? ++out->count : 0;
}

platen_code pgsql_text_init(pgsql_text *out, const char *sql, platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    *out = (pgsql_text){0};
    for (const char *at = sql; *at != '\0' && !text.failed;) {
        const char *next = skip_plain(sql, at);
        if (next != at) {
            strbuf_append_n(&text, at, (size_t)(next - at));
            at = next;
            continue;
        }
        const char *name = at + 1;
        size_t length = 0;
        while (is_name(name[length])) {
            length++;
        }
        size_t number = name_number(out, name, length);
        if (number == 0) {
            strbuf_fini(&text);
            pgsql_text_fini(out);
            return error_set(err, PLATEN_E_NOMEM, "no memory or more than %d parameters",
                             NAMES_LIMIT);
        }
        strbuf_appendf(&text, "$%zu", number);
        at = name + length;
    }
    out->text = strbuf_take(&text);
    if (out->text == NULL) {
        pgsql_text_fini(out);
        return error_set(err, PLATEN_E_NOMEM, "no memory");
    }
    return PLATEN_OK;
}

void pgsql_text_fini(pgsql_text *text)
{
    for (size_t i = 0; i < text->count; i++) {
        free(text->names[i]);
    }
    free(text->names);
    free(text->text);
    *text = (pgsql_text){0};
}
