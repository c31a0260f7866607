/* A backtracking matcher: one item of the pattern after the other, recursion where it may choose.
 */
#include "core/flow/pattern.h"

#include <ctype.h>
#include <string.h>

typedef struct matcher {
    const char *text, *text_end;
    const char *pattern_end;
    int64_t *budget;
    pattern_result trouble; /* PATTERN_NO while there is none */
    int depth;
    int count;
    pattern_capture captures[PATTERN_CAPTURES];
} matcher;

/* NULL is "does not match" or, with m->trouble, "cannot go on". */
static const char *match(matcher *m, const char *s, const char *p);

static const char *fail(matcher *m, pattern_result why)
{
    m->trouble = why;
    return NULL;
}

static bool step(matcher *m)
{
    if (--*m->budget < 0) {
        m->trouble = PATTERN_TOO_LONG;
    }
    return m->trouble == PATTERN_NO;
}

/* ---- one character ---- */

static bool is_class(unsigned char c, unsigned char class)
{
    bool in = false;
    switch (tolower(class)) {
    case 'a':
        in = isalpha(c) != 0;
        break;
    case 'c':
        in = iscntrl(c) != 0;
        break;
    case 'd':
        in = isdigit(c) != 0;
        break;
    case 'g':
        in = isgraph(c) != 0;
        break;
    case 'l':
        in = islower(c) != 0;
        break;
    case 'p':
        in = ispunct(c) != 0;
        break;
    case 's':
        in = isspace(c) != 0;
        break;
    case 'u':
        in = isupper(c) != 0;
        break;
    case 'w':
        in = isalnum(c) != 0;
        break;
    case 'x':
        in = isxdigit(c) != 0;
        break;
    case 'z': /* of Lua 5.1, still known */
        in = c == '\0';
        break;
    default:
        return class == c; /* an escaped character */
    }
    return isupper(class) ? !in : in;
}

/* Behind the single-character class at `p`, or NULL when it has no end. */
static const char *class_end(matcher *m, const char *p)
{
    if (*p == '%') {
        return m->pattern_end - p >= 2 ? p + 2 : fail(m, PATTERN_MALFORMED);
    }
    if (*p != '[') {
        return p + 1;
    }
    p++;
    if (p < m->pattern_end && *p == '^') {
        p++;
    }
    for (bool first = true; p < m->pattern_end; first = false) {
        if (*p == ']' && !first) {
            return p + 1;
        }
        p += *p == '%' ? 2 : 1;
    }
    return fail(m, PATTERN_MALFORMED);
}

/* `p` is behind '[', `end` on its ']'. */
static bool in_set(unsigned char c, const char *p, const char *end)
{
    bool negated = *p == '^';
    p += negated ? 1 : 0;
    while (p < end) {
        if (*p == '%') {
            if (is_class(c, (unsigned char)p[1])) {
                return !negated;
            }
            p += 2;
        } else if (p + 2 < end && p[1] == '-') {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2]) {
                return !negated;
            }
            p += 3;
        } else {
            if ((unsigned char)*p == c) {
                return !negated;
            }
            p++;
        }
    }
    return negated;
}

static bool fits_class(unsigned char c, const char *p, const char *p_end)
{
    switch (*p) {
    case '.':
        return true;
    case '%':
        return is_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(c, p + 1, p_end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

static bool fits(const matcher *m, const char *s, const char *p, const char *p_end)
{
    return s < m->text_end && fits_class((unsigned char)*s, p, p_end);
}

/* ---- repetitions ---- */

static const char *longest(matcher *m, const char *s, const char *p, const char *p_end)
{
    ptrdiff_t count = 0;
    while (step(m) && fits(m, s + count, p, p_end)) {
        count++;
    }
    for (; count >= 0 && m->trouble == PATTERN_NO; count--) {
        const char *end = match(m, s + count, p_end + 1);
        if (end != NULL) {
            return end;
        }
    }
    return NULL;
}

static const char *shortest(matcher *m, const char *s, const char *p, const char *p_end)
{
    while (step(m)) {
        const char *end = match(m, s, p_end + 1);
        if (end != NULL || m->trouble != PATTERN_NO || !fits(m, s, p, p_end)) {
            return end;
        }
        s++;
    }
    return NULL;
}

/* ---- captures ---- */

static const char *begin_capture(matcher *m, const char *s, const char *p, ptrdiff_t kind)
{
    if (m->count == PATTERN_CAPTURES) {
        return fail(m, PATTERN_TOO_COMPLEX);
    }
    m->captures[m->count++] = (pattern_capture){s, kind};
    const char *end = match(m, s, p);
    if (end == NULL) {
        m->count--;
    }
    return end;
}

static const char *end_capture(matcher *m, const char *s, const char *p)
{
    int last = m->count - 1;
    while (last >= 0 && m->captures[last].length != PATTERN_OPEN) {
        last--;
    }
    if (last < 0) {
        return fail(m, PATTERN_MALFORMED);
    }
    m->captures[last].length = s - m->captures[last].at;
    const char *end = match(m, s, p);
    if (end == NULL) {
        m->captures[last].length = PATTERN_OPEN;
    }
    return end;
}

/* Behind the text of capture `digit` when it stands at `s`. */
static const char *match_reference(matcher *m, const char *s, char digit)
{
    int index = digit - '1';
    if (index < 0 || index >= m->count || m->captures[index].length == PATTERN_OPEN) {
        return fail(m, PATTERN_MALFORMED);
    }
    ptrdiff_t length = m->captures[index].length;
    if (length < 0 || m->text_end - s < length) { /* a position is no text */
        return NULL;
    }
    *m->budget -= length;
    return memcmp(m->captures[index].at, s, (size_t)length) == 0 ? s + length : NULL;
}

/* ---- %b and %f ---- */

static const char *match_balance(matcher *m, const char *s, const char *p)
{
    int open = 0;
    if (m->pattern_end - p < 2) {
        return fail(m, PATTERN_MALFORMED);
    }
    if (s >= m->text_end || *s != p[0]) {
        return NULL;
    }
    for (open = 1, s++; s < m->text_end && step(m); s++) {
        if (*s == p[1]) {
            if (--open == 0) {
                return s + 1;
            }
        } else if (*s == p[0]) {
            open++;
        }
    }
    return NULL;
}

/* `p` is on the set of "%f[set]"; the end of the set when `s` is at a frontier of it. */
static const char *match_frontier(matcher *m, const char *s, const char *p)
{
    if (p >= m->pattern_end || *p != '[') {
        return fail(m, PATTERN_MALFORMED);
    }
    const char *p_end = class_end(m, p);
    if (p_end == NULL) {
        return NULL;
    }
    unsigned char before = s == m->text ? '\0' : (unsigned char)s[-1];
    unsigned char here = s < m->text_end ? (unsigned char)*s : '\0';
    return !in_set(before, p + 1, p_end - 1) && in_set(here, p + 1, p_end - 1) ? p_end : NULL;
}

/* ---- the walk ---- */

typedef enum outcome { OUTCOME_NO, OUTCOME_END, OUTCOME_GO } outcome;

/* "%b", "%f" and "%1": moves both on; OUTCOME_NO when it does not match. */
static outcome take_special(matcher *m, const char **s, const char **p)
{
    const char *next = NULL;
    switch ((*p)[1]) {
    case 'b':
        next = match_balance(m, *s, *p + 2);
        *p += 4;
        break;
    case 'f':
        *p = match_frontier(m, *s, *p + 2);
        return *p != NULL ? OUTCOME_GO : OUTCOME_NO;
    default:
        next = match_reference(m, *s, (*p)[1]);
        *p += 2;
        break;
    }
    *s = next;
    return next != NULL ? OUTCOME_GO : OUTCOME_NO;
}

static bool is_special(const matcher *m, const char *p)
{
    return *p == '%' && m->pattern_end - p >= 2 &&
           (p[1] == 'b' || p[1] == 'f' || isdigit((unsigned char)p[1]));
}

/* A class with what follows it; OUTCOME_END leaves the end of the whole match in *s. */
static outcome take_class(matcher *m, const char **s, const char **p)
{
    const char *p_end = class_end(m, *p);
    const char *end = NULL;
    if (p_end == NULL) {
        return OUTCOME_NO;
    }
    char suffix = p_end < m->pattern_end ? *p_end : '\0';
    bool here = fits(m, *s, *p, p_end);
    if (suffix == '?') {
        end = here ? match(m, *s + 1, p_end + 1) : NULL;
        if (end == NULL) {
            *p = p_end + 1;
            return m->trouble == PATTERN_NO ? OUTCOME_GO : OUTCOME_NO;
        }
    } else if (suffix == '*' || suffix == '-') {
        end = suffix == '*' ? longest(m, *s, *p, p_end) : shortest(m, *s, *p, p_end);
    } else if (suffix == '+') {
        end = here ? longest(m, *s + 1, *p, p_end) : NULL;
    } else if (here) {
        *s += 1;
        *p = p_end;
        return OUTCOME_GO;
    }
    *s = end;
    return end != NULL ? OUTCOME_END : OUTCOME_NO;
}

static const char *walk(matcher *m, const char *s, const char *p)
{
    outcome go = OUTCOME_GO;
    while (go == OUTCOME_GO) {
        if (p == m->pattern_end) {
            return s;
        }
        if (!step(m)) {
            return NULL;
        }
        if (*p == '(') {
            bool position = m->pattern_end - p >= 2 && p[1] == ')';
            return position ? begin_capture(m, s, p + 2, PATTERN_POSITION)
                            : begin_capture(m, s, p + 1, PATTERN_OPEN);
        }
        if (*p == ')') {
            return end_capture(m, s, p + 1);
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            return s == m->text_end ? s : NULL;
        }
        go = is_special(m, p) ? take_special(m, &s, &p) : take_class(m, &s, &p);
    }
    return go == OUTCOME_END ? s : NULL;
}

// NOLINTNEXTLINE(misc-no-recursion): depth is at most PATTERN_DEPTH
static const char *match(matcher *m, const char *s, const char *p)
{
    if (++m->depth > PATTERN_DEPTH) {
        m->depth--;
        return fail(m, PATTERN_TOO_COMPLEX);
    }
    const char *end = walk(m, s, p);
    m->depth--;
    return end;
}

pattern_result pattern_at(const char *text, size_t length, const char *at, const char *pattern,
                          size_t pattern_length, int64_t *budget, pattern_match *out)
{
    matcher m = {.text = text,
                 .text_end = text + length,
                 .pattern_end = pattern + pattern_length,
                 .budget = budget};
    const char *end = match(&m, at, pattern);
    if (end == NULL) {
        return m.trouble;
    }
    for (int i = 0; i < m.count; i++) {
        out->captures[i] = m.captures[i];
    }
    out->count = m.count;
    out->end = end;
    return PATTERN_YES;
}
