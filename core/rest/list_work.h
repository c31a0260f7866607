/*
 * A list being answered, for the files that do it: list.c (the request, the stream of all),
 * list_page.c (a page), list_rows.c (statements, keys, rows). One thread.
 */
#ifndef PLATEN_REST_LIST_WORK_H
#define PLATEN_REST_LIST_WORK_H

#include "core/report/sheet_rows.h"
#include "core/rest/list_plan.h"
#include "core/rest/request.h"

typedef struct list_work {
    rest_request *request;
    const list_source *source;
    const list_scope *scope;
    list_row_fn row;
    void *user;
    list_plan plan;
    list_indexes indexes;
    strbuf sql;
    list_value values[LIST_BINDS];
    size_t value_count;
} list_work;

typedef struct key_list {
    int64_t *keys; /* the owner frees */
    size_t count;
    size_t capacity;
} key_list;

const char *list_where(const list_work *w); /* of the scope, or NULL */

/* The scope selects few rows by itself. */
bool list_is_selective(const list_work *w);

/* The statement with its values bound; store_reset() it on every path. */
platen_code list_prepare(list_work *w, store_conn *conn, list_kind kind, const list_shape *shape,
                         store_stmt **stmt, platen_error *err);

/* Takes keys of one of the kinds that select keys. `most` 0: all. */
platen_code list_take_keys(list_work *w, store_conn *conn, list_kind kind, const list_shape *shape,
                           int64_t most, key_list *list, platen_error *err);

/* The rows of at most LIST_SIZE_MAX keys, in order; the scope is told of the keys first. */
platen_code list_rows(list_work *w, store_conn *conn, const int64_t *keys, size_t count,
                      store_stmt **stmt, platen_error *err);

/* What the plan asks for that only the database knows: the groups that it names. */
platen_code list_complete(list_work *w, store_conn *conn, platen_error *err);

/* The keys of all rows, in order. */
platen_code list_take_all_keys(list_work *w, key_list *list, platen_error *err);

/* Everything as a sheet; false in list_wants_sheet(): that is not what the request accepts. */
bool list_wants_sheet(rest_request *r, sheet_format *format);
platen_code list_answer_sheet(list_work *w, sheet_format format, platen_error *err);

/* The answer of a file begins: headers and what the client saves it as. False: it is gone. */
bool list_begin_sheet(rest_request *r, sheet_format format);
/* Which members are columns: those that the request wants. `names` has room for `capacity`. */
void list_sheet_columns(rest_request *r, const list_source *source, const char **names,
                        size_t capacity, sheet_rows_options *options);

/* What the request asks of the list; what is wrong is told. */
platen_code list_plan_of(rest_request *r, const list_source *source, list_plan *plan,
                         platen_error *err);

platen_code list_answer_page(list_work *w, platen_error *err);

#endif
