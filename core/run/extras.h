/* What the result of a target may say beyond its state (docs/link.md), bounded. */
#ifndef PLATEN_RUN_EXTRAS_H
#define PLATEN_RUN_EXTRAS_H

#include "core/run/target_row.h"

#define EXTRAS_PARAMS 16384 /* bytes of params; larger ones are left out */
#define EXTRAS_CHANGES 65536
#define EXTRAS_LINES 100 /* of the log */
#define EXTRAS_LINE 500  /* bytes of a line; longer ones are cut */
#define EXTRAS_TEXT 1000 /* bytes of code and of text */

typedef struct extras {
    strbuf params, changes, log, code, text;
    int64_t started;
} extras;

/* Reads params, changes, log, code, text and started of a result; what is not of their form is left
 * out. PLATEN_E_NOMEM. extras_fini() also after a failure. */
platen_code extras_read(extras *x, const cJSON *result, platen_error *err);
void extras_fini(extras *x);
void extras_put(const extras *x, target_row *row); /* lends its texts */

#endif
