/* Packages on their way to the manager, in pieces. */
#ifndef PLATEN_CLI_PACKAGE_H
#define PLATEN_CLI_PACKAGE_H

#include "core/cli/api.h"

#define PACKAGE_ID 64

/*
 * The file as an upload that the manager has looked at and found good: `id`, and in `answer`, which
 * the caller initialised, what is known of it. An upload of the same file that broke off is gone on
 * with, also in this call: for a minute a manager that does not answer is waited for. STATE with
 * the reason when the package is refused; IO, TIMEOUT and what the API answers.
 */
platen_code package_send(cli *c, const char *path, char id[PACKAGE_ID], api_answer *answer,
                         platen_error *err);

/* The time between two looks at what the manager does. */
void package_pause(void);

#endif
