/*
 * Configuration: INI file, environment PLATEN_SECTION_KEY, --set section.key=value, in rising
 * order of weight. Every key is declared in a schema (core's is in conf_schema.c, plugins add
 * theirs); an unknown key, a wrong value or a doubled key is an error with file and line.
 *
 * Setting up is one thread's business. After conf_check() any thread may read values, also while
 * conf_reload() takes over new ones.
 */
#ifndef PLATEN_CONF_CORE_H
#define PLATEN_CONF_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"

#define CONF_SYSTEM_FILE "/etc/platen/platend.conf"

typedef enum conf_type { CONF_TEXT, CONF_INTEGER, CONF_BOOLEAN, CONF_CHOICE, CONF_PATH } conf_type;

typedef struct conf_item {
    const char *section; /* lower case; '-' may join words as in a plugin's name */
    const char *key;     /* lower case, words joined by '_' */
    conf_type type;
    const char *preset; /* as text; "" is unset */
    int64_t minimum, maximum;
    const char *choices; /* of CONF_CHOICE: words separated by '|' */
    bool reload;         /* SIGHUP takes it over */
    const char *help;
} conf_item;

typedef struct conf conf;

conf *conf_new(void); /* with core's schema and its presets; NULL when there is no memory */
void conf_free(conf *c);
/* Copies. What was read for the key before is checked and in force at once, so that a plugin may
 * read its values right after it has declared them. */
platen_code conf_declare(conf *c, const conf_item *item, platen_error *err);

/* `path` NULL: the system's file if it exists. Values of declared keys are checked and in force at
 * once; the others wait for conf_declare(), and conf_check() refuses what nobody has declared. */
platen_code conf_read_file(conf *c, const char *path, platen_error *err);
/* The same of a text; `name` stands for the file in errors. */
platen_code conf_read_text(conf *c, const char *name, const char *text, size_t length,
                           platen_error *err);
platen_code conf_read_environment(conf *c, char *const *environment, platen_error *err);
platen_code conf_set(conf *c, const char *assignment, platen_error *err); /* "section.key=value" */

/* What was read for that section is somebody else's: of a plugin that this role does not load. */
void conf_leave(conf *c, const char *section);

/* Refuses what was read for no declared key. */
platen_code conf_check(conf *c, platen_error *err);
/* The same for programs that load no plugins: sections that may be a plugin's pass. */
platen_code conf_check_own(conf *c, platen_error *err);

/* Takes over from `fresh` (read and checked) what may change while Platen runs. Names of changed
 * keys that need a restart are appended to `waiting` (may be NULL), separated by spaces. */
platen_code conf_reload(conf *c, const conf *fresh, strbuf *waiting, platen_error *err);

/* Borrowed until conf_free(); asserts on an undeclared key. */
const char *conf_text(const conf *c, const char *section, const char *key);
int64_t conf_integer(const conf *c, const char *section, const char *key);
bool conf_boolean(const conf *c, const char *section, const char *key);
bool conf_is_declared(const conf *c, const char *section, const char *key);

/* Writes `section.key = value` into the file `path` in place of what is there, everything else as
 * it was; the old file is kept as `kept`. Both get the old one's mode. */
platen_code conf_file_set(const char *path, const char *kept, const char *section, const char *key,
                          const char *value, platen_error *err);

/* Calls `each` for every key that is declared in the section; the item is borrowed. */
void conf_each_key(const conf *c, const char *section,
                   void (*each)(const conf_item *item, void *user), void *user);
/* Calls `each` with what was read for keys of the section, declared or not, lighter weights first:
 * what another process needs to come to the same values. */
void conf_each_value(const conf *c, const char *section,
                     void (*each)(const char *key, const char *value, void *user), void *user);

/* Every key with type, preset and help, as the man page shows them. */
void conf_describe(const conf *c, strbuf *out);

#endif
