/* See trial.h. */
#include "core/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/database/snapshot.h"
#include "core/feature/blob_trial.h"
#include "core/pack/install.h"
#include "core/pack/journal.h"
#include "core/pack/upload.h"
#include "core/pack/version.h"
#include "core/version.h"

#define LOG_SOURCE "trial"
#include "core/base/log.h"

#define ATTEMPTS 3 /* of one trial that something else ended: a kill, a power cut */
#define VERDICT_MOST 4096
#define STOP_MS 20000
#define LOOK_MS 100

/* ---- which program ---- */

platen_code trial_program(const char *data, const char *installed, char path[4096], bool *other,
                          platen_error *err)
{
    cJSON *active = NULL;
    active_package product;
    platen_code rc = active_list(data, &active, err);
    *other = false;
    if (rc != PLATEN_OK) {
        return rc;
    }
    bool has = active_find(active, INSTALL_PRODUCT, &product);
    /* Whoever installed a newer program beside us wants that one. */
    bool wanted =
        has && (installed != NULL ? strcmp(product.version, PLATEN_VERSION) != 0
                                  : version_compare_text(product.version, PLATEN_VERSION) > 0);
    if (wanted) {
        char folder[FILE_PATH];
        rc = active_folder(data, INSTALL_PRODUCT, product.version, folder, err);
        rc = rc == PLATEN_OK ? file_join(path, folder, "bin/platend", err) : rc;
        *other = rc == PLATEN_OK;
    } else if (!has && installed != NULL) {
        (void)snprintf(path, FILE_PATH, "%s", installed);
        *other = true;
    }
    cJSON_Delete(active);
    return rc;
}

/* ---- the verdict ---- */

void trial_tell(int to, bool well, const char *address, int port, const char *code,
                const char *text)
{
    strbuf out;
    json_writer w;
    strbuf_init(&out);
    json_init(&w, &out);
    json_object(&w, NULL);
    json_bool(&w, "ok", well);
    json_text(&w, "address", address);
    json_i64(&w, "port", port);
    json_text(&w, "code", code);
    json_text(&w, "text", text);
    json_object_end(&w);
    strbuf_append_char(&out, '\n');
    ssize_t written = write(to, out.data, out.length);
    (void)written; /* without a verdict it has failed */
    strbuf_fini(&out);
}

/* ---- what must be there ---- */

static bool is_concerned(const cJSON *journal, const active_package *p)
{
    const cJSON *item = NULL;
    cJSON_ArrayForEach(item, json_get_array(journal, "items"))
    {
        const cJSON *need = NULL;
        const char *name = json_get_text(item, "name", "");
        if (strcmp(name, p->name) == 0) {
            return true;
        }
        cJSON_ArrayForEach(need, json_get_array(p->entry, "needs"))
        {
            if (strcmp(json_get_text(need, "name", ""), name) == 0) {
                return true;
            }
        }
    }
    return false;
}

static platen_code check_words(const active_package *p, const char *key, const char *what,
                               bool (*has)(const char *, void *), void *user, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(p->entry, key))
    {
        if (!has(each->valuestring, user)) {
            return error_set(err, PLATEN_E_STATE, "'%s' declares the %s '%s' and does not have it",
                             p->name, what, each->valuestring);
        }
    }
    return PLATEN_OK;
}

static platen_code check_package(const active_package *p, const trial_found *f, platen_error *err)
{
    const char *error = "";
    if (strcmp(p->kind, "plugin") != 0 || !p->manager) {
        return PLATEN_OK;
    }
    const char *number = f->plugin(p->name, &error, f->user);
    if (number == NULL || error[0] != '\0') {
        return error_set(err, PLATEN_E_STATE, "%s",
                         error[0] != '\0' ? error : "a plugin is not loaded");
    }
    if (strcmp(number, p->version) != 0) {
        return error_set(err, PLATEN_E_STATE, "'%s' loaded as version %s, not %s", p->name, number,
                         p->version);
    }
    PLATEN_TRY(check_words(p, "tables", "table", f->table, f->user, err));
    return check_words(p, "functions", "function", f->function, f->user, err);
}

platen_code trial_check(const char *data, const trial_found *found, platen_error *err)
{
    cJSON *journal = NULL;
    active_package p;
    platen_code rc = journal_read(data, &journal, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return error_set(err, PLATEN_E_STATE, "no installation is under way");
    }
    PLATEN_TRY(rc);
    const cJSON *after = json_get_object(journal, "after");
    for (size_t i = 0; rc == PLATEN_OK && active_get(after, i, &p); i++) {
        rc = is_concerned(journal, &p) ? check_package(&p, found, err) : PLATEN_OK;
    }
    cJSON_Delete(journal);
    return rc;
}

/* ---- the child ---- */

typedef struct attempt {
    const trial *t;
    const char *data;
    pid_t pid;
    int pipe;
    int64_t until;
    bool stopped; /* this process is to stop */
    char text[VERDICT_MOST];
    size_t length;
    char code[40]; /* why it failed */
    char why[PLATEN_ERROR_TEXT];
} attempt;

static platen_code start_child(attempt *a, platen_error *err)
{
    char program[FILE_PATH] = "";
    char descriptor[16];
    bool other = false;
    int ends[2];
    size_t count = 0;
    pid_t parent = getpid();
    PLATEN_TRY(trial_program(a->data, a->t->installed, program, &other, err));
    while (a->t->arguments[count] != NULL) {
        count++;
    }
    const char **arguments = calloc(count + 5, sizeof(*arguments));
    if (arguments == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        free(arguments);
        return error_set(err, PLATEN_E_NOMEM, "no memory for a trial");
    }
    memcpy(arguments, a->t->arguments, count * sizeof(*arguments));
    (void)snprintf(descriptor, sizeof(descriptor), "%d", ends[1]);
    arguments[count++] = "--trial";
    arguments[count] = descriptor;
    a->pid = fork();
    if (a->pid == 0) {
        sigset_t none;
        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)fcntl(ends[1], F_SETFD, 0);
        if (getppid() == parent) {
            char *const *given = (char *const *)(uintptr_t)arguments;
            (void)execv(other ? program : "/proc/self/exe", given);
        }
        _exit(127);
    }
    free(arguments);
    (void)close(ends[1]);
    if (a->pid < 0) {
        (void)close(ends[0]);
        return error_sys(err, PLATEN_E_NOMEM, errno, "cannot start a trial");
    }
    a->pipe = ends[0];
    return PLATEN_OK;
}

static void fail(attempt *a, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fail(attempt *a, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)snprintf(a->code, sizeof(a->code), "%s", code);
    (void)vsnprintf(a->why, sizeof(a->why), format, args);
    va_end(args);
}

/* True when this process is asked to stop. */
static bool asked_to_stop(int signals)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT) {
            log_notice("stopping on signal %" PRIu32 " while a new version is tried",
                       info.ssi_signo);
            return true;
        }
    }
    return false;
}

/* Until there is a whole line, the pipe ends, or it is time. False when it ended without one. */
static bool await_verdict(attempt *a)
{
    while (clock_mono() < a->until) {
        struct pollfd wait[] = {{.fd = a->pipe, .events = POLLIN},
                                {.fd = a->t->signals, .events = POLLIN}};
        (void)poll(wait, 2, LOOK_MS);
        if (wait[1].revents != 0 && asked_to_stop(a->t->signals)) {
            a->stopped = true;
            return false;
        }
        if (wait[0].revents == 0) {
            continue;
        }
        ssize_t n = read(a->pipe, a->text + a->length, sizeof(a->text) - 1 - a->length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        a->length += (size_t)n;
        if (memchr(a->text, '\n', a->length) != NULL) {
            return true;
        }
    }
    fail(a, "trial-timeout", "the new version did not start within %" PRId64 " s",
         conf_integer(a->t->conf, "functions", "trial_s"));
    return false;
}

static void end_child(attempt *a)
{
    int status = 0;
    int64_t until = clock_mono() + STOP_MS;
    (void)close(a->pipe);
    (void)kill(a->pid, SIGTERM);
    while (waitpid(a->pid, &status, WNOHANG) == 0) {
        if (clock_mono() > until) {
            (void)kill(a->pid, SIGKILL);
            (void)waitpid(a->pid, &status, 0);
            break;
        }
        const struct timespec pause = {.tv_nsec = 20000000};
        (void)nanosleep(&pause, NULL);
    }
    if (a->length == 0 && a->code[0] == '\0' && !a->stopped) {
        if (WIFSIGNALED(status)) {
            fail(a, "trial-crash", "the new version crashed with signal %d (SIG%s)",
                 WTERMSIG(status), sigabbrev_np(WTERMSIG(status)));
        } else {
            fail(a, "trial-start", "the new version ended with status %d", WEXITSTATUS(status));
        }
    }
}

static size_t swallow(char *data, size_t size, size_t count, void *user)
{
    (void)data;
    (void)user;
    return size * count;
}

/* Its own answer, from outside. It is this host and the child of this process: whose certificate
 * it shows does not matter. */
static void ask_health(attempt *a, const char *address, int port)
{
    char url[160];
    long status = 0;
    char reason[CURL_ERROR_SIZE] = "";
    bool any = address[0] == '\0' || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
    const char *host = any ? "127.0.0.1" : address;
    bool six = strchr(host, ':') != NULL;
    (void)snprintf(url, sizeof(url), "https://%s%s%s:%d/healthz", six ? "[" : "", host,
                   six ? "]" : "", port);
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        fail(a, "trial-health", "no memory for asking the new version");
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    CURLcode rc = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (rc != CURLE_OK) {
        fail(a, "trial-health", "the new version does not answer: %s",
             reason[0] != '\0' ? reason : curl_easy_strerror(rc));
    } else if (status != 200) {
        fail(a, "trial-health", "the new version is not well: /healthz answers %ld", status);
    }
}

static void hear_verdict(attempt *a)
{
    cJSON *tree = NULL;
    platen_error why = PLATEN_ERROR_INIT;
    size_t length = strcspn(a->text, "\n");
    if (json_parse(a->text, length, &tree, &why) != PLATEN_OK) {
        fail(a, "trial-start", "the new version's verdict is no JSON: %s", why.text);
    } else if (!json_get_bool(tree, "ok", false)) {
        fail(a, json_get_text(tree, "code", "trial-start"), "%s", json_get_text(tree, "text", ""));
    } else {
        ask_health(a, json_get_text(tree, "address", ""), (int)json_get_i64(tree, "port", 0));
    }
    cJSON_Delete(tree);
}

static platen_code try_it(attempt *a, platen_error *err)
{
    a->until = clock_mono() + conf_integer(a->t->conf, "functions", "trial_s") * 1000;
    PLATEN_TRY(start_child(a, err));
    if (await_verdict(a)) {
        hear_verdict(a);
    }
    end_child(a);
    return PLATEN_OK;
}

/* ---- steps ---- */

static platen_code snapshot_folder(const char *data, const cJSON *journal, char path[FILE_PATH],
                                   platen_error *err)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "snapshots/%.32s", json_get_text(journal, "id", ""));
    return active_path(data, name, path, err);
}

static platen_code move_if_there(const char *from, const char *to, platen_error *err)
{
    if (!file_exists(from)) {
        return PLATEN_OK; /* an attempt before this one has done it */
    }
    PLATEN_TRY(file_remove_tree(to, err));
    return rename(from, to) == 0
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot move '%s' to '%s'", from, to);
}

/* The files of an upload to where they are looked for; nothing names them yet. */
static platen_code place_upload(const char *data, const char *id, platen_error *err)
{
    char folder[FILE_PATH];
    char from[FILE_PATH];
    char to[FILE_PATH];
    cJSON *upload = NULL;
    platen_code rc = upload_get(data, id, &upload, err);
    const cJSON *entry = json_get_object(upload, "entry");
    const char *name = json_get_text(entry, "name", "");
    const char *number = json_get_text(entry, "version", "");
    rc = rc == PLATEN_OK ? active_folder(data, name, ".", folder, err) : rc;
    folder[strlen(folder) > 2 ? strlen(folder) - 2 : 0] = '\0'; /* without the "/." */
    rc = rc == PLATEN_OK ? file_make_dir(folder, 0700, err) : rc;
    rc = rc == PLATEN_OK ? upload_staged(data, id, from, err) : rc;
    rc = rc == PLATEN_OK ? active_folder(data, name, number, to, err) : rc;
    rc = rc == PLATEN_OK ? move_if_there(from, to, err) : rc;
    rc = rc == PLATEN_OK ? upload_file(data, id, from, err) : rc;
    rc = rc == PLATEN_OK ? active_ppk(data, name, number, to, err) : rc;
    rc = rc == PLATEN_OK ? move_if_there(from, to, err) : rc;
    rc = rc == PLATEN_OK ? file_sync_dir(folder, err) : rc;
    cJSON_Delete(upload);
    return rc;
}

static platen_code make_snapshot(const trial *t, const char *data, cJSON *journal,
                                 platen_error *err)
{
    char folder[FILE_PATH];
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(journal, "uploads"))
    {
        PLATEN_TRY(place_upload(data, each->valuestring, err));
    }
    PLATEN_TRY(active_path(data, "snapshots", folder, err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    PLATEN_TRY(snapshot_folder(data, journal, folder, err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    PLATEN_TRY(snapshot_make(t->conf, folder, err));
    return journal_step(data, journal, JOURNAL_SWITCHING, err);
}

/* Before the trial nothing has changed: what cannot be done is the end of the installation. */
static platen_code give_up(const char *data, cJSON *journal, const platen_error *why,
                           platen_error *err)
{
    if (!journal_set(journal, "code", "trial-prepare") ||
        !journal_set(journal, "text", why->text)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the journal");
    }
    return journal_step(data, journal, JOURNAL_ROLLED_BACK, err);
}

static platen_code switch_list(const char *data, cJSON *journal, platen_error *err)
{
    PLATEN_TRY(active_put(data, json_get_object(journal, "after"), err));
    return journal_step(data, journal, JOURNAL_CHECKING, err);
}

static platen_code count_attempt(const char *data, cJSON *journal, int64_t *attempts,
                                 platen_error *err)
{
    *attempts = json_get_i64(journal, "attempts", 0) + 1;
    cJSON_DeleteItemFromObjectCaseSensitive(journal, "attempts");
    (void)cJSON_AddNumberToObject(journal, "attempts", (double)*attempts);
    return journal_step(data, journal, JOURNAL_CHECKING, err);
}

static platen_code check(const trial *t, const char *data, cJSON *journal, bool *stopped,
                         platen_error *err)
{
    attempt a = {.t = t, .data = data};
    int64_t attempts = 0;
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(count_attempt(data, journal, &attempts, err));
    if (attempts > ATTEMPTS) {
        fail(&a, "trial-interrupted", "%d trials of the new version were interrupted", ATTEMPTS);
    } else if (try_it(&a, &why) != PLATEN_OK) {
        fail(&a, "trial-start", "%s", why.text);
    }
    *stopped = a.stopped;
    if (a.stopped) {
        return PLATEN_OK;
    }
    if (a.code[0] == '\0') {
        log_notice("the new version is well");
        return journal_step(data, journal, JOURNAL_KEEPING, err);
    }
    log_error("the new version is not kept: %s", a.why);
    if (!journal_set(journal, "code", a.code) || !journal_set(journal, "text", a.why)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the journal");
    }
    return journal_step(data, journal, JOURNAL_RESTORING, err);
}

/* What it kept with blob/1. */
static platen_code drop_files(const char *data, const char *name, platen_error *err)
{
    char blobs[FILE_PATH];
    char path[FILE_PATH];
    PLATEN_TRY(file_join(blobs, data, "blobs", err));
    PLATEN_TRY(file_join(path, blobs, name, err));
    return file_remove_tree(path, err);
}

static platen_code drop_one(const trial *t, const cJSON *drop, platen_error *err)
{
    const cJSON *tables = json_get_array(drop, "tables");
    size_t count = (size_t)cJSON_GetArraySize(tables);
    const char **names = calloc(count + 1, sizeof(*names));
    if (names == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for dropping tables");
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = cJSON_GetStringValue(cJSON_GetArrayItem(tables, (int)i));
    }
    char component[128];
    const char *name = json_get_text(drop, "name", "");
    (void)snprintf(component, sizeof(component), INSTALL_COMPONENT "%s", name);
    const snapshot_drop_list list = {component, names, count};
    platen_code rc = snapshot_drop_tables(t->conf, &list, err);
    free(names);
    return rc == PLATEN_OK ? drop_files(conf_text(t->conf, "general", "data"), name, err) : rc;
}

static platen_code keep(const trial *t, const char *data, cJSON *journal, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(journal, "drop"))
    {
        PLATEN_TRY(drop_one(t, each, err));
    }
    PLATEN_TRY(blob_trial_end(data, true, err));
    return journal_step(data, journal, JOURNAL_KEPT, err);
}

static platen_code restore(const trial *t, const char *data, cJSON *journal, platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(snapshot_folder(data, journal, folder, err));
    PLATEN_TRY(snapshot_restore(t->conf, folder, err));
    PLATEN_TRY(blob_trial_end(data, false, err));
    PLATEN_TRY(active_put(data, json_get_object(journal, "before"), err));
    return journal_step(data, journal, JOURNAL_ROLLED_BACK, err);
}

/* The uploads are done with: what was kept is in the list, of what was not the reason stays. */
static platen_code end_uploads(const char *data, const cJSON *journal, bool kept, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(journal, "uploads"))
    {
        cJSON *upload = NULL;
        if (upload_get(data, each->valuestring, &upload, NULL) != PLATEN_OK) {
            continue; /* it went before */
        }
        platen_code rc =
            kept ? upload_remove(data, each->valuestring, true, err)
                 : upload_step(data, upload, "refused", json_get_text(journal, "code", ""),
                               json_get_text(journal, "text", ""), err);
        cJSON_Delete(upload);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

static platen_code finish(const trial *t, const char *data, cJSON *journal, platen_error *err)
{
    char folder[FILE_PATH];
    bool kept = journal_state_of(journal) == JOURNAL_KEPT;
    PLATEN_TRY(history_of_journal(data, journal, err));
    PLATEN_TRY(end_uploads(data, journal, kept, err));
    PLATEN_TRY(install_prune(data, json_get_object(journal, kept ? "after" : "before"), err));
    PLATEN_TRY(snapshot_folder(data, journal, folder, err));
    PLATEN_TRY(snapshot_drop(t->conf, folder, err));
    PLATEN_TRY(journal_remove(data, err));
    log_notice("the installation is %s", kept ? "kept" : "rolled back");
    return PLATEN_OK;
}

static platen_code step(const trial *t, const char *data, cJSON *journal, bool *stopped,
                        platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    journal_state state = journal_state_of(journal);
    log_notice("installation: %s", journal_word(state));
    switch (state) {
    case JOURNAL_SNAPSHOT:
        return make_snapshot(t, data, journal, &why) == PLATEN_OK
                   ? PLATEN_OK
                   : give_up(data, journal, &why, err);
    case JOURNAL_SWITCHING:
        return switch_list(data, journal, err);
    case JOURNAL_CHECKING:
        return check(t, data, journal, stopped, err);
    case JOURNAL_KEEPING:
        return keep(t, data, journal, err);
    case JOURNAL_RESTORING:
        return restore(t, data, journal, err);
    case JOURNAL_KEPT:
    case JOURNAL_ROLLED_BACK:
        return finish(t, data, journal, err);
    case JOURNAL_NONE:
    case JOURNAL_WAITING:
        break;
    }
    return PLATEN_OK;
}

platen_code trial_settle(const trial *t, bool *stopped, platen_error *err)
{
    const char *data = conf_text(t->conf, "general", "data");
    *stopped = false;
    for (;;) {
        cJSON *journal = NULL;
        platen_code rc = journal_read(data, &journal, err);
        if (rc == PLATEN_E_NOT_FOUND) {
            return PLATEN_OK;
        }
        PLATEN_TRY(rc);
        bool waits = journal_state_of(journal) == JOURNAL_WAITING;
        rc = waits ? PLATEN_OK : step(t, data, journal, stopped, err);
        cJSON_Delete(journal);
        if (rc != PLATEN_OK || waits || *stopped) {
            return rc;
        }
    }
}
