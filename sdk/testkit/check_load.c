/* Handshake, load, unload; what the plugin leaves behind. */
#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "hostkit.h"

/* Somebody forgets something each time when the heap grows by so much in all of so many rounds, but
 * for one of them at most. */
#define ROUNDS 5
#define LEAST_LEAK 16 /* bytes, the least that malloc() gives */

static hostkit *open_kit(const check_job *job, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit *kit = hostkit_open(job->plugin, &err);
    if (kit == NULL) {
        (void)check_failed(why, "%s", err.text);
    }
    return kit;
}

static bool load(hostkit *kit, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    return hostkit_load(kit, &err) == PLATEN_OK || check_failed(why, "load(): %s", err.text);
}

/* What the host would have had to complain about. */
static bool conclude(hostkit *kit, char why[CHECK_TEXT])
{
    bool good = hostkit_misuse(kit) == NULL || check_failed(why, "%s", hostkit_misuse(kit));
    hostkit_free(kit);
    return good;
}

bool check_handshake(const check_job *job, char why[CHECK_TEXT])
{
    char stem[256];
    hostkit *kit = open_kit(job, why);
    if (kit == NULL) {
        return false;
    }
    const platen_plugin *p = hostkit_plugin(kit);
    const char *slash = strrchr(job->plugin, '/');
    const uint32_t both = PLATEN_ROLE_MANAGER | PLATEN_ROLE_AGENT;
    (void)snprintf(stem, sizeof(stem), "%s.so", p->name);
    bool good = true;
    if (p->abi >> 16 != PLATEN_ABI_MAJOR || (p->abi & 0xffff) > PLATEN_ABI_MINOR) {
        good = check_failed(why, "it was built for plugin API %u.%u, this SDK has %u.%u",
                            p->abi >> 16, p->abi & 0xffff, PLATEN_ABI_MAJOR, PLATEN_ABI_MINOR);
    } else if (strcmp(slash != NULL ? slash + 1 : job->plugin, stem) != 0) {
        good = check_failed(why, "its name is '%s', so the file must be '%s'", p->name, stem);
    } else if (p->version == NULL || p->version[0] == '\0') {
        good = check_failed(why, "it has no version");
    } else if (p->kind != PLATEN_KIND_DRIVER && p->kind != PLATEN_KIND_FEATURE) {
        good = check_failed(why, "its kind is %u, not driver or feature", p->kind);
    } else if ((p->roles & both) == 0 || (p->roles & ~both) != 0) {
        good = check_failed(why, "its roles are %u, not manager, agent or both", p->roles);
    }
    hostkit_free(kit);
    return good;
}

/* Runs `visit` for each role that the plugin has. */
static bool each_role(const check_job *job, bool (*visit)(hostkit *kit, char why[CHECK_TEXT]),
                      char why[CHECK_TEXT])
{
    static const uint32_t roles[] = {PLATEN_ROLE_MANAGER, PLATEN_ROLE_AGENT};
    for (size_t i = 0; i < 2; i++) {
        hostkit *kit = open_kit(job, why);
        if (kit == NULL) {
            return false;
        }
        bool has = (hostkit_plugin(kit)->roles & roles[i]) != 0;
        hostkit_role(kit, roles[i]);
        bool good = !has || visit(kit, why);
        bool clean = conclude(kit, good ? why : (char[CHECK_TEXT]){""});
        if (!good || !clean) {
            return false;
        }
    }
    return true;
}

static bool twice(hostkit *kit, char why[CHECK_TEXT])
{
    size_t first = 0;
    for (int i = 0; i < 2; i++) {
        size_t count = 0;
        if (!load(kit, why)) {
            return false;
        }
        for (int what = HOSTKIT_SETTING; what <= HOSTKIT_CATALOGUES; what++) {
            for (size_t n = 0; hostkit_registered(kit, (hostkit_what)what, n) != NULL; n++) {
                count++;
            }
        }
        if (i > 0 && count != first) {
            return check_failed(why, "the second load() registers something else");
        }
        first = count;
        hostkit_unload(kit);
    }
    return true;
}

bool check_loads_twice(const check_job *job, char why[CHECK_TEXT])
{
    return each_role(job, twice, why);
}

static bool registers(hostkit *kit, char why[CHECK_TEXT])
{
    const platen_plugin *p = hostkit_plugin(kit);
    if (!load(kit, why)) {
        return false;
    }
    if (hostkit_undeclared(kit) != NULL) {
        return check_failed(why, "it asks for '%s', which is not in its needs",
                            hostkit_undeclared(kit));
    }
    for (size_t i = 0; p->needs != NULL && p->needs[i] != NULL; i++) {
        if (strncmp(p->needs[i], "driver/", 7) == 0 &&
            hostkit_registered(kit, HOSTKIT_DRIVER, 0) == NULL) {
            return check_failed(why, "it needs %s and adds no driver", p->needs[i]);
        }
    }
    return true;
}

bool check_registrations(const check_job *job, char why[CHECK_TEXT])
{
    return each_role(job, registers, why);
}

/* A host of 1.0, whose tables end earlier: nothing may be called that is not there. */
static bool on_old_host(hostkit *kit, char why[CHECK_TEXT])
{
    platen_error err = PLATEN_ERROR_INIT;
    hostkit_old(kit, true);
    platen_code rc = hostkit_load(kit, &err);
    return rc == PLATEN_OK || err.text[0] != '\0' ||
           check_failed(why, "it refuses a host of 1.0 without a reason");
}

bool check_older_host(const check_job *job, char why[CHECK_TEXT])
{
    return each_role(job, on_old_host, why);
}

/* ---- faults ---- */

/* load() with the nth call failing, up to the last one. */
static bool fail_each(hostkit *kit, char why[CHECK_TEXT])
{
    hostkit_fail(kit, 0);
    if (!load(kit, why)) {
        return false;
    }
    unsigned calls = hostkit_calls(kit);
    hostkit_unload(kit);
    for (unsigned n = 1; n <= calls; n++) {
        platen_error err = PLATEN_ERROR_INIT;
        hostkit_fail(kit, n);
        if (hostkit_load(kit, &err) != PLATEN_OK && err.text[0] == '\0') {
            return check_failed(why, "load() fails without a text when host call %u fails", n);
        }
        hostkit_unload(kit);
    }
    hostkit_fail(kit, 0);
    if (!load(kit, why)) {
        return false;
    }
    hostkit_unload(kit);
    return true;
}

bool check_failing_calls(const check_job *job, char why[CHECK_TEXT])
{
    return each_role(job, fail_each, why);
}

/* There in builds with the leak sanitizer, whose heap mallinfo2() does not know. */
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static bool leak_rounds(hostkit *kit, char why[CHECK_TEXT])
{
    for (int i = 0; i < 3; i++) { /* what is taken once and kept is no leak */
        if (!fail_each(kit, why)) {
            return false;
        }
    }
    /* The process itself takes a little once in a while; what is forgotten is lost each time. */
    size_t before = heap();
    size_t last = before;
    unsigned grown = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (!fail_each(kit, why)) {
            return false;
        }
        size_t now = heap();
        grown += now >= last + LEAST_LEAK ? 1 : 0;
        last = now;
    }
    if (__lsan_do_recoverable_leak_check != NULL && __lsan_do_recoverable_leak_check() != 0) {
        return check_failed(why, "the leak sanitizer finds leaks");
    }
    return grown + 1 < ROUNDS || last < before + ROUNDS * LEAST_LEAK ||
           check_failed(why,
                        "%zu bytes are lost each time that it is loaded, with and without "
                        "failing calls, and unloaded",
                        (last - before) / ROUNDS);
}

bool check_leaks(const check_job *job, char why[CHECK_TEXT])
{
    return each_role(job, leak_rounds, why);
}

/* ---- the process ---- */

typedef struct process {
    struct sigaction actions[65];
    mode_t mask;
    char folder[1024];
    char language[256];
    unsigned threads;
    unsigned files;
} process;

static unsigned entries_of(const char *path)
{
    unsigned count = 0;
    DIR *dir = opendir(path);
    while (dir != NULL && readdir(dir) != NULL) { // NOLINT(concurrency-mt-unsafe): one thread
        count++;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return count;
}

static void look(process *p)
{
    memset(p, 0, sizeof(*p));
    for (int i = 1; i < 65; i++) {
        (void)sigaction(i, NULL, &p->actions[i]);
    }
    p->mask = umask(022);
    (void)umask(p->mask);
    (void)!getcwd(p->folder, sizeof(p->folder));
    const char *language = setlocale(LC_ALL, NULL); // NOLINT(concurrency-mt-unsafe): one thread
    (void)snprintf(p->language, sizeof(p->language), "%s", language != NULL ? language : "");
    p->threads = entries_of("/proc/self/task");
    p->files = entries_of("/proc/self/fd");
}

static bool compare(const process *before, const process *after, char why[CHECK_TEXT])
{
    for (int i = 1; i < 65; i++) {
        if (before->actions[i].sa_handler != after->actions[i].sa_handler) {
            return check_failed(why, "it changes what signal %d does", i);
        }
    }
    if (before->mask != after->mask) {
        return check_failed(why, "it changes the umask");
    }
    if (strcmp(before->folder, after->folder) != 0) {
        return check_failed(why, "it changes the working folder");
    }
    if (strcmp(before->language, after->language) != 0) {
        return check_failed(why, "it changes the locale");
    }
    if (before->threads != after->threads) {
        return check_failed(why, "it leaves threads behind");
    }
    if (before->files != after->files) {
        return check_failed(why, "it leaves files open");
    }
    return true;
}

static bool load_listened(const check_job *job, char why[CHECK_TEXT])
{
    process before;
    process after;
    hostkit *kit = open_kit(job, why); /* its libraries may set themselves up */
    if (kit == NULL) {
        return false;
    }
    look(&before);
    bool good = load(kit, why);
    hostkit_free(kit);
    look(&after);
    return good && compare(&before, &after, why);
}

bool check_quiet(const check_job *job, char why[CHECK_TEXT])
{
    int listener = memfd_create("output", MFD_CLOEXEC);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getenv("HOSTKIT_LOG") == NULL) {
        (void)dup2(listener, STDOUT_FILENO);
        (void)dup2(listener, STDERR_FILENO);
    }
    bool good = load_listened(job, why);
    (void)fflush(NULL);
    struct stat status;
    if (good && fstat(listener, &status) == 0 && status.st_size > 0) {
        good = check_failed(why, "it writes to standard output or standard error: log/1 is there");
    }
    if (good && waitpid(-1, NULL, WNOHANG) >= 0) {
        good = check_failed(why, "it starts processes");
    }
    return good;
}
