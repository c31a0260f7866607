/*
 * Statements of lists. The text is made of the source's constant fragments and of words of this
 * file; values are always bound. Pure functions.
 */
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "core/rest/list_writer.h"

#define SEARCH_JOIN " || ' ' || "
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

static const char *sort_column(const list_field *field)
{
    return field->sort_column != NULL ? field->sort_column : field->column;
}

/* Column by column: joining them to one text first costs 1.7 times as much on SQLite (measured). */
static void put_term(list_writer *w, const char *search, const char *term)
{
    strbuf_append(w->sql, "(");
    while (*search != '\0') {
        const char *end = strstr(search, SEARCH_JOIN);
        size_t length = end != NULL ? (size_t)(end - search) : strlen(search);
        char *column = arena_dup_n(w->arena, search, length);
        if (column == NULL) {
            w->failed = true;
            return;
        }
        list_put_contains(w, column, term);
        search += length;
        if (end != NULL) {
            search += strlen(SEARCH_JOIN);
            strbuf_append(w->sql, " OR ");
        }
    }
    strbuf_append(w->sql, ")");
}

/* ---- search in a table of its own ---- */

static void put_found_where(list_writer *w, const list_plan *plan, const list_source *source)
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
        list_put_text(w, folded.failed ? NULL : arena_dup(w->arena, folded.data));
        strbuf_append(w->sql, ") > 0");
        strbuf_fini(&folded);
    }
}

/* Rows with the terms: by their keys when those are known. Else they are many: looked at row by
 * row, or, where all rows come by, found first. */
static void put_search(list_writer *w, const list_plan *plan, const list_source *source)
{
    bool set = w->shape.scan && plan->filter_count == 0;
    if (plan->found != NULL) {
        list_put_in_set(w, source->key, plan->found);
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
static void put_device_in(list_writer *w, const char *column, const region_set *regions)
{
    bool each = w->shape.plain_regions || w->dialect == STORE_PGSQL;
    strbuf_appendf(w->sql,
                   each ? "EXISTS (SELECT 1 FROM device y WHERE y.id = %s AND "
                        : "%s IN (SELECT y.id FROM device y WHERE y.managed IN (0, 1) AND ",
                   column);
    list_put_in_set(w, "y.region_id", regions);
    strbuf_append(w->sql, ")");
}

/* The rows of the plan's regions (ACC-69). Who has none gets none. */
static void put_regions(list_writer *w, const list_plan *plan, const list_source *source)
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
        list_put_in_set(w, source->region, regions);
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
        list_put_in_set(w, "x.region_id", regions);
        strbuf_append(w->sql, "))");
        break;
    }
}

static void put_where(list_writer *w, const list_plan *plan, const list_source *source,
                      const char *scope)
{
    const char *word = " WHERE ";
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
    word = list_put_filters(w, plan, word);
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
static void put_order(list_writer *w, const list_plan *plan, const list_source *source)
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
    for (const char *at = text; *at != '\0'; at++) {
        size_t run = strspn(at, LETTERS);
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
    while (expression != NULL && *expression != '\0') {
        size_t length = strspn(expression, LETTERS);
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

/* Whether the source's narrow index has all columns of the expression. */
static bool in_narrow(const list_source *source, const char *expression)
{
    char word[64];
    for (const char *at = expression; at != NULL && *at != '\0';) {
        size_t length = strspn(at, LETTERS);
        if (length > 0 && at[length] == '.') {
            length += 1 + strspn(at + length + 1, LETTERS);
            if (length + 3 > sizeof(word)) {
                return false;
            }
            (void)snprintf(word, sizeof(word), " %.*s ", (int)length, at);
            if (strstr(source->narrow_columns, word) == NULL) {
                return false;
            }
        }
        at += length > 0 ? length : 1;
    }
    return true;
}

/* All that is asked for, and a condition that leads into it. Keys that were found lead to their
 * rows, of which there are few. */
static bool is_narrow(const list_plan *plan, const list_source *source, const char *scope,
                      bool ordered)
{
    if (source->narrow_index == NULL || plan->found != NULL ||
        (scope == NULL && source->where == NULL)) {
        return false;
    }
    bool narrow = in_narrow(source, source->where) && in_narrow(source, scope) &&
                  (plan->term_count == 0 || source->search_from != NULL);
    for (size_t i = 0; i < plan->filter_count; i++) {
        narrow = narrow && in_narrow(source, plan->filters[i].field->column);
    }
    for (size_t i = 0; ordered && i < plan->sort_count; i++) {
        narrow = narrow && in_narrow(source, sort_column(plan->sorts[i].field));
    }
    return narrow;
}

static void put_from(list_writer *w, const list_plan *plan, const list_source *source,
                     const char *scope, bool ordered)
{
    const char *from = list_choose_from(plan, source, scope, ordered);
    bool scan = w->shape.scan && list_is_single(from);
    strbuf_appendf(w->sql, " FROM %s", from);
    if (scan && is_narrow(plan, source, scope, ordered)) {
        strbuf_appendf(w->sql, " INDEXED BY %s", source->narrow_index);
    } else if (scan) {
        strbuf_append(w->sql, " NOT INDEXED");
    }
}

/* The keys of what matches, in order. */
static void put_keys(list_writer *w, const list_plan *plan, const list_source *source,
                     const char *scope)
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
        put_from(w, plan, source, scope, false);
        put_where(w, &inner, source, scope);
        strbuf_append(w->sql, outside ? ") AND " : ")");
        if (outside) {
            put_regions(w, plan, source);
        }
    } else {
        strbuf_appendf(w->sql, "SELECT %s", source->key);
        put_from(w, plan, source, scope, true);
        put_where(w, plan, source, scope);
    }
    put_order(w, plan, source);
}

static void put_rows(list_writer *w, const list_plan *plan, const list_source *source)
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
    list_writer w = {.sql = sql,
                     .dialect = dialect,
                     .arena = a,
                     .values = values,
                     .indexes = indexes,
                     .region = source->region};
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
        put_from(&w, plan, source, where, false);
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
    case LIST_SQL_PART:
        put_keys(&w, plan, source, where);
        strbuf_append(sql, " LIMIT :size OFFSET :offset");
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
        list_put_in_set(&w, "y.region_id", plan->regions);
        break;
    }
    if (w.failed || sql->failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list's query");
    }
    *count = w.count;
    return PLATEN_OK;
}
