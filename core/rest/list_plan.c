/* Reading the parameters of a list. Pure functions. */
#include "core/rest/list_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

typedef struct reader {
    arena *arena;
    const list_source *source;
    list_complain complain;
    void *user;
    list_plan *plan;
    size_t values; /* so far */
    bool failed;
} reader;

static void complain(reader *r, const char *parameter, const char *code, const char *text)
{
    r->failed = true;
    r->complain(parameter, code, text, r->user);
}

static void complain_about(reader *r, const char *parameter, const char *code, const char *what,
                           const char *value)
{
    const char *text = arena_printf(r->arena, "%s: '%.100s'", what, value);
    complain(r, parameter, code, text != NULL ? text : what);
}

static const list_field *field_by_name(const list_source *source, const char *name, size_t length)
{
    for (size_t i = 0; i < source->field_count; i++) {
        if (strlen(source->fields[i].name) == length &&
            memcmp(source->fields[i].name, name, length) == 0) {
            return &source->fields[i];
        }
    }
    return NULL;
}

/* ---- filters ---- */

static const struct {
    const char *word;
    unsigned types; /* bits of list_type */
} operators[] = {
    [LIST_EQ] = {"eq", ~0u},
    [LIST_NE] = {"ne", ~0u},
    [LIST_BEGINS] = {"begins", 1u << LIST_TEXT},
    [LIST_ENDS] = {"ends", 1u << LIST_TEXT},
    [LIST_CONTAINS] = {"contains", 1u << LIST_TEXT},
    [LIST_IN] = {"in", ~0u},
    [LIST_LT] = {"lt", 1u << LIST_NUMBER | 1u << LIST_TIME | 1u << LIST_ID},
    [LIST_LE] = {"le", 1u << LIST_NUMBER | 1u << LIST_TIME | 1u << LIST_ID},
    [LIST_GT] = {"gt", 1u << LIST_NUMBER | 1u << LIST_TIME | 1u << LIST_ID},
    [LIST_GE] = {"ge", 1u << LIST_NUMBER | 1u << LIST_TIME | 1u << LIST_ID},
    [LIST_EMPTY] = {"empty", ~(1u << LIST_GROUP)},
};

static bool read_operator(const char *word, size_t length, list_op *op)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        if (strlen(operators[i].word) == length && memcmp(operators[i].word, word, length) == 0) {
            *op = (list_op)i;
            return true;
        }
    }
    return false;
}

static bool read_integer(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    if (text[0] == '\0' || strlen(text) > 20 || strspn(text, "-0123456789") != strlen(text)) {
        return false;
    }
    *out = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0';
}

static bool read_number(const char *text, list_value *out)
{
    char *end = NULL;
    if (read_integer(text, &out->integer)) {
        return true;
    }
    if (text[0] == '\0' || strlen(text) > 40 || strspn(text, "-+.eE0123456789") != strlen(text)) {
        return false;
    }
    out->number = strtod(text, &end); /* no name of infinity gets past strspn() */
    out->is_double = true;
    return *end == '\0' && out->number - out->number == 0.0;
}

static bool read_time(const char *text, list_value *out)
{
    char whole[48];
    if (clock_parse(text, &out->integer)) {
        return true;
    }
    /* A day alone is its beginning in UTC. */
    return strlen(text) == 10 &&
           snprintf(whole, sizeof(whole), "%sT00:00:00Z", text) < (int)sizeof(whole) &&
           clock_parse(whole, &out->integer);
}

static bool read_choice(const list_field *field, const char *text, list_value *out)
{
    const char *at = field->choices;
    for (int i = 0; at != NULL && *at != '\0'; i++) {
        size_t length = strcspn(at, "|");
        if (strlen(text) == length && memcmp(at, text, length) == 0) {
            out->is_text = field->values == NULL;
            out->text = text;
            out->integer = field->values != NULL ? field->values[i] : 0;
            return true;
        }
        at += length + (at[length] == '|' ? 1 : 0);
    }
    return false;
}

static bool read_value(const list_field *field, const char *text, list_value *out)
{
    switch (field->type) {
    case LIST_TEXT:
        out->is_text = true;
        out->text = text;
        return strlen(text) <= 1000;
    case LIST_NUMBER:
        return read_number(text, out);
    case LIST_TIME:
        return read_time(text, out);
    case LIST_CHOICE:
        return read_choice(field, text, out);
    case LIST_ID:
    case LIST_GROUP:
        return read_integer(text, &out->integer);
    }
    return false;
}

/* "a,b\,c" into its parts; a backslash takes the next character as it is. */
static size_t split_values(arena *a, const char *text, const char **out, size_t capacity)
{
    size_t count = 0;
    char *copy = arena_alloc(a, strlen(text) + 1);
    char *to = copy;
    if (copy == NULL) {
        return 0;
    }
    for (;;) {
        if (count == capacity) {
            return capacity + 1;
        }
        out[count++] = to;
        while (*text != '\0' && *text != ',') {
            if (*text == '\\' && text[1] != '\0') {
                text++;
            }
            *to++ = *text++;
        }
        *to++ = '\0';
        if (*text == '\0') {
            return count;
        }
        text++;
    }
}

static void add_filter(reader *r, const list_field *field, list_op op, const char *text)
{
    const char *single[1] = {text};
    const char **texts = single;
    size_t count = 1;
    if (op == LIST_IN) {
        texts = arena_alloc_array(r->arena, LIST_VALUES, sizeof(*texts));
        count = texts != NULL ? split_values(r->arena, text, texts, LIST_VALUES) : 0;
    }
    if (count == 0 || count > LIST_VALUES || r->values + count > LIST_BINDS - 16 ||
        r->plan->filter_count == LIST_FILTERS) {
        complain(r, "f", "items", "too many values or filters");
        return;
    }
    list_value *values = arena_alloc_array(r->arena, count, sizeof(*values));
    if (values == NULL) {
        complain(r, "f", "items", "no memory for the filters");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (op == LIST_EMPTY) {
            values[i].integer = strcmp(text, "true") == 0;
            if (!values[i].integer && strcmp(text, "false") != 0) {
                complain_about(r, "f", "enum", "empty takes true or false", text);
            }
        } else if (!read_value(field, texts[i], &values[i])) {
            complain_about(r, "f", "format", "not a value of this field", texts[i]);
        }
    }
    r->values += count;
    r->plan->filters[r->plan->filter_count++] =
        (list_filter){.field = field, .op = op, .values = values, .count = count};
}

/* "field:op:value"; the value may hold colons. */
static void read_filter(reader *r, const char *text)
{
    list_op op = LIST_EQ;
    size_t name = strcspn(text, ":");
    size_t word = text[name] == ':' ? strcspn(text + name + 1, ":") : 0;
    if (text[name] != ':' || text[name + 1 + word] != ':') {
        complain_about(r, "f", "format", "not of the form field:op:value", text);
        return;
    }
    const list_field *field = field_by_name(r->source, text, name);
    if (field == NULL) {
        complain_about(r, "f", "unknown", "no field of this list", text);
    } else if (!read_operator(text + name + 1, word, &op)) {
        complain_about(r, "f", "enum", "not one of eq ne begins ends contains in lt le gt ge empty",
                       text);
    } else if ((operators[op].types & 1u << field->type) == 0) {
        complain_about(r, "f", "enum", "the operator does not fit the field", text);
    } else {
        add_filter(r, field, op, text + name + word + 2);
    }
}

/* ---- the other parameters ---- */

static void read_sort(reader *r, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        bool descending = text[0] == '-';
        size_t skip = descending ? 1 : 0;
        const list_field *field =
            length > skip ? field_by_name(r->source, text + skip, length - skip) : NULL;
        if (field == NULL || !field->sortable) {
            complain_about(r, "sort", "unknown", "the list cannot be sorted by this", text);
            return;
        }
        if (r->plan->sort_count == LIST_SORTS) {
            complain(r, "sort", "items", "too many fields to sort by");
            return;
        }
        r->plan->sorts[r->plan->sort_count++] = (list_sort){field, descending};
        text += length;
        text += *text == ',' ? 1 : 0;
    }
}

static void read_count(reader *r, const query *q, const char *name, int64_t most, int64_t *out)
{
    int64_t value = 0;
    const char *text = query_first(q, name);
    if (text == NULL) {
        return;
    }
    if (!read_integer(text, &value) || value < 1 || value > most) {
        const char *what =
            arena_printf(r->arena, "is '%.40s', 1 to %lld is possible", text, (long long)most);
        complain(r, name, "range", what != NULL ? what : "is out of range");
        return;
    }
    *out = value;
}

static void read_terms(reader *r, const char *text)
{
    char *copy = arena_dup(r->arena, text);
    if (strlen(text) > 200 || copy == NULL) {
        complain(r, "q", "length", "is too long");
        return;
    }
    while (*copy != '\0') {
        copy += strspn(copy, " \t\n");
        size_t length = strcspn(copy, " \t\n");
        if (length == 0) {
            break;
        }
        bool end = copy[length] == '\0';
        copy[length] = '\0';
        if (r->plan->term_count < LIST_TERMS) { /* more words than that narrow nothing down */
            r->plan->terms[r->plan->term_count++] = copy;
        }
        copy += length + (end ? 0 : 1);
    }
}

platen_code list_plan_read(arena *a, const query *q, const list_source *source,
                           list_complain complainer, void *user, list_plan *out, platen_error *err)
{
    reader r = {.arena = a, .source = source, .complain = complainer, .user = user, .plan = out};
    const char *sort = query_first(q, "sort");
    const char *search = query_first(q, "q");
    memset(out, 0, sizeof(*out));
    out->page = 1;
    out->size = LIST_SIZE_PRESET;
    for (size_t i = 0; i < q->count; i++) {
        if (strcmp(q->pairs[i].name, "f") == 0) {
            read_filter(&r, q->pairs[i].value);
        }
    }
    if (sort != NULL) {
        read_sort(&r, sort);
    }
    if (out->sort_count == 0 && source->sort != NULL && !r.failed) {
        read_sort(&r, source->sort);
    }
    read_count(&r, q, "page", 10000000, &out->page);
    read_count(&r, q, "size", LIST_SIZE_MAX, &out->size);
    if (search != NULL && source->search != NULL) {
        read_terms(&r, search);
    } else if (search != NULL && search[0] != '\0') {
        complain(&r, "q", "unknown", "this list has no search");
    }
    return r.failed ? error_set(err, PLATEN_E_INVAL, "a parameter of the list is not possible")
                    : PLATEN_OK;
}
