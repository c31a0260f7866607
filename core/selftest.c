/*
 * The self-test's own process. The bars are of the kernel: what a plugin must not do at load is
 * refused by seccomp, starting a process ends the test. The pipe for the verdict is the only thing
 * that can be written to.
 */
#include "core/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <seccomp.h>

#include "core/agent/desk.h"
#include "core/agent/reach.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/conf/conf.h"
#include "core/feature/feature.h"
#include "core/pack/selftest.h"
#include "core/plug/plug.h"
#include "core/version.h"

#define VERDICT_FD 3
#define SIGNALS 65

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static void write_verdict(const char *code, const char *text, const char *version, bool loaded)
{
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_text(&w, "code", code);
    json_text(&w, "text", text);
    json_text(&w, "version", version);
    json_bool(&w, "loaded", loaded);
    json_object_end(&w);
    ssize_t written = write(VERDICT_FD, out.data, out.length);
    (void)written; /* without a verdict the other side judges by how this process ends */
    strbuf_fini(&out);
}

/* A system call that starts a process: the plugin's code stands below on the stack. */
static void on_forbidden(int number)
{
    static const char verdict[] =
        "{\"code\":\"self-test-process\",\"text\":\"it starts a process or a "
        "program, which plugins do not\",\"loaded\":false}";
    (void)number;
    ssize_t written = write(VERDICT_FD, verdict, sizeof(verdict) - 1);
    (void)written;
    _exit(1);
}

/* ---- bars ---- */

static bool deny(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        done = done && seccomp_rule_add(filter, action, calls[i], 0) == 0;
    }
    return done;
}

/* Opening for writing, whatever the call is named. */
static bool deny_writing(scmp_filter_ctx filter)
{
    const struct {
        int call;
        unsigned argument;
    } opens[] = {{SCMP_SYS(open), 1}, {SCMP_SYS(openat), 2}};
    const struct {
        scmp_datum_t mask, value;
    } flags[] = {{O_ACCMODE, O_WRONLY}, {O_ACCMODE, O_RDWR}, {O_CREAT, O_CREAT}};
    bool done = true;
    for (size_t i = 0; i < 2; i++) {
        for (size_t f = 0; f < 3; f++) {
            done = done && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), opens[i].call, 1,
                                            SCMP_CMP(opens[i].argument, SCMP_CMP_MASKED_EQ,
                                                     flags[f].mask, flags[f].value)) == 0;
        }
    }
    return done;
}

static bool close_the_door(void)
{
    static const int processes[] = {SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(execve),
                                    SCMP_SYS(execveat)};
    static const int refused[] = {
        SCMP_SYS(socket),         SCMP_SYS(socketpair),
        SCMP_SYS(connect),        SCMP_SYS(bind),
        SCMP_SYS(creat),          SCMP_SYS(unlink),
        SCMP_SYS(unlinkat),       SCMP_SYS(rename),
        SCMP_SYS(renameat),       SCMP_SYS(renameat2),
        SCMP_SYS(mkdir),          SCMP_SYS(mkdirat),
        SCMP_SYS(rmdir),          SCMP_SYS(link),
        SCMP_SYS(linkat),         SCMP_SYS(symlink),
        SCMP_SYS(symlinkat),      SCMP_SYS(chmod),
        SCMP_SYS(fchmod),         SCMP_SYS(fchmodat),
        SCMP_SYS(chown),          SCMP_SYS(fchown),
        SCMP_SYS(lchown),         SCMP_SYS(fchownat),
        SCMP_SYS(truncate),       SCMP_SYS(mknod),
        SCMP_SYS(mknodat),        SCMP_SYS(mount),
        SCMP_SYS(umount2),        SCMP_SYS(ptrace),
        SCMP_SYS(kill),           SCMP_SYS(setuid),
        SCMP_SYS(setgid),         SCMP_SYS(unshare),
        SCMP_SYS(setns),          SCMP_SYS(bpf),
        SCMP_SYS(io_uring_setup), SCMP_SYS(process_vm_writev),
        SCMP_SYS(setxattr),
    };
    static const int unknown[] = {SCMP_SYS(clone3), SCMP_SYS(openat2)};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return false;
    }
    bool done =
        deny(filter, SCMP_ACT_TRAP, processes, sizeof(processes) / sizeof(processes[0])) &&
        deny(filter, SCMP_ACT_ERRNO(EACCES), refused, sizeof(refused) / sizeof(refused[0])) &&
        deny(filter, SCMP_ACT_ERRNO(ENOSYS), unknown, sizeof(unknown) / sizeof(unknown[0])) &&
        /* Threads are made with clone(), too. */
        seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0 &&
        deny_writing(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return done;
}

static void bound(int resource, rlim_t most)
{
    const struct rlimit limit = {most, most};
    (void)setrlimit((__rlimit_resource_t)resource, &limit);
}

static void set_bounds(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    bound(RLIMIT_CPU, SELFTEST_SECONDS);
    bound(RLIMIT_CORE, 0);
    bound(RLIMIT_NOFILE, 64);
    bound(RLIMIT_FSIZE, 1 << 20);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    bound(RLIMIT_AS, (rlim_t)SELFTEST_MEMORY); /* a sanitizer's shadow is larger */
#endif
}

/* ---- what the plugin left behind ---- */

typedef struct before {
    int out; /* a file in memory that stands for both outputs */
    struct sigaction handlers[SIGNALS];
} before;

static bool look_before(before *b)
{
    const struct sigaction forbidden = {.sa_handler = on_forbidden};
    b->out = memfd_create("output", MFD_CLOEXEC);
    if (b->out < 0 || dup2(b->out, STDOUT_FILENO) < 0 || dup2(b->out, STDERR_FILENO) < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        (void)signal(crashes[i], SIG_DFL); /* a sanitizer would tell of them at length */
    }
    (void)sigaction(SIGSYS, &forbidden, NULL);
    for (int i = 1; i < SIGNALS; i++) {
        (void)sigaction(i, NULL, &b->handlers[i]);
    }
    return true;
}

/* The word of what was done that plugins do not do, or NULL. */
static const char *look_behind(const before *b, char *text, size_t size)
{
    struct stat st;
    (void)fflush(stdout);
    if (fstat(b->out, &st) == 0 && st.st_size > 0) {
        char line[64] = "";
        ssize_t n = pread(b->out, line, sizeof(line) - 1, 0);
        line[n > 0 ? n : 0] = '\0';
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(text, size, "it prints: '%s'", line);
        return "self-test-prints";
    }
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction now;
        if (sigaction(i, NULL, &now) == 0 && now.sa_handler != b->handlers[i].sa_handler) {
            (void)snprintf(text, size, "it installs a handler for signal %d", i);
            return "self-test-signals";
        }
    }
    return NULL;
}

/* ---- loading ---- */

static platen_code load(const char *role, const char *folder, const char *name, conf *c, feature *f,
                        plug **plugins, platen_error *err)
{
    static const plug_offer offers[] = {{"tcp/1", &iface_tcp_table},
                                        {"fetch/0", &iface_fetch_table}};
    const plug_place place = {name, folder};
    bool agent = strcmp(role, "agent") == 0;
    plug_options options = {.role = agent ? PLATEN_ROLE_AGENT : PLATEN_ROLE_MANAGER,
                            .version = PLATEN_VERSION,
                            .folder = folder,
                            .enabled = name,
                            .required = name,
                            .conf = c,
                            .drivers = agent ? &desk_drivers : NULL,
                            .snmp = agent ? &desk_snmp : NULL,
                            .offers = offers,
                            .offer_count = agent ? sizeof(offers) / sizeof(offers[0]) : 0,
                            .places = &place,
                            .place_count = 1};
    if (!agent) {
        feature_offer(f, &options);
    }
    PLATEN_TRY(plug_load_all(&options, plugins, err));
    return agent ? PLATEN_OK : feature_check(f, *plugins, err);
}

static int test(const char *role, const char *folder, const char *name)
{
    before b;
    plug *plugins = NULL;
    feature *f = NULL;
    char text[PLATEN_ERROR_TEXT] = "";
    platen_error err = PLATEN_ERROR_INIT;
    const feature_options features = {.data = "/nonexistent"};
    conf *c = conf_new();
    if (c == NULL || feature_new(&features, &f, &err) != PLATEN_OK || !look_before(&b)) {
        write_verdict("self-test-load", "no memory for the self-test", "", false);
        return 1;
    }
    log_set_quiet(true);
    if (!close_the_door()) {
        write_verdict("self-test-load", "the kernel has no seccomp filters", "", false);
        return 1;
    }
    platen_code rc = load(role, folder, name, c, f, &plugins, &err);
    const plug_info *info = plugins != NULL ? plug_get(plugins, 0) : NULL;
    char version[64] = "";
    bool loaded = info != NULL && info->loaded;
    (void)snprintf(version, sizeof(version), "%s", info != NULL ? info->version : "");
    plug_unload_all(plugins);
    const char *code = look_behind(&b, text, sizeof(text));
    if (rc != PLATEN_OK) { /* what it says itself tells more than what it left behind */
        code = "self-test-load";
        (void)snprintf(text, sizeof(text), "%s", err.text);
    }
    write_verdict(code != NULL ? code : "", text, version, loaded);
    return code != NULL;
}

int selftest_child(char *const *arguments)
{
    if (arguments[0] == NULL || arguments[1] == NULL || arguments[2] == NULL ||
        fcntl(VERDICT_FD, F_GETFD) < 0) {
        (void)fprintf(stderr, "platend: selftest is what platend calls for itself\n");
        return 2;
    }
    set_bounds();
    int status = 0;
    if (strcmp(arguments[2], "-") == 0) {
        write_verdict("", "", PLATEN_VERSION, false);
    } else {
        status = test(arguments[0], arguments[1], arguments[2]);
    }
    _exit(status); /* neither a plugin's atexit() nor a sanitizer's last look */
}
