/*
 * The model of a setting: what drivers hand over, what files hold, what is compared. Pure functions
 * on cJSON trees; any thread.
 *
 * A setting is a JSON object {"path","category","kind","value","values","min","max","writable",
 * "case","output"}. Its path is 2 to 32 segments of printable UTF-8 joined by '/', the first the
 * name space of a driver. Kind and value fit together: boolean: true or false; integer: a whole
 * number within ±2^53; number; enum and text: a text.
 */
#ifndef SETTING_VALUE_ITEM_H
#define SETTING_VALUE_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <platen/error.h>

#define ITEMS_MAX 20000u      /* of a device or a file */
#define ITEM_VALUES_MAX 5000u /* allowed values of one enum */
#define ITEM_PATH_MAX 255u    /* bytes */
#define ITEM_SEGMENTS_MAX 32u /* of a path */
#define ITEM_TEXT_MAX 4096u   /* bytes of a value that is a text */
#define ITEM_CATEGORY_MAX 48u /* bytes: a-z, 0-9, '-' */

typedef enum item_kind {
    ITEM_BOOLEAN,
    ITEM_INTEGER,
    ITEM_NUMBER,
    ITEM_ENUM,
    ITEM_TEXT,
} item_kind;

/* One setting. Texts and trees are borrowed from the list's tree. */
typedef struct item {
    const char *path;
    const char *category; /* "basic" when the object has none */
    const cJSON *value;   /* never NULL */
    cJSON *json;          /* the whole object */
    item_kind kind;
    char scope;    /* 'A', 'B' or 'C': on which devices it takes effect (SET-32 to SET-34); 'C' when
                      the object does not say */
    bool writable; /* true when the object does not say */
    bool output;   /* marked for output (SET-70); true when the object does not say */
} item;

/* Settings by path in byte order; `tree` is the array that they are borrowed from. */
typedef struct item_list {
    item *at;
    uint32_t count;
    cJSON *tree;
} item_list;

/*
 * Checks an array of settings and lists them. The list takes the array over, also on failure, and
 * puts what objects lack (category, kind, writable, case) into place. PLATEN_E_INVAL: what is not
 * as above, or a path twice; PLATEN_E_TOO_LARGE: a bound; the text names the path. NULL is an empty
 * array.
 */
platen_code items_take(cJSON *array, item_list *out, platen_error *err);
/* The same from JSON text of an array; PLATEN_E_MALFORMED. */
platen_code items_parse(const char *text, size_t length, item_list *out, platen_error *err);
void items_fini(item_list *list);

/* The setting with that path, or NULL. */
const item *items_find(const item_list *list, const char *path);

/* Takes the setting at that place out of the list and its tree. */
void items_remove(item_list *list, uint32_t at);

/* JSON text of the array in the order of paths, members in a fixed order: the same settings give
 * the same bytes, whatever order they came in. The caller calls cJSON_free(). NULL: no memory. */
char *items_text(const item_list *list);
/* The same of those for which `keep` answers true. */
char *items_text_of(const item_list *list, bool (*keep)(const item *i, const void *user),
                    const void *user);

/* Whether two values are the same: numbers as numbers (1 and 1.0), texts byte by byte. NULL is the
 * same as NULL only. */
bool item_same(const cJSON *a, const cJSON *b);
/* Whether `value` is one that this setting takes: of its kind, of its values, within its range.
 * When not, `why` (may be NULL) says it in a few words: static text. */
bool item_takes(const item *i, const cJSON *value, const char **why);
/* Changes a setting's value in the list's tree; PLATEN_E_INVAL when it does not take it. `value` is
 * copied. */
platen_code item_set(item *i, const cJSON *value, platen_error *err);

/* Marks it for output or not, in the list's tree. PLATEN_E_NOMEM. */
platen_code item_mark(item *i, bool output, platen_error *err);

/* Whether a path names something secret (password, PIN): such values are neither shown nor kept. */
bool item_secret(const char *path);
/* Whether a text can be a value: UTF-8 of up to ITEM_TEXT_MAX bytes. */
bool item_text_good(const char *text);
/* Whether the path is as it must be. */
bool item_path_good(const char *path);
/* Whether it is a category's word. */
bool item_category_good(const char *category);

/* The word of a kind, and back (false: no such word). */
const char *item_kind_word(item_kind kind);
bool item_kind_of(const char *word, item_kind *kind);

/* A value as text for people and cells: true, 12, 1.5, or the text itself. At most `size` bytes
 * with the zero; cut between characters. */
void item_value_text(const cJSON *value, char *out, size_t size);

#endif
