/*
 * The `platen` client: what one call of it works with. Everything runs on the main thread.
 */
#ifndef PLATEN_CLI_CLI_H
#define PLATEN_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <curl/curl.h>

#include "core/base/error.h"
#include "core/base/strbuf.h"
#include "core/cli/args.h"

/* Exit statuses, part of the interface. */
#define CLI_DONE 0
#define CLI_FAILED 1
#define CLI_USAGE 2

typedef enum cli_format {
    CLI_TABLE, /* for people */
    CLI_JSON,  /* as the API gave it */
    CLI_CSV,
} cli_format;

typedef struct cli {
    FILE *out;
    FILE *err;
    FILE *in;
    cli_format format;
    size_t width;   /* columns of the terminal, 0: no limit */
    bool live;      /* `err` is a terminal: a progress bar may move */
    char *url;      /* without a '/' at the end */
    char *token;    /* or NULL */
    char *session;  /* cookie of a session, or NULL */
    char *csrf;     /* its token, or NULL */
    const char *ca; /* file, or NULL */
    bool insecure;
    bool usage;       /* the failure is one of the command line */
    bool ended_badly; /* done, but what was waited for failed: exit status 1 */
    strbuf problem;   /* lines that follow the error's own */
    char problem_code[64];
    const char *verb; /* of a command of another one's, or NULL */
    CURL *curl;
} cli;

/* A verb or a verb with its action. */
typedef struct cli_command {
    const char *verb;
    const char *action;        /* NULL: the verb stands alone */
    const arg_option *options; /* besides the global ones */
    size_t least;              /* positional arguments */
    size_t most;
    const char *synopsis; /* after "platen verb action " */
    const char *help;     /* one or more sentences, lines of at most 78 columns */
    platen_code (*run)(cli *c, const args *a, platen_error *err);
} cli_command;

/* The whole program but main(): the exit status. */
int cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err);

/* A failure that is the caller's: exit status 2. */
platen_code cli_usage(cli *c, platen_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether every verb has an option of that name. */
bool cli_is_global(const char *name);

extern const cli_command device_commands[];
extern const cli_command run_commands[];
extern const cli_command task_commands[];
extern const cli_command script_commands[];
extern const cli_command operation_commands[];
extern const cli_command token_commands[];
extern const cli_command agent_commands[];
extern const cli_command credential_commands[];
extern const cli_command user_commands[];
extern const cli_command region_commands[];
extern const cli_command group_commands[];
extern const cli_command audit_commands[];
extern const cli_command preference_commands[];
extern const cli_command webhook_commands[];
extern const cli_command outbox_commands[];
extern const cli_command function_commands[];
extern const cli_command publisher_commands[];
extern const cli_command system_commands[];
extern const cli_command sdk_commands[];

#endif
