/* The objects of the Printer MIB (RFC 3805) that management may write and that are settings: data.
 * Pure functions. */
#ifndef PRINTER_MIB_SETTING_OBJECT_H
#define PRINTER_MIB_SETTING_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTING_GROUPS 5u
#define SETTING_COLUMNS 12u /* most objects of a group */

typedef enum setting_syntax { SETTING_INTEGER, SETTING_ENUM, SETTING_TEXT } setting_syntax;

/* A word of an enumeration. */
typedef struct setting_word {
    int32_t number;
    const char *word; /* NULL ends the list */
    bool sets;        /* makes sense in a SET: "other" and "notPresent" only tell how it is */
} setting_word;

typedef struct setting_object {
    const char *name; /* the RFC's */
    uint32_t column;
    setting_syntax syntax;
    const setting_word *words; /* of SETTING_ENUM */
    int32_t min, max;          /* of SETTING_INTEGER; of SETTING_TEXT max is the octets it takes */
    const char *category;
    const char *kind_of; /* "A" this very device, "B" same series, "C" any */
} setting_object;

/* A conceptual table: its objects are one after the other. */
typedef struct setting_group {
    const char *entry; /* dotted */
    uint32_t arcs[10];
    uint32_t indexes; /* arcs of a row's index: 1 or 2, hrDeviceIndex first */
    uint32_t count;
    const setting_object *objects;
} setting_group;

extern const setting_group setting_groups[SETTING_GROUPS];

#define SETTING_INTERPRETERS (&setting_groups[SETTING_GROUPS - 1]) /* prtInterpreterTable */
#define SETTING_LANGUAGE 2u /* its prtInterpreterLangFamily */

/* An instance of an object. */
typedef struct setting_place {
    const setting_group *group;
    const setting_object *object;
    uint32_t index[2];
} setting_place;

#define SETTING_PATH 96u
#define SETTING_OID 96u
#define SETTING_ARCS 13u /* entry, column, two of the index */

/* "mib/prtInputName/1.2", as it is written by setting_path(): nothing else is a place. */
bool setting_place_parse(const char *path, setting_place *out);
void setting_path(const setting_place *place, char out[SETTING_PATH]);
/* The instance as arcs and dotted. */
uint32_t setting_arcs(const setting_place *place, uint32_t out[SETTING_ARCS]);
void setting_oid(const setting_place *place, char out[SETTING_OID]);

/* NULL when the enumeration has no such number, or word. */
const setting_word *setting_word_of(const setting_object *object, int64_t number);
const setting_word *setting_word_named(const setting_object *object, const char *word);

#endif
