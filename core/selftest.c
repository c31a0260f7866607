/*
 * The self-test's own process. The bars are of the kernel: what a plugin must not do at load is
 * refused by seccomp, starting a process ends the test. The pipe for the verdict is the only thing
 * that can be written to.
 */
#include "core/selftest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/agent/desk.h"
#include "core/agent/reach.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/conf/conf.h"
#include "core/feature/feature.h"
#include "core/pack/selftest.h"
#include "core/plug/plug.h"
#include "core/serve/serve.h"
#include "core/version.h"
#include "core/worker/bars.h"

#define VERDICT_FD 3
#define SIGNALS 65
#define MIGRATIONS_MOST ((size_t)16384) /* bytes of them in a verdict, or so */

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* `migrations`: a JSON list, NULL where there are none to tell of. */
static void write_verdict(const char *code, const char *text, const char *version, bool loaded,
                          const char *migrations)
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
    if (migrations != NULL) {
        json_raw(&w, "migrations", migrations);
    }
    json_object_end(&w);
    ssize_t written = write(VERDICT_FD, out.data, out.length);
    (void)written; /* without a verdict the other side judges by how this process ends */
    strbuf_fini(&out);
}

/* A system call that starts a process: the plugin's code stands below on the stack. Others fail,
 * and the plugin may do without. */
static void on_refused(int call)
{
    static const char verdict[] =
        "{\"code\":\"self-test-process\",\"text\":\"it starts a process or a "
        "program, which plugins do not\",\"loaded\":false}";
    if (bars_starts_process(call)) {
        ssize_t written = write(VERDICT_FD, verdict, sizeof(verdict) - 1);
        (void)written;
        _exit(1);
    }
}

/* Without a fence around files it can read, but has nowhere to tell of it. */
static bool close_bars(const char *folder, const char *name)
{
    char code[FILE_PATH];
    char share[FILE_PATH];
    char file[80];
    const char *const files[] = {code, share};
    (void)snprintf(file, sizeof(file), "%.64s.so", name);
    if (file_join(code, folder, file, NULL) == PLATEN_OK &&
        file_join(share, folder, name, NULL) == PLATEN_OK) {
        (void)bars_close_files(files, 2);
    }
    return bars_close_calls(false, on_refused);
}

/* ---- bounds ---- */

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
    b->out = memfd_create("output", MFD_CLOEXEC);
    if (b->out < 0 || dup2(b->out, STDOUT_FILENO) < 0 || dup2(b->out, STDERR_FILENO) < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        (void)signal(crashes[i], SIG_DFL); /* a sanitizer would tell of them at length */
    }
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
                                        {"fetch/0", &iface_fetch_table},
                                        {"serve/0", &iface_serve_table}};
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
    log_set_quiet(true);
    if (c == NULL || feature_new(&features, &f, &err) != PLATEN_OK) {
        write_verdict("self-test-load", "no memory for the self-test", "", false, NULL);
        return 1;
    }
    if (!close_bars(folder, name) || !look_before(&b)) {
        write_verdict("self-test-load", "the kernel has no seccomp filters", "", false, NULL);
        return 1;
    }
    platen_code rc = load(role, folder, name, c, f, &plugins, &err);
    const plug_info *info = plugins != NULL ? plug_get(plugins, 0) : NULL;
    char version[64] = "";
    bool loaded = info != NULL && info->loaded;
    (void)snprintf(version, sizeof(version), "%s", info != NULL ? info->version : "");
    strbuf migrations;
    strbuf_init(&migrations);
    feature_write_migrations(f, name, MIGRATIONS_MOST, &migrations);
    plug_unload_all(plugins);
    const char *code = look_behind(&b, text, sizeof(text));
    if (rc != PLATEN_OK) { /* what it says itself tells more than what it left behind */
        code = "self-test-load";
        (void)snprintf(text, sizeof(text), "%s", err.text);
    }
    bool tells = rc == PLATEN_OK && strcmp(role, "manager") == 0 && !migrations.failed;
    write_verdict(code != NULL ? code : "", text, version, loaded, tells ? migrations.data : NULL);
    strbuf_fini(&migrations);
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
        write_verdict("", "", PLATEN_VERSION, false, NULL);
    } else {
        status = test(arguments[0], arguments[1], arguments[2]);
    }
    _exit(status); /* neither a plugin's atexit() nor a sanitizer's last look */
}
