/*
 * A page as data (sdk/include/platen/page.h): read, checked, and the list that it describes. Once
 * read it does not change.
 */
#ifndef PLATEN_FEATURE_PAGE_H
#define PLATEN_FEATURE_PAGE_H

#include "core/base/arena.h"
#include "core/rest/list.h"

typedef enum page_type {
    PAGE_TEXT,
    PAGE_NUMBER,
    PAGE_PERCENT,
    PAGE_TIME,
    PAGE_CHOICE,
    PAGE_WORDS,
    PAGE_DEVICE,
    PAGE_GROUP,
    PAGE_VALUE,
} page_type;

typedef struct page_column {
    const char *id, *title;
    page_type type;
    int place; /* of a table: its column of the statement; of a device name and address follow, then
                  its region; of a group name and region */
} page_column;

typedef struct page {
    struct page *next;
    arena *arena;
    cJSON *tree; /* as it was given */
    const char *plugin, *id, *title;
    const char *function; /* or NULL */
    rest_access access;
    const char *table, *operation; /* one of both; the other one NULL */
    const char *key;
    const char *device; /* the column whose region counts, or NULL */
    page_column *columns;
    size_t column_count;
    int width;           /* of a table: columns that the statement has */
    const char **search; /* columns */
    size_t search_count;
    list_source source;
    const char *path, *row_path; /* "/hello/greetings", "/hello/greetings/{key}" */
} page;

/* `prefix` is that of the plugin's tables ("hello_"). Refusals name the page and the member. */
platen_code page_read(const char *plugin, const char *prefix, const char *json, page **out,
                      platen_error *err);
void page_free(page *p);

const page_column *page_column_find(const page *p, const char *id);

/* The members of a page that name something: all titles, all operations. False ends it. */
typedef bool (*page_tell)(const char *name, void *user);
bool page_titles(const page *p, page_tell tell, void *user);

/* An operation of the page, and how the page needs it. */
typedef enum page_need { PAGE_LIST, PAGE_CREATE, PAGE_EDIT, PAGE_ACTION } page_need;
typedef bool (*page_tell_operation)(const char *id, page_need need, void *user);
bool page_operations(const page *p, page_tell_operation tell, void *user);

/* The operation that an action calls; NULL: it is a task. */
const char *page_action_operation(const cJSON *action);

#endif
