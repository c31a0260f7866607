/*
 * Model types (SET-02) and what follows from them: security levels of Type I (SET-27 to SET-31),
 * whether data fits a device at all (SET-36), which categories others contain (SET-13 to SET-15),
 * and which have a password of their own (SET-80, SET-81). The rules are data: share/types.json of
 * the plugin.
 */
#ifndef SETTING_VALUE_TYPE_H
#define SETTING_VALUE_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <platen/error.h>

#define TYPE_WORD 8u      /* bytes of a type with its zero */
#define TYPE_PLATFORM 65u /* of a platform version */
#define TYPE_LEVEL_MAX 9u

/* What data was made of, or what a device is. */
typedef struct type_of {
    char type[TYPE_WORD]; /* I to IV, "" for any */
    char platform[TYPE_PLATFORM];
    uint32_t level; /* of its data; 0: the type knows no levels */
} type_of;

/* Reads the rules; load() only. */
platen_code type_load(platen_error *err);

bool type_known(const char *type);
/* Fills in the level that type and platform have, unless the driver said one. */
void type_settle(type_of *t);
/* Whether data takes effect on the device; else the word of the reason ("type", "level") and one
 * line for people. */
bool type_fits(const type_of *data, const type_of *device, const char **word, char *why,
               uint32_t size);

/* Adds to an array of words of categories those that they contain on devices of that type. Anything
 * but an array stays as it is. PLATEN_E_NOMEM. */
platen_code type_widen(const char *type, cJSON *categories, platen_error *err);
/* Whether settings of the category are only taken with the password that the device has for it. */
bool type_guarded(const char *type, const char *category);

#endif
