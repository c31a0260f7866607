/*
 * Which tables a statement in PostgreSQL's dialect names, as its words tell: what stands behind
 * FROM, JOIN, INTO, UPDATE and USING, and behind commas among those. Names that a WITH gives and
 * functions are no tables.
 */
#include "core/store/store_guard.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "core/base/text.h"

#define DEPTH 64 /* of brackets */
#define GIVEN 32 /* names that a WITH gives */

typedef enum word_kind { WORD_END, WORD_NAME, WORD_SIGN } word_kind;

typedef struct word {
    word_kind kind;
    char sign;
    bool quoted;
    const char *at;
    size_t length;
} word;

typedef struct reader {
    const char *at;
    const char *prefix;
    word before, now;
    bool expects;         /* a table's name comes */
    bool list[DEPTH];     /* in each bracket: in a list of tables */
    bool no_table[DEPTH]; /* extract(... FROM ...) and its like */
    size_t depth;
    word given[GIVEN];
    size_t given_count;
} reader;

/* ---- words ---- */

static const char *skip_dollar(const char *at)
{
    const char *end = strchr(at + 1, '$');
    size_t tag = end != NULL ? (size_t)(end - at) + 1 : 0;
    if (tag == 0 ||
        strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") != tag - 2) {
        return at + 1;
    }
    const char *close = memmem(at + tag, strlen(at + tag), at, tag);
    return close != NULL ? close + tag : at + strlen(at);
}

static const char *skip_quoted(const char *at, char quote)
{
    for (at++; *at != '\0' && (*at != quote || at[1] == quote); at++) {
        at += *at == quote;
    }
    return *at != '\0' ? at + 1 : at;
}

static const char *skip_space(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\f");
        if (at[0] == '-' && at[1] == '-') {
            at += strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            at = end != NULL ? end + 2 : at + strlen(at);
        } else {
            return at;
        }
    }
}

static bool begins_name(char c)
{
    return isalpha((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80u) != 0;
}

static word take(const char **from)
{
    const char *at = skip_space(*from);
    word w = {WORD_SIGN, *at, false, at, 1};
    if (*at == '\0') {
        w.kind = WORD_END;
        w.length = 0;
    } else if (begins_name(*at)) {
        w.kind = WORD_NAME;
        while (begins_name(at[w.length]) || isdigit((unsigned char)at[w.length])) {
            w.length++;
        }
    } else if (*at == '"') {
        w = (word){WORD_NAME, '"', true, at + 1, 0};
        *from = skip_quoted(at, '"');
        w.length = (size_t)(*from - w.at) - (*from > w.at);
        return w;
    } else if (*at == '\'' || *at == '$') {
        *from = *at == '$' ? skip_dollar(at) : skip_quoted(at, '\'');
        return w;
    }
    *from = at + w.length;
    return w;
}

static word peek(const reader *r)
{
    const char *at = r->at;
    return take(&at);
}

static bool is(const word *w, const char *text)
{
    return w->kind == WORD_NAME && !w->quoted && strlen(text) == w->length &&
           strncasecmp(w->at, text, w->length) == 0;
}

static bool is_one(const word *w, const char *const *texts)
{
    while (*texts != NULL && !is(w, *texts)) {
        texts++;
    }
    return *texts != NULL;
}

static bool is_sign(const word *w, char sign)
{
    return w->kind == WORD_SIGN && w->sign == sign;
}

/* ---- names of WITH ---- */

static bool gives(const char *at)
{
    word next = take(&at);
    return is_sign(&next, '(') || is(&next, "MATERIALIZED") || is(&next, "NOT");
}

/* name AS (, name AS MATERIALIZED (, name (columns) AS ( */
static void find_given(reader *r)
{
    const char *at = r->at;
    word last = {0};   /* the last name that was not in brackets opened since */
    word opened = {0}; /* the name before the bracket that was closed last */
    word now = take(&at);
    for (; now.kind != WORD_END; now = take(&at)) {
        if (is(&now, "AS") && gives(at) && r->given_count < GIVEN) {
            r->given[r->given_count++] = is_sign(&last, ')') ? opened : last;
        } else if (is_sign(&now, '(') && last.kind == WORD_NAME) {
            opened = last;
        }
        last = now;
    }
}

static bool is_given(const reader *r, const word *w)
{
    for (size_t i = 0; i < r->given_count; i++) {
        if (r->given[i].kind == WORD_NAME && r->given[i].length == w->length &&
            strncasecmp(r->given[i].at, w->at, w->length) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- tables ---- */

static platen_code check_table(const reader *r, platen_error *err)
{
    const word *w = &r->now;
    word next = peek(r);
    bool own =
        w->length > strlen(r->prefix) && strncasecmp(w->at, r->prefix, strlen(r->prefix)) == 0;
    if (!is_sign(&next, '.') && (own || is_sign(&next, '(') || is_given(r, w))) {
        return PLATEN_OK;
    }
    return error_set(err, PLATEN_E_INVAL, "it touches '%.*s', and may touch only %s...",
                     (int)(w->length < 64 ? w->length : 64), w->at, r->prefix);
}

static void take_sign(reader *r)
{
    static const char *const with_from[] = {"extract", "substring", "trim",
                                            "overlay", "position",  NULL};
    if (r->now.sign == '(' && r->depth + 1 < DEPTH) {
        r->depth++;
        r->list[r->depth] = r->expects; /* (a JOIN b) */
        r->no_table[r->depth] = is_one(&r->before, with_from);
    } else if (r->now.sign == ')' && r->depth > 0) {
        r->depth--;
    } else if (r->now.sign == ',') {
        r->expects = r->list[r->depth];
        return;
    }
    r->expects = r->now.sign == '(' && r->expects;
}

static platen_code take_name(reader *r, platen_error *err)
{
    static const char *const lists[] = {"FROM", "USING", NULL};
    static const char *const single[] = {"JOIN", "INTO", "UPDATE", NULL};
    static const char *const passes[] = {"ONLY", "LATERAL", NULL};
    static const char *const ends[] = {
        "WHERE",  "GROUP", "ORDER",  "HAVING", "LIMIT",  "RETURNING", "SET", "SELECT",
        "VALUES", "UNION", "OFFSET", "WINDOW", "EXCEPT", "INTERSECT", "FOR", "ON",
        "WITH",   "OF",    "SKIP",   "NOWAIT", "FETCH",  NULL};
    word next = peek(r);
    if (r->expects && is_one(&r->now, passes)) {
        return PLATEN_OK;
    }
    if (is_one(&r->now, ends)) {
        /* The condition of a join stands among tables. */
        r->list[r->depth] = r->list[r->depth] && is(&r->now, "ON");
        r->expects = false;
    } else if (is(&r->now, "USING") && is_sign(&next, '(')) {
        r->expects = false; /* the columns of a join */
    } else if (is_one(&r->now, lists) || is_one(&r->now, single)) {
        bool column = r->no_table[r->depth] || is(&r->before, "DISTINCT");
        r->expects = !column;
        r->list[r->depth] = !column && !is(&r->now, "INTO") && !is(&r->now, "UPDATE");
    } else if (r->expects) {
        r->expects = false;
        return check_table(r, err);
    }
    return PLATEN_OK;
}

platen_code store_guard_pgsql(const char *prefix, const char *sql, platen_error *err)
{
    reader r = {.at = sql, .prefix = prefix};
    find_given(&r);
    bool ended = false;
    for (r.now = take(&r.at); r.now.kind != WORD_END; r.now = take(&r.at)) {
        if (ended) {
            return error_set(err, PLATEN_E_INVAL, "it is more than one statement");
        }
        ended = is_sign(&r.now, ';');
        if (r.now.kind == WORD_NAME) {
            PLATEN_TRY(take_name(&r, err));
        } else {
            take_sign(&r);
        }
        r.before = r.now;
    }
    return PLATEN_OK;
}
