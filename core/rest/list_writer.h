/*
 * Writing the SQL of a list, for the files that do it: list_filter_sql.c (conditions of filters),
 * list_sql.c (statements). Pure.
 */
#ifndef PLATEN_REST_LIST_WRITER_H
#define PLATEN_REST_LIST_WRITER_H

#include "core/rest/list_plan.h"

typedef struct list_writer {
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
    const char *region;          /* the column of a device's region, or NULL */
} list_writer;

/* A bound value; a text may be NULL when there was no memory for it. */
void list_put_value(list_writer *w, const list_value *value);
void list_put_text(list_writer *w, const char *text);

/* "column LIKE '%text%'" in the dialect, without regard to case. */
void list_put_contains(list_writer *w, const char *column, const char *text);

/* One of a set as a plain comparison, so that an index behind it still gives an order. */
void list_put_in_set(list_writer *w, const char *column, const region_set *set);

/* All filters of the plan, joined; `word` stands before each and is " AND " behind the first. */
const char *list_put_filters(list_writer *w, const list_plan *plan, const char *word);

#endif
