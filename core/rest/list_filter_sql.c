/*
 * Conditions of filters as SQL: text made of the source's constant fragments and of words of this
 * file; values are always bound. Pure functions.
 */
#include "core/rest/list_writer.h"

#include <string.h>

#include "core/model/region_row.h"
#include "core/rest/group_list.h"

#define LAST_CHARACTER "\xf4\x8f\xbf\xbf" /* U+10FFFF: nothing sorts behind it */

const list_field list_group_field = {"", "d.id", LIST_GROUP, NULL, NULL, false, NULL};

/* A unary plus keeps SQLite from using an index and changes neither value nor collation. */
static void put_column(list_writer *w, const char *column)
{
    strbuf_append(w->sql, w->plus ? "+" : "");
    strbuf_append(w->sql, column);
}

void list_put_value(list_writer *w, const list_value *value)
{
    if (w->count == LIST_BINDS || (value->is_text && value->text == NULL)) {
        w->failed = true;
        return;
    }
    strbuf_appendf(w->sql, ":f%zu", w->count);
    w->values[w->count++] = *value;
}

void list_put_text(list_writer *w, const char *text)
{
    list_value value = {.is_text = true, .text = text};
    list_put_value(w, &value);
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

static void put_like(list_writer *w, const char *column, const char *like)
{
    if (w->dialect == STORE_PGSQL) {
        strbuf_append(w->sql, "lower(");
        put_column(w, column);
        strbuf_append(w->sql, ") LIKE lower(");
        list_put_text(w, like);
        strbuf_append(w->sql, ") ESCAPE '\\'");
    } else {
        put_column(w, column);
        strbuf_append(w->sql, " LIKE ");
        list_put_text(w, like);
        strbuf_append(w->sql, " ESCAPE '\\'");
    }
}

/* A range, since SQLite uses an index for LIKE only with a literal pattern. */
static void put_begins(list_writer *w, const char *column, const char *text)
{
    if (w->dialect == STORE_PGSQL || text[0] == '\0') {
        put_like(w, column, pattern(w->arena, "", text, "%"));
        return;
    }
    strbuf_append(w->sql, "(");
    put_column(w, column);
    strbuf_append(w->sql, " >= ");
    list_put_text(w, text);
    strbuf_append(w->sql, " COLLATE NOCASE AND ");
    put_column(w, column);
    strbuf_append(w->sql, " < ");
    list_put_text(w, arena_printf(w->arena, "%s" LAST_CHARACTER, text));
    strbuf_append(w->sql, " COLLATE NOCASE)");
}

static void put_compare(list_writer *w, const list_field *field, const char *op,
                        const list_value *value)
{
    bool fold = field->type == LIST_TEXT;
    bool lower = fold && w->dialect == STORE_PGSQL;
    strbuf_append(w->sql, lower ? "lower(" : "");
    put_column(w, field->column);
    strbuf_append(w->sql, lower ? ")" : "");
    strbuf_appendf(w->sql, " %s %s", op, lower ? "lower(" : "");
    list_put_value(w, value);
    strbuf_append(w->sql, lower ? ")" : fold ? " COLLATE NOCASE" : "");
}

static void put_in(list_writer *w, const list_filter *f)
{
    bool fold = f->field->type == LIST_TEXT;
    bool lower = fold && w->dialect == STORE_PGSQL;
    strbuf_append(w->sql, lower ? "lower(" : "");
    put_column(w, f->field->column);
    strbuf_append(w->sql, lower ? ") IN (" : fold ? " COLLATE NOCASE IN (" : " IN (");
    for (size_t i = 0; i < f->count; i++) {
        strbuf_append(w->sql, i > 0 ? ", " : "");
        strbuf_append(w->sql, lower ? "lower(" : "");
        list_put_value(w, &f->values[i]);
        strbuf_append(w->sql, lower ? ")" : "");
    }
    strbuf_append(w->sql, ")");
}

static void put_empty(list_writer *w, const list_filter *f)
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

/* ---- groups ---- */

/* Whether a device is in a group: by its members or its filters, and of its regions (ACC-82). */
static void put_group(list_writer *w, const char *column, const list_group *g)
{
    const list_value id = {.integer = g != NULL ? g->id : 0};
    if (g == NULL || g->broken) {
        strbuf_append(w->sql, "(1 = 0)");
        return;
    }
    strbuf_append(w->sql, "(");
    if (g->dynamic) {
        (void)list_put_filters(w, &g->plan, ""); // NOLINT(misc-no-recursion): see there
    } else {
        put_column(w, column);
        strbuf_append(w->sql,
                      " IN (SELECT m.device_id FROM device_group_member m WHERE m.group_id = ");
        list_put_value(w, &id);
        strbuf_append(w->sql, ")");
    }
    if (!g->set.all) {
        strbuf_append(w->sql, " AND ");
        list_put_in_set(w, w->region, &g->set);
    }
    strbuf_append(w->sql, ")");
}

static void put_groups(list_writer *w, const list_filter *f)
{
    strbuf_append(w->sql, "((");
    for (size_t i = 0; i < f->count; i++) {
        strbuf_append(w->sql, i > 0 ? " OR " : "");
        put_group(w, f->field->column, f->values[i].group); // NOLINT(misc-no-recursion): see there
    }
    strbuf_append(w->sql, f->op == LIST_NE ? ") IS NOT TRUE)" : "))"); /* NULL is not in it */
}

platen_code list_groups_sql(const list_group *const *groups, size_t count, store_dialect dialect,
                            const char *region, strbuf *sql, arena *a, list_value *values,
                            size_t *value_count, platen_error *err)
{
    list_writer w = {
        .sql = sql, .dialect = dialect, .arena = a, .values = values, .region = region};
    strbuf_append(sql, "SELECT d.id");
    for (size_t i = 0; i < count; i++) {
        strbuf_append(sql, ", ");
        put_group(&w, list_group_field.column, groups[i]);
    }
    strbuf_append(sql, " FROM device d WHERE d.managed = 1 AND d.id IN (");
    for (int i = 0; i < LIST_SIZE_MAX; i++) {
        strbuf_appendf(sql, "%s:k%d", i > 0 ? "," : "", i);
    }
    strbuf_append(sql, ")");
    *value_count = w.count;
    return w.failed || sql->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the groups")
                                   : PLATEN_OK;
}

/* ---- one filter ---- */

static void put_filter(list_writer *w, const list_filter *f)
{
    const char *column = f->field->column;
    const char *text = f->values[0].text;
    if (f->field->type == LIST_GROUP) {
        put_groups(w, f);
        return;
    }
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

bool list_filters_join(const list_filter *a, const list_filter *b)
{
    if (a->op == LIST_NE && b->op == LIST_NE) {
        return true;
    }
    if (is_lower(a->op) && is_upper(b->op)) {
        return as_number(a->values) <= as_number(b->values);
    }
    return is_upper(a->op) && is_lower(b->op) && as_number(b->values) <= as_number(a->values);
}

static void put_field(list_writer *w, const list_plan *plan, size_t first, bool *done)
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
                list_filters_join(&plan->filters[i], &plan->filters[j])) {
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

void list_put_in_set(list_writer *w, const char *column, const region_set *set)
{
    strbuf text;
    if (set->count == 1) {
        list_value one = {.integer = set->ids[0]};
        strbuf_appendf(w->sql, "%s = ", column);
        list_put_value(w, &one);
        return;
    }
    strbuf_init(&text);
    region_set_write(set, w->dialect, &text);
    bool pgsql = w->dialect == STORE_PGSQL;
    strbuf_appendf(w->sql, pgsql ? "%s = ANY (CAST(" : "%s IN (SELECT value FROM json_each(",
                   column);
    list_put_text(w, arena_dup(w->arena, text.data));
    strbuf_append(w->sql, pgsql ? " AS BIGINT[]))" : "))");
    w->failed = w->failed || text.failed;
    strbuf_fini(&text);
}

void list_put_contains(list_writer *w, const char *column, const char *text)
{
    put_like(w, column, pattern(w->arena, "%", text, "%"));
}

const char *list_put_filters(list_writer *w, const list_plan *plan, const char *word)
{
    bool done[LIST_FILTERS] = {false};
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (!done[i]) {
            strbuf_append(w->sql, word);
            put_field(w, plan, i, done); // NOLINT(misc-no-recursion): a group has no groups in it
            word = " AND ";
        }
    }
    return word;
}
