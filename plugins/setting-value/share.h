/* Files of the plugin's folder. */
#ifndef SETTING_VALUE_SHARE_H
#define SETTING_VALUE_SHARE_H

#include <cjson/cJSON.h>

#include "setting_value.h"

/* Reads "<folder>/<name>", JSON of at most PLATEN_PAGE_BYTES bytes ("share/types.json"). The caller
 * deletes the tree. Main thread, in load(). PLATEN_E_IO: it is not there or too large,
 * PLATEN_E_MALFORMED: no JSON. */
platen_code share_read(const char *name, cJSON **tree, platen_error *err);

#endif
