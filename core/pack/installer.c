/* See installer.h. */
#include "core/pack/installer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/pack/inspect.h"
#include "core/pack/install.h"
#include "core/pack/journal.h"
#include "core/pack/upload.h"

#define LOG_SOURCE "install"
#define RUNS_S 1 /* between two looks at what is under way */
#define IDLE_S 60
#define ANSWER_MS 400

struct installer {
    installer_options o;
    installer_plugin *plugins;
    install_builtin *builtin; /* the same, as plans want them */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* the members below */
    pthread_cond_t wake;
    cJSON *journal; /* of the installation that waits or that has asked for the restart */
    bool deciding;  /* an order is being written down */
    bool asked;     /* for the restart */
    bool look;      /* uploads may wait to be looked at */
    bool stop;
};

platen_code installer_new(const installer_options *options, installer **out, platen_error *err)
{
    installer *i = calloc(1, sizeof(*i));
    size_t count = options->plugin_count;
    installer_plugin *plugins = calloc(count + 1, sizeof(*plugins));
    install_builtin *builtin = calloc(count + 1, sizeof(*builtin));
    if (i == NULL || plugins == NULL || builtin == NULL) {
        free(i);
        free(plugins);
        free(builtin);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the installer");
    }
    i->o = *options;
    i->plugins = plugins;
    i->builtin = builtin;
    for (size_t n = 0; n < count; n++) {
        plugins[n] = options->plugins[n];
        builtin[n] = (install_builtin){plugins[n].name, plugins[n].version};
    }
    (void)pthread_mutex_init(&i->lock, NULL);
    cond_init(&i->wake);
    *out = i;
    return PLATEN_OK;
}

void installer_free(installer *i)
{
    if (i == NULL) {
        return;
    }
    cJSON_Delete(i->journal);
    (void)pthread_cond_destroy(&i->wake);
    (void)pthread_mutex_destroy(&i->lock);
    free(i->plugins);
    free(i->builtin);
    free(i);
}

const char *installer_data(const installer *i)
{
    return i->o.data;
}

const installer_plugin *installer_plugin_get(const installer *i, size_t index)
{
    return index < i->o.plugin_count ? &i->plugins[index] : NULL;
}

void installer_look(installer *i)
{
    (void)pthread_mutex_lock(&i->lock);
    i->look = true;
    (void)pthread_cond_signal(&i->wake);
    (void)pthread_mutex_unlock(&i->lock);
}

cJSON *installer_journal(installer *i)
{
    (void)pthread_mutex_lock(&i->lock);
    cJSON *copy = i->journal != NULL ? cJSON_Duplicate(i->journal, true) : NULL;
    (void)pthread_mutex_unlock(&i->lock);
    return copy;
}

/* ---- orders ---- */

static platen_code plan(const installer *i, const installer_order *order, cJSON **journal,
                        const char **word, platen_error *err)
{
    const install_context c = {.data = i->o.data,
                               .platen = i->o.version,
                               .by = order->by,
                               .builtin = i->builtin,
                               .builtin_count = i->o.plugin_count};
    switch (order->verb) {
    case INSTALLER_INSTALL:
        return install_plan(&c, order->uploads, order->upload_count, journal, word, err);
    case INSTALLER_REMOVE:
        return install_plan_removal(&c, order->name, order->drop, journal, word, err);
    case INSTALLER_ROLLBACK:
        return install_plan_rollback(&c, order->name, journal, word, err);
    }
    return error_set(err, PLATEN_E_INTERNAL, "an unknown order");
}

static platen_code mark_uploads(const char *data, const cJSON *journal, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(journal, "uploads"))
    {
        cJSON *upload = NULL;
        PLATEN_TRY(upload_get(data, each->valuestring, &upload, err));
        platen_code rc = upload_step(data, upload, "installing", "", "", err);
        cJSON_Delete(upload);
        PLATEN_TRY(rc);
    }
    return PLATEN_OK;
}

/* Once the journal is written it is decided: a start of Platen goes on with it. */
static platen_code write_down(installer *i, cJSON *journal, bool busy, platen_error *err)
{
    PLATEN_TRY(journal_step(i->o.data, journal, busy ? JOURNAL_WAITING : JOURNAL_SNAPSHOT, err));
    i->o.hold(true, i->o.user);
    platen_code rc = mark_uploads(i->o.data, journal, err);
    if (rc != PLATEN_OK) {
        log_warning("%s", err != NULL ? err->text : "");
    }
    return PLATEN_OK;
}

static bool begin(installer *i)
{
    (void)pthread_mutex_lock(&i->lock);
    bool may = i->journal == NULL && !i->deciding;
    i->deciding = i->deciding || may;
    (void)pthread_mutex_unlock(&i->lock);
    return may;
}

static void end(installer *i, cJSON *journal)
{
    (void)pthread_mutex_lock(&i->lock);
    i->journal = journal;
    i->deciding = false;
    (void)pthread_cond_signal(&i->wake);
    (void)pthread_mutex_unlock(&i->lock);
}

static platen_code decide(installer *i, const installer_order *order, cJSON *runs,
                          const char **word, platen_error *err)
{
    cJSON *journal = NULL;
    bool busy = cJSON_GetArraySize(runs) > 0;
    PLATEN_TRY(plan(i, order, &journal, word, err)); /* the caller ends what begin() began */
    platen_code rc = PLATEN_OK;
    if (busy && !order->wait) {
        *word = "busy";
        rc = error_set(err, PLATEN_E_STATE, "%d tasks are under way or due within minutes",
                       cJSON_GetArraySize(runs));
    } else {
        rc = write_down(i, journal, busy, err);
    }
    if (rc != PLATEN_OK) {
        cJSON_Delete(journal);
        journal = NULL;
    }
    end(i, journal);
    return rc;
}

platen_code installer_order_take(installer *i, const installer_order *order, const char **word,
                                 cJSON **runs, platen_error *err)
{
    *word = "";
    *runs = NULL;
    if (!begin(i)) {
        *word = "under-way";
        return error_set(err, PLATEN_E_STATE, "another installation is under way");
    }
    *runs = cJSON_CreateArray();
    platen_code rc = *runs != NULL ? i->o.busy(*runs, i->o.user, err)
                                   : error_set(err, PLATEN_E_NOMEM, "no memory for an order");
    if (rc == PLATEN_OK && !order->wait) {
        rc = i->o.due(*runs, i->o.user, err);
    }
    rc = rc == PLATEN_OK ? decide(i, order, *runs, word, err) : rc;
    if (rc != PLATEN_OK) {
        end(i, NULL);
    }
    i->o.changed(i->o.user);
    return rc;
}

/* ---- cancelling ---- */

/* What no installation is about any more can be installed again. */
static platen_code release_uploads(const char *data, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON *all = NULL;
    platen_code rc = upload_all(data, &all, err);
    cJSON_ArrayForEach(each, all)
    {
        cJSON *upload = NULL;
        if (rc != PLATEN_OK || strcmp(json_get_text(each, "state", ""), "installing") != 0) {
            continue;
        }
        rc = upload_get(data, json_get_text(each, "id", ""), &upload, err);
        rc = rc == PLATEN_OK ? upload_step(data, upload, "ready", "", "", err) : rc;
        cJSON_Delete(upload);
    }
    cJSON_Delete(all);
    return rc;
}

/* Decided once its file is gone; until end() nobody else gives an order. */
static platen_code take_back(installer *i, cJSON **journal, const char **word, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    (void)pthread_mutex_lock(&i->lock);
    if (i->deciding || journal_state_of(i->journal) != JOURNAL_WAITING) {
        *word = "not-waiting";
        rc = error_set(err, PLATEN_E_STATE, "no installation waits for tasks");
    } else {
        rc = journal_remove(i->o.data, err);
    }
    if (rc == PLATEN_OK) {
        *journal = i->journal;
        i->journal = NULL;
        i->deciding = true;
    }
    (void)pthread_mutex_unlock(&i->lock);
    return rc;
}

platen_code installer_cancel(installer *i, const char *by, const char **word, platen_error *err)
{
    cJSON *journal = NULL;
    platen_error why = PLATEN_ERROR_INIT;
    *word = "";
    PLATEN_TRY(take_back(i, &journal, word, err));
    i->o.hold(false, i->o.user);
    (void)journal_set(journal, "by", by);
    if (release_uploads(i->o.data, &why) != PLATEN_OK ||
        history_of_journal(i->o.data, journal, &why) != PLATEN_OK) {
        log_warning("%s", why.text);
    }
    cJSON_Delete(journal);
    end(i, NULL);
    i->o.changed(i->o.user);
    return PLATEN_OK;
}

/* ---- the thread ---- */

static void look_at_uploads(installer *i)
{
    const inspect_options o = {i->o.data, i->o.version, i->o.allow_unsigned, i->o.migrated,
                               i->o.user};
    const cJSON *each = NULL;
    cJSON *all = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    if (upload_all(i->o.data, &all, &err) != PLATEN_OK) {
        log_error("%s", err.text);
        return;
    }
    cJSON_ArrayForEach(each, all)
    {
        if (strcmp(json_get_text(each, "state", ""), "checking") != 0) {
            continue;
        }
        if (inspect_upload(&o, json_get_text(each, "id", ""), &err) != PLATEN_OK) {
            log_error("a package could not be looked at: %s", err.text);
        }
        i->o.changed(i->o.user);
    }
    cJSON_Delete(all);
}

/* Nothing new is given out while an installation waits: what is under way gets less. */
static void look_at_runs(installer *i)
{
    cJSON *runs = cJSON_CreateArray();
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = i->o.busy(runs, i->o.user, &err);
    bool free_now = rc == PLATEN_OK && cJSON_GetArraySize(runs) == 0;
    cJSON_Delete(runs);
    if (rc != PLATEN_OK) {
        log_warning("cannot see what runs: %s", err.text);
    }
    if (!free_now) {
        return;
    }
    (void)pthread_mutex_lock(&i->lock);
    bool waits = journal_state_of(i->journal) == JOURNAL_WAITING; /* it may be cancelled by now */
    rc = waits ? journal_step(i->o.data, i->journal, JOURNAL_SNAPSHOT, &err) : PLATEN_OK;
    (void)pthread_mutex_unlock(&i->lock);
    if (rc != PLATEN_OK) {
        log_error("%s", err.text);
        return;
    }
    i->o.changed(i->o.user);
}

static void wait_locked(installer *i, int seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    (void)pthread_cond_timedwait(&i->wake, &i->lock, &until);
}

/* A moment later: whoever gave the order gets its answer, and the pages their news. */
static void ask_for_restart_locked(installer *i)
{
    const struct timespec moment = {.tv_nsec = ANSWER_MS * 1000000L};
    (void)pthread_mutex_unlock(&i->lock);
    (void)nanosleep(&moment, NULL);
    i->o.restart(i->o.user);
    (void)pthread_mutex_lock(&i->lock);
}

static void *run(void *user)
{
    installer *i = user;
    (void)pthread_mutex_lock(&i->lock);
    while (!i->stop) {
        bool look = i->look;
        journal_state state = journal_state_of(i->journal);
        bool waits = state == JOURNAL_WAITING;
        i->look = false;
        if (state == JOURNAL_SNAPSHOT && !i->asked) {
            i->asked = true;
            ask_for_restart_locked(i);
        }
        if (look || waits) {
            (void)pthread_mutex_unlock(&i->lock);
            if (look) {
                look_at_uploads(i);
            }
            if (waits) {
                look_at_runs(i);
            }
            (void)pthread_mutex_lock(&i->lock);
        }
        if (!i->stop && !i->look) {
            wait_locked(i, waits ? RUNS_S : IDLE_S);
        }
    }
    (void)pthread_mutex_unlock(&i->lock);
    return NULL;
}

platen_code installer_start(installer *i, platen_error *err)
{
    cJSON *journal = NULL;
    platen_code rc = journal_read(i->o.data, &journal, err);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    i->journal = journal;
    i->look = true;
    if (journal != NULL) {
        i->o.hold(true, i->o.user);
    } else {
        PLATEN_TRY(release_uploads(i->o.data, err)); /* cancelled, and then the power failed */
    }
    if (pthread_create(&i->thread, NULL, run, i) != 0) {
        return error_set(err, PLATEN_E_NOMEM, "cannot start the thread of the installer");
    }
    (void)pthread_setname_np(i->thread, "install");
    i->started = true;
    return PLATEN_OK;
}

void installer_stop(installer *i)
{
    if (i == NULL || !i->started) {
        return;
    }
    (void)pthread_mutex_lock(&i->lock);
    i->stop = true;
    (void)pthread_cond_signal(&i->wake);
    (void)pthread_mutex_unlock(&i->lock);
    (void)pthread_join(i->thread, NULL);
    i->started = false;
}
