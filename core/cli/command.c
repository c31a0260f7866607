/* From the command line to a verb: options, help, errors, exit status. */
#include "core/cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/cli/api.h"
#include "core/cli/foreign.h"
#include "core/cli/problem.h"
#include "core/cli/width.h"

#define DEFAULT_URL "https://localhost:8443"
#define TOKEN_FILE_MOST 4096

static const arg_option global_options[] = {
    {"url", true},  {"token-file", true}, {"ca", true}, {"insecure", false}, {"json", false},
    {"csv", false}, {"help", false},      {"h", false}, {NULL, false},
};

static const cli_command *const tables[] = {
    device_commands,    run_commands,    task_commands,  script_commands,
    operation_commands, token_commands,  agent_commands, credential_commands,
    user_commands,      region_commands, group_commands, preference_commands,
    webhook_commands,   outbox_commands, audit_commands, function_commands,
    publisher_commands, system_commands, sdk_commands,
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const char global_help[] =
    "Options of every verb:\n"
    "  --url URL          the manager (PLATEN_URL; default " DEFAULT_URL ")\n"
    "  --token-file FILE  a file with the token (else PLATEN_TOKEN)\n"
    "  --ca FILE          one more certificate authority to trust (PLATEN_CA)\n"
    "  --insecure         do not check the manager's certificate\n"
    "  --json             what the API answers, lists as one array\n"
    "  --csv              comma-separated values\n"
    "  --help             what a verb does\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage.\n";

platen_code cli_usage(cli *c, platen_error *err, const char *format, ...)
{
    va_list list;
    c->usage = true;
    va_start(list, format);
    platen_code rc = error_set_va(err, PLATEN_E_INVAL, format, list);
    va_end(list);
    return rc;
}

bool cli_is_global(const char *name)
{
    for (const arg_option *option = global_options; option->name != NULL; option++) {
        if (strcmp(option->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- verbs ---- */

static const cli_command *find_command(const char *verb, const char *action)
{
    for (size_t i = 0; i < TABLES; i++) {
        for (const cli_command *command = tables[i]; command->verb != NULL; command++) {
            if (strcmp(command->verb, verb) == 0 &&
                (command->action == NULL ||
                 (action != NULL && strcmp(command->action, action) == 0))) {
                return command;
            }
        }
    }
    return NULL;
}

static bool is_verb(const char *word)
{
    for (size_t i = 0; i < TABLES; i++) {
        for (const cli_command *command = tables[i]; command->verb != NULL; command++) {
            if (strcmp(command->verb, word) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void print_usage(FILE *out, const cli_command *command)
{
    (void)fprintf(out, "usage: platen %s%s%s%s%s\n\n%s\n", command->verb,
                  command->action != NULL ? " " : "",
                  command->action != NULL ? command->action : "",
                  command->synopsis[0] != '\0' ? " " : "", command->synopsis, command->help);
}

/* The first sentence, or what stands before its colon, in one line. */
static void print_sentence(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        bool last = text[1] == '\0' || text[1] == ' ' || text[1] == '\n';
        if ((*text == '.' || *text == ':') && last) {
            break;
        }
        (void)fputc(*text == '\n' ? ' ' : *text, out);
    }
    (void)fputc('\n', out);
}

/* All verbs, or the actions of one. */
static void print_overview(FILE *out, const char *verb)
{
    (void)fprintf(out, "usage: platen %s [OPTION]...\n\n", verb != NULL ? verb : "VERB [ACTION]");
    for (size_t i = 0; i < TABLES; i++) {
        for (const cli_command *command = tables[i]; command->verb != NULL; command++) {
            if (verb != NULL && strcmp(verb, command->verb) != 0) {
                continue;
            }
            char name[64];
            (void)snprintf(name, sizeof(name), "%s%s%s", command->verb,
                           command->action != NULL ? " " : "",
                           command->action != NULL ? command->action : "");
            (void)fprintf(out, "  %-18s ", name);
            print_sentence(out, command->help);
        }
    }
    (void)fprintf(out, "\n`platen VERB [ACTION] --help` says more.\n\n%s", global_help);
}

static int help(const cli *c, const char *verb, const char *action)
{
    const cli_command *command = verb != NULL ? find_command(verb, action) : NULL;
    if (command != NULL) {
        print_usage(c->out, command);
        (void)fprintf(c->out, "\n%s", global_help);
        return CLI_DONE;
    }
    if (verb != NULL && !is_verb(verb)) {
        (void)fprintf(
            c->err,
            "platen: unknown verb '%s'; `platen help` lists them, `platen operation list` what "
            "functions offer\n",
            verb);
        return CLI_USAGE;
    }
    print_overview(c->out, verb);
    return CLI_DONE;
}

/* ---- the client's own options ---- */

static platen_code dup_trimmed(const char *text, size_t length, char **out, platen_error *err)
{
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL) {
        length--;
    }
    *out = strndup(text, length);
    return *out == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for an option") : PLATEN_OK;
}

static platen_code take_token(cli *c, const args *a, platen_error *err)
{
    const char *path = args_value(a, "token-file");
    const char *token = getenv("PLATEN_TOKEN");
    if (path == NULL) {
        return token == NULL || token[0] == '\0'
                   ? PLATEN_OK
                   : dup_trimmed(token, strlen(token), &c->token, err);
    }
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, TOKEN_FILE_MOST, &text, &length, err));
    platen_code rc = dup_trimmed(text, length, &c->token, err);
    explicit_bzero(text, length);
    free(text);
    return rc;
}

static bool is_header_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            return false;
        }
    }
    return true;
}

static platen_code take_url(cli *c, const args *a, platen_error *err)
{
    const char *url = args_value(a, "url");
    if (url == NULL) {
        url = getenv("PLATEN_URL");
    }
    if (url == NULL || url[0] == '\0') {
        url = DEFAULT_URL;
    }
    size_t length = strlen(url);
    while (length > 0 && url[length - 1] == '/') {
        length--;
    }
    if (!is_header_text(url) ||
        (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)) {
        return cli_usage(c, err, "'%s' is no http or https address", url);
    }
    return dup_trimmed(url, length, &c->url, err);
}

static platen_code take_options(cli *c, const args *a, platen_error *err)
{
    if (args_has(a, "json") && args_has(a, "csv")) {
        return cli_usage(c, err, "--json and --csv exclude each other");
    }
    c->format = args_has(a, "json") ? CLI_JSON : args_has(a, "csv") ? CLI_CSV : CLI_TABLE;
    c->insecure = args_has(a, "insecure");
    c->ca = args_value(a, "ca");
    if (c->ca == NULL) {
        const char *ca = getenv("PLATEN_CA");
        c->ca = ca != NULL && ca[0] != '\0' ? ca : NULL;
    }
    PLATEN_TRY(take_url(c, a, err));
    PLATEN_TRY(take_token(c, a, err));
    if (c->token != NULL && !is_header_text(c->token)) {
        return cli_usage(c, err, "the token has characters that no token has");
    }
    return PLATEN_OK;
}

static size_t terminal_width(FILE *out)
{
    struct winsize size;
    int fd = fileno(out);
    if (fd < 0 || !isatty(fd)) {
        return 0;
    }
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* ---- dispatch ---- */

/* The verb and its action stand first among the words; then their options are known. */
static platen_code parse(cli *c, int argc, char **argv, args *a, const cli_command **command,
                         platen_error *err)
{
    bool plain = false;
    int at = 1;
    while (at < argc) {
        const arg_option *own = *command != NULL ? (*command)->options : NULL;
        if (args_take(a, argc, argv, &at, &plain, own, global_options, err) != PLATEN_OK) {
            c->usage = true;
            return PLATEN_E_INVAL;
        }
        if (*command == NULL && a->count > 0) {
            *command = find_command(a->words[0], a->count > 1 ? a->words[1] : NULL);
        }
    }
    return PLATEN_OK;
}

/* Removes verb and action from the words and counts the rest. */
static platen_code check_words(cli *c, args *a, const cli_command *command, platen_error *err)
{
    size_t names = command->action != NULL ? 2 : 1;
    a->count -= names;
    memmove(a->words, a->words + names, a->count * sizeof(a->words[0]));
    if (a->count < command->least) {
        return cli_usage(c, err, "an argument is missing");
    }
    if (a->count > command->most) {
        return cli_usage(c, err, "'%s' is one argument too many", a->words[command->most]);
    }
    return PLATEN_OK;
}

static int conclude(cli *c, const cli_command *command, platen_code rc, const platen_error *err)
{
    if (rc == PLATEN_OK && (fflush(c->out) != 0 || ferror(c->out))) {
        (void)fprintf(c->err, "platen: output cannot be written (io)\n");
        return CLI_FAILED;
    }
    if (rc == PLATEN_OK) {
        return c->ended_badly ? CLI_FAILED : CLI_DONE;
    }
    (void)fflush(c->out);
    if (!c->usage) {
        problem_print(c, err);
        return CLI_FAILED;
    }
    (void)fprintf(c->err, "platen: %s\n", err->text);
    if (command != NULL) {
        print_usage(c->err, command);
    } else {
        (void)fprintf(c->err, "`platen help` lists the verbs\n");
    }
    return CLI_USAGE;
}

/* `command` NULL: the one that the words name. */
static int dispatch_to(cli *c, int argc, char **argv, const cli_command *command)
{
    platen_error err = PLATEN_ERROR_INIT;
    args a = {.count = 0};
    platen_code rc = parse(c, argc, argv, &a, &command, &err);
    const char *first = a.count > 0 ? a.words[0] : NULL;
    if (rc == PLATEN_OK && first != NULL && strcmp(first, "help") == 0) {
        return help(c, a.count > 1 ? a.words[1] : NULL, a.count > 2 ? a.words[2] : NULL);
    }
    if (rc == PLATEN_OK && (args_has(&a, "help") || args_has(&a, "h"))) {
        return help(c, first, a.count > 1 ? a.words[1] : NULL);
    }
    if (rc == PLATEN_OK && command == NULL) {
        if (first == NULL) {
            print_overview(c->err, NULL);
            return CLI_USAGE;
        }
        rc = is_verb(first)
                 ? cli_usage(c, &err, "'%s' needs an action: `platen help %s`", first, first)
                 : cli_usage(c, &err, "unknown verb '%s'", first);
    }
    if (rc == PLATEN_OK) {
        rc = check_words(c, &a, command, &err);
    }
    if (rc == PLATEN_OK) {
        rc = take_options(c, &a, &err);
    }
    if (rc == PLATEN_OK) {
        rc = api_open(c, &err);
    }
    if (rc == PLATEN_OK) {
        rc = command->run(c, &a, &err);
    }
    return conclude(c, command, rc, &err);
}

/* A verb that is not the client's own: its program, or an operation of that function. */
static bool is_foreign(foreign *f, int argc, char **argv)
{
    return foreign_find(f, argc, argv, global_options) && !is_verb(f->verb) &&
           strcmp(f->verb, "help") != 0;
}

static int dispatch(cli *c, int argc, char **argv)
{
    const cli_command *command = NULL;
    char program[FILE_PATH];
    foreign *f = calloc(1, sizeof(*f));
    if (f != NULL && is_foreign(f, argc, argv)) {
        if (foreign_program(f, program)) {
            int status = foreign_run(c, f, program, argv);
            free(f);
            return status;
        }
        command = foreign_operation(f, argc, argv);
        c->verb = f->verb;
    }
    int status = dispatch_to(c, argc, argv, command);
    free(f);
    return status;
}

static void wipe(char *text)
{
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
}

int cli_main(int argc, char **argv, FILE *in, FILE *out, FILE *err)
{
    cli c = {.out = out, .err = err, .in = in};
    width_init();
    c.width = terminal_width(out);
    c.live = terminal_width(err) > 0;
    strbuf_init(&c.problem);
    int status = dispatch(&c, argc, argv);
    api_close(&c);
    strbuf_fini(&c.problem);
    wipe(c.token);
    wipe(c.session);
    wipe(c.csrf);
    free(c.url);
    return status;
}
