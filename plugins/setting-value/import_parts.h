/* What the readers of several kinds of file share. Pure functions. */
#ifndef SETTING_VALUE_IMPORT_PARTS_H
#define SETTING_VALUE_IMPORT_PARTS_H

#include "item.h"

/* The value as the kind wants it: true, false or a number as JSON writes it, else a text; always a
 * text for `text` and `enum`. `kind` may be NULL. NULL: no memory. */
cJSON *import_value(const char *text, const char *kind);
/* The kind that such a value has. */
const char *import_kind(const cJSON *value);
/* Checks the last one of the settings alone, so that what is wrong is told with its line. */
platen_code import_check(const cJSON *items, unsigned line, platen_error *err);

#endif
