/* Whether a text is JSON (RFC 8259), without a tree: what is only passed on may be large. */
#include "core/base/json.h"

#include <string.h>

#include "core/base/text.h"

typedef struct checker {
    const char *at, *end;
    unsigned depth;
    char closing[JSON_DEPTH]; /* of what is open: '}' or ']' */
} checker;

static int next(checker *c) /* the first byte that is no space, -1 at the end; stays there */
{
    while (c->at < c->end &&
           (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n')) {
        c->at++;
    }
    return c->at < c->end ? (unsigned char)*c->at : -1;
}

static bool take(checker *c, char wanted)
{
    bool there = next(c) == wanted;
    c->at += there;
    return there;
}

static size_t digits(checker *c)
{
    size_t count = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        c->at++;
        count++;
    }
    return count;
}

static bool escape(checker *c)
{
    c->at++;
    if (c->at == c->end) {
        return false;
    }
    char kind = *c->at++;
    if (kind != 'u') {
        return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL;
    }
    for (int i = 0; i < 4; i++, c->at++) {
        if (c->at == c->end || strchr("0123456789abcdefABCDEF", *c->at) == NULL) {
            return false;
        }
    }
    return true;
}

static bool quoted(checker *c)
{
    if (!take(c, '"')) {
        return false;
    }
    while (c->at < c->end && *c->at != '"') {
        if (*c->at == '\\') {
            if (!escape(c)) {
                return false;
            }
        } else if ((unsigned char)*c->at++ < 0x20) {
            return false;
        }
    }
    return take(c, '"');
}

static bool number(checker *c)
{
    c->at += *c->at == '-';
    const char *first = c->at;
    size_t whole = digits(c);
    if (whole == 0 || (whole > 1 && *first == '0')) {
        return false;
    }
    if (c->at < c->end && *c->at == '.') {
        c->at++;
        if (digits(c) == 0) {
            return false;
        }
    }
    if (c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        c->at++;
        c->at += c->at < c->end && (*c->at == '+' || *c->at == '-');
        return digits(c) > 0;
    }
    return true;
}

static bool word(checker *c)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(c->end - c->at) >= length && memcmp(c->at, words[i], length) == 0) {
            c->at += length;
            return true;
        }
    }
    return false;
}

static bool key(checker *c)
{
    return next(c) == '"' && quoted(c) && take(c, ':');
}

/* A value, or the beginning of one that holds others; `*ended` tells which. */
static bool begin(checker *c, bool *ended)
{
    int first = next(c);
    *ended = true;
    if (first == '"') {
        return quoted(c);
    }
    if (first == '-' || (first >= '0' && first <= '9')) {
        return number(c);
    }
    if (first != '{' && first != '[') {
        return word(c);
    }
    if (c->depth == JSON_DEPTH) {
        return false;
    }
    char closing = first == '{' ? '}' : ']';
    c->at++;
    if (take(c, closing)) {
        return true;
    }
    c->closing[c->depth++] = closing;
    *ended = false;
    return first == '[' || key(c);
}

/* Behind a value: what closes, then the way to the next one if there is one. */
static bool go_on(checker *c)
{
    while (c->depth > 0 && take(c, c->closing[c->depth - 1])) {
        c->depth--;
    }
    return c->depth == 0 || (take(c, ',') && (c->closing[c->depth - 1] == ']' || key(c)));
}

platen_code json_check(const char *text, size_t length, platen_error *err)
{
    checker c = {.at = text, .end = text + length};
    bool ended = false;
    bool good = text_is_utf8(text, length) && memchr(text, '\0', length) == NULL;
    do {
        good = good && begin(&c, &ended) && (!ended || go_on(&c));
    } while (good && (c.depth > 0 || !ended));
    if (good && next(&c) == -1) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_MALFORMED,
                     "the text is not JSON of at most %d levels from byte %zu on", JSON_DEPTH,
                     (size_t)(c.at - text));
}
