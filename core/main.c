/* platend: arguments and signals. What a role does is in manager.c and agent.c. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sqlite3.h>

#include <platen/plugin.h>

#include "core/admin/admin.h"
#include "core/agent.h"
#include "core/base/file.h"
#include "core/conf/conf.h"
#include "core/follow_product.h"
#include "core/manager.h"
#include "core/selftest.h"
#include "core/trial.h"
#include "core/version.h"
#include "core/worker/process.h"

#define LOG_SOURCE "main"
#include "core/base/log.h"

#define EXIT_USAGE 2

static const char usage_text[] =
    "usage: platend [--role manager|agent] [--config FILE] [--data DIR]\n"
    "               [--set section.key=value]... [--check-config] [--version]\n";

typedef struct options {
    const char *config;
    bool check, version, help;
    const char *installed; /* the program that was started before this one of a package */
    int trial;             /* where to tell how a trial went, -1: this is none */
    char *const *admin;    /* arguments behind "admin", NULL-terminated; NULL: none */
} options;

static int usage(const char *what, const char *word)
{
    (void)fprintf(stderr, "platend: %s '%s'\n%s%s", what, word, usage_text, admin_usage());
    return EXIT_USAGE;
}

/* Options that are short for a key of the configuration. */
static const char *short_for(const char *option)
{
    if (strcmp(option, "--role") == 0) {
        return "general.role=";
    }
    return strcmp(option, "--data") == 0 ? "general.data=" : NULL;
}

static platen_code set_option(conf *c, const char *prefix, const char *value, platen_error *err)
{
    char assignment[FILE_PATH + 64];
    int length = snprintf(assignment, sizeof(assignment), "%s%s", prefix, value);
    if (length < 0 || (size_t)length >= sizeof(assignment)) {
        return error_set(err, PLATEN_E_INVAL, "value of '%s' is too long", prefix);
    }
    return conf_set(c, assignment, err);
}

/* --config comes first whatever its place: what is set on the command line weighs more. */
static int find_options(int count, char **arguments, options *o)
{
    for (int i = 1; i < count; i++) {
        const char *a = arguments[i];
        bool own = strcmp(a, "--installed") == 0 || strcmp(a, "--trial") == 0;
        bool takes_value =
            own || strcmp(a, "--config") == 0 || strcmp(a, "--set") == 0 || short_for(a) != NULL;
        if (strcmp(a, "admin") == 0) {
            o->admin = &arguments[i + 1];
            return 0;
        }
        if (takes_value && i + 1 == count) {
            return usage("a value is missing behind", a);
        }
        if (strcmp(a, "--config") == 0) {
            o->config = arguments[i + 1];
        } else if (strcmp(a, "--installed") == 0) {
            o->installed = arguments[i + 1];
        } else if (strcmp(a, "--trial") == 0) {
            o->trial = (int)strtol(arguments[i + 1], NULL, 10);
        } else if (strcmp(a, "--check-config") == 0) {
            o->check = true;
        } else if (strcmp(a, "--version") == 0) {
            o->version = true;
        } else if (strcmp(a, "--help") == 0) {
            o->help = true;
        } else if (!takes_value) {
            return usage("unknown argument", a);
        }
        i += takes_value ? 1 : 0;
    }
    return 0;
}

static platen_code apply_sets(int count, char **arguments, conf *c, platen_error *err)
{
    for (int i = 1; i + 1 < count && strcmp(arguments[i], "admin") != 0; i++) {
        const char *prefix = short_for(arguments[i]);
        if (prefix != NULL || strcmp(arguments[i], "--set") == 0) {
            PLATEN_TRY(set_option(c, prefix != NULL ? prefix : "", arguments[i + 1], err));
            i++;
        } else if (strcmp(arguments[i], "--config") == 0 ||
                   strcmp(arguments[i], "--installed") == 0 ||
                   strcmp(arguments[i], "--trial") == 0) {
            i++;
        }
    }
    return PLATEN_OK;
}

/* "<folder of this program>/<what>". */
static void beside_program(const char *what, char path[FILE_PATH + 64])
{
    char own[FILE_PATH];
    ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);
    own[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    (void)snprintf(path, FILE_PATH + 64, "%s/%s", own, what);
}

/* Empty folders mean the installed ones: of the package that this program is from, beside it in a
 * build tree, else the system's. */
static platen_code find_folder(conf *c, const char *key, const char *name, const char *packed,
                               const char *installed, platen_error *err)
{
    char path[FILE_PATH + 64];
    char section[16];
    const char *dot = strchr(key, '.');
    (void)snprintf(section, sizeof(section), "%.*s", (int)(dot - key), key);
    if (conf_text(c, section, dot + 1)[0] != '\0') {
        return PLATEN_OK;
    }
    beside_program("../manifest.json", path);
    beside_program(file_exists(path) ? packed : name, path);
    char assignment[FILE_PATH + 128];
    (void)snprintf(assignment, sizeof(assignment), "%s=%s", key,
                   file_exists(path) ? path : installed);
    return conf_set(c, assignment, err);
}

static platen_code read_conf(int count, char **arguments, const options *o, conf *c,
                             platen_error *err)
{
    PLATEN_TRY(conf_read_file(c, o->config, err));
    PLATEN_TRY(conf_read_environment(c, environ, err));
    PLATEN_TRY(apply_sets(count, arguments, c, err));
    PLATEN_TRY(find_folder(c, "plugins.folder", "plugins", "../lib/plugins",
                           PLATEN_LIBDIR "/plugins", err));
    PLATEN_TRY(find_folder(c, "scripts.stock", "scripts", "../share/scripts",
                           PLATEN_DATADIR "/scripts", err));
    return find_folder(c, "web.folder", "web", "../share/web", PLATEN_DATADIR "/web", err);
}

static int show_version(void)
{
    printf("platend %s\nplugin API %u.%u\nSQLite %s\n%s\n%s\n", PLATEN_VERSION, PLATEN_ABI_MAJOR,
           PLATEN_ABI_MINOR, sqlite3_libversion(), OpenSSL_version(OPENSSL_VERSION),
           curl_version());
    return 0;
}

/* Signals are read from a descriptor by the main thread; all other threads inherit the mask. */
static int open_signals(bool agent)
{
    sigset_t mask;
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&mask);
    (void)sigaddset(&mask, SIGTERM);
    (void)sigaddset(&mask, SIGINT);
    if (agent) { /* an agent's settings come from its manager */
        (void)signal(SIGHUP, SIG_IGN);
    } else {
        (void)sigaddset(&mask, SIGHUP);
        (void)sigaddset(&mask, SIGCHLD);
    }
    (void)sigprocmask(SIG_BLOCK, &mask, NULL);
    return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

typedef struct source {
    int count;
    char **arguments;
    const options *options;
} source;

static platen_code reread(conf **fresh, void *user, platen_error *err)
{
    const source *s = user;
    *fresh = conf_new();
    if (*fresh == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the configuration");
    }
    return read_conf(s->count, s->arguments, s->options, *fresh, err);
}

/* ---- the manager, and starting anew ---- */

/* Becomes `program`, with the arguments of this process and the name of the program that was
 * installed first, if this or that is one of a package. Returns when that fails. */
static int become(const char *program, const char *installed, const source *s)
{
    char own[FILE_PATH] = "";
    const char **arguments = calloc((size_t)s->count + 3, sizeof(*arguments));
    size_t count = 0;
    if (arguments == NULL || readlink("/proc/self/exe", own, sizeof(own) - 1) < 0) {
        free(arguments);
        return 1;
    }
    char *gone = strstr(own, " (deleted)"); /* as the kernel names a file that was replaced */
    if (gone != NULL && strcmp(gone, " (deleted)") == 0) {
        *gone = '\0';
    }
    for (int i = 0; i < s->count; i++) {
        if (strcmp(s->arguments[i], "--installed") == 0) {
            i++;
        } else {
            arguments[count++] = s->arguments[i];
        }
    }
    bool is_first = installed != NULL && program != NULL && strcmp(program, installed) == 0;
    if (program != NULL ? !is_first : installed != NULL) {
        arguments[count++] = "--installed";
        arguments[count++] = installed != NULL ? installed : own;
    }
    /* The file may have been replaced since: this program is then still the one that was tried. */
    const char *next = program != NULL ? program : "/proc/self/exe";
    log_notice("starting anew: %s", program != NULL ? program : own);
    (void)close_range(3, ~0U, 0); /* whatever a library has left open */
    (void)execv(next, (char *const *)(uintptr_t)arguments);
    (void)fprintf(stderr, "platend: cannot start '%s': %s\n", next,
                  strerror(errno)); // NOLINT(concurrency-mt-unsafe)
    free(arguments);
    return 1;
}

/* Ends what is left of an installation, then works. */
static int run_manager(conf *c, int signals, source *s)
{
    char program[FILE_PATH];
    bool stopped = false;
    bool other = false;
    platen_error err = PLATEN_ERROR_INIT;
    const options *o = s->options;
    const trial t = {
        .conf = c, .arguments = s->arguments, .installed = o->installed, .signals = signals};
    log_set_role("manager");
    platen_code rc = trial_settle(&t, &stopped, &err);
    if (rc == PLATEN_OK && !stopped) {
        rc = trial_program(conf_text(c, "general", "data"), o->installed, program, &other, &err);
    }
    if (rc != PLATEN_OK) {
        log_error("cannot start: %s", err.text);
        (void)fprintf(stderr, "platend: %s\n", err.text);
        return 1;
    }
    if (stopped) {
        return 0;
    }
    if (other) {
        return become(program, o->installed, s);
    }
    int status = manager_run(c, signals, s->arguments, reread, s);
    return status == MANAGER_AGAIN ? become(NULL, o->installed, s) : status;
}

/* An agent may be another program by now, as its manager is (SYS-128). */
static int run_agent(conf *c, int signals, source *s)
{
    char program[FILE_PATH];
    bool other = false;
    platen_error err = PLATEN_ERROR_INIT;
    const char *installed = s->options->installed;
    log_set_role("agent");
    if (follow_program(conf_text(c, "general", "data"), installed, program, &other, &err) !=
        PLATEN_OK) {
        log_error("goes on as it is: %s", err.text);
    } else if (other) {
        return become(program, installed, s);
    }
    int status = agent_run(c, signals);
    return status == AGENT_AGAIN ? become(NULL, installed, s) : status;
}

static int run_role(conf *c, source *s)
{
    bool agent = strcmp(conf_text(c, "general", "role"), "agent") == 0;
    log_level level = LOG_LEVEL_INFO;
    if (log_level_from_word(conf_text(c, "general", "log_level"), &level)) {
        log_set_level(level);
    }
    int signals = open_signals(agent);
    if (signals < 0) {
        perror("platend: signalfd");
        return 1;
    }
    (void)umask(077);
    int status = agent                    ? run_agent(c, signals, s)
                 : s->options->trial >= 0 ? manager_try(c, signals, s->arguments, s->options->trial)
                                          : run_manager(c, signals, s);
    (void)close(signals);
    return status;
}

int main(int count, char **arguments)
{
    options o = {.trial = -1};
    platen_error err = PLATEN_ERROR_INIT;
    if (count == 2 && strcmp(arguments[1], PROCESS_VERB) == 0) {
        return process_run(); /* started by an agent, with a socket */
    }
    if (count > 1 && strcmp(arguments[1], "selftest") == 0) {
        return selftest_child(arguments + 2);
    }
    int wrong = find_options(count, arguments, &o);
    if (wrong != 0) {
        return wrong;
    }
    if (o.help) {
        printf("%s%s", usage_text, admin_usage());
        return 0;
    }
    if (o.version) {
        return show_version();
    }
    conf *c = conf_new();
    if (c == NULL) {
        (void)fprintf(stderr, "platend: no memory\n");
        return 1;
    }
    int status = 0;
    if (read_conf(count, arguments, &o, c, &err) != PLATEN_OK ||
        (o.check && conf_check(c, &err) != PLATEN_OK)) {
        (void)fprintf(stderr, "platend: %s\n", err.text);
        status = EXIT_USAGE;
    } else if (o.check) {
        printf("the configuration is good\n");
    } else if (o.admin != NULL) {
        (void)umask(077);
        status = admin_run(c, o.config, o.admin);
    } else {
        source s = {count, arguments, &o};
        status = run_role(c, &s);
    }
    conf_free(c);
    return status;
}
