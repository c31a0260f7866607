/* Supervision: the child dies with its parent, and comes back with growing pauses. */
#include "core/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"

#define LOG_SOURCE "child"
#include "core/base/log.h"

#define PAUSE_FIRST 500
#define PAUSE_LONGEST 30000
#define LIVED_WELL 60000
#define STOP_MS 10000

platen_code child_init(child *c, char *const *own, const char *const *more, platen_error *err)
{
    size_t own_count = 0;
    size_t more_count = 0;
    while (own[own_count] != NULL) {
        own_count++;
    }
    while (more[more_count] != NULL) {
        more_count++;
    }
    *c = (child){.pause = PAUSE_FIRST};
    c->arguments = calloc(own_count + more_count + 1, sizeof(*c->arguments));
    bool complete = c->arguments != NULL;
    for (size_t i = 0; complete && i < own_count + more_count; i++) {
        c->arguments[i] = strdup(i < own_count ? own[i] : more[i - own_count]);
        complete = c->arguments[i] != NULL;
    }
    if (!complete) {
        child_fini(c);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the local agent");
    }
    return PLATEN_OK;
}

void child_fini(child *c)
{
    for (size_t i = 0; c->arguments != NULL && c->arguments[i] != NULL; i++) {
        free(c->arguments[i]);
    }
    free(c->arguments);
    c->arguments = NULL;
}

static void run_child(const child *c, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) { /* it died before the line above */
        _exit(1);
    }
    (void)execv("/proc/self/exe", c->arguments);
    _exit(127);
}

int child_tend(child *c)
{
    int64_t now = clock_mono();
    if (c->pid != 0) {
        return -1;
    }
    if (now < c->next) {
        return (int)(c->next - now);
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        run_child(c, parent);
    }
    if (pid < 0) {
        log_error("cannot start the local agent: %s",
                  strerror(errno)); // NOLINT(concurrency-mt-unsafe)
        c->next = now + PAUSE_LONGEST;
        return PAUSE_LONGEST;
    }
    c->pid = pid;
    c->started = now;
    log_info("local agent started, process %ld", (long)pid);
    return -1;
}

void child_reap(child *c)
{
    int status = 0;
    if (c->pid == 0 || waitpid(c->pid, &status, WNOHANG) != c->pid) {
        return;
    }
    int64_t now = clock_mono();
    if (WIFSIGNALED(status)) {
        log_error("local agent ended by signal %d", WTERMSIG(status));
    } else {
        log_warning("local agent ended with status %d", WEXITSTATUS(status));
    }
    c->pid = 0;
    c->pause = now - c->started > LIVED_WELL  ? PAUSE_FIRST
               : c->pause * 2 > PAUSE_LONGEST ? PAUSE_LONGEST
                                              : c->pause * 2;
    c->next = now + c->pause;
}

void child_stop(child *c)
{
    int64_t until = clock_mono() + STOP_MS;
    if (c->pid == 0) {
        return;
    }
    (void)kill(c->pid, SIGTERM);
    while (waitpid(c->pid, NULL, WNOHANG) == 0) {
        if (clock_mono() > until) {
            log_warning("local agent does not stop and is killed");
            (void)kill(c->pid, SIGKILL);
            (void)waitpid(c->pid, NULL, 0);
            break;
        }
        const struct timespec pause = {.tv_nsec = 20000000};
        (void)nanosleep(&pause, NULL);
    }
    c->pid = 0;
}
