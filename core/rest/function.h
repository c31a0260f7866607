/*
 * The functions that a system manager grants to device managers one by one (ACC-47, ACC-54 to
 * ACC-57, ACC-63): a word each, which routes name. Features bring their own before the server
 * starts; afterwards the list is only read.
 */
#ifndef PLATEN_REST_FUNCTION_H
#define PLATEN_REST_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

#define FUNCTION_WORD_MAX 48

typedef struct function_word {
    const char *id;   /* "devices"; of features their names */
    const char *menu; /* of the pages: "devices", "tasks", "data" or "reports" */
} function_word;

/* The words must live until they are removed. PLATEN_E_EXISTS for one that is there already,
 * PLATEN_E_INVAL for one that is no word (a-z, 0-9, '-'). Start-up thread only. */
platen_code function_add(const function_word *word, platen_error *err);
void function_remove(const function_word *word); /* the same pointer; one that is none is fine */
bool function_known(const char *id);
const function_word *function_at(size_t index); /* NULL behind the last */

#endif
