/*
 * Further folders of isolated plugins (vendor profiles). A worker reads those alone that it was
 * started with: other ones mean another process, which is no death. When the plugin refuses them
 * it is started again with those that it had.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/worker/ward.h"

#define LOG_SOURCE "worker"

/* ---- lists of folders ---- */

void further_free(further_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->folders[i]);
    }
    *list = (further_list){.count = 0};
}

static platen_code copy(const char *const *folders, size_t count, further_list *out,
                        platen_error *err)
{
    *out = (further_list){.count = 0};
    if (count > PLUG_FURTHER) {
        return error_set(err, PLATEN_E_TOO_LARGE, "%zu further folders, %d can be", count,
                         PLUG_FURTHER);
    }
    while (out->count < count && (out->folders[out->count] = strdup(folders[out->count])) != NULL) {
        out->count++;
    }
    if (out->count < count) {
        further_free(out);
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu folders", count);
    }
    return PLATEN_OK;
}

static bool is_same(const further_list *one, const char *const *folders, size_t count)
{
    bool same = one->count == count;
    for (size_t i = 0; same && i < count; i++) {
        same = strcmp(one->folders[i], folders[i]) == 0;
    }
    return same;
}

platen_code further_open(ward *w, const plug_place *further, size_t count, platen_error *err)
{
    const char *folders[PLUG_FURTHER];
    size_t own = 0;
    for (size_t i = 0; i < count && own < PLUG_FURTHER; i++) {
        if (strcmp(further[i].name, w->name) == 0) {
            folders[own++] = further[i].folder;
        }
    }
    return copy(folders, own, &w->further, err);
}

/* ---- other folders: the follower's thread ---- */

/* Until the wards' thread says how it went; `mutex` is held. */
static platen_code wait_for_it(ward *w, platen_error *err)
{
    while (w->change != CHANGE_DONE && !atomic_load(&w->owner->stopping)) {
        (void)pthread_cond_wait(&w->changed, &w->mutex);
    }
    bool refused = w->change != CHANGE_DONE || w->refusal[0] != '\0';
    platen_code rc = refused ? error_set(err, PLATEN_E_INVAL, "%s",
                                         w->change == CHANGE_DONE ? w->refusal : "the agent stops")
                             : PLATEN_OK;
    w->change = CHANGE_NONE;
    return rc;
}

platen_code isolation_further(isolation *iso, const char *plugin, const char *const *folders,
                              size_t count, platen_error *err)
{
    further_list fresh;
    ward *w = isolation_find(iso, plugin);
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "plugin '%s' runs in no process of its own",
                         plugin);
    }
    PLATEN_TRY(copy(folders, count, &fresh, err));
    (void)pthread_mutex_lock(&w->mutex);
    bool same = is_same(&w->further, folders, count);
    platen_code rc = PLATEN_OK;
    if (!same) {
        w->other = fresh;
        w->change = CHANGE_WANTED;
        w->refusal[0] = '\0';
        ward_wake(iso);
        rc = wait_for_it(w, err);
        fresh = w->other; /* those that are not in force */
        w->other = (further_list){.count = 0};
    }
    (void)pthread_mutex_unlock(&w->mutex);
    further_free(&fresh);
    return rc;
}

/* ---- the wards' thread ---- */

static void exchange(ward *w)
{
    further_list before = w->further;
    w->further = w->other;
    w->other = before;
}

bool further_begin(ward *w)
{
    (void)pthread_mutex_lock(&w->mutex);
    bool wanted = w->change == CHANGE_WANTED;
    if (wanted) {
        exchange(w);
        w->change = CHANGE_TRYING;
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return wanted;
}

bool further_end(ward *w, const char *refusal)
{
    (void)pthread_mutex_lock(&w->mutex);
    bool tried = w->change == CHANGE_TRYING;
    if (tried) {
        w->change = CHANGE_DONE;
        (void)snprintf(w->refusal, sizeof(w->refusal), "%s", refusal);
        if (refusal[0] != '\0') {
            exchange(w);
        }
        (void)pthread_cond_broadcast(&w->changed);
    }
    (void)pthread_mutex_unlock(&w->mutex);
    return tried;
}
