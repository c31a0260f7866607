/*
 * How a page of a list is read: which of the ways below is the fast one for its filters, its sort
 * and the number of rows that match. Used by list.c alone.
 */
#ifndef PLATEN_REST_LIST_SHAPE_H
#define PLATEN_REST_LIST_SHAPE_H

#include "core/rest/list_plan.h"

typedef enum list_way {
    LIST_WAY_PAGE,  /* the page and, apart, the total */
    LIST_WAY_FIRST, /* the first LIST_FEW keys: mostly they are all, and so total and page */
} list_way;

#define LIST_FEW 2000
/* A jump from an index to its row takes 0.4 to 1.5 us with the table in memory. */
#define LIST_SORT 8000  /* rows of a region that are rather sorted than looked for in an order */
#define LIST_READ 12000 /* rows of a region that are rather read than the whole table */

typedef struct list_choice {
    list_way way;
    bool count_first;      /* the total is cheap and decides: choose again with it */
    bool count_everywhere; /* that of all regions */
    list_shape count;      /* of the total */
    list_shape keys;       /* of the keys or the page */
} list_choice;

/* `total` is the number that match, -1 when it is not known (a guess from before will do, and so
 * does the number in all regions). `rows` is the number of rows in the plan's regions without any
 * filter, -1 when the plan has none. `selective`: the scope itself selects few rows. */
list_choice list_choose(const list_plan *plan, const list_source *source, const char *scope,
                        bool selective, const list_indexes *indexes, int64_t rows, int64_t total);

#endif
