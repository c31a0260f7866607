/*
 * Lists: filter, sort and page of a GET turned into SQL over constant fragments with bound values
 * (interfaces.md, DEV-84, DEV-94 to DEV-100).
 */
#ifndef PLATEN_REST_LIST_H
#define PLATEN_REST_LIST_H

#include "core/rest/rest.h"
#include "core/store/store.h"

typedef enum list_type {
    LIST_TEXT,
    LIST_NUMBER,
    LIST_TIME,
    LIST_CHOICE,
    LIST_ID,
    LIST_GROUP, /* a device group by its id; the column is the device's: "d.id" (group_list.h) */
} list_type;

typedef struct list_field {
    const char *name;   /* outside: "page_count" */
    const char *column; /* SQL expression: "d.page_count" */
    list_type type;
    const char *choices; /* of LIST_CHOICE, separated by '|': the outside words */
    const int *values;   /* of LIST_CHOICE stored as numbers: same order as choices; else NULL */
    bool sortable;
    const char *sort_column; /* sorts by this instead of `column` ("d.address_key"); NULL: column */
} list_field;

/* What the member `region` of a source is. */
typedef enum list_region_kind {
    LIST_REGION_COLUMN, /* the column of the row's region: "d.region_id" */
    LIST_REGION_OF,     /* the column of a device, whose region counts: "h.device_id" */
    LIST_REGION_OF_IF,  /* the same; rows without a device are everybody's */
    LIST_REGION_THING,  /* where the regions of the thing are: "task_region x WHERE x.task_id =
                           t.id";  shown to whom region_may_operate() allows it (ACC-86) */
} list_region_kind;

typedef struct list_source {
    const list_field *fields;
    size_t field_count;
    const char *columns;    /* what SELECT reads: "d.id, d.name, ..." */
    const char *from;       /* "device d LEFT JOIN ..." */
    const char *count_from; /* FROM for counting: without joins that no filter needs; NULL: from */
    const char *where;      /* a condition that always holds, or NULL: "d.managed = 1" */
    const char *key;        /* unique integer column that makes every sort total: "d.id" */
    const char *sort;       /* sort when the request has none: "name" */
    const char *region;     /* where a row's region is; NULL: rows have none. Who has some regions
                               only gets the rows of those: the list builder sees to it */
    list_region_kind region_kind;
    const char *search; /* column expressions that ?q= looks through, joined with " || ' ' || ",
                           or NULL */
    /* When set, `search` is one column of this narrow table, whose texts are folded (text_fold())
     * and whose `search_key` is the row's `key`: "device_search x", "x.device_id". */
    const char *search_from;
    const char *search_key;
    /* An index of SQLite that is read instead of the whole table where it has all columns that are
     * asked for: it is a fraction as large. Its columns as they stand in statements, between
     * blanks: " d.managed d.severity "; NULL: there is none. */
    const char *narrow_index;
    const char *narrow_columns;
} list_source;

/* Writes one row of the list as a JSON object; `stmt` stands on the row. */
typedef platen_code (*list_row_fn)(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                                   platen_error *err);

/* Extra conditions of the handler, bound by name, e.g. "v.agent_id = :agent". */
typedef struct list_scope {
    const char *where;        /* or NULL; what it binds follows from the path or from who asks */
    const char *search_where; /* the same condition on the source's search table, or NULL */
    void (*bind)(store_stmt *stmt, void *user);
    void *user;
    int64_t group; /* only devices of this group; 0: of any */
    /* Told the keys of rows before they are written, LIST_SIZE_MAX at most, with the list's `user`;
     * or NULL. */
    platen_code (*keys)(rest_request *r, store_conn *conn, const int64_t *keys, size_t count,
                        void *user, platen_error *err);
} list_scope;

/* Answers the whole request: {"items":[],"total":N,"page":P,"size":S} or ndjson. Unknown fields,
 * operators that do not fit, bad numbers and a size over 200 are 422 with the parameter named. */
platen_code list_answer(rest_request *r, const list_source *source, const list_scope *scope,
                        list_row_fn row, void *user, platen_error *err);

struct list_plan;

/* How many rows a plan of the program itself has; nothing is remembered. */
platen_code list_count(rest_request *r, store_conn *conn, const list_source *source,
                       const list_scope *scope, const struct list_plan *plan, int64_t *out,
                       platen_error *err);

/* Whether ?fields= asks for this member; always true without it, and for "id". */
bool list_wants(rest_request *r, const char *field);

#endif
