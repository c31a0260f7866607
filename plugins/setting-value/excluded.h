/* Settings that a standard may not have (SET-84): data, share/excluded.json of the plugin. */
#ifndef SETTING_VALUE_EXCLUDED_H
#define SETTING_VALUE_EXCLUDED_H

#include "setting_value.h"

/* Which item of the list a path is ("System manager PIN"), NULL: none. Any thread. */
const char *excluded_name(const char *path);

platen_code excluded_load(platen_error *err);
void excluded_unload(void);

#endif
