/*
 * Going back: a version that was taken over and does not work gives way to the one before, and why
 * is told. It may not load, its worker process may die too often, or the agent with it.
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/follow_private.h"
#include "core/follow_trial.h"

#define LOG_SOURCE "follow"
#include "core/base/log.h"

/* Why this package is not to stay, "" it is. */
typedef const char *(*reason_of)(follow *f, const active_package *p, const void *user);

/* Of what is not in force any more. */
static void end_trials(const follow *f, const cJSON *old)
{
    active_package p;
    active_package now;
    for (size_t i = 0; active_get(old, i, &p); i++) {
        if (!active_find(f->active, p.name, &now) || strcmp(now.version, p.version) != 0) {
            follow_trial_end(f->data, &p);
        }
    }
}

/* The list without what is not to stay, with what was there before in its place; true when that is
 * another one. Before follow_start(), later the follower's thread. */
static bool go_back(follow *f, reason_of why, const void *user)
{
    active_package p;
    platen_error err = PLATEN_ERROR_INIT;
    bool changed = false;
    cJSON *next = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(next, "packages");
    (void)cJSON_AddNumberToObject(next, "generation", json_get_double(f->active, "generation", 0));
    for (size_t i = 0; active_get(f->active, i, &p); i++) {
        const char *reason = strcmp(p.kind, "plugin") == 0 ? why(f, &p, user) : "";
        const cJSON *keep = reason[0] == '\0' ? p.entry : json_get_object(p.entry, "previous");
        if (reason[0] != '\0') {
            follow_note_failure(f, &p, reason);
            changed = true;
        }
        if (keep != NULL) {
            cJSON_AddItemToArray(list, cJSON_Duplicate(keep, true));
        }
    }
    if (changed && active_put(f->data, next, &err) != PLATEN_OK) {
        log_error("%s", err.text);
        changed = false; /* goes on with what there is */
    }
    if (!changed) {
        cJSON_Delete(next);
        return false;
    }
    (void)pthread_mutex_lock(&f->mutex);
    cJSON *old = f->active;
    f->active = next;
    (void)pthread_mutex_unlock(&f->mutex);
    end_trials(f, old);
    cJSON_Delete(old);
    return true;
}

static const char *load_error(follow *f, const active_package *p, const void *user)
{
    const plug *plugins = user;
    (void)f;
    for (size_t i = 0; i < plug_count(plugins); i++) {
        if (strcmp(plug_get(plugins, i)->name, p->name) == 0) {
            return plug_get(plugins, i)->error;
        }
    }
    return "";
}

bool follow_check(follow *f, const plug *plugins)
{
    return go_back(f, load_error, plugins);
}

static const char *start_error(follow *f, const active_package *p, const void *user)
{
    (void)user;
    return follow_trial_failed(f->data, p, clock_now())
               ? "the agent was started with it several times and never stayed alive"
               : "";
}

void follow_leave_failed(follow *f)
{
    (void)go_back(f, start_error, NULL);
}

/* Of versions that are new here and have one before: an old one stays in quarantine. */
static const char *quarantine_error(follow *f, const active_package *p, const void *user)
{
    const char *why = json_get_text(user, p->name, "");
    return p->previous[0] != '\0' && follow_trial_is_on(f->data, p, clock_now()) ? why : "";
}

void follow_quarantined(follow *f, const char *name, const char *why)
{
    (void)pthread_mutex_lock(&f->mutex);
    if (cJSON_GetObjectItemCaseSensitive(f->quarantined, name) == NULL) {
        (void)cJSON_AddStringToObject(f->quarantined, name, why);
        (void)pthread_cond_broadcast(&f->changed);
    }
    (void)pthread_mutex_unlock(&f->mutex);
}

void follow_leave_quarantined(follow *f)
{
    (void)pthread_mutex_lock(&f->mutex);
    cJSON *quarantined = f->quarantined;
    f->quarantined = cJSON_CreateObject();
    (void)pthread_mutex_unlock(&f->mutex);
    if (cJSON_GetArraySize(quarantined) > 0) {
        follow_wait_until_quiet(f);
        if (!atomic_load(&f->stopping) && go_back(f, quarantine_error, quarantined)) {
            log_notice("the agent starts anew with the versions of before");
            f->calls.again(f->calls.user);
        }
    }
    cJSON_Delete(quarantined);
}
