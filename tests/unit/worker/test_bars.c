/*
 * Bars in a process of their own: what each of them refuses when the other one cannot be closed, as
 * on a kernel without Landlock or without filters. What a driver behind both meets is in
 * test_isolation.c. SYS-141, PRF-36.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/worker/bars.h"

static volatile int refused[16]; /* calls, in turn */
static volatile unsigned count;

static void note(int call)
{
    if (count < sizeof(refused) / sizeof(refused[0])) {
        refused[count] = call;
    }
    count++;
}

/* What the child says by its status: 0 all was as it should be, else which was not. */
static int status_of(int (*tries)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(tries());
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        fail_msg("signal %d", WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}

static bool is_denied(int rc)
{
    return rc < 0 && errno == EACCES;
}

static int calls_alone(void)
{
    if (!bars_close_calls(true, note)) {
        return 1;
    }
    int file = open("/etc/passwd", O_RDONLY);
    if (file < 0) {
        return 2; /* a filter cannot tell paths apart */
    }
    if (!is_denied(open("/tmp/platen-bars", O_WRONLY | O_CREAT, 0600)) || count != 1 ||
        refused[0] != SYS_openat) {
        return 3;
    }
    if (!is_denied((int)syscall(SYS_open, "/etc/passwd", O_RDWR)) || refused[1] != SYS_open) {
        return 4;
    }
    if (!is_denied(fork()) || !bars_starts_process(refused[2])) {
        return 5;
    }
    if (!is_denied(socket(AF_UNIX, SOCK_STREAM, 0)) || count != 3) {
        return 6; /* refused, but a C library's own doing: nothing is told */
    }
    if (!is_denied(socket(AF_INET, SOCK_RAW, 1)) || count != 4 || refused[3] != SYS_socket) {
        return 7;
    }
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 && count == 4 ? 0 : 8;
}

static void test_bars__calls_alone(void **state)
{
    (void)state;
    assert_int_equal(status_of(calls_alone), 0);
}

static int no_network(void)
{
    if (!bars_close_calls(false, note)) {
        return 1;
    }
    return is_denied(socket(AF_INET, SOCK_STREAM, 0)) && is_denied(socket(AF_INET6, SOCK_DGRAM, 0))
               ? 0
               : 2;
}

static void test_bars__no_network(void **state)
{
    (void)state;
    assert_int_equal(status_of(no_network), 0);
}

static char folder[] = "/tmp/platen-bars.XXXXXX";

static int files_alone(void)
{
    char own[64];
    char other[64];
    (void)snprintf(own, sizeof(own), "%s/own", folder);
    (void)snprintf(other, sizeof(other), "%s/other", folder);
    const char *const files[] = {own, "/nonexistent/is/no/harm"};
    if (!bars_close_files(files, 2)) {
        return 77; /* the kernel has no Landlock */
    }
    if (open(own, O_RDONLY) < 0) {
        return 2;
    }
    if (!is_denied(open(own, O_WRONLY)) || !is_denied(open(other, O_RDONLY)) ||
        !is_denied(open(folder, O_RDONLY | O_DIRECTORY)) || !is_denied(unlink(own)) ||
        !is_denied(open("/etc/passwd", O_RDONLY))) {
        return 3;
    }
    return open("/dev/urandom", O_RDONLY) >= 0 ? 0 : 4;
}

static void test_bars__files_alone(void **state)
{
    (void)state;
    char path[64];
    assert_non_null(mkdtemp(folder));
    static const char *const names[] = {"own", "other"};
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(close(fd), 0);
    }
    int status = status_of(files_alone);
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    if (status == 77) {
        skip();
    }
    assert_int_equal(status, 0);
}

static void test_bars__words(void **state)
{
    (void)state;
    char name[32];
    assert_string_equal(bars_word(0), "none");
    assert_string_equal(bars_word(BARS_CALLS), "calls");
    assert_string_equal(bars_word(BARS_FILES), "files");
    assert_string_equal(bars_word(BARS_ALL | 64), "full");
    bars_name((uint32_t)SYS_execve, name, sizeof(name));
    assert_string_equal(name, "execve");
    bars_name(4000000000u, name, sizeof(name)); /* whatever a worker says */
    assert_string_equal(name, "call 4000000000");
    assert_true(bars_starts_process(SYS_execve));
    assert_false(bars_starts_process(SYS_bind));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars__calls_alone),
        cmocka_unit_test(test_bars__no_network),
        cmocka_unit_test(test_bars__files_alone),
        cmocka_unit_test(test_bars__words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
