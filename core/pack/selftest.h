/*
 * Loading a plugin where it can do no harm: a process of its own (`platend selftest`), without
 * network, without writing files, without starting processes, with bounds on time and memory. What
 * load() does there says whether the plugin is taken. The plugin's registrations are looked at, the
 * plugin is unloaded again, and nothing of it runs besides.
 */
#ifndef PLATEN_PACK_SELFTEST_H
#define PLATEN_PACK_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"

#define SELFTEST_SECONDS 10
#define SELFTEST_MEMORY (INT64_C(1) << 30) /* bytes of address space beyond the program's own */
#define SELFTEST_CODE 40

typedef struct selftest_options {
    const char *program; /* the platend that loads it; NULL: this one */
    const char *role;    /* "manager" or "agent" */
    const char *folder;  /* with <name>.so and its files in <name>/ */
    const char *name;    /* of the plugin; "-": none, only whether the program starts */
    unsigned seconds;    /* 0: SELFTEST_SECONDS */
    /* Set to the list that the plugin declares as a manager's, [{"number","name"}], which the
     * caller frees, or to NULL. NULL: nobody asks. */
    cJSON **migrations;
} selftest_options;

/*
 * `code` is "" when the plugin is good, else one of these words (docs/errors.md):
 *   self-test-load     it cannot be opened, the handshake fails, or load() does
 *   self-test-crash    a signal ended it
 *   self-test-timeout  it did not come to an end
 *   self-test-exit     it ended the process
 *   self-test-process  it started a program or a process
 *   self-test-prints   it wrote to standard output or standard error
 *   self-test-signals  it installed a signal handler
 */
typedef struct selftest_verdict {
    char code[SELFTEST_CODE];
    char text[PLATEN_ERROR_TEXT];
    char version[64]; /* of the plugin, or of the program when the name is "-"; "" unknown */
    bool loaded;      /* false without a code: it is not for that role */
} selftest_verdict;

/* Waits for the verdict. Any thread; PLATEN_OK also when the plugin is bad. Errors: IO, NOMEM when
 * the process cannot be started. */
platen_code selftest_run(const selftest_options *options, selftest_verdict *out, platen_error *err);

#endif
