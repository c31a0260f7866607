/* Lists of the API as table, JSON or CSV, whatever their length. */
#ifndef PLATEN_CLI_LIST_H
#define PLATEN_CLI_LIST_H

#include <cjson/cJSON.h>

#include "core/cli/cli.h"

typedef struct list_column {
    const char *field; /* member, with dots into objects */
    const char *title;
} list_column;

/* Options that every list verb takes, for its option table. */
#define LIST_OPTIONS                                                                               \
    {"filter", true}, {"sort", true}, {"fields", true}, {"all", false},                            \
    {                                                                                              \
        "q", true                                                                                  \
    }

/*
 * GET `path` with the options of the command line and shows it in the client's format. Tables show
 * the first LIST_PAGE rows unless --all; JSON and CSV show everything. `columns` ends with a NULL
 * field and is what is shown without --fields; `sort` the order without --sort, or NULL.
 */
#define LIST_PAGE 200
platen_code list_show(cli *c, const args *a, const char *resource, const list_column *columns,
                      const char *sort, platen_error *err);

/* Shows one object: "Title  value" lines, or the JSON text as it came. */
platen_code list_show_one(cli *c, const char *json, size_t length, const cJSON *tree,
                          platen_error *err);

/* Shows an array that is part of another answer as a table below a headline; nothing when it is
 * empty. */
platen_code list_show_part(cli *c, const char *headline, const cJSON *items,
                           const list_column *columns, platen_error *err);

/* Shows an array in the client's format. */
platen_code list_show_array(cli *c, const cJSON *items, const list_column *columns,
                            platen_error *err);

/* Adds the list options to a path; PLATEN_E_INVAL (usage) for a filter that is none. */
platen_code list_query(cli *c, const args *a, const char *sort, strbuf *path, platen_error *err);

#endif
