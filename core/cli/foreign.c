#include "core/cli/foreign.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cli/sdk.h"

/* ---- verb and action ---- */

static bool is_word(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= FOREIGN_WORD_MAX && text[0] != '-' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

bool foreign_find(foreign *f, int argc, char **argv, const arg_option *global)
{
    args a = {.count = 0};
    platen_error err = PLATEN_ERROR_INIT;
    bool plain = false;
    int at = 1;
    memset(f, 0, sizeof(*f));
    while (at < argc && a.count < 2) {
        if (args_take(&a, argc, argv, &at, &plain, NULL, global, &err) != PLATEN_OK) {
            return false;
        }
    }
    if (a.count < 2 || !is_word(a.words[0]) || !is_word(a.words[1])) {
        return false;
    }
    f->verb = a.words[0];
    f->action = a.words[1];
    f->behind = at;
    return true;
}

/* ---- programs ---- */

/* The name is made of words of a-z, 0-9 and '-' only: it leads out of no folder. */
bool foreign_program(const foreign *f, char path[FILE_PATH])
{
    char built[160];
    char installed[200];
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(built, sizeof(built), "platen-%s-%s", f->verb, f->action);
    (void)snprintf(installed, sizeof(installed), "libexec/platen/%s", built);
    return sdk_find(built, installed, path, &err) == PLATEN_OK;
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return CLI_FAILED;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : CLI_FAILED;
}

int foreign_run(cli *c, const foreign *f, const char *path, char **argv)
{
    pid_t child = 0;
    posix_spawn_file_actions_t actions;
    char **words = argv + f->behind - 1; /* its name takes the place of the last word before */
    (void)fflush(c->out);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, fileno(c->out), STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, fileno(c->err), STDERR_FILENO);
    int failed = posix_spawn(&child, path, &actions, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        (void)fprintf(c->err, "platen: cannot start '%s': %s\n", path, strerror(failed));
        return CLI_FAILED;
    }
    return wait_for(child);
}
