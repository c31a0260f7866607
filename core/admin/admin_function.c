/*
 * Functions of an installation whose manager does not start: what is installed, going back, taking
 * one out, publishers. Going back writes the journal that a running manager would have written; the
 * next start does it, with its trial, and puts it back when that fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/admin/admin.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/database/database.h"
#include "core/pack/install.h"
#include "core/pack/journal.h"
#include "core/pack/trust.h"
#include "core/version.h"

#define KEY_MOST 4096

/* A manager that works has the database; it would not read what is written here. */
static platen_code check_alone(const admin_call *call, platen_error *err)
{
    char url[DATABASE_URL];
    store *s = NULL;
    int lock = -1;
    PLATEN_TRY(database_url(call->conf, url, err));
    if (text_begins(url, "sqlite:")) {
        PLATEN_TRY(store_lock_take(url + strlen("sqlite:"), &lock, err));
        store_lock_release(lock);
        return PLATEN_OK;
    }
    const store_options options = {.url = url, .readers = 1, .alone = true};
    PLATEN_TRY(store_open(&options, &s, err));
    store_close(s);
    return PLATEN_OK;
}

static platen_code list(const admin_call *call, platen_error *err)
{
    cJSON *active = NULL;
    active_package p;
    PLATEN_TRY(active_list(call->data, &active, err));
    for (size_t i = 0; active_get(active, i, &p); i++) {
        printf("%s %s%s%s%s\n", p.name, p.version, p.previous[0] != '\0' ? " (before: " : "",
               p.previous, p.previous[0] != '\0' ? ")" : "");
    }
    cJSON_Delete(active);
    return PLATEN_OK;
}

/* Back to the version before, or out; its tables stay. */
static platen_code change(const admin_call *call, const char *name, bool out, platen_error *err)
{
    const install_context c = {
        .data = call->data, .platen = PLATEN_VERSION, .by = "platend admin", .any_builtin = true};
    const char *word = "";
    cJSON *journal = NULL;
    PLATEN_TRY(check_alone(call, err));
    platen_code rc = journal_read(call->data, &journal, err);
    if (rc != PLATEN_E_NOT_FOUND) {
        cJSON_Delete(journal);
        return rc != PLATEN_OK ? rc
                               : error_set(err, PLATEN_E_STATE,
                                           "an installation is under way: start the manager");
    }
    PLATEN_TRY(out ? install_plan_removal(&c, name, false, &journal, &word, err)
                   : install_plan_rollback(&c, name, &journal, &word, err));
    rc = journal_step(call->data, journal, JOURNAL_SNAPSHOT, err);
    cJSON_Delete(journal);
    if (rc == PLATEN_OK) {
        printf("the next start does it\n");
    }
    return rc;
}

static platen_code open_trust(const admin_call *call, trust **t, platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, call->data, FUNCTIONS_FOLDER, err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    PLATEN_TRY(active_path(call->data, "trust", folder, err));
    return trust_open(folder, t, err);
}

static platen_code publishers(const admin_call *call, platen_error *err)
{
    trust *t = NULL;
    PLATEN_TRY(open_trust(call, &t, err));
    for (size_t i = 0; i < trust_count(t); i++) {
        const trust_publisher *p = trust_get(t, i);
        const char *state = trust_state(p, clock_now());
        bool good = strcmp(state, "trusted") == 0;
        printf("%s %s%s%s%s\n", p->id, p->name, good ? "" : " (", good ? "" : state,
               good ? "" : ")");
    }
    trust_close(t);
    return PLATEN_OK;
}

static platen_code add_publisher(const admin_call *call, const char *name, const char *file,
                                 platen_error *err)
{
    trust *t = NULL;
    char *key = NULL;
    size_t length = 0;
    const trust_publisher *made = NULL;
    PLATEN_TRY(file_read(file, KEY_MOST, &key, &length, err));
    platen_code rc = open_trust(call, &t, err);
    if (rc == PLATEN_OK) {
        rc = trust_add(t, name, key, clock_now(), 0, &made, err);
    }
    if (rc == PLATEN_OK) {
        printf("%s\n", made->id);
    }
    trust_close(t);
    free(key);
    return rc;
}

static platen_code revoke_publisher(const admin_call *call, const char *id, platen_error *err)
{
    trust *t = NULL;
    PLATEN_TRY(open_trust(call, &t, err));
    platen_code rc = trust_revoke(t, id, clock_now(), err);
    trust_close(t);
    return rc;
}

static platen_code run(const admin_call *call, const char *const words[4], platen_error *err)
{
    const char *action = words[0];
    if (strcmp(action, "list") == 0) {
        return list(call, err);
    }
    if (strcmp(action, "publishers") == 0) {
        return publishers(call, err);
    }
    if (strcmp(action, "revoke") == 0) {
        return revoke_publisher(call, words[1], err);
    }
    if (strcmp(action, "trust") == 0) {
        return add_publisher(call, words[1], words[2], err);
    }
    return change(call, words[1], strcmp(action, "remove") == 0, err);
}

int admin_function(const admin_call *call)
{
    static const struct {
        const char *name;
        size_t words;
    } actions[] = {{"list", 1},  {"rollback", 2}, {"remove", 2},
                   {"trust", 3}, {"revoke", 2},   {"publishers", 1}};
    const char *words[4] = {NULL};
    platen_error err = PLATEN_ERROR_INIT;
    const admin_option options[] = {{.values = words, .limit = 3}};
    if (!admin_read(call, options, 1)) {
        return ADMIN_USAGE;
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (words[0] == NULL || strcmp(words[0], actions[i].name) != 0) {
            continue;
        }
        if (words[actions[i].words - 1] == NULL) {
            return admin_lacks(words[1] == NULL ? "NAME" : "FILE");
        }
        return admin_end(run(call, words, &err), &err);
    }
    return admin_lacks("list, rollback, remove, trust, revoke or publishers");
}
