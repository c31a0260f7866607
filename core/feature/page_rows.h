/* The rows of a page: of a table or of an operation's answer. Threads of requests. */
#ifndef PLATEN_FEATURE_PAGE_ROWS_H
#define PLATEN_FEATURE_PAGE_ROWS_H

#include "core/feature/page.h"

/* Whether the table has what the page says: columns of such types. */
platen_code page_table_try(const page *p, store *s, platen_error *err);

/* Of a table: the list, and the row that the path names. */
platen_code page_table_list(const page *p, rest_request *r, platen_error *err);
platen_code page_table_row(const page *p, rest_request *r, platen_error *err);

/* The answer of an operation, {"items":[...]}, and what it was asked with. What an item does not
 * say of a column that was an argument is the argument. */
typedef struct page_answer {
    const char *text;
    const cJSON *arguments;
} page_answer;

/* The same of items. */
platen_code page_items_list(const page *p, rest_request *r, const page_answer *answer,
                            platen_error *err);
platen_code page_items_row(const page *p, rest_request *r, const page_answer *answer,
                           platen_error *err);

#endif
