/* Values of settings: as the device has them, as JSON, and whether both are the same. Pure
 * functions. */
#ifndef PRINTER_MIB_SETTING_VALUE_H
#define PRINTER_MIB_SETTING_VALUE_H

#include <cjson/cJSON.h>

#include "answer.h"
#include "setting_object.h"

#define SETTING_OCTETS 1024u /* of a device's text that are looked at */
#define SETTING_TEXT_ROOM (2u * SETTING_OCTETS + 1u)
#define SETTING_WHY 160u

typedef struct setting_value {
    int64_t number;               /* of integers and enumerations */
    bool latin;                   /* the device's octets were no UTF-8: taken as Latin-1 */
    char text[SETTING_TEXT_ROOM]; /* UTF-8 */
} setting_value;

/* What the device says; false when there is no value, or one of another type. */
bool setting_value_read(const setting_object *object, const platen_snmp_binding *binding,
                        setting_value *out);
/* A value of a file; false with a line in `why` when it is of another kind. */
bool setting_value_parse(const setting_object *object, const cJSON *json, setting_value *out,
                         char why[SETTING_WHY]);
bool setting_value_same(const setting_object *object, const setting_value *a,
                        const setting_value *b);
/* Whether it can be sent at all; false with a line in `why`. */
bool setting_value_allowed(const setting_object *object, const setting_value *value,
                           char why[SETTING_WHY]);
/* The text in the device's character set; false when that cannot say it, or it is too long. */
bool setting_value_octets(const setting_object *object, const setting_value *value, bool latin,
                          uint8_t out[SETTING_OCTETS], uint32_t *count, char why[SETTING_WHY]);

/* NULL when there is no memory. The caller's. */
cJSON *setting_value_json(const setting_object *object, const setting_value *value);
/* The item of a list of settings (path, category, kind, value, values, min, max, ...). */
cJSON *setting_item_json(const setting_place *place, const setting_value *value);

#endif
