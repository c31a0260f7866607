/* `platen sdk check`: the contract is held by a program of its own, platen-sdk-check, so that what
 * a plugin does cannot be done to this one. */
#include "core/cli/sdk.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/pack/ppk.h"

#define WORDS 140 /* of 64 recordings with their option, and the rest */

typedef struct call {
    char program[FILE_PATH];
    const char *words[WORDS];
    size_t count;
} call;

static void add(call *k, const char *word)
{
    if (k->count + 1 < WORDS) {
        k->words[k->count++] = word;
        k->words[k->count] = NULL;
    }
}

static platen_code start(call *k, platen_error *err)
{
    *k = (call){.count = 0};
    PLATEN_TRY(sdk_find("platen-sdk-check", "libexec/platen/platen-sdk-check", k->program, err));
    add(k, k->program);
    return PLATEN_OK;
}

/* Runs it; what it prints goes where this program's output goes. */
static platen_code run(cli *c, const call *k, platen_error *err)
{
    pid_t child = 0;
    int status = 0;
    posix_spawn_file_actions_t actions;
    (void)fflush(c->out);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, fileno(c->out), STDOUT_FILENO);
    int failed = posix_spawn(&child, k->program, &actions, NULL, (char *const *)(uintptr_t)k->words,
                             environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) {
        return error_sys(err, PLATEN_E_IO, failed, "cannot start '%s'", k->program);
    }
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return error_sys(err, PLATEN_E_IO, errno, "'%s' is lost", k->program);
        }
    }
    if (WIFSIGNALED(status)) {
        return error_set(err, PLATEN_E_INTERNAL, "'%s' was killed by signal %d", k->program,
                         WTERMSIG(status));
    }
    c->ended_badly = WEXITSTATUS(status) != 0;
    return PLATEN_OK;
}

static void add_recordings(call *k, const args *a)
{
    size_t position = 0;
    const char *recording = NULL;
    while ((recording = args_next(a, "recording", &position)) != NULL) {
        add(k, "--recording");
        add(k, recording);
    }
}

/* ---- packages ---- */

/* Profiles are read by a driver: the one that they need. */
static platen_code find_driver(const ppk_manifest *m, char plugin[FILE_PATH], platen_error *err)
{
    char built[PPK_NAME + 16];
    char installed[PPK_NAME + 40];
    if (m->need_count != 1) {
        return error_set(err, PLATEN_E_INVAL,
                         "'needs' of '%s' names %zu packages, not the one driver that reads them",
                         m->name, m->need_count);
    }
    (void)snprintf(built, sizeof(built), "plugins/%s.so", m->needs[0].name);
    (void)snprintf(installed, sizeof(installed), "libexec/platen/sdk-plugins/%s.so",
                   m->needs[0].name);
    return sdk_find(built, installed, plugin, err);
}

static platen_code check_profiles(cli *c, const char *folder, const ppk_manifest *m,
                                  platen_error *err)
{
    call k;
    char plugin[FILE_PATH];
    char profiles[FILE_PATH];
    PLATEN_TRY(start(&k, err));
    PLATEN_TRY(find_driver(m, plugin, err));
    PLATEN_TRY(file_join(profiles, folder, m->name, err));
    add(&k, "--profiles");
    add(&k, profiles);
    add(&k, plugin);
    return run(c, &k, err);
}

static platen_code check_plugin(cli *c, const args *a, const char *folder, const char *name,
                                platen_error *err)
{
    call k;
    char manifest[FILE_PATH];
    char plugin[FILE_PATH];
    char file[PPK_NAME + 4];
    PLATEN_TRY(start(&k, err));
    (void)snprintf(file, sizeof(file), "%s.so", name);
    PLATEN_TRY(file_join(plugin, folder, file, err));
    PLATEN_TRY(file_join(manifest, folder, "manifest.json", err));
    add(&k, "--manifest");
    add(&k, manifest);
    add_recordings(&k, a);
    add(&k, plugin);
    return run(c, &k, err);
}

/* As Platen would load it: unpacked, for this architecture. */
static platen_code check_unpacked(cli *c, const args *a, ppk *p, const char *work,
                                  platen_error *err)
{
    char folder[FILE_PATH];
    const ppk_manifest *m = ppk_about(p);
    PLATEN_TRY(file_join(folder, work, "unpacked", err));
    PLATEN_TRY(ppk_unpack(p, folder, ppk_arch(), err));
    if (m->kind == PPK_PRODUCT) {
        return error_set(err, PLATEN_E_UNSUPPORTED, "packages of Platen itself are not checked");
    }
    return m->kind == PPK_PROFILES ? check_profiles(c, folder, m, err)
                                   : check_plugin(c, a, folder, m->name, err);
}

static platen_code check_package(cli *c, const args *a, const char *file, const char *work,
                                 platen_error *err)
{
    ppk *p = NULL;
    PLATEN_TRY(ppk_open(file, &p, NULL, err));
    platen_code rc = check_unpacked(c, a, p, work, err);
    ppk_close(p);
    return rc;
}

static platen_code check_folder(cli *c, const args *a, const char *work, platen_error *err)
{
    char file[FILE_PATH];
    PLATEN_TRY(file_join(file, work, "package.ppk", err));
    PLATEN_TRY(ppk_build(a->words[0], file, 0, err));
    return check_package(c, a, file, work, err);
}

/* ---- the verb ---- */

static platen_code check_library(cli *c, const args *a, platen_error *err)
{
    call k;
    char whole[FILE_PATH];
    PLATEN_TRY(start(&k, err));
    if (args_value(a, "manifest") != NULL) {
        add(&k, "--manifest");
        add(&k, args_value(a, "manifest"));
    }
    add_recordings(&k, a);
    if (realpath(a->words[0], whole) == NULL) { /* dlopen() looks for bare names elsewhere */
        return error_sys(err, PLATEN_E_NOT_FOUND, errno, "cannot open '%s'", a->words[0]);
    }
    add(&k, whole);
    return run(c, &k, err);
}

platen_code sdk_check(cli *c, const args *a, platen_error *err)
{
    struct stat status;
    const char *what = a->words[0];
    size_t length = strlen(what);
    char work[64] = "/tmp/platen-check.XXXXXX";
    if (stat(what, &status) != 0) {
        return error_sys(err, PLATEN_E_NOT_FOUND, errno, "cannot open '%s'", what);
    }
    bool package = length > 4 && strcmp(what + length - 4, ".ppk") == 0;
    if (!S_ISDIR(status.st_mode) && !package) {
        return check_library(c, a, err);
    }
    if (mkdtemp(work) == NULL) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make a folder in /tmp");
    }
    platen_code rc = package ? check_package(c, a, what, work, err) : check_folder(c, a, work, err);
    (void)file_remove_tree(work, NULL);
    return rc;
}
