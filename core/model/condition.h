/* Registration conditions of a discovery (DEV-49 to DEV-52): values of one field are alternatives,
 * different fields must all hold; comparisons ignore case. */
#ifndef PLATEN_MODEL_CONDITION_H
#define PLATEN_MODEL_CONDITION_H

#include <cjson/cJSON.h>

#include "core/model/report.h"

/* `conditions` is [{"field","op","value"}] or NULL, which every device meets. */
bool condition_met(const cJSON *conditions, const report *r, const char *address,
                   const char *hostname);

#endif
