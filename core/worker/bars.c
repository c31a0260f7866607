/* See bars.h: the filter of system calls. */
#include "core/worker/bars.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <ucontext.h>
#include <unistd.h>

#include <seccomp.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define TYPE_MASK 0xfu       /* of a socket's type, which has flags above it */
#define LOW_HALF 0xffffffffu /* all that the kernel looks at of an argument that is an int */

const char *bars_word(unsigned closed)
{
    static const char *const words[] = {"none", "calls", "files", "full"};
    return words[closed & BARS_ALL];
}

/* ---- what was refused ---- */

static void (*tell_refused)(int call);

bool bars_starts_process(int call)
{
    static const int calls[] = {SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(execve),
                                SCMP_SYS(execveat)};
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (calls[i] == call) {
            return true;
        }
    }
    return false;
}

void bars_name(uint32_t call, char *name, size_t size)
{
    char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)call);
    if (known != NULL) {
        (void)snprintf(name, size, "%s", known);
    } else {
        (void)snprintf(name, size, "call %u", call);
    }
    free(known);
}

/* The call comes back with EACCES, as if the filter had said so itself. */
static unsigned long set_result(ucontext_t *context)
{
#if defined(__x86_64__)
    unsigned long first = (unsigned long)context->uc_mcontext.gregs[REG_RDI];
    context->uc_mcontext.gregs[REG_RAX] = -EACCES;
#elif defined(__aarch64__)
    unsigned long first = context->uc_mcontext.regs[0];
    context->uc_mcontext.regs[0] = (unsigned long)-EACCES;
#else
#error "where does this processor keep the result of a system call?"
#endif
    return first;
}

/* A C library asks name services and the kernel's table of addresses, and does without. */
static bool is_own_doing(int call, unsigned long first)
{
    return call == SCMP_SYS(socket) && (first == AF_UNIX || first == AF_NETLINK);
}

static void on_refused(int number, siginfo_t *info, void *context)
{
    int kept = errno;
    unsigned long first = set_result(context);
    (void)number;
    if (!is_own_doing(info->si_syscall, first)) {
        tell_refused(info->si_syscall);
    }
    errno = kept;
}

/* ---- the rules ---- */

static bool add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        done = done && seccomp_rule_add(filter, action, calls[i], 0) == 0;
    }
    return done;
}

/* `other` counts for masks alone. */
static struct scmp_arg_cmp when(unsigned argument, enum scmp_compare how, scmp_datum_t value,
                                scmp_datum_t other)
{
    return (struct scmp_arg_cmp){argument, how, value, other};
}

static bool trap(scmp_filter_ctx filter, int call, struct scmp_arg_cmp which)
{
    return seccomp_rule_add(filter, SCMP_ACT_TRAP, call, 1, which) == 0;
}

static bool refuse_always(scmp_filter_ctx filter)
{
    static const int files[] = {
        SCMP_SYS(creat),        SCMP_SYS(unlink),
        SCMP_SYS(unlinkat),     SCMP_SYS(rename),
        SCMP_SYS(renameat),     SCMP_SYS(renameat2),
        SCMP_SYS(mkdir),        SCMP_SYS(mkdirat),
        SCMP_SYS(rmdir),        SCMP_SYS(link),
        SCMP_SYS(linkat),       SCMP_SYS(symlink),
        SCMP_SYS(symlinkat),    SCMP_SYS(chmod),
        SCMP_SYS(fchmod),       SCMP_SYS(fchmodat),
        SCMP_SYS(chown),        SCMP_SYS(fchown),
        SCMP_SYS(lchown),       SCMP_SYS(fchownat),
        SCMP_SYS(truncate),     SCMP_SYS(mknod),
        SCMP_SYS(mknodat),      SCMP_SYS(mount),
        SCMP_SYS(umount2),      SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),       SCMP_SYS(setxattr),
        SCMP_SYS(lsetxattr),    SCMP_SYS(fsetxattr),
        SCMP_SYS(removexattr),  SCMP_SYS(lremovexattr),
        SCMP_SYS(fremovexattr), SCMP_SYS(utime),
        SCMP_SYS(utimes),       SCMP_SYS(utimensat),
        SCMP_SYS(futimesat),    SCMP_SYS(open_by_handle_at),
    };
    static const int others[] = {
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(process_madvise),
        SCMP_SYS(kcmp),
        SCMP_SYS(pidfd_open),
        SCMP_SYS(pidfd_getfd),
        SCMP_SYS(pidfd_send_signal),
        SCMP_SYS(tkill),
        SCMP_SYS(rt_sigqueueinfo),
        SCMP_SYS(rt_tgsigqueueinfo),
        SCMP_SYS(setpriority),
        SCMP_SYS(sched_setscheduler),
        SCMP_SYS(sched_setparam),
        SCMP_SYS(sched_setattr),
        SCMP_SYS(sched_setaffinity),
        SCMP_SYS(ioprio_set),
        SCMP_SYS(shmget),
        SCMP_SYS(msgget),
        SCMP_SYS(semget),
        SCMP_SYS(mq_open),
        SCMP_SYS(migrate_pages),
        SCMP_SYS(move_pages),
    };
    static const int system[] = {
        SCMP_SYS(bind),           SCMP_SYS(listen),          SCMP_SYS(accept),
        SCMP_SYS(accept4),        SCMP_SYS(unshare),         SCMP_SYS(setns),
        SCMP_SYS(setuid),         SCMP_SYS(setgid),          SCMP_SYS(setreuid),
        SCMP_SYS(setregid),       SCMP_SYS(setresuid),       SCMP_SYS(setresgid),
        SCMP_SYS(setgroups),      SCMP_SYS(setfsuid),        SCMP_SYS(setfsgid),
        SCMP_SYS(capset),         SCMP_SYS(setrlimit),       SCMP_SYS(bpf),
        SCMP_SYS(io_uring_setup), SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd),
        SCMP_SYS(keyctl),         SCMP_SYS(add_key),         SCMP_SYS(request_key),
        SCMP_SYS(fanotify_init),  SCMP_SYS(sethostname),     SCMP_SYS(setdomainname),
        SCMP_SYS(settimeofday),   SCMP_SYS(clock_settime),   SCMP_SYS(adjtimex),
        SCMP_SYS(clock_adjtime),  SCMP_SYS(reboot),          SCMP_SYS(kexec_load),
        SCMP_SYS(init_module),    SCMP_SYS(finit_module),    SCMP_SYS(delete_module),
        SCMP_SYS(swapon),         SCMP_SYS(swapoff),         SCMP_SYS(acct),
        SCMP_SYS(syslog),         SCMP_SYS(quotactl),
    };
    /* The C library has older calls for these, whose arguments a filter can see. */
    static const int unknown[] = {SCMP_SYS(clone3), SCMP_SYS(openat2)};
    return add(filter, SCMP_ACT_TRAP, files, COUNT(files)) &&
           add(filter, SCMP_ACT_TRAP, others, COUNT(others)) &&
           add(filter, SCMP_ACT_TRAP, system, COUNT(system)) &&
           add(filter, SCMP_ACT_ERRNO(ENOSYS), unknown, COUNT(unknown)) &&
           /* Threads are made with clone(), too. */
           trap(filter, SCMP_SYS(clone), when(0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

/* Opening for writing, whatever the call is named. */
static bool refuse_writing(scmp_filter_ctx filter)
{
    const struct {
        int call;
        unsigned argument;
    } opens[] = {{SCMP_SYS(open), 1}, {SCMP_SYS(openat), 2}};
    const struct {
        scmp_datum_t mask, value;
    } flags[] = {{O_ACCMODE, O_WRONLY},
                 {O_ACCMODE, O_RDWR},
                 {O_ACCMODE, O_ACCMODE},
                 {O_CREAT, O_CREAT},
                 {O_TRUNC, O_TRUNC}};
    bool done = true;
    for (size_t i = 0; i < COUNT(opens); i++) {
        for (size_t f = 0; f < COUNT(flags); f++) {
            done = done &&
                   trap(filter, opens[i].call,
                        when(opens[i].argument, SCMP_CMP_MASKED_EQ, flags[f].mask, flags[f].value));
        }
    }
    return done;
}

/* Signals go to this process alone, and its bounds and its end with the parent stay. */
static bool refuse_reaching_out(scmp_filter_ctx filter)
{
    const scmp_datum_t own = (scmp_datum_t)getpid();
    static const struct {
        int call;
        unsigned argument;
        scmp_datum_t value;
    } asks[] = {
        {SCMP_SYS(prctl), 0, PR_SET_PDEATHSIG}, {SCMP_SYS(prctl), 0, PR_SET_MM},
        {SCMP_SYS(prctl), 0, PR_SET_PTRACER},   {SCMP_SYS(prctl), 0, PR_SET_DUMPABLE},
        {SCMP_SYS(fcntl), 1, F_SETOWN},         {SCMP_SYS(fcntl), 1, F_SETOWN_EX},
        {SCMP_SYS(ioctl), 1, FIOSETOWN},        {SCMP_SYS(ioctl), 1, SIOCSPGRP},
        {SCMP_SYS(ioctl), 1, TIOCSTI},
    };
    bool done = trap(filter, SCMP_SYS(kill), when(0, SCMP_CMP_NE, own, 0)) &&
                trap(filter, SCMP_SYS(tgkill), when(0, SCMP_CMP_NE, own, 0)) &&
                trap(filter, SCMP_SYS(prlimit64), when(2, SCMP_CMP_NE, 0, 0)) &&
                seccomp_rule_add(filter, SCMP_ACT_TRAP, SCMP_SYS(rt_sigaction), 2,
                                 when(0, SCMP_CMP_MASKED_EQ, LOW_HALF, SIGSYS),
                                 when(1, SCMP_CMP_NE, 0, 0)) == 0;
    for (size_t i = 0; done && i < COUNT(asks); i++) {
        done = trap(filter, asks[i].call,
                    when(asks[i].argument, SCMP_CMP_MASKED_EQ, LOW_HALF, asks[i].value));
    }
    return done;
}

static bool refuse_network(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect)};
    return add(filter, SCMP_ACT_TRAP, calls, COUNT(calls));
}

/* Streams and datagrams of IPv4 and IPv6; pairs of streams, with which libraries wake themselves.
 * A rule compares an argument once: so what is refused is said in pieces. */
static bool refuse_odd_sockets(scmp_filter_ctx filter)
{
    bool done = trap(filter, SCMP_SYS(socket), when(0, SCMP_CMP_LT, AF_INET, 0)) &&
                trap(filter, SCMP_SYS(socket), when(0, SCMP_CMP_GT, AF_INET6, 0));
    for (scmp_datum_t family = AF_INET + 1; done && family < AF_INET6; family++) {
        done = trap(filter, SCMP_SYS(socket), when(0, SCMP_CMP_EQ, family, 0));
    }
    for (scmp_datum_t type = 0; done && type <= TYPE_MASK; type++) {
        if (type != SOCK_STREAM) {
            done = trap(filter, SCMP_SYS(socketpair), when(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, type));
        }
        if (done && type != SOCK_STREAM && type != SOCK_DGRAM) {
            done = trap(filter, SCMP_SYS(socket), when(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, type));
        }
    }
    return done;
}

bool bars_close_calls(bool network, void (*refused)(int call))
{
    struct sigaction heard = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    tell_refused = refused;
    /* A tree of numbers instead of a line of them: it is gone through at each call. */
    bool done = filter != NULL && seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0 &&
                sigaction(SIGSYS, &heard, NULL) == 0 && refuse_always(filter) &&
                refuse_writing(filter) && refuse_reaching_out(filter) &&
                (network ? refuse_odd_sockets(filter) : refuse_network(filter)) &&
                seccomp_load(filter) == 0;
    if (filter != NULL) {
        seccomp_release(filter);
    }
    return done;
}
