/* Which columns of a list's table are indexed, asked once a source. Thread-safe. */
#ifndef PLATEN_REST_LIST_INDEX_H
#define PLATEN_REST_LIST_INDEX_H

#include "core/rest/list_plan.h"

typedef struct list_index_book list_index_book;

list_index_book *list_index_new(void);
void list_index_free(list_index_book *b);

/* A copy of what is known of the table of `source`; empty on PostgreSQL, whose planner has its own
 * statistics, and for sources that join tables always. */
platen_code list_index_of(list_index_book *b, store_conn *conn, const list_source *source,
                          list_indexes *out, platen_error *err);

#endif
