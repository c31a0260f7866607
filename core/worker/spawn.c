/*
 * Worker processes: fork and exec of this program with one end of a pair of sockets and nothing
 * else: no descriptors, no environment, no new privileges, no core files, dead with its parent.
 */
#include "core/worker/ward.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/worker/process.h"

#define ENDING_MS 500
#define DESCRIPTORS 512
#define ENVIRONMENT_MAX 8

/* Sanitizers are told how to report; a release build has none of these. */
static char *const *make_environment(char **list)
{
    static const char *const kept[] = {
        "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS=", "TSAN_OPTIONS="};
    size_t count = 0;
    for (char **at = environ; *at != NULL; at++) {
        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
            if (strncmp(*at, kept[i], strlen(kept[i])) == 0 && count + 1 < ENVIRONMENT_MAX) {
                list[count++] = *at;
            }
        }
    }
    list[count] = NULL;
    return list;
}

static void set_limit(__rlimit_resource_t what, rlim_t most)
{
    const struct rlimit limit = {most, most};
    (void)setrlimit(what, &limit);
}

/* A backstop: what counts is resident memory, which the parent looks at. Sanitizers reserve
 * terabytes of addresses. */
static void limit_memory(unsigned memory_mib)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    (void)memory_mib;
#else
    set_limit(RLIMIT_AS, ((rlim_t)memory_mib * 4 + 2048) << 20);
#endif
}

/* The child, between fork and exec: only what is safe there. */
static void become_worker(const char *program, int fd, pid_t parent, unsigned memory_mib,
                          char *const *environment)
{
    char *const arguments[] = {(char *)(uintptr_t) "platend", (char *)(uintptr_t)PROCESS_VERB,
                               NULL};
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int nothing = open("/dev/null", O_RDWR);
    if (getppid() != parent || nothing < 0 || dup2(fd, PROCESS_FD) < 0) {
        _exit(126);
    }
    for (int i = 0; i < PROCESS_FD; i++) {
        (void)dup2(nothing, i);
    }
    (void)close_range(PROCESS_FD + 1, ~0u, 0);
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_FSIZE, 0); /* it has no file to write */
    set_limit(RLIMIT_NOFILE, DESCRIPTORS);
    limit_memory(memory_mib);
    (void)execve(program, arguments, environment);
    _exit(127);
}

platen_code spawn_worker(const char *program, unsigned memory_mib, pid_t *pid, int *fd,
                         platen_error *err)
{
    int pair[2];
    char *environment[ENVIRONMENT_MAX];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return error_sys(err, PLATEN_E_IO, errno, "no sockets for a worker");
    }
    /* The child's end blocks, ours does not. Above the number that it gets there. */
    int theirs = fcntl(pair[1], F_DUPFD_CLOEXEC, PROCESS_FD + 1);
    (void)close(pair[1]);
    char *const *kept = make_environment(environment);
    pid_t parent = getpid();
    pid_t child = theirs >= 0 ? fork() : -1;
    if (child == 0) {
        become_worker(program, theirs, parent, memory_mib, kept);
    }
    int errnum = errno;
    if (theirs >= 0) {
        (void)close(theirs);
    }
    if (child < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)close(pair[0]);
        return error_sys(err, PLATEN_E_IO, errnum, "no process for a worker");
    }
    *pid = child;
    *fd = pair[0];
    return PLATEN_OK;
}

static void describe(int status, char words[WARD_REASON])
{
    if (WIFSIGNALED(status)) {
        const char *name = sigdescr_np(WTERMSIG(status));
        (void)snprintf(words, WARD_REASON, "crashed: signal %d (%s)", WTERMSIG(status),
                       name != NULL ? name : "unknown");
    } else {
        (void)snprintf(words, WARD_REASON, "ended by itself with status %d", WEXITSTATUS(status));
    }
}

void spawn_reap(pid_t pid, bool kill_it, char words[WARD_REASON])
{
    int status = 0;
    const struct timespec nap = {.tv_nsec = 10000000};
    if (kill_it) {
        (void)kill(pid, SIGKILL);
    }
    for (int waited = 0; !kill_it && waited < ENDING_MS; waited += 10) {
        pid_t gone = waitpid(pid, &status, WNOHANG);
        if (gone != 0) {
            describe(status, words);
            return;
        }
        (void)nanosleep(&nap, NULL);
    }
    (void)kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        /* again */
    }
    if (kill_it) {
        describe(status, words);
    } else {
        (void)snprintf(words, WARD_REASON, "closed its socket and was killed");
    }
}

unsigned spawn_memory(pid_t pid)
{
    char path[64];
    unsigned long long all = 0;
    unsigned long long resident = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    bool read = fscanf(file, "%llu %llu", &all, &resident) == 2;
    (void)fclose(file);
    unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
    return read ? (unsigned)(resident * page >> 20) : 0;
}
