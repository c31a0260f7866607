/*
 * Choosing a way for SQLite. Measured with 50,000 devices: a walk over a covering index 4 ms, over
 * the whole table 7 to 12 ms, a jump from an index to its row 1 us (50 ms for all). Pure functions.
 */
#include "core/rest/list_shape.h"

#include <string.h>

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

/* "d.name" -> "name"; NULL for expressions. */
static const char *bare(const char *column)
{
    const char *dot = strchr(column, '.');
    const char *name = dot != NULL ? dot + 1 : column;
    return strspn(name, WORD) == strlen(name) ? name : NULL;
}

/* An index leads to this column: it is its first, or behind the one that the list's own condition
 * fixes. */
static bool leads(const list_indexes *indexes, const list_index_column *c, const char *name)
{
    return c->place == (indexes->behind ? 1 : 0) && strcmp(c->name, name) == 0;
}

bool list_is_indexed(const list_indexes *indexes, const char *column, bool no_case)
{
    const char *name = bare(column);
    for (size_t i = 0; indexes != NULL && name != NULL && i < indexes->count; i++) {
        const list_index_column *c = &indexes->columns[i];
        if (leads(indexes, c, name) && (!no_case || c->no_case)) {
            return true;
        }
    }
    return false;
}

bool list_is_indexed_with(const list_indexes *indexes, const char *column, const char *other,
                          int behind)
{
    const char *name = bare(column);
    const char *later = bare(other);
    for (size_t i = 0; indexes != NULL && name != NULL && later != NULL && i < indexes->count;
         i++) {
        const list_index_column *c = &indexes->columns[i];
        for (size_t j = i + 1; leads(indexes, c, name) && j < indexes->count; j++) {
            const list_index_column *d = &indexes->columns[j];
            if (d->index == c->index && d->place <= c->place + behind &&
                strcmp(d->name, later) == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool selects_few(const list_filter *filter)
{
    bool few = filter->field->type == LIST_TEXT || filter->field->type == LIST_ID;
    switch (filter->op) {
    case LIST_EQ:
    case LIST_IN:
        return few;
    case LIST_BEGINS:
        return few && filter->values[0].text[0] != '\0';
    case LIST_NE:
    case LIST_ENDS:
    case LIST_CONTAINS:
    case LIST_LT:
    case LIST_LE:
    case LIST_GT:
    case LIST_GE:
    case LIST_EMPTY:
        break;
    }
    return false;
}

/* All of a field's filters, for they are alternatives. */
bool list_is_strong(const list_plan *plan, const list_indexes *indexes, const list_field *field)
{
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (plan->filters[i].field == field && !selects_few(&plan->filters[i])) {
            return false;
        }
    }
    return list_is_indexed(indexes, field->column, field->type == LIST_TEXT);
}

bool list_is_single(const char *from)
{
    size_t table = strspn(from, WORD);
    return table > 0 && from[table] == ' ' &&
           strspn(from + table + 1, WORD) == strlen(from + table + 1) && from[table + 1] != '\0';
}

static const char *order_column(const list_plan *plan)
{
    const list_field *field = plan->sorts[0].field;
    return field->sort_column != NULL ? field->sort_column : field->column;
}

static bool all_of_one_field(const list_plan *plan)
{
    for (size_t i = 1; i < plan->filter_count; i++) {
        if (plan->filters[i].field != plan->filters[0].field) {
            return false;
        }
    }
    return plan->filter_count > 0 && plan->term_count == 0;
}

static bool any_strong(const list_plan *plan, const list_indexes *indexes)
{
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (list_is_strong(plan, indexes, plan->filters[i].field)) {
            return true;
        }
    }
    return false;
}

/* The order comes from an index; or from the table itself when it is the key's. */
typedef enum order { ORDER_NONE, ORDER_INDEX, ORDER_TABLE } order;

static order order_of(const list_plan *plan, const list_source *source, const list_indexes *indexes)
{
    if (plan->sort_count == 0 || strcmp(order_column(plan), source->key) == 0) {
        return ORDER_TABLE;
    }
    return plan->sort_count == 1 && list_is_indexed(indexes, order_column(plan), false)
               ? ORDER_INDEX
               : ORDER_NONE;
}

/* Many rows match, or all: walk in order if that ends soon, else read all and keep the first. */
static list_shape shape_of_many(const list_plan *plan, order ordered, int64_t total)
{
    list_shape shape = {0};
    bool filtered = plan->filter_count + plan->term_count > 0;
    bool soon = !filtered || plan->page * plan->size * 8 < total;
    if (ordered == ORDER_INDEX && soon) {
        shape.plain_filters = true;
    } else {
        shape.scan = true;
    }
    return shape;
}

/* The terms were looked for in a table of their own, and too many rows have them. */
static bool finds_many(const list_plan *plan, const list_source *source)
{
    return plan->term_count > 0 && source->search_from != NULL && plan->found == NULL;
}

static list_choice choose(const list_plan *plan, const list_source *source, order ordered,
                          const list_indexes *indexes, int64_t total)
{
    list_choice choice = {.way = LIST_WAY_PAGE};
    if (plan->filter_count + plan->term_count == 0) {
        choice.keys = shape_of_many(plan, ordered, total);
        return choice;
    }
    bool strong = any_strong(plan, indexes);
    bool one =
        all_of_one_field(plan) && list_is_indexed(indexes, plan->filters[0].field->column, false);
    choice.count.strong_only = strong;
    choice.count.scan = !strong && !one;
    if (total < 0 && (strong || one || finds_many(plan, source))) {
        choice.count_first = true;
        return choice;
    }
    if (total > LIST_FEW) {
        choice.keys = shape_of_many(plan, ordered, total);
        return choice;
    }
    choice.way = LIST_WAY_FIRST;
    choice.keys.strong_only = strong;
    choice.keys.filter_then_sort = strong || one;
    choice.keys.scan = !strong && !one;
    return choice;
}

/* All rows of the regions, found by their index, whatever else is asked. */
static const list_shape by_region = {.filter_then_sort = true, .plain_filters = true};
/* The order's index, row after row, until enough of the regions have come by. */
static const list_shape in_order = {.plain_filters = true, .plain_regions = true};
static const list_shape by_scan = {.scan = true, .plain_regions = true};

static list_choice all_in_regions(const list_plan *plan, const list_source *source, order ordered,
                                  const list_indexes *indexes, int64_t rows)
{
    list_choice choice = {.way = rows <= LIST_FEW ? LIST_WAY_FIRST : LIST_WAY_PAGE,
                          .keys = by_region};
    if (rows <= LIST_SORT) {
        return choice;
    }
    if (plan->regions->count == 1 && plan->sort_count == 1 &&
        list_is_indexed_with(indexes, source->region, order_column(plan), 1)) {
        choice.keys.filter_then_sort = false; /* an index of the region has the order */
    } else if (ordered == ORDER_INDEX) {
        choice.keys = in_order;
    } else if (rows > LIST_READ) {
        choice.keys = by_scan;
    }
    return choice;
}

/* Some of many rows in regions: nothing leads to few. */
static list_choice some_in_regions(const list_plan *plan, order ordered, int64_t rows,
                                   int64_t total)
{
    static const list_shape counted = {.plain_filters = true};
    bool read = rows <= LIST_READ;
    list_choice choice = {.way = LIST_WAY_FIRST,
                          .count = read ? counted : by_scan,
                          .keys = read ? by_region : by_scan};
    if (total > LIST_FEW && rows > LIST_FEW) {
        choice.way = LIST_WAY_PAGE;
        if (ordered == ORDER_INDEX && plan->page * plan->size * 8 < total) {
            choice.keys = in_order;
        }
    }
    return choice;
}

/* Only rows of some regions, `rows` of them before any filter. */
static list_choice choose_in_regions(const list_plan *plan, const list_source *source,
                                     order ordered, const list_indexes *indexes, int64_t rows,
                                     int64_t total)
{
    const char *column = plan->filter_count > 0 ? plan->filters[0].field->column : "";
    bool strong = any_strong(plan, indexes);
    bool one = all_of_one_field(plan) && list_is_indexed(indexes, column, false);
    if (plan->filter_count + plan->term_count == 0) {
        return all_in_regions(plan, source, ordered, indexes, rows);
    }
    if (rows <= LIST_FEW || (!strong && !one)) {
        return some_in_regions(plan, ordered, rows, total);
    }
    if (one && list_is_indexed_with(indexes, column, source->region, 3)) {
        return choose(plan, source, ordered, indexes,
                      total); /* the filter's index knows the region */
    }
    if (total < 0) {
        return (list_choice){.count_first = true, .count_everywhere = true};
    }
    if (total > LIST_FEW) {
        return some_in_regions(plan, ordered, rows, total);
    }
    return (list_choice){
        .way = LIST_WAY_FIRST,
        .count = by_scan,
        .keys = {.strong_only = strong, .filter_then_sort = true, .plain_regions = true}};
}

/* Rows of devices of some regions, `devices` of them: from the devices' side while they are few. */
static list_choice choose_of_devices(const list_plan *plan, const list_source *source,
                                     order ordered, const list_indexes *indexes, int64_t devices,
                                     int64_t total)
{
    list_choice choice = {
        .way = LIST_WAY_PAGE, .count = {.plain_filters = true}, .keys = by_region};
    if (devices > LIST_FEW) {
        choice = choose(plan, source, ordered, indexes, total);
        choice.keys.plain_regions = true;
        choice.count.plain_regions = true;
    }
    return choice;
}

list_choice list_choose(const list_plan *plan, const list_source *source, const char *scope,
                        bool selective, const list_indexes *indexes, int64_t rows, int64_t total)
{
    list_choice choice = {.way = LIST_WAY_PAGE};
    const char *from = list_choose_from(plan, source, scope, true);
    if (selective || indexes == NULL || indexes->count == 0 || !list_is_single(from)) {
        /* Nothing is known that the planner does not know. */
        choice.keys.plain_regions = selective && source->region_kind != LIST_REGION_COLUMN;
        choice.count.plain_regions = choice.keys.plain_regions;
        return choice;
    }
    if (plan->term_count > 0 && plan->found != NULL) {
        choice.way = LIST_WAY_FIRST;
        choice.keys = (list_shape){.scan = true, .plain_filters = true, .plain_regions = true};
        return choice; /* the keys lead to the rows, and nothing else may */
    }
    order ordered = order_of(plan, source, indexes);
    if (rows < 0) {
        return choose(plan, source, ordered, indexes, total);
    }
    return source->region_kind == LIST_REGION_OF
               ? choose_of_devices(plan, source, ordered, indexes, rows, total)
               : choose_in_regions(plan, source, ordered, indexes, rows, total);
}
