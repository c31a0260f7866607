/*
 * What drivers handed over for a device, read with care: it is of nobody who is to be trusted. Each
 * driver that did something has its part: {"pjl":{"format":1,"type":"IV",…},"printer-mib":{…}}.
 */
#ifndef SETTING_VALUE_REPLY_H
#define SETTING_VALUE_REPLY_H

#include <cjson/cJSON.h>

#include "item.h"
#include "setting_value.h"
#include "type.h"

#define REPLY_DRIVERS 16u /* of a device */
#define REPLY_DEPTH 8u    /* of the JSON text */

typedef struct reply {
    cJSON *tree;
    const cJSON *parts[REPLY_DRIVERS]; /* named by their drivers, each an object */
    uint32_t count;
    type_of is; /* of all of them: what a driver that knows a type of devices says goes first */
} reply;

/* PLATEN_E_MALFORMED; PLATEN_E_INVAL: no objects, too many, another format, an unknown type. "" has
 * no parts. reply_fini() also after a failure. */
platen_code reply_read(const platen_outcome *outcome, reply *out, platen_error *err);
void reply_fini(reply *r);

/* Members of a part, with a preset for what is not there or of another kind. */
bool reply_flag(const cJSON *part, const char *name);
const char *reply_text(const cJSON *part, const char *name);

/* ---- settings.write ---- */

typedef enum item_result {
    RESULT_NONE, /* no driver of the device knows it */
    RESULT_SAME,
    RESULT_DIFFERENT,
    RESULT_WRITTEN,
    RESULT_NOT_SUPPORTED,
    RESULT_READ_ONLY,
    RESULT_NOT_ALLOWED,
    RESULT_REFUSED,
    RESULT_CHANGED,
    RESULT_NOT_CONFIRMED,
    RESULT_FAILED,
    RESULT_WRONG_PASSWORD, /* its guard is another one on the device: see aim_text() */
} item_result;

/* What became of a setting. Trees and texts are the reply's. */
typedef struct item_answer {
    item_result result;
    const cJSON *before; /* a value, or NULL: the device has none */
    const cJSON *after;
    const char *text;
} item_answer;

/* An answer for each setting of the list, in its order; the caller frees it. PLATEN_E_INVAL: a
 * setting that was not asked for, twice, or with a word or value that cannot be. */
platen_code reply_answers(const reply *r, const item_list *asked, item_answer **out,
                          platen_error *err);
bool result_failed(item_result result);
/* Whether the device has been asked to take another value. */
bool result_touched(item_result result);

#endif
