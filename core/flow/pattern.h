/*
 * Lua's patterns (Lua 5.4 reference manual, section 6.4.1) with a budget of steps. The library's
 * own matcher backtracks without a limit inside C, where no hook can end it: "(.-).-.-.-x" over a
 * few kilobytes is for ever.
 */
#ifndef PLATEN_FLOW_PATTERN_H
#define PLATEN_FLOW_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATTERN_CAPTURES 32
#define PATTERN_DEPTH 200
#define PATTERN_OPEN (-1) /* a capture without its end: only using it is an error, as in Lua */
#define PATTERN_POSITION (-2)

typedef struct pattern_capture {
    const char *at;
    ptrdiff_t length; /* or PATTERN_OPEN; PATTERN_POSITION: the position itself */
} pattern_capture;

typedef struct pattern_match {
    const char *end; /* of the whole match */
    pattern_capture captures[PATTERN_CAPTURES];
    int count;
} pattern_match;

typedef enum pattern_result {
    PATTERN_NO,
    PATTERN_YES,
    PATTERN_MALFORMED,
    PATTERN_TOO_COMPLEX, /* too deep or too many captures */
    PATTERN_TOO_LONG,    /* the budget is used up */
} pattern_result;

/*
 * Whether `pattern` (without its '^') matches at `at` of `text`. `budget` is lowered by the steps
 * taken; about 100 million are a second.
 */
pattern_result pattern_at(const char *text, size_t length, const char *at, const char *pattern,
                          size_t pattern_length, int64_t *budget, pattern_match *out);

#endif
