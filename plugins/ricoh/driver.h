/* The driver "ricoh": devices that fetch their settings from the agent by themselves. Threads: a
 * work has its thread; what load() stores is read-only afterwards. */
#ifndef RICOH_DRIVER_H
#define RICOH_DRIVER_H

#include <stdarg.h>

#include <platen/driver.h>
#include <platen/unstable/fetch.h>
#include <platen/unstable/serve.h>

#include <cjson/cJSON.h>

#include "file.h"

/* The driver's places (serve/0). */
#define PLACE_INSTRUCTIONS "instructions" /* the URL that is entered at the device */
#define PLACE_FILE "settings"

typedef struct ricoh {
    const platen_host *host;
    const platen_drivers *drivers;
    const platen_fetch *fetch;
    const platen_serve *serve;
    int64_t (*now)(void); /* ms UTC */
    int64_t wait_s;       /* that a work waits for the device */
    uint32_t days;        /* that a file is offered */
} ricoh;

/* One work. */
typedef struct visit {
    const ricoh *driver;
    platen_work *work;
    platen_target target;
} visit;

void ricoh_run(platen_work *work, void *user);
__attribute__((format(printf, 3, 4))) void note(const visit *of, uint32_t level, const char *format,
                                                ...);

/* ---- device.c ---- */

/* Whether the device can import from a server: it has the template of the instruction file.
 * PLATEN_OK, UNSUPPORTED, or why it cannot be told. */
platen_code device_probe(visit *of, platen_error *err);

/* ---- place.c ---- */

#define PLACE_TEXT 400u

/* The instruction file (central management, one file for the same model) that names the URL. False:
 * it does not fit. */
bool place_instructions(const char *url, char *out, size_t size);
/* What is known of an offer, for people. `fetched`: the device has the file. */
void place_tell(const platen_serve_place *instructions, const platen_serve_place *file,
                char out[PLACE_TEXT], bool *fetched);
/* "2026-01-31 08:15:30 UTC" */
void place_time(int64_t ms, char out[32]);

/* ---- setting.c, write.c: the actions ---- */

platen_code setting_check(visit *of, platen_error *err);
/* Ends the work itself, perhaps after a while. */
void setting_write(visit *of, cJSON *order, bool preview);

platen_code setting_hand_over(const visit *of, const cJSON *data, platen_error *err);

#endif
