/* What the function check found out of devices (SET-50 to SET-58). In a transaction, on its thread.
 */
#ifndef SETTING_VALUE_KNOWN_H
#define SETTING_VALUE_KNOWN_H

#include "setting_value.h"
#include "type.h"

#define KNOWN_MODEL 256u /* bytes with the zero */
#define KNOWN_SERIAL 65u
#define KNOWN_WHY 321u

#define KNOWN_YES "yes"
#define KNOWN_NO "no"
#define KNOWN_UNKNOWN "unknown"

typedef struct device_known {
    int64_t device;
    int64_t checked; /* ms UTC; 0: never */
    char support[8]; /* whether settings can be read: yes, no, unknown */
    char writes[8];  /* yes, no, unknown */
    type_of is;      /* of a supported one */
    char why[KNOWN_WHY];
} device_known;

/* One that was never checked is unknown. */
platen_code known_find(platen_tx *tx, int64_t device, device_known *out, platen_error *err);
/* `drivers`: JSON object of what each said. */
platen_code known_put(platen_tx *tx, const device_known *known, const char *drivers,
                      platen_error *err);
/* Whether it may be a target (SET-58); else the word of the reason and one line. */
bool known_usable(const device_known *known, const char **word, const char **why);

/* What the model knows of it, cut to size. */
typedef struct device_named {
    char model[KNOWN_MODEL];
    char serial[KNOWN_SERIAL];
} device_named;

/* PLATEN_E_NOT_FOUND. */
platen_code known_name(platen_tx *tx, int64_t device, device_named *out, platen_error *err);

platen_code known_load(platen_error *err); /* statements */

#endif
