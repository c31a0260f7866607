/*
 * Lists of things that are in memory, as JSON objects: the parameters, answers and files of every
 * other list (list.h), for what is no table. A few thousand things at most: each request looks at
 * all of them.
 */
#ifndef PLATEN_REST_LIST_ITEMS_H
#define PLATEN_REST_LIST_ITEMS_H

#include "core/rest/list.h"

/* Writes one row of the list as a JSON object. */
typedef void (*list_item_fn)(rest_request *r, const cJSON *item, json_writer *w, void *user);

typedef struct list_items {
    /* Of `source` count: `fields`, whose `column` is the member of an item; `key`, a member;
     * `sort`; `search`, which is NULL or anything. Times are ms or RFC 3339 texts. */
    const list_source *source;
    const char *const *search; /* members that ?q= looks through */
    size_t search_count;
    bool (*shows)(rest_request *r, const cJSON *item, void *user); /* NULL: all */
    /* Told of the items that are to be written, before; or NULL. */
    platen_code (*before)(rest_request *r, const cJSON *const *items, size_t count, void *user,
                          platen_error *err);
    list_item_fn row;
    void *user;
} list_items;

/* Answers the whole request, as list_answer() does. `items` is an array. */
platen_code list_answer_items(rest_request *r, const list_items *l, const cJSON *items,
                              platen_error *err);

#endif
