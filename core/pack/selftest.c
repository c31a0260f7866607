/* The parent's side of the self-test; the child's is core/selftest.c. */
#include "core/pack/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"

#define VERDICT_MOST 32768
#define VERDICT_FD 3

static platen_code start(const selftest_options *o, int verdict, pid_t *pid, platen_error *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    const char *program = o->program != NULL ? o->program : "/proc/self/exe";
    char role[16];
    char folder[4096];
    char name[64];
    char *const arguments[] = {(char[]){"platend"}, (char[]){"selftest"}, role, folder, name, NULL};
    /* Of a build with sanitizers: its last look starts a process, which is refused there. */
    char *const environment[] = {(char[]){"ASAN_OPTIONS=detect_leaks=0"}, NULL};
    (void)snprintf(role, sizeof(role), "%s", o->role);
    (void)snprintf(folder, sizeof(folder), "%s", o->folder);
    (void)snprintf(name, sizeof(name), "%s", o->name);
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    int wrong = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    wrong |= posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    wrong |= posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    wrong |= posix_spawn_file_actions_adddup2(&files, verdict, VERDICT_FD);
    wrong |= posix_spawn_file_actions_addclosefrom_np(&files, VERDICT_FD + 1);
    wrong |= posix_spawnattr_setsigmask(&attributes, &none);
    wrong |= posix_spawnattr_setpgroup(&attributes, 0);
    wrong |= posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    if (wrong == 0) {
        wrong = posix_spawn(pid, program, &files, &attributes, arguments, environment);
    }
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return wrong == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, wrong, "cannot start a self-test with '%s'", program);
}

/* Until the pipe ends or the time is over; false when it is. */
static bool listen_to(int pipe, unsigned seconds, char text[VERDICT_MOST], size_t *length)
{
    int64_t until = clock_mono() + (int64_t)seconds * 1000;
    for (;;) {
        int64_t left = until - clock_mono();
        struct pollfd wait = {.fd = pipe, .events = POLLIN};
        if (left <= 0) {
            return false;
        }
        int ready = poll(&wait, 1, (int)left);
        if (ready <= 0) {
            continue;
        }
        ssize_t n = read(pipe, text + *length, VERDICT_MOST - 1 - *length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return true;
        }
        *length += (size_t)n;
        if (*length == VERDICT_MOST - 1) { /* more than any verdict: read no further */
            return true;
        }
    }
}

/* The process may have closed the pipe and live on. Only the group that it was given dies. */
static int end_process(pid_t pid, bool late, unsigned seconds, bool *hangs)
{
    int status = 0;
    int64_t until = clock_mono() + (late ? 0 : (int64_t)seconds * 1000);
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (clock_mono() >= until) {
            *hangs = true;
            (void)kill(-pid, SIGKILL);
            while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
            }
            return status;
        }
        const struct timespec pause = {.tv_nsec = 5000000};
        (void)nanosleep(&pause, NULL);
    }
    (void)kill(-pid, SIGKILL);
    return status;
}

static void refuse(selftest_verdict *out, const char *code, const char *text)
{
    (void)snprintf(out->code, sizeof(out->code), "%s", code);
    (void)snprintf(out->text, sizeof(out->text), "%s", text);
}

static void judge(const selftest_options *o, const char *text, size_t length, int status,
                  bool hangs, selftest_verdict *out)
{
    cJSON *tree = NULL;
    char line[160];
    bool has = length > 0 && json_parse(text, length, &tree, NULL) == PLATEN_OK;
    *out = (selftest_verdict){.loaded = false};
    if (o->migrations != NULL) {
        *o->migrations = NULL;
    }
    if (has && json_get_text(tree, "code", NULL) != NULL) {
        refuse(out, json_get_text(tree, "code", ""), json_get_text(tree, "text", ""));
        (void)snprintf(out->version, sizeof(out->version), "%s",
                       json_get_text(tree, "version", ""));
        out->loaded = json_get_bool(tree, "loaded", false);
        if (o->migrations != NULL) {
            *o->migrations = cJSON_DetachItemFromObjectCaseSensitive(tree, "migrations");
        }
    } else if (hangs) {
        (void)snprintf(line, sizeof(line), "'%s' did not come to an end in %u s", o->name,
                       o->seconds != 0 ? o->seconds : SELFTEST_SECONDS);
        refuse(out, "self-test-timeout", line);
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(line, sizeof(line), "'%s' crashed with signal %d (SIG%s)", o->name,
                       WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
        refuse(out, "self-test-crash", line);
    } else {
        (void)snprintf(line, sizeof(line), "'%s' ended the process with status %d", o->name,
                       WEXITSTATUS(status));
        refuse(out, "self-test-exit", line);
    }
    cJSON_Delete(tree);
}

platen_code selftest_run(const selftest_options *options, selftest_verdict *out, platen_error *err)
{
    int ends[2];
    pid_t pid = 0;
    char text[VERDICT_MOST];
    size_t length = 0;
    bool hangs = false;
    unsigned seconds = options->seconds != 0 ? options->seconds : SELFTEST_SECONDS;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot make a pipe");
    }
    platen_code rc = start(options, ends[1], &pid, err);
    (void)close(ends[1]);
    if (rc == PLATEN_OK) {
        bool late = !listen_to(ends[0], seconds, text, &length);
        int status = end_process(pid, late, seconds, &hangs);
        judge(options, text, length, status, hangs, out);
    }
    (void)close(ends[0]);
    return rc;
}
