/* The driver "lexmark": settings of Lexmark devices by their settings bundle. Threads: a work has
 * its thread; what load() stores is read-only afterwards. */
#ifndef LEXMARK_DRIVER_H
#define LEXMARK_DRIVER_H

#include <platen/driver.h>
#include <platen/unstable/fetch.h>

#include <cjson/cJSON.h>

#include "bundle.h"

typedef struct lexmark {
    const platen_host *host;
    const platen_drivers *drivers;
    const platen_fetch *fetch;
    void (*pause)(uint32_t ms); /* of the thread; tests have none */
    int64_t (*now)(void);       /* ms UTC */
} lexmark;

/* One work. */
typedef struct visit {
    const lexmark *driver;
    platen_work *work;
    platen_target target;
    bool restarted; /* it was away while it was asked */
} visit;

void lexmark_run(platen_work *work, void *user);

/* ---- vcc.c: the exchange ---- */

/* Whether the path is there, without a login: PLATEN_OK, UNSUPPORTED, or why it cannot be told. */
platen_code vcc_probe(visit *of, platen_error *err);
/* The device's settings. UNSUPPORTED: it has no such path. AUTH: it wants another login. */
platen_code vcc_read(visit *of, bundle *out, platen_error *err);
/* Sends a bundle of those settings. `sent` tells whether the device may have taken it (also of a
 * failure: the answer was lost). */
platen_code vcc_write(visit *of, const bundle_setting *settings, size_t count, bool *sent,
                      platen_error *err);

/* ---- setting.c, write.c: the actions; they hand over data and do not finish() ---- */

platen_code setting_check(visit *of, platen_error *err);
platen_code setting_read(visit *of, const cJSON *order, platen_error *err);
platen_code setting_write(visit *of, const cJSON *order, bool preview, platen_error *err);

/* The head that all answers have; NULL: no memory. */
cJSON *setting_head(const visit *of);
platen_code setting_hand_over(visit *of, const cJSON *data, platen_error *err);
__attribute__((format(printf, 3, 4))) void note(const visit *of, uint32_t level, const char *format,
                                                ...);

#endif
