/* Errors of the API (RFC 9457) as text for people. */
#ifndef PLATEN_CLI_PROBLEM_H
#define PLATEN_CLI_PROBLEM_H

#include "core/cli/cli.h"

/* Makes an error of an answer of 400 or more, whatever its body is. */
platen_code problem_take(cli *c, long status, const char *body, size_t length, platen_error *err);

/* Writes "platen: <text> (<code>)" and the lines that follow. */
void problem_print(const cli *c, const platen_error *err);

#endif
