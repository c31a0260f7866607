/*
 * PJL variables as INFO VARIABLES lists them: name, value, what the value may be. Pure functions on
 * memory of their own.
 */
#ifndef PLATEN_PJL_VARIABLE_H
#define PLATEN_PJL_VARIABLE_H

#include "grammar.h"

#define VARIABLE_TEXT 255u       /* octets of a value */
#define VARIABLES_MAX 20000u     /* of one device */
#define VARIABLE_OPTIONS 5000u   /* of one variable; more are not kept, see `cut` */
#define VARIABLES_OPTIONS 60000u /* of all variables */
#define VARIABLE_PATH 160u       /* "pjl/PCL/FONTNUMBER" */

typedef enum variable_kind {
    VARIABLE_IS_TEXT,
    VARIABLE_IS_ENUM,
    VARIABLE_IS_INTEGER,
    VARIABLE_IS_NUMBER,
} variable_kind;

typedef struct variable {
    char *name;     /* "COPIES" */
    char *language; /* "PCL" of LPARM:PCL, "" none */
    char *value;    /* UTF-8, without quotes; NULL: the device does not say */
    char **options; /* of VARIABLE_IS_ENUM, as the device writes them, without quotes */
    size_t option_count;
    double low, high; /* of a range */
    variable_kind kind;
    unsigned decimals; /* of numbers, as the device writes them */
    bool ranged;
    bool cut; /* the device announced more options than it sent, or than are kept */
    bool read_only;
    bool quoted; /* the device writes the value in quotes */
    bool odd;    /* it has octets that cannot be sent back as they are */
} variable;

typedef struct variables {
    variable *list; /* sorted by name and language after variables_sort() */
    size_t count, room;
    size_t options;
    size_t dropped; /* lines that are no variables, and what is over the limits */
} variables;

/* Adds what the answer lists; false: no memory. Lines that make no sense are counted, no more. */
bool variables_read(variables *out, const grammar_text *text, const grammar_answer *answer);
/* Adds one that was asked for by its name. False: no memory. */
bool variables_add(variables *out, const char *language, const char *name, const char *value);
/* Of two with one name one stays. */
void variables_sort(variables *list);
/* After variables_sort(); upper and lower case are one. NULL: there is none. */
variable *variables_find(const variables *list, const char *language, const char *name);
bool variables_have_languages(const variables *list);
void variables_fini(variables *list);

/* Another value of it; quotes are taken off. False: no memory. */
bool variable_set(variable *v, const char *value);
/* The same of an answer to INQUIRE or DINQUIRE: the value, or NAME=VALUE as some devices say. */
bool variable_set_answer(variable *v, const char *answer);
/* Whether a text is its value; numbers count as numbers, words in either case. */
bool variable_is(const variable *v, const char *text);
/* Whether it may have that value: one of the options, within the range. */
bool variable_allows(const variable *v, const char *text);
/* The position of an option, if need be in another case; option_count: none. */
size_t variable_option(const variable *v, const char *text);

/* "pjl/COPIES", "pjl/PCL/PITCH" */
void variable_path(const variable *v, char path[VARIABLE_PATH]);
/* Takes a path of this name space apart; false: it is none. */
bool variable_of_path(const char *path, char language[64], char name[64]);
/* "COPIES" or "LPARM:PCL PITCH", as commands name it. */
void variable_command_name(const variable *v, char name[VARIABLE_PATH]);

/* Octets as UTF-8 of at most VARIABLE_TEXT octets: what is none is read as Latin-1, controls become
 * '?'. True: it is as it was. */
bool variable_clean(const char *octets, char out[VARIABLE_TEXT + 1]);

#endif
