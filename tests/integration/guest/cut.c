/*
 * Preloaded into the manager: kills it right before one of the calls that change what is on the
 * disk. $POWER_CUT names a file of five counters that the test writes: how many calls until the
 * kill, 0 for never. They are shared by all processes and outlive an exec, as installations begin
 * the manager anew.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RENAME, UNLINK, MKDIR, FSYNC, FDATASYNC, CALLS };

static atomic_int *counters;

__attribute__((constructor)) static void map_counters(void)
{
    const char *path = getenv("POWER_CUT");
    int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) {
        return;
    }
    void *at = mmap(NULL, CALLS * sizeof(*counters), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    counters = at != MAP_FAILED ? at : NULL;
    (void)close(fd);
}

static void count(int call)
{
    if (counters != NULL && atomic_load(&counters[call]) > 0 &&
        atomic_fetch_sub(&counters[call], 1) == 1) {
        (void)kill(getpid(), SIGKILL);
    }
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "rename");
    count(RENAME);
    return next(from, to);
}

int unlink(const char *path)
{
    int (*next)(const char *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "unlink");
    count(UNLINK);
    return next(path);
}

int mkdir(const char *path, mode_t mode)
{
    int (*next)(const char *, mode_t) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "mkdir");
    count(MKDIR);
    return next(path, mode);
}

int fsync(int fd)
{
    int (*next)(int) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    count(FSYNC);
    return next(fd);
}

int fdatasync(int fd)
{
    int (*next)(int) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fdatasync");
    count(FDATASYNC);
    return next(fd);
}
