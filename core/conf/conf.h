/*
 * Configuration: INI file, environment PLATEN_SECTION_KEY, --set section.key=value, in rising
 * order of weight. Every key is declared in a schema (core's is in conf_schema.c, plugins add
 * theirs); an unknown key, a wrong value or a doubled key is an error with file and line.
 */
#ifndef PLATEN_CONF_CORE_H
#define PLATEN_CONF_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

typedef enum conf_type { CONF_TEXT, CONF_INTEGER, CONF_BOOLEAN, CONF_CHOICE, CONF_PATH } conf_type;

typedef struct conf_item {
    const char *section; /* lower case */
    const char *key;     /* lower case, words joined by '_' */
    conf_type type;
    const char *preset;  /* as text; "" is unset */
    int64_t minimum, maximum;
    const char *choices; /* of CONF_CHOICE: words separated by '|' */
    bool reload;         /* SIGHUP takes it over */
    const char *help;
} conf_item;

typedef struct conf conf;

conf *conf_new(void); /* with core's schema and its presets */
void conf_free(conf *c);
platen_code conf_declare(conf *c, const conf_item *item, platen_error *err); /* copies */

/* `path` NULL: the system's file if it exists. Values are checked by conf_check(), when plugins
 * have declared theirs. */
platen_code conf_read_file(conf *c, const char *path, platen_error *err);
platen_code conf_read_environment(conf *c, char *const *environment, platen_error *err);
platen_code conf_set(conf *c, const char *assignment, platen_error *err); /* "section.key=value" */
platen_code conf_check(conf *c, platen_error *err);

/* Borrowed until conf_free(); asserts on an undeclared key. */
const char *conf_text(const conf *c, const char *section, const char *key);
int64_t conf_integer(const conf *c, const char *section, const char *key);
bool conf_boolean(const conf *c, const char *section, const char *key);

/* Every key with type, preset and help, as the man page shows them. */
void conf_describe(const conf *c, strbuf *out);

#endif
