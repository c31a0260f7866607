/* One call of the client against a scripted manager, for the tests of its verbs. */
#ifndef PLATEN_TEST_CLI_CALL_H
#define PLATEN_TEST_CLI_CALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/cli/cli.h"
#include "fake_server.h"

typedef struct outcome {
    int status;
    char *out;
    char *err;
} outcome;

/* Runs "platen WORDS..." with `input` on standard input; words are split at blanks. */
outcome call(fake_server *server, const char *input, const char *words);
void forget(outcome *o);

/* A group setup: a token and a time zone. */
int call_set_up(void **state);

#endif
