/* A compiled schema as the files of it see it. */
#ifndef PLATEN_REST_SCHEMA_PRIVATE_H
#define PLATEN_REST_SCHEMA_PRIVATE_H

#include <regex.h>

#include "core/rest/schema.h"

enum {
    T_NULL = 1,
    T_BOOLEAN = 2,
    T_NUMBER = 4,
    T_INTEGER = 8,
    T_STRING = 16,
    T_ARRAY = 32,
    T_OBJECT = 64
};

typedef enum text_format {
    FORMAT_NONE,
    FORMAT_DATE_TIME,
    FORMAT_EMAIL,
    FORMAT_URI,
    FORMAT_FILE
} text_format;

typedef struct property {
    char *name;
    schema *schema;
    bool required;
} property;

struct schema {
    unsigned types; /* 0: any */
    property *properties;
    size_t property_count;
    bool closed;    /* no other members */
    schema *others; /* schema of other members */
    schema *items;
    cJSON *choices; /* enum: an array */
    schema **any;
    size_t any_count;
    double minimum, maximum;
    bool has_minimum, has_maximum, minimum_open, maximum_open;
    long min_length, max_length, min_items, max_items;
    bool unique;
    bool has_pattern;
    regex_t pattern;
    text_format format;
    bool write_only;
};

#endif
