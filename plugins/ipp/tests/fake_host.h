/*
 * A host for one driver in a test: loads the plugin's shared object, gives it driver/1, hands it
 * works and keeps what it reports as lines of text ("text model=Laser 9", "alert ..."), in the
 * order of the reports.
 */
#ifndef PLATEN_IPP_FAKE_HOST_H
#define PLATEN_IPP_FAKE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/driver.h>

#define FAKE_LINES 2000
#define FAKE_MEMO 256

typedef struct fake_host fake_host;

/* What one work came to. */
typedef struct fake_result {
    char *lines[FAKE_LINES];
    size_t count;
    uint32_t finished; /* how often finish() was called */
    platen_code code;
    char text[PLATEN_ERROR_TEXT];
    uint32_t sureness;
    char why[256];
    int64_t took_ms;
} fake_result;

fake_host *fake_host_open(const char *plugin); /* NULL with a message on stderr */
void fake_host_close(fake_host *host);
const platen_driver *fake_host_driver(const fake_host *host);
const platen_drivers *fake_host_drivers(const fake_host *host);
const platen_host *fake_host_table(void);

/* Runs one work; `memo` of FAKE_MEMO bytes is what the driver remembers of the device. */
void fake_host_run(fake_host *host, uint32_t kind, const platen_target *target,
                   char memo[FAKE_MEMO], fake_result *result);
void fake_result_fini(fake_result *result);
/* Whether a line is exactly `line`, or begins so where `line` ends with '*'. */
bool fake_result_has(const fake_result *result, const char *line);

/* For tests of parts of the driver: a work that only collects. */
platen_work *fake_work_new(uint32_t kind, fake_result *result);
void fake_work_free(platen_work *work);

#endif
