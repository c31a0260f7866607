/*
 * Verbs that the client does not know itself: those of functions.
 *
 * `platen <plugin> <operation> [--member value]...` calls the operation "<plugin>.<operation>",
 * with arguments as its schema has them. `platen <verb> <action> ...` is the program
 * platen-<verb>-<action>, when there is one in the folder of Platen's own programs
 * (<prefix>/libexec/platen, or beside the client in a build folder); never one of PATH.
 */
#ifndef PLATEN_CLI_FOREIGN_H
#define PLATEN_CLI_FOREIGN_H

#include "core/base/file.h"
#include "core/cli/cli.h"

#define FOREIGN_WORD_MAX 48 /* bytes of a verb or an action: a-z, 0-9, '-' */

/* Verb and action of a command line, and where it goes on behind them. */
typedef struct foreign {
    const char *verb;
    const char *action;
    int behind;
    arg_option options[ARGS_OPTIONS + 1]; /* those of the command line that nobody knows */
    char names[ARGS_OPTIONS][FOREIGN_WORD_MAX + 1];
    cli_command command;
} foreign;

/* Whether the command line begins with two words that can be verb and action. `global` are the
 * options that may stand before them. */
bool foreign_find(foreign *f, int argc, char **argv, const arg_option *global);

/* Whether there is a program for it; its path. */
bool foreign_program(const foreign *f, char path[FILE_PATH]);
/* Runs it with what stands behind verb and action: its exit status. */
int foreign_run(cli *c, const foreign *f, const char *path, char **argv);

/* The command that calls the operation: it takes every option that is not global. */
const cli_command *foreign_operation(foreign *f, int argc, char **argv);

#endif
