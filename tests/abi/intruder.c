/*
 * A driver of somebody who wants more than devices: it reads the agent's files, starts programs,
 * opens raw sockets, reaches for its parent. Each try is a change() that says how it went: "done",
 * or the word of errno. For tests of what worker processes are kept from.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/plugin.h>

static const platen_drivers *drivers;
static const platen_conf *conf;
static platen_ctx *own;

/* ---- tries: 0 it went well ---- */

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    if (fd < 0) {
        return -1;
    }
    char byte = 'x';
    ssize_t moved = (flags & O_ACCMODE) == O_RDONLY ? read(fd, &byte, 1) : write(fd, &byte, 1);
    (void)close(fd);
    return moved < 0 && (flags & O_DIRECTORY) == 0 ? -1 : 0;
}

static int try_in(const char *folder, const char *name, int flags)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return try_open(path, flags);
}

static int try_parent(const char *file, int flags)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)getppid(), file);
    return try_open(path, flags);
}

static int try_fork(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child > 0 ? (waitpid(child, NULL, 0), 0) : -1;
}

static int try_exec(void)
{
    char *const arguments[] = {(char[]){"true"}, NULL};
    return execve("/bin/true", arguments, environ);
}

static int try_shell(void)
{
    pid_t child = vfork();
    if (child == 0) {
        _exit(0);
    }
    return child > 0 ? 0 : -1;
}

static int try_socket(int family, int type, int protocol)
{
    int fd = socket(family, type, protocol);
    return fd >= 0 ? close(fd) : -1;
}

/* A door for others. */
static int try_listen(void)
{
    struct sockaddr_in all = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int rc = fd >= 0 ? bind(fd, (const struct sockaddr *)&all, sizeof(all)) : -1;
    int errnum = errno;
    (void)close(fd);
    errno = errnum;
    return rc;
}

static int try_read_parent(void)
{
    char byte = 0;
    struct iovec here = {&byte, 1};
    struct iovec there = {&byte, 1}; /* the wrong place: EFAULT says that it looked */
    return process_vm_readv(getppid(), &here, 1, &there, 1, 0) >= 0 || errno == EFAULT ? 0 : -1;
}

static int try_bound_parent(void)
{
    const struct rlimit none = {16, 16};
    return prlimit(getppid(), RLIMIT_NOFILE, &none, NULL);
}

static int try_handler(void)
{
    return signal(SIGSYS, SIG_DFL) == SIG_ERR ? -1 : 0;
}

static int try_widen(void)
{
    const struct rlimit more = {1 << 20, 1 << 20};
    return setrlimit(RLIMIT_FSIZE, &more);
}

/* Code that is no file: a program in memory. */
static int try_memory(void)
{
    static char *const none[] = {NULL};
    int fd = memfd_create("program", 0);
    return fd >= 0 ? (int)syscall(SYS_execveat, fd, "", none, none, 0x1000) : -1;
}

static int try_folder(const char *path)
{
    DIR *folder = opendir(path);
    return folder != NULL ? closedir(folder) : -1;
}

/* ---- what must work all the same ---- */

static void *note_thread(void *user)
{
    *(int *)user = 0;
    return NULL;
}

static int try_thread(void)
{
    pthread_t thread;
    int rc = -1;
    if (pthread_create(&thread, NULL, note_thread, &rc) == 0) {
        (void)pthread_join(thread, NULL);
    }
    return rc;
}

static int try_own_file(void)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/words.txt", conf->folder(own));
    return try_open(path, O_RDONLY);
}

static int try_clock(void)
{
    time_t now = time(NULL);
    struct tm broken;
    return localtime_r(&now, &broken) != NULL ? 0 : -1;
}

/* ---- telling ---- */

static void tell(platen_work *work, const char *what, int rc)
{
    int errnum = errno;
    const char *word = rc == 0 ? "done" : strerrorname_np(errnum);
    drivers->change(work, what, "", word != NULL ? word : "unknown");
}

static void try_files(platen_work *work, const char *data)
{
    tell(work, "read the key", try_in(data, "agent.key", O_RDONLY));
    tell(work, "read the certificate", try_in(data, "agent.crt", O_RDONLY));
    tell(work, "read the manager's key", try_open(conf->text(own, "key"), O_RDONLY));
    tell(work, "read the database", try_open(conf->text(own, "database"), O_RDONLY));
    tell(work, "list the data folder", try_folder(data));
    tell(work, "write into the data folder", try_in(data, "intruder", O_WRONLY | O_CREAT));
    tell(work, "open the key for writing", try_in(data, "agent.key", O_RDWR));
    tell(work, "write nowhere", try_open("/dev/null", O_WRONLY));
    tell(work, "read passwd", try_open("/etc/passwd", O_RDONLY));
    tell(work, "read the parent's environment", try_parent("environ", O_RDONLY));
    tell(work, "read the parent's memory", try_parent("mem", O_RDONLY));
    tell(work, "around the corner", try_open("/proc/self/root/etc/passwd", O_RDONLY));
    tell(work, "make a folder", mkdir("/tmp/intruder", 0700));
    tell(work, "remove a file", unlink("/tmp/intruder"));
    tell(work, "give away", chmod("/tmp/intruder", 0777));
}

static void try_processes(platen_work *work)
{
    tell(work, "fork", try_fork());
    tell(work, "vfork", try_shell());
    tell(work, "exec", try_exec());
    tell(work, "exec memory", try_memory());
    tell(work, "kill the parent", kill(getppid(), SIGKILL));
    tell(work, "signal the group", kill(0, SIGCONT)); /* harmless, if it went through */
    tell(work, "signal everybody", kill(-1, 0));
    tell(work, "kill a thread of the parent",
         (int)syscall(SYS_tgkill, getppid(), getppid(), SIGKILL));
    tell(work, "trace the parent", (int)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    tell(work, "read the parent", try_read_parent());
    tell(work, "bound the parent", try_bound_parent());
    tell(work, "outlive the parent", prctl(PR_SET_PDEATHSIG, 0));
    tell(work, "share memory", shmget(IPC_PRIVATE, 4096, 0600) >= 0 ? 0 : -1);
    tell(work, "take the handler away", try_handler());
    tell(work, "widen its bounds", try_widen());
    tell(work, "become another", setuid(65534));
}

static void try_network(platen_work *work)
{
    tell(work, "raw", try_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    tell(work, "raw6", try_socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6));
    tell(work, "packet", try_socket(AF_PACKET, SOCK_RAW, 0));
    tell(work, "local", try_socket(AF_UNIX, SOCK_STREAM, 0));
    tell(work, "listen", try_listen());
}

static void try_good(platen_work *work)
{
    int pair[2] = {-1, -1};
    tell(work, "good: stream", try_socket(AF_INET, SOCK_STREAM, 0));
    tell(work, "good: stream6", try_socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    tell(work, "good: datagram", try_socket(AF_INET, SOCK_DGRAM, 0));
    tell(work, "good: pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    tell(work, "good: thread", try_thread());
    tell(work, "good: own file", try_own_file());
    tell(work, "good: local time", try_clock());
    tell(work, "good: random", try_open("/dev/urandom", O_RDONLY));
    (void)close(pair[0]);
    (void)close(pair[1]);
}

static void run(platen_work *work, void *user)
{
    (void)user;
    if (drivers->kind(work) == PLATEN_WORK_ACT) {
        try_good(work);
        try_files(work, conf->text(own, "data"));
        try_processes(work);
        try_network(work);
    } else {
        drivers->sure(work, 40, "every device");
    }
    drivers->finish(work, PLATEN_OK, NULL);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    static const char *const actions[] = {"intruder.try", NULL};
    static const char *const keys[] = {"data", "key", "database"};
    platen_action action = PLATEN_ACTION_INIT;
    platen_driver driver = PLATEN_DRIVER_INIT;
    own = ctx;
    drivers = host->iface(ctx, "driver/1");
    conf = host->iface(ctx, "conf/1");
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        platen_conf_item item = PLATEN_CONF_ITEM_INIT;
        item.key = keys[i];
        item.preset = "/nonexistent";
        item.help = "Where it looks.";
        PLATEN_TRY(conf->add(ctx, &item, err));
    }
    action.flags = PLATEN_ACTION_WRITES;
    action.id = "intruder.try";
    action.title = "[Intruder] Try";
    action.settings = "{\"type\":\"object\",\"properties\":{\"how\":{\"type\":\"string\"}}}";
    PLATEN_TRY(drivers->action(ctx, &action, err));
    driver.id = "intruder";
    driver.works = PLATEN_WORK_BIT(PLATEN_WORK_PROBE) | PLATEN_WORK_BIT(PLATEN_WORK_ACT);
    driver.transport = PLATEN_TRANSPORT_SNMP;
    driver.rank = 5;
    driver.run = run;
    driver.actions = actions;
    return drivers->add(ctx, &driver, err);
}

static const char *const needs[] = {"driver/1", "conf/1", NULL};
PLATEN_PLUGIN("intruder", "1.0.0", PLATEN_KIND_DRIVER, PLATEN_ROLE_AGENT, needs, load, NULL);
