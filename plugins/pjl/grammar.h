/*
 * What comes back from a device over PJL (HP PJL Technical Reference Manual, "status readback"), as
 * text: answers, their lines, numbers. Pure functions on the caller's memory; any octets are fine.
 */
#ifndef PLATEN_PJL_GRAMMAR_H
#define PLATEN_PJL_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>

#define GRAMMAR_ANSWER_MAX ((size_t)4 * 1024 * 1024) /* octets of one exchange that are read */

typedef struct grammar_line {
    char *text;    /* without the blanks around it */
    bool indented; /* it began with a tab or a blank */
} grammar_line;

typedef struct grammar_answer {
    const char *command; /* "INFO VARIABLES", "DINQUIRE LPARM:PCL PITCH": see grammar_command() */
    size_t first, count; /* of its lines */
    bool complete;       /* its form feed came */
} grammar_answer;

/* Answers in the order in which they came; USTATUS, which nobody asked for, is left out. */
typedef struct grammar_text {
    grammar_line *lines;
    size_t line_count, line_room;
    grammar_answer *answers;
    size_t answer_count, answer_room;
} grammar_text;

/* Takes the octets apart, in place: `octets` has room for one more than `length`, and stays until
 * grammar_fini(). False: no memory, `out` is empty. */
bool grammar_read(grammar_text *out, char *octets, size_t length);
void grammar_fini(grammar_text *text);

/* The first answer to that command, NULL: none came. */
const grammar_answer *grammar_find(const grammar_text *text, const char *command);
/* The first line of it, whose quotes are taken off; NULL: there is none, or it is `"?"`. */
const char *grammar_first(grammar_text *text, const char *command);

/* A command as answers are found by it: upper case, single blanks, none around ':' and '='. */
void grammar_command(char *command);
/* Cuts blanks off both ends, in place. */
char *grammar_trim(char *text);
/* Takes a pair of double quotes off, in place; false: there is none. */
bool grammar_unquote(char **text);
/* `"?"` with or without quotes: the device does not know it. */
bool grammar_is_unknown(const char *text);
/* A decimal number without exponent, at most 20 characters; `decimals` (may be NULL) gets the
 * digits behind its point. */
bool grammar_number(const char *text, double *number, unsigned *decimals);
/* A name as PJL has them: 1 to 63 of letters, digits, '_', '-' and '.'. */
bool grammar_is_name(const char *text);

#endif
