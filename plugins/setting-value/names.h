/* Readable names of settings in answers. */
#ifndef SETTING_VALUE_NAMES_H
#define SETTING_VALUE_NAMES_H

#include <cjson/cJSON.h>

#include "setting_value.h"

/* Gives each row of an array, which has a "path", its "name" in the language ("de"; "" is English).
 * Not within a transaction. */
platen_code names_put(cJSON *items, const char *language, platen_error *err);

#endif
