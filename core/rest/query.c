/* Percent-decoding and query strings. Pure functions. */
#include "core/rest/query.h"

#include <string.h>

#include "core/base/text.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

char *query_decode(arena *a, const char *text, size_t length, bool plus)
{
    char *out = arena_alloc(a, length + 1);
    size_t at = 0;
    if (out == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < length ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < length ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return NULL;
            }
            c = (unsigned char)(high * 16 + low);
            i += 2;
        }
        /* A line feed separates values of one field on pages (DEV-95), a tab may stand in text. */
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
            return NULL;
        }
        out[at++] = (char)c;
    }
    out[at] = '\0';
    return text_is_utf8(out, at) ? out : NULL;
}

platen_code query_parse(arena *a, const char *text, query *out, platen_error *err)
{
    size_t capacity = 0;
    query q = {0};
    for (const char *at = text; *at != '\0'; at += strcspn(at, "&"), at += *at == '&' ? 1 : 0) {
        capacity++;
    }
    if (capacity > QUERY_MAX) {
        return error_set(err, PLATEN_E_MALFORMED, "the query has %zu parameters, %d are the most",
                         capacity, QUERY_MAX);
    }
    q.pairs = arena_alloc_array(a, capacity + 1, sizeof(*q.pairs));
    if (q.pairs == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the query");
    }
    while (*text != '\0') {
        size_t length = strcspn(text, "&");
        const char *equals = memchr(text, '=', length);
        size_t name = equals != NULL ? (size_t)(equals - text) : length;
        if (length > 0) {
            query_pair *pair = &q.pairs[q.count];
            pair->name = query_decode(a, text, name, true);
            pair->value =
                equals != NULL ? query_decode(a, equals + 1, length - name - 1, true) : "";
            if (pair->name == NULL || pair->value == NULL) {
                return error_set(err, PLATEN_E_MALFORMED,
                                 "parameter %zu of the query is not well-formed", q.count + 1);
            }
            q.count++;
        }
        text += length;
        text += *text == '&' ? 1 : 0;
    }
    *out = q;
    return PLATEN_OK;
}

const char *query_first(const query *q, const char *name)
{
    for (size_t i = 0; i < q->count; i++) {
        if (strcmp(q->pairs[i].name, name) == 0) {
            return q->pairs[i].value;
        }
    }
    return NULL;
}
