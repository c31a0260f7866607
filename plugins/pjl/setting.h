/* Variables as settings (docs/setting-values.md): category, kind, case, values. Pure functions. */
#ifndef PLATEN_PJL_SETTING_H
#define PLATEN_PJL_SETTING_H

#include <cjson/cJSON.h>

#include "variable.h"

#define SETTING_TYPE "IV"
#define SETTING_WHY 200

/* A word of the categories of settings. */
const char *setting_category(const char *name);
/* "A": this very device; "C": any. */
const char *setting_case(const char *name);
/* Its value is a secret: it is neither read nor written. */
bool setting_is_secret(const char *path);
/* Locks of the panel and the disk: 0 what opens them, 2 what shuts them, 1 anything else. */
int setting_turn(const char *name, const char *value);

/* {path, category, kind, value, values?, min?, max?, writable, case}; NULL: no memory. */
cJSON *setting_item(const variable *v);
/* A value as JSON, null for NULL. */
cJSON *setting_value(variable_kind kind, const char *text);

/* A wanted value as the device takes it; false with the reason when it cannot be sent. */
bool setting_text(const variable *v, const cJSON *value, char text[VARIABLE_TEXT + 1],
                  char why[SETTING_WHY]);
/* `NAME=VALUE` of DEFAULT. */
void setting_command(const variable *v, const char *text, char *out, size_t size);

#endif
