/* Command lines: positional words and options, long with two dashes, one of one letter. */
#ifndef PLATEN_CLI_ARGS_H
#define PLATEN_CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

#define ARGS_WORDS 32
#define ARGS_OPTIONS 256

typedef struct arg_option {
    const char *name; /* without dashes; one letter: "-q"; NULL ends a list */
    bool value;       /* takes one */
} arg_option;

typedef struct args {
    const char *words[ARGS_WORDS];
    size_t count;
    struct {
        const char *name;
        const char *value; /* "" for those without */
    } options[ARGS_OPTIONS];
    size_t option_count;
} args;

/*
 * Takes one argument at argv[*at] (and its value) and moves *at behind it. Options are looked up in
 * `own` (may be NULL) and `global`. Behind "--" everything is a word: then *plain is true.
 * PLATEN_E_INVAL for unknown options and wrong values. Texts stay argv's.
 */
platen_code args_take(args *a, int argc, char **argv, int *at, bool *plain, const arg_option *own,
                      const arg_option *global, platen_error *err);

bool args_has(const args *a, const char *name);
/* The last value given, NULL without one. */
const char *args_value(const args *a, const char *name);
/* Calls for each value in order: *position starts at 0; NULL at the end. */
const char *args_next(const args *a, const char *name, size_t *position);

/* A whole number within bounds. */
bool args_number(const char *text, int64_t least, int64_t most, int64_t *number);

#endif
