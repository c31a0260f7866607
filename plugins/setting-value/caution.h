/*
 * Cautions of categories, types and tasks (SET-12 to SET-26 and others): share/cautions.json says
 * what is told, when, and at which places; the pages show it beside what people choose.
 */
#ifndef SETTING_VALUE_CAUTION_H
#define SETTING_VALUE_CAUTION_H

#include <cjson/cJSON.h>

#include "setting_value.h"

/* In load(), before what shows them. PLATEN_E_INVAL: the file is not as it must be. */
platen_code caution_load(platen_error *err);
void caution_unload(void);

/* The schema of a task kind's settings with the cautions of the kind's word ("back-up"). The caller
 * frees it with cJSON_free(). NULL: no memory, or no such place. */
char *caution_in_schema(const char *kind, const char *schema);

/* Adds the cautions of a page. False: no memory. */
bool caution_in_page(const char *id, cJSON *page);

#endif
