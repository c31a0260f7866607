/*
 * platen-sdk-check: holds a plugin to the contract. Whatever the plugin does, this process lives:
 * each check is a child with limits, whose end is looked at.
 *
 * usage: platen-sdk-check [--manifest FILE] [--recording FILE]... PLUGIN.so
 *        platen-sdk-check --profiles FOLDER PRINTER-MIB.so
 * Exit status: 0 all is well, 1 something is not, 2 usage.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define SECONDS 120
/* Every other status is the plugin's doing, that of exit(0) too. */
#define CHILD_GOOD 113
#define CHILD_BAD 114 /* with a text on the pipe */

bool check_failed(char why[CHECK_TEXT], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, CHECK_TEXT, format, args);
    va_end(args);
    return false;
}

/* ---- a child ---- */

static void limit(int what, rlim_t most)
{
    struct rlimit limits = {most, most};
    (void)setrlimit(what, &limits);
}

/* The plugin's own words go nowhere: check_quiet() is the one that listens. */
static void be_limited(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(nothing, STDIN_FILENO);
    if (getenv("HOSTKIT_LOG") == NULL) {
        (void)dup2(nothing, STDOUT_FILENO);
        (void)dup2(nothing, STDERR_FILENO);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, SECONDS);
    limit(RLIMIT_FSIZE, 64u << 20);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* _exit(): the plugin's own atexit functions are not to speak for it. */
static void be_child(const check_job *job, check_fn *check, int out)
{
    char why[CHECK_TEXT] = "";
    be_limited();
    bool good = check(job, why);
    if (!good) {
        (void)!write(out, why, strlen(why));
    }
    _exit(good ? CHILD_GOOD : CHILD_BAD);
}

static bool wait_for(pid_t child, int *status)
{
    for (int i = 0; i < SECONDS * 50; i++) {
        if (waitpid(child, status, WNOHANG) == child) {
            return true;
        }
        (void)usleep(20000);
    }
    (void)kill(child, SIGKILL);
    (void)waitpid(child, status, 0);
    return false;
}

static void explain(bool in_time, int status, int from, char why[CHECK_TEXT])
{
    if (!in_time) {
        (void)check_failed(why, "it did not come back within %d seconds", SECONDS);
    } else if (WIFSIGNALED(status)) {
        (void)check_failed(
            why, "it was killed by signal %d (%s)", WTERMSIG(status),
            strsignal(WTERMSIG(status))); // NOLINT(concurrency-mt-unsafe): one thread
    } else if (WEXITSTATUS(status) == CHILD_BAD) {
        ssize_t length = read(from, why, CHECK_TEXT - 1);
        why[length > 0 ? length : 0] = '\0';
    } else if (WEXITSTATUS(status) != CHILD_GOOD) {
        (void)check_failed(why, "it ended the process with status %d", WEXITSTATUS(status));
    }
}

static bool run(const check_job *job, const char *name, check_fn *check)
{
    int ends[2];
    int status = 0;
    char why[CHECK_TEXT] = "";
    (void)fflush(NULL);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return false;
    }
    pid_t child = fork();
    if (child == 0) {
        (void)close(ends[0]);
        be_child(job, check, ends[1]);
    }
    (void)close(ends[1]);
    bool in_time = child > 0 && wait_for(child, &status);
    bool good = in_time && WIFEXITED(status) && WEXITSTATUS(status) == CHILD_GOOD;
    if (!good) {
        explain(in_time, status, ends[0], why);
    }
    (void)close(ends[0]);
    (void)printf("%-6s %s%s%s\n", good ? "ok" : "FAILED", name, good ? "" : ": ", why);
    return good;
}

/* ---- all of them ---- */

typedef struct named_check {
    const char *name;
    check_fn *check;
} named_check;

static bool run_all(const check_job *job, const named_check *checks)
{
    bool good = true;
    for (; checks->name != NULL; checks++) {
        bool here = run(job, checks->name, checks->check);
        good = good && here;
        if (!here && checks->check == check_handshake) {
            break; /* nothing of it can be called */
        }
    }
    return good;
}

static const named_check of_plugins[] = {
    {"exports one symbol, finds its libraries", check_symbols},
    {"handshake", check_handshake},
    {"loads and unloads twice", check_loads_twice},
    {"registers what it declares", check_registrations},
    {"loads on an older host, or refuses", check_older_host},
    {"survives each host call that fails", check_failing_calls},
    {"leaks nothing", check_leaks},
    {"prints nothing, leaves the process as it was", check_quiet},
    {"migrations on an empty database", check_migrations_empty},
    {"migrations on a filled database", check_migrations_filled},
    {"operations and reports survive each host call that fails", check_callbacks},
    {NULL, NULL}};
static const named_check of_manifests[] = {{"is what its manifest says", check_manifest},
                                           {NULL, NULL}};
static const named_check of_recordings[] = {{"reads the recording", check_recording}, {NULL, NULL}};
static const named_check of_profiles[] = {
    {"profiles load and read their recordings", check_profiles}, {NULL, NULL}};

#define RECORDINGS 64

typedef struct recording_list {
    const char *at[RECORDINGS];
    size_t count;
} recording_list;

static bool take_option(check_job *job, recording_list *list, const char *name, const char *value)
{
    if (strcmp(name, "--manifest") == 0) {
        job->manifest = value;
    } else if (strcmp(name, "--recording") == 0 && list->count < RECORDINGS) {
        list->at[list->count++] = value;
    } else if (strcmp(name, "--profiles") == 0) {
        job->profiles = value;
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    check_job job = {NULL, NULL, NULL, NULL};
    static recording_list list;
    int at = 1;
    while (at + 1 < argc && strncmp(argv[at], "--", 2) == 0 &&
           take_option(&job, &list, argv[at], argv[at + 1])) {
        at += 2;
    }
    if (at + 1 != argc) {
        (void)fprintf(stderr, "usage: platen-sdk-check [--manifest FILE] [--recording FILE]... "
                              "[--profiles FOLDER] PLUGIN.so\n");
        return 2;
    }
    job.plugin = argv[at];
    bool good = true;
    if (job.profiles != NULL) {
        return run_all(&job, of_profiles) ? 0 : 1;
    }
    good = run_all(&job, of_plugins) && good;
    good = (job.manifest == NULL || run_all(&job, of_manifests)) && good;
    for (size_t i = 0; i < list.count; i++) {
        job.recording = list.at[i];
        good = run_all(&job, of_recordings) && good;
    }
    return good ? 0 : 1;
}
