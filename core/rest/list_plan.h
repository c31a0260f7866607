/*
 * What a list request asks for, checked against its source, and the SQL that answers it: text put
 * together from constant fragments, values bound as :f0, :f1, ... Pure functions over hostile
 * bytes; memory is the arena's.
 */
#ifndef PLATEN_REST_LIST_PLAN_H
#define PLATEN_REST_LIST_PLAN_H

#include "core/base/arena.h"
#include "core/base/strbuf.h"
#include "core/rest/list.h"
#include "core/rest/query.h"

#define LIST_SIZE_PRESET 50
#define LIST_SIZE_MAX 200
#define LIST_FILTERS 32 /* f= parameters */
#define LIST_VALUES 200 /* of one `in` */
#define LIST_BINDS 512  /* of a request */
#define LIST_SORTS 4
#define LIST_TERMS 5 /* words of ?q= */

typedef enum list_op {
    LIST_EQ,
    LIST_NE,
    LIST_BEGINS,
    LIST_ENDS,
    LIST_CONTAINS,
    LIST_IN,
    LIST_LT,
    LIST_LE,
    LIST_GT,
    LIST_GE,
    LIST_EMPTY,
} list_op;

struct list_group;

typedef struct list_value {
    bool is_text;
    bool is_double;
    const char *text;
    int64_t integer;
    double number;
    const struct list_group *group; /* of LIST_GROUP, once it is looked up; NULL: none */
} list_value;

typedef struct list_filter {
    const list_field *field;
    list_op op;
    const list_value *values; /* of LIST_EMPTY: integer 1 or 0 */
    size_t count;
} list_filter;

typedef struct list_sort {
    const list_field *field;
    bool descending;
} list_sort;

typedef struct list_plan {
    list_filter filters[LIST_FILTERS];
    size_t filter_count;
    list_sort sorts[LIST_SORTS];
    size_t sort_count;
    const char *terms[LIST_TERMS];
    size_t term_count;
    int64_t page;
    int64_t size;
    const region_set *regions; /* only rows of these; NULL: of all. Not of the request: list.c */
    const region_set *found;   /* keys of all rows with the terms; NULL: too many, or not known */
} list_plan;

/* A filter by group that a handler adds: `f=group` of the request stands beside it. */
extern const list_field list_group_field;

/*
 * Of two filters of one field: whether `b` is joined to `a` by AND. Alternatives are joined by OR
 * (DEV-96), but where that would let everything through something else was meant: neither this nor
 * that, from here to there.
 */
bool list_filters_join(const list_filter *a, const list_filter *b);

/* Binds them as :f0, :f1, ... */
void list_values_bind(const list_value *values, size_t count, store_stmt *stmt);

typedef void (*list_complain)(const char *parameter, const char *code, const char *text,
                              void *user);

/* PLATEN_E_INVAL after telling `complain` what is wrong with each parameter. */
platen_code list_plan_read(arena *a, const query *q, const list_source *source,
                           list_complain complain, void *user, list_plan *out, platen_error *err);

typedef enum list_kind {
    LIST_SQL_PAGE,    /* the rows of a page: :size, :offset */
    LIST_SQL_PART,    /* the keys of a page */
    LIST_SQL_COUNT,   /* one number */
    LIST_SQL_KEYS,    /* the keys of all that match, in order */
    LIST_SQL_FIRST,   /* the same, at most :most of them */
    LIST_SQL_ROWS,    /* rows by key, :k0 to :k199, in order */
    LIST_SQL_FOUND,   /* keys of rows with the terms, at most :most, whatever else is asked */
    LIST_SQL_DEVICES, /* how many devices the plan's regions have; nothing else of plan or source */
} list_kind;

/*
 * What SQLite's planner is told, for without statistics it believes that "managed = 1" selects a
 * few rows and that an index which gives the order is always worth walking (list_shape.c).
 */
typedef struct list_shape {
    bool scan;             /* read the table from end to end: NOT INDEXED */
    bool filter_then_sort; /* find what matches by its indexes, then sort that */
    bool plain_filters;    /* no filter leads to an index: what gives the order is walked */
    bool strong_only;      /* only filters that select few rows lead to an index */
    bool plain_regions;    /* the condition on regions leads to none either */
} list_shape;

/* The first four columns of the indexes of the list's table, learned from the database. */
typedef struct list_index_column {
    char name[48];
    int index;    /* which one, from 0 */
    int place;    /* in its index, from 0 */
    bool no_case; /* its collation */
} list_index_column;

typedef struct list_indexes {
    list_index_column columns[160];
    size_t count;
    bool behind; /* a column counts when it is second: the list's own condition fixes the first */
} list_indexes;

bool list_is_indexed(const list_indexes *indexes, const char *column, bool no_case);
/* Whether an index leads to `column` and has `other` at most `behind` places later: with 1 it gives
 * the rows of one `column` in the order of `other`, with more it at least knows `other`. */
bool list_is_indexed_with(const list_indexes *indexes, const char *column, const char *other,
                          int behind);
/* Whether an index answers all filters of this field with few rows. */
bool list_is_strong(const list_plan *plan, const list_indexes *indexes, const list_field *field);
/* "table alias" without joins; then the FROM may carry a hint. */
bool list_is_single(const char *from);
const char *list_choose_from(const list_plan *plan, const list_source *source, const char *scope,
                             bool ordered);

/* `scope` (may be NULL) holds one more condition; `shape` and `indexes` may be NULL. Values are
 * appended to `values`, which has room for LIST_BINDS; their number is returned through `count`. */
platen_code list_plan_sql(const list_plan *plan, const list_source *source, const list_scope *scope,
                          store_dialect dialect, list_kind kind, const list_shape *shape,
                          const list_indexes *indexes, strbuf *sql, arena *a, list_value *values,
                          size_t *count, platen_error *err);

#endif
