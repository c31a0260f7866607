/* What the files of core/conf share. Nothing outside this folder includes it. */
#ifndef PLATEN_CONF_INTERNAL_H
#define PLATEN_CONF_INTERNAL_H

#include <stdatomic.h>

#include "core/conf/conf.h"

/* Where a value comes from; a later one weighs more. */
typedef enum conf_weight { CONF_PRESET, CONF_FILE, CONF_ENVIRONMENT, CONF_COMMAND } conf_weight;

/* A text that somebody may still read: kept until conf_free(). */
typedef struct conf_kept {
    struct conf_kept *next;
    char text[];
} conf_kept;

/* A declared key with the value in force. */
typedef struct conf_slot {
    struct conf_slot *next;
    conf_item item; /* texts are this slot's */
    conf_weight weight;
    const char *_Atomic text; /* in a conf_kept */
    _Atomic int64_t number;   /* of integers and booleans */
} conf_slot;

/* A value as it was read. For the environment `section` is NULL and `key` the variable's name. */
typedef struct conf_entry {
    struct conf_entry *next;
    char *section;
    char *key;
    char *value;
    conf_weight weight;
    bool used;    /* some key is declared for it */
    char *origin; /* "file:line", "environment", "--set" */
} conf_entry;

struct conf {
    conf_slot *slots, *slots_end; /* in the order in which they were declared */
    conf_entry *entries, *entries_end;
    size_t entries_count;
    conf_kept *kept;
};

/* conf_schema.c */
extern const conf_item conf_core_schema[];
extern const size_t conf_core_schema_count;

/* conf.c */
conf_slot *conf_slot_find(const conf *c, const char *section, const char *key);
platen_code conf_entry_add(conf *c, const char *section, const char *key, const char *value,
                           conf_weight weight, const char *origin, platen_error *err);
/* "http", "https_port" -> "PLATEN_HTTP_HTTPS_PORT" */
void conf_variable_name(const conf_item *item, strbuf *out);

/* A word as names of sections (joined by "-_") and keys ("_") are. */
bool conf_name_is_good(const char *name, const char *joiners);

/* conf_value.c: is `value` one for this item? The error says what is wrong with it, not where. */
platen_code conf_value_check(const conf_item *item, const char *value, int64_t *number,
                             platen_error *err);

/* conf_hint.c: the word of the schema that `word` may have been meant to be, NULL when none is
 * near. */
const char *conf_hint_key(const conf *c, const char *section, const char *key);
const char *conf_hint_section(const conf *c, const char *section);
const char *conf_section_with_key(const conf *c, const char *key);

#endif
