/*
 * SQL of lists. The text is made of the source's constant fragments and of words of this file;
 * values are always bound. Pure functions.
 */
#include <string.h>

#include "core/base/text.h"
#include "core/model/region_row.h"
#include "core/rest/list_plan.h"

#define SEARCH_JOIN " || ' ' || "
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf" /* U+10FFFF: nothing sorts behind it */

typedef struct writer {
    strbuf *sql;
    store_dialect dialect;
    arena *arena;
    list_value *values;
    size_t count;
    bool failed;
    bool plus; /* the column being written must not lead to an index */
    list_shape shape;
    const list_indexes *indexes; /* NULL: nothing is known */
    const char *search_scope;    /* the scope on the search table, or NULL */
} writer;

/* A unary plus keeps SQLite from using an index and changes neither value nor collation. */
static void put_column(writer *w, const char *column)
{
    strbuf_append(w->sql, w->plus ? "+" : "");
    strbuf_append(w->sql, column);
}

static const char *sort_column(const list_field *field)
{
    return field->sort_column != NULL ? field->sort_column : field->column;
}

static void put_value(writer *w, const list_value *value)
{
    if (w->count == LIST_BINDS || (value->is_text && value->text == NULL)) {
        w->failed = true;
        return;
    }
    strbuf_appendf(w->sql, ":f%zu", w->count);
    w->values[w->count++] = *value;
}

static void put_text(writer *w, const char *text)
{
    list_value value = {.is_text = true, .text = text};
    put_value(w, &value);
}

/* Text for LIKE with ESCAPE '\'. */
static const char *pattern(arena *a, const char *before, const char *text, const char *after)
{
    char *out = arena_alloc(a, strlen(text) * 2 + 3);
    char *to = out;
    if (out == NULL) {
        return NULL;
    }
    for (; *before != '\0'; before++) {
        *to++ = *before;
    }
    for (; *text != '\0'; text++) {
        if (*text == '%' || *text == '_' || *text == '\\') {
            *to++ = '\\';
        }
        *to++ = *text;
    }
    for (; *after != '\0'; after++) {
        *to++ = *after;
    }
    *to = '\0';
    return out;
}

static void put_like(writer *w, const char *column, const char *like)
{
    if (w->dialect == STORE_PGSQL) {
        strbuf_append(w->sql, "lower(");
        put_column(w, column);
        strbuf_append(w->sql, ") LIKE lower(");
        put_text(w, like);
        strbuf_append(w->sql, ") ESCAPE '\\'");
    } else {
        put_column(w, column);
        strbuf_append(w->sql, " LIKE ");
        put_text(w, like);
        strbuf_append(w->sql, " ESCAPE '\\'");
    }
}

/* A range, since SQLite uses an index for LIKE only with a literal pattern. */
static void put_begins(writer *w, const char *column, const char *text)
{
    if (w->dialect == STORE_PGSQL || text[0] == '\0') {
        put_like(w, column, pattern(w->arena, "", text, "%"));
        return;
    }
    strbuf_append(w->sql, "(");
    put_column(w, column);
    strbuf_append(w->sql, " >= ");
    put_text(w, text);
    strbuf_append(w->sql, " COLLATE NOCASE AND ");
    put_column(w, column);
    strbuf_append(w->sql, " < ");
    put_text(w, arena_printf(w->arena, "%s" LAST_CHARACTER, text));
    strbuf_append(w->sql, " COLLATE NOCASE)");
}

static void put_compare(writer *w, const list_field *field, const char *op, const list_value *value)
{
    bool fold = field->type == LIST_TEXT;
    bool lower = fold && w->dialect == STORE_PGSQL;
    strbuf_append(w->sql, lower ? "lower(" : "");
    put_column(w, field->column);
    strbuf_append(w->sql, lower ? ")" : "");
    strbuf_appendf(w->sql, " %s %s", op, lower ? "lower(" : "");
    put_value(w, value);
    strbuf_append(w->sql, lower ? ")" : fold ? " COLLATE NOCASE" : "");
}

static void put_in(writer *w, const list_filter *f)
{
    bool fold = f->field->type == LIST_TEXT;
    bool lower = fold && w->dialect == STORE_PGSQL;
    strbuf_append(w->sql, lower ? "lower(" : "");
    put_column(w, f->field->column);
    strbuf_append(w->sql, lower ? ") IN (" : fold ? " COLLATE NOCASE IN (" : " IN (");
    for (size_t i = 0; i < f->count; i++) {
        strbuf_append(w->sql, i > 0 ? ", " : "");
        strbuf_append(w->sql, lower ? "lower(" : "");
        put_value(w, &f->values[i]);
        strbuf_append(w->sql, lower ? ")" : "");
    }
    strbuf_append(w->sql, ")");
}

static void put_empty(writer *w, const list_filter *f)
{
    bool empty = f->values[0].integer != 0;
    const char *nothing = f->field->type == LIST_TEXT   ? " = ''"
                          : f->field->type == LIST_TIME ? " = 0"
                                                        : NULL;
    strbuf_append(w->sql, empty ? "(" : "NOT (");
    put_column(w, f->field->column);
    strbuf_append(w->sql, " IS NULL");
    if (nothing != NULL) {
        strbuf_append(w->sql, " OR ");
        put_column(w, f->field->column);
        strbuf_append(w->sql, nothing);
    }
    strbuf_append(w->sql, ")");
}

static void put_filter(writer *w, const list_filter *f)
{
    const char *column = f->field->column;
    const char *text = f->values[0].text;
    switch (f->op) {
    case LIST_EQ:
        put_compare(w, f->field, "=", f->values);
        break;
    case LIST_NE:
        strbuf_append(w->sql, "(");
        put_column(w, column);
        strbuf_append(w->sql, " IS NULL OR ");
        put_compare(w, f->field, "<>", f->values);
        strbuf_append(w->sql, ")");
        break;
    case LIST_LT:
        put_compare(w, f->field, "<", f->values);
        break;
    case LIST_LE:
        put_compare(w, f->field, "<=", f->values);
        break;
    case LIST_GT:
        put_compare(w, f->field, ">", f->values);
        break;
    case LIST_GE:
        put_compare(w, f->field, ">=", f->values);
        break;
    case LIST_BEGINS:
        put_begins(w, column, text);
        break;
    case LIST_ENDS:
        put_like(w, column, pattern(w->arena, "%", text, ""));
        break;
    case LIST_CONTAINS:
        put_like(w, column, pattern(w->arena, "%", text, "%"));
        break;
    case LIST_IN:
        put_in(w, f);
        break;
    case LIST_EMPTY:
        put_empty(w, f);
        break;
    }
}

/* ---- several filters of one field ---- */

static bool is_lower(list_op op)
{
    return op == LIST_GT || op == LIST_GE;
}

static bool is_upper(list_op op)
{
    return op == LIST_LT || op == LIST_LE;
}

static double as_number(const list_value *value)
{
    return value->is_double ? value->number : (double)value->integer;
}

/*
 * Whether `b` is joined to `a` by AND. Alternatives are joined by OR (DEV-96), but where that would
 * let everything through something else was meant: neither this nor that, from here to there.
 */
static bool joins_and(const list_filter *a, const list_filter *b)
{
    if (a->op == LIST_NE && b->op == LIST_NE) {
        return true;
    }
    if (is_lower(a->op) && is_upper(b->op)) {
        return as_number(a->values) <= as_number(b->values);
    }
    return is_upper(a->op) && is_lower(b->op) && as_number(b->values) <= as_number(a->values);
}

static void put_field(writer *w, const list_plan *plan, size_t first, bool *done)
{
    const list_field *field = plan->filters[first].field;
    bool any = false;
    w->plus = w->shape.plain_filters ||
              (w->shape.strong_only && !list_is_strong(plan, w->indexes, field));
    strbuf_append(w->sql, "(");
    for (size_t i = first; i < plan->filter_count; i++) {
        if (plan->filters[i].field != field || done[i]) {
            continue;
        }
        strbuf_append(w->sql, any ? " OR (" : "(");
        put_filter(w, &plan->filters[i]);
        done[i] = true;
        for (size_t j = i + 1; j < plan->filter_count; j++) {
            if (!done[j] && plan->filters[j].field == field &&
                joins_and(&plan->filters[i], &plan->filters[j])) {
                strbuf_append(w->sql, " AND ");
                put_filter(w, &plan->filters[j]);
                done[j] = true;
            }
        }
        strbuf_append(w->sql, ")");
        any = true;
    }
    strbuf_append(w->sql, ")");
    w->plus = false;
}

/* Column by column: joining them to one text first costs 1.7 times as much on SQLite (measured). */
static void put_term(writer *w, const char *search, const char *term)
{
    const char *like = pattern(w->arena, "%", term, "%");
    strbuf_append(w->sql, "(");
    while (*search != '\0') {
        const char *end = strstr(search, SEARCH_JOIN);
        size_t length = end != NULL ? (size_t)(end - search) : strlen(search);
        char *column = arena_dup_n(w->arena, search, length);
        if (column == NULL) {
            w->failed = true;
            return;
        }
        put_like(w, column, like);
        search += length;
        if (end != NULL) {
            search += strlen(SEARCH_JOIN);
            strbuf_append(w->sql, " OR ");
        }
    }
    strbuf_append(w->sql, ")");
}

/* One of a set as a plain comparison, so that an index behind it still gives an order. */
static void put_in_set(writer *w, const char *column, const region_set *set)
{
    strbuf text;
    if (set->count == 1) {
        list_value one = {.integer = set->ids[0]};
        strbuf_appendf(w->sql, "%s = ", column);
        put_value(w, &one);
        return;
    }
    strbuf_init(&text);
    region_set_write(set, w->dialect, &text);
    bool pgsql = w->dialect == STORE_PGSQL;
    strbuf_appendf(w->sql, pgsql ? "%s = ANY (CAST(" : "%s IN (SELECT value FROM json_each(",
                   column);
    put_text(w, arena_dup(w->arena, text.data));
    strbuf_append(w->sql, pgsql ? " AS BIGINT[]))" : "))");
    w->failed = w->failed || text.failed;
    strbuf_fini(&text);
}

/* ---- search in a table of its own ---- */

static void put_found_where(writer *w, const list_plan *plan, const list_source *source)
{
    strbuf_appendf(w->sql, " FROM %s WHERE ", source->search_from);
    if (w->search_scope != NULL) {
        strbuf_appendf(w->sql, "%s AND ", w->search_scope);
    }
    for (size_t i = 0; i < plan->term_count; i++) {
        strbuf folded;
        strbuf_init(&folded);
        text_fold(&folded, plan->terms[i]);
        strbuf_appendf(w->sql, "%sstrpos(%s, ", i > 0 ? " AND " : "", source->search);
        put_text(w, folded.failed ? NULL : arena_dup(w->arena, folded.data));
        strbuf_append(w->sql, ") > 0");
        strbuf_fini(&folded);
    }
}

/* Rows with the terms: by their keys when those are known. Else they are many: looked at row by
 * row, or, where all rows come by, found first. */
static void put_search(writer *w, const list_plan *plan, const list_source *source)
{
    bool set = w->shape.scan && plan->filter_count == 0;
    if (plan->found != NULL) {
        put_in_set(w, source->key, plan->found);
        return;
    }
    if (set) {
        strbuf_appendf(w->sql, "+%s IN (SELECT %s", source->key, source->search_key);
    } else {
        strbuf_append(w->sql, "EXISTS (SELECT 1");
    }
    put_found_where(w, plan, source);
    if (!set) {
        strbuf_appendf(w->sql, " AND %s = %s", source->search_key, source->key);
    }
    strbuf_append(w->sql, ")");
}

/* ---- regions ---- */

/* A device of the regions: found from the region's side, or looked at row by row. */
static void put_device_in(writer *w, const char *column, const region_set *regions)
{
    bool each = w->shape.plain_regions || w->dialect == STORE_PGSQL;
    strbuf_appendf(w->sql,
                   each ? "EXISTS (SELECT 1 FROM device y WHERE y.id = %s AND "
                        : "%s IN (SELECT y.id FROM device y WHERE y.managed IN (0, 1) AND ",
                   column);
    put_in_set(w, "y.region_id", regions);
    strbuf_append(w->sql, ")");
}

/* The rows of the plan's regions (ACC-69). Who has none gets none. */
static void put_regions(writer *w, const list_plan *plan, const list_source *source)
{
    const region_set *regions = plan->regions;
    const char *plus = w->shape.plain_regions && w->dialect == STORE_SQLITE ? "+" : "";
    if (regions->count == 0) {
        strbuf_append(w->sql, "1 = 0");
        return;
    }
    switch (source->region_kind) {
    case LIST_REGION_COLUMN:
        strbuf_append(w->sql, plus);
        put_in_set(w, source->region, regions);
        break;
    case LIST_REGION_OF:
        put_device_in(w, source->region, regions);
        break;
    case LIST_REGION_OF_IF:
        strbuf_appendf(w->sql, "(%s IS NULL OR ", source->region);
        put_device_in(w, source->region, regions);
        strbuf_append(w->sql, ")");
        break;
    case LIST_REGION_THING:
        strbuf_appendf(w->sql,
                       "EXISTS (SELECT 1 FROM %s) AND NOT EXISTS (SELECT 1 FROM %s AND NOT (",
                       source->region, source->region);
        put_in_set(w, "x.region_id", regions);
        strbuf_append(w->sql, "))");
        break;
    }
}

static void put_where(writer *w, const list_plan *plan, const list_source *source,
                      const char *scope)
{
    const char *word = " WHERE ";
    bool done[LIST_FILTERS] = {false};
    if (source->where != NULL) {
        strbuf_appendf(w->sql, "%s(%s)", word, source->where);
        word = " AND ";
    }
    if (scope != NULL) {
        strbuf_appendf(w->sql, "%s(%s)", word, scope);
        word = " AND ";
    }
    if (plan->regions != NULL) {
        strbuf_append(w->sql, word);
        put_regions(w, plan, source);
        word = " AND ";
    }
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (!done[i]) {
            strbuf_append(w->sql, word);
            put_field(w, plan, i, done);
            word = " AND ";
        }
    }
    if (plan->term_count > 0 && source->search_from != NULL) {
        strbuf_append(w->sql, word);
        put_search(w, plan, source);
        return;
    }
    for (size_t i = 0; i < plan->term_count; i++) {
        strbuf_append(w->sql, word);
        put_term(w, source->search, plan->terms[i]);
        word = " AND ";
    }
}

/* NULL sorts first on both; the key follows the last direction, so that an index runs through. */
static void put_order(writer *w, const list_plan *plan, const list_source *source)
{
    bool descending = false;
    bool keyed = false;
    strbuf_append(w->sql, " ORDER BY ");
    for (size_t i = 0; i < plan->sort_count; i++) {
        const list_field *field = plan->sorts[i].field;
        const char *column = sort_column(field);
        bool lower = field->type == LIST_TEXT && w->dialect == STORE_PGSQL;
        descending = plan->sorts[i].descending;
        strbuf_appendf(w->sql, "%s%s%s%s, ", lower ? "lower(" : "", column, lower ? ")" : "",
                       descending ? " DESC" : "");
        if (w->dialect == STORE_PGSQL) {
            w->sql->length -= w->sql->failed ? 0 : 2;
            strbuf_append(w->sql, descending ? " NULLS LAST, " : " NULLS FIRST, ");
        }
        keyed = keyed || strcmp(column, source->key) == 0;
    }
    if (keyed && !w->sql->failed) { /* sorted by the key itself: nothing to add */
        w->sql->length -= 2;
        w->sql->data[w->sql->length] = '\0';
    } else {
        strbuf_appendf(w->sql, "%s%s", source->key, descending ? " DESC" : "");
    }
}

/* ---- which tables ---- */

static bool word_in(const char *text, const char *word, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    for (const char *at = text; *at != '\0'; at++) {
        size_t run = strspn(at, letters);
        if (run == 0) {
            continue;
        }
        if (run == length && memcmp(at, word, length) == 0) {
            return true;
        }
        at += run - 1;
    }
    return false;
}

/* Whether every "alias." of the expression is one of the FROM's words. */
static bool reaches(const char *from, const char *expression)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    while (expression != NULL && *expression != '\0') {
        size_t length = strspn(expression, letters);
        if (length > 0 && expression[length] == '.' && !word_in(from, expression, length)) {
            return false;
        }
        expression += length > 0 ? length : 1;
    }
    return true;
}

/* The FROM without joins when nothing of the condition (and, for pages, of the order) needs them.
 */
const char *list_choose_from(const list_plan *plan, const list_source *source, const char *scope,
                             bool ordered)
{
    const char *narrow = source->count_from;
    if (narrow == NULL) {
        return source->from;
    }
    bool enough =
        reaches(narrow, source->where) && reaches(narrow, scope) &&
        (plan->regions == NULL || source->region_kind == LIST_REGION_THING ||
         reaches(narrow, source->region)) &&
        (plan->term_count == 0 || source->search_from != NULL || reaches(narrow, source->search));
    for (size_t i = 0; i < plan->filter_count; i++) {
        enough = enough && reaches(narrow, plan->filters[i].field->column);
    }
    for (size_t i = 0; ordered && i < plan->sort_count; i++) {
        enough = enough && reaches(narrow, sort_column(plan->sorts[i].field));
    }
    return enough ? narrow : source->from;
}

static void put_from(writer *w, const char *from)
{
    strbuf_appendf(w->sql, " FROM %s%s", from,
                   w->shape.scan && list_is_single(from) ? " NOT INDEXED" : "");
}

/* The keys of what matches, in order. */
static void put_keys(writer *w, const list_plan *plan, const list_source *source, const char *scope)
{
    const char *ordered = list_choose_from(plan, source, scope, true);
    if (w->shape.filter_then_sort) {
        /* The inner query finds keys in indexes alone, the outer one reads only those rows: the
         * region too, when the index that is led to does not know it. */
        list_plan inner = *plan;
        bool outside = w->shape.plain_regions && plan->regions != NULL;
        inner.regions = outside ? NULL : plan->regions;
        strbuf_appendf(w->sql, "SELECT %s FROM %s WHERE %s IN (SELECT %s", source->key, ordered,
                       source->key, source->key);
        put_from(w, list_choose_from(plan, source, scope, false));
        put_where(w, &inner, source, scope);
        strbuf_append(w->sql, outside ? ") AND " : ")");
        if (outside) {
            put_regions(w, plan, source);
        }
    } else {
        strbuf_appendf(w->sql, "SELECT %s", source->key);
        put_from(w, ordered);
        put_where(w, plan, source, scope);
    }
    put_order(w, plan, source);
}

static void put_rows(writer *w, const list_plan *plan, const list_source *source)
{
    strbuf_appendf(w->sql, "SELECT %s FROM %s WHERE %s IN (", source->columns, source->from,
                   source->key);
    for (int i = 0; i < LIST_SIZE_MAX; i++) {
        strbuf_appendf(w->sql, "%s:k%d", i > 0 ? "," : "", i);
    }
    strbuf_append(w->sql, ")");
    put_order(w, plan, source);
}

platen_code list_plan_sql(const list_plan *plan, const list_source *source, const list_scope *scope,
                          store_dialect dialect, list_kind kind, const list_shape *shape,
                          const list_indexes *indexes, strbuf *sql, arena *a, list_value *values,
                          size_t *count, platen_error *err)
{
    const char *where = scope != NULL ? scope->where : NULL;
    writer w = {.sql = sql, .dialect = dialect, .arena = a, .values = values, .indexes = indexes};
    w.search_scope = scope != NULL ? scope->search_where : NULL;
    if (shape != NULL) {
        w.shape = *shape;
    }
    bool only_terms = plan->term_count > 0 && plan->filter_count == 0 && plan->regions == NULL &&
                      source->search_from != NULL && source->where == NULL &&
                      (where == NULL || w.search_scope != NULL);
    switch (kind) {
    case LIST_SQL_COUNT:
        strbuf_append(sql, "SELECT count(*)");
        if (only_terms) {
            put_found_where(&w, plan, source);
            break;
        }
        put_from(&w, list_choose_from(plan, source, where, false));
        put_where(&w, plan, source, where);
        break;
    case LIST_SQL_FOUND:
        strbuf_appendf(sql, "SELECT %s", source->search_key);
        put_found_where(&w, plan, source);
        strbuf_append(sql, " LIMIT :most");
        break;
    case LIST_SQL_KEYS:
        put_keys(&w, plan, source, where);
        break;
    case LIST_SQL_FIRST:
        put_keys(&w, plan, source, where);
        strbuf_append(sql, " LIMIT :most");
        break;
    case LIST_SQL_PAGE:
        /* The keys first: what is skipped and sorted is narrow, only the page's rows are read. */
        strbuf_appendf(sql, "SELECT %s FROM %s WHERE %s IN (", source->columns, source->from,
                       source->key);
        put_keys(&w, plan, source, where);
        strbuf_append(sql, " LIMIT :size OFFSET :offset)");
        put_order(&w, plan, source);
        break;
    case LIST_SQL_ROWS:
        put_rows(&w, plan, source);
        break;
    case LIST_SQL_DEVICES:
        strbuf_append(sql, "SELECT count(*) FROM device y WHERE y.managed IN (0, 1) AND ");
        put_in_set(&w, "y.region_id", plan->regions);
        break;
    }
    if (w.failed || sql->failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list's query");
    }
    *count = w.count;
    return PLATEN_OK;
}
