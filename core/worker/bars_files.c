/* See bars.h: the fence around files, Landlock. */
#include "core/worker/bars.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

/* What the kernel's header of a Debian 12 does not have yet; its numbers are the kernel's own. */
#define RIGHTS_FIRST ((UINT64_C(1) << 13) - 1) /* version 1: execute ... make a symbolic link */
#define RIGHT_REFER (UINT64_C(1) << 13)        /* 2 */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)     /* 3 */
#define RIGHT_IOCTL_DEVICE (UINT64_C(1) << 15) /* 5 */
#define RIGHT_BIND_TCP (UINT64_C(1) << 0)      /* 4, of the network */
#define SCOPE_BOTH UINT64_C(3)                 /* 6: abstract local sockets, signals */

typedef struct fence {
    uint64_t files, network, scope;
} fence;

#define SIZE_FILES 8u
#define SIZE_NETWORK 16u
#define SIZE_SCOPE 24u

/* What code needs that is linked to libraries, has texts and times, and resolves names. */
static const char *const common[] = {
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/locale",
    "/usr/share/i18n",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/run/systemd/resolve/stub-resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    "/proc/self", /* sanitizers look at their own memory */
#endif
};

/* The version of the kernel's Landlock; 0: none, or it is switched off. */
static long version(void)
{
    long found = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return found > 0 ? found : 0;
}

static int make(long known)
{
    const fence all = {.files = RIGHTS_FIRST | (known >= 2 ? RIGHT_REFER : 0) |
                                (known >= 3 ? RIGHT_TRUNCATE : 0) |
                                (known >= 5 ? RIGHT_IOCTL_DEVICE : 0),
                       .network = known >= 4 ? RIGHT_BIND_TCP : 0,
                       .scope = known >= 6 ? SCOPE_BOTH : 0};
    size_t size = known >= 6 ? SIZE_SCOPE : known >= 4 ? SIZE_NETWORK : SIZE_FILES;
    return known > 0 ? (int)syscall(SYS_landlock_create_ruleset, &all, size, 0) : -1;
}

/* A file that is not there needs no gap. */
static bool let_read(int rules, const char *path)
{
    struct stat st;
    struct landlock_path_beneath_attr gap = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    if (gap.parent_fd < 0) {
        return true;
    }
    bool folder = fstat(gap.parent_fd, &st) == 0 && S_ISDIR(st.st_mode);
    gap.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | (folder ? LANDLOCK_ACCESS_FS_READ_DIR : 0);
    bool done = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &gap, 0) == 0;
    (void)close(gap.parent_fd);
    return done;
}

bool bars_close_files(const char *const *files, size_t count)
{
    int rules = make(version());
    bool done = rules >= 0;
    for (size_t i = 0; done && i < sizeof(common) / sizeof(common[0]); i++) {
        done = let_read(rules, common[i]);
    }
    for (size_t i = 0; done && i < count; i++) {
        done = let_read(rules, files[i]);
    }
    done = done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    if (rules >= 0) {
        (void)close(rules);
    }
    return done;
}
