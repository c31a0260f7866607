/* Secrets from people and programs: never from the command line, which every user can read. */
#ifndef PLATEN_CLI_PROMPT_H
#define PLATEN_CLI_PROMPT_H

#include "core/cli/cli.h"

#define PROMPT_SECRET 256

/*
 * Reads one line without its end. With `from_input` from the client's input, else from the terminal
 * without echo after `question`; without a terminal that is a usage error. Empty lines too. The
 * caller wipes with explicit_bzero().
 */
platen_code prompt_secret(cli *c, bool from_input, const char *question, char secret[PROMPT_SECRET],
                          platen_error *err);

#endif
