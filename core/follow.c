/* See follow.h. One thread, "platen-follow"; `mutex` guards what others see. */
#include "core/follow.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <platen/plugin.h>

#include "core/base/clock.h"
#include "core/base/cond.h"
#include "core/base/file.h"
#include "core/follow_private.h"
#include "core/follow_product.h"
#include "core/follow_trial.h"
#include "core/pack/active.h"
#include "core/pack/ppk.h"
#include "core/pack/selftest.h"

#define LOG_SOURCE "follow"
#include "core/base/log.h"
#include "core/base/text.h"

#define RETRY_S 30
#define QUIET_NAP_MS 200
#define WORKS_WAITS 2 /* of RETRY_S: a program that lives so long works without a manager, too */

/* ---- what failed ---- */

void follow_note_failure(follow *f, const active_package *p, const char *why)
{
    platen_error err = PLATEN_ERROR_INIT;
    log_error("function '%s' version %s is not taken over: %s", p->name, p->version, why);
    (void)pthread_mutex_lock(&f->mutex);
    if (active_fail(f->data, f->failed, p, why, &err) != PLATEN_OK) {
        log_error("%s", err.text);
    }
    (void)pthread_mutex_unlock(&f->mutex);
}

static bool has_failed(follow *f, const active_package *p)
{
    (void)pthread_mutex_lock(&f->mutex);
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(f->failed, p->name);
    bool failed = strcmp(json_get_text(entry, "version", ""), p->version) == 0 &&
                  strcmp(json_get_text(entry, "sha256", ""), p->sha256) == 0;
    (void)pthread_mutex_unlock(&f->mutex);
    return failed;
}

bool follow_failure(follow *f, const char *name, char number[64], char text[PLATEN_ERROR_TEXT])
{
    (void)pthread_mutex_lock(&f->mutex);
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(f->failed, name);
    bool there = entry != NULL;
    (void)snprintf(number, 64, "%s", json_get_text(entry, "version", ""));
    (void)snprintf(text, PLATEN_ERROR_TEXT, "%s", json_get_text(entry, "error", ""));
    (void)pthread_mutex_unlock(&f->mutex);
    return there;
}

static void write_function(json_writer *w, const char *name, const char *number, const char *state,
                           const char *error)
{
    json_object(w, NULL);
    json_text(w, "name", name);
    json_text(w, "version", number);
    json_text(w, "error", error);
    json_text(w, "state", state);
    json_object_end(w);
}

static bool is_loaded(const plug *plugins, const char *name)
{
    for (size_t i = 0; i < plug_count(plugins); i++) {
        if (strcmp(plug_get(plugins, i)->name, name) == 0) {
            return true;
        }
    }
    return false;
}

void follow_write(follow *f, const plug *plugins, json_writer *w)
{
    active_package p;
    const cJSON *entry = NULL;
    (void)pthread_mutex_lock(&f->mutex);
    for (size_t i = 0; active_get(f->active, i, &p); i++) {
        const cJSON *wrong = cJSON_GetObjectItemCaseSensitive(f->failed, p.name);
        if (!is_loaded(plugins, p.name)) {
            write_function(w, p.name, p.version, "active", json_get_text(wrong, "error", ""));
        }
    }
    cJSON_ArrayForEach(entry, f->failed)
    {
        if (!is_loaded(plugins, entry->string) && !active_find(f->active, entry->string, &p)) {
            write_function(w, entry->string, json_get_text(entry, "version", ""), "failed",
                           json_get_text(entry, "error", ""));
        }
    }
    (void)pthread_mutex_unlock(&f->mutex);
}

/* ---- one package ---- */

static platen_code read_trust(const cJSON *wanted, trust **out, platen_error *err)
{
    const cJSON *item = NULL;
    PLATEN_TRY(trust_open(NULL, out, err));
    cJSON_ArrayForEach(item, json_get_array(wanted, "publishers"))
    {
        const trust_publisher *added = NULL;
        platen_error why = PLATEN_ERROR_INIT;
        if (trust_add(*out, json_get_text(item, "name", ""), json_get_text(item, "key", ""),
                      clock_now(), 0, &added, &why) != PLATEN_OK) {
            log_warning("a publisher of the manager is left out: %s", why.text);
        }
    }
    return PLATEN_OK;
}

static platen_code check_same(const ppk *package, const active_package *p, platen_error *err)
{
    const ppk_manifest *m = ppk_about(package);
    if (strcmp(m->name, p->name) != 0 || strcmp(m->version, p->version) != 0 ||
        strcmp(ppk_kind_word(m->kind), p->kind) != 0) {
        return error_set(err, PLATEN_E_INVAL, "the package is '%s' %s, not '%s' %s", m->name,
                         m->version, p->name, p->version);
    }
    return PLATEN_OK;
}

/* Whose it is, whether it fits, its files into their folder. */
static platen_code open_package(follow *f, const active_package *p, const cJSON *wanted,
                                const char *path, const char *folder, platen_error *err)
{
    const ppk_host host = {PLATEN_ABI_MAJOR, PLATEN_ABI_MINOR, f->platen, ppk_arch()};
    const char *word = "";
    ppk *package = NULL;
    trust *publishers = NULL;
    PLATEN_TRY(read_trust(wanted, &publishers, err));
    platen_code rc = ppk_open(path, &package, &word, err);
    if (rc == PLATEN_OK) {
        rc = check_same(package, p, err);
    }
    if (rc == PLATEN_OK) {
        rc = ppk_fits(package, &host, &word, err);
    }
    if (rc == PLATEN_OK) {
        rc = ppk_verify(package, publishers, clock_now(),
                        json_get_bool(wanted, "allow_unsigned", false), NULL, &word, err);
    }
    if (rc == PLATEN_OK) {
        rc = file_remove_tree(folder, err); /* of a try that was cut off */
    }
    if (rc == PLATEN_OK) {
        rc = ppk_unpack(package, folder, ppk_arch(), err);
    }
    ppk_close(package);
    trust_close(publishers);
    return rc;
}

static platen_code try_plugin(const active_package *p, const char *folder, platen_error *err)
{
    const selftest_options options = {.role = "agent", .folder = folder, .name = p->name};
    selftest_verdict verdict = {.code = ""};
    PLATEN_TRY(selftest_run(&options, &verdict, err));
    return verdict.code[0] != '\0'
               ? error_set(err, PLATEN_E_INVAL, "%s (%s)", verdict.text, verdict.code)
               : PLATEN_OK;
}

static platen_code make_folders(const follow *f, const active_package *p, char path[FILE_PATH],
                                char folder[FILE_PATH], platen_error *err)
{
    char above[FILE_PATH];
    char own[FILE_PATH];
    PLATEN_TRY(active_path(f->data, "", above, err));
    PLATEN_TRY(file_make_dir(above, 0700, err));
    PLATEN_TRY(active_path(f->data, "packages", above, err));
    PLATEN_TRY(file_make_dir(above, 0700, err));
    PLATEN_TRY(file_join(own, above, p->name, err));
    PLATEN_TRY(file_make_dir(own, 0700, err));
    PLATEN_TRY(active_folder(f->data, p->name, p->version, folder, err));
    return active_ppk(f->data, p->name, p->version, path, err);
}

/* Gets, checks and tries a package; `again`: the manager could not be asked, later it may. */
static platen_code obtain(follow *f, const active_package *p, const cJSON *wanted, bool *again,
                          platen_error *err)
{
    char path[FILE_PATH];
    char folder[FILE_PATH];
    *again = true;
    PLATEN_TRY(make_folders(f, p, path, folder, err));
    PLATEN_TRY(link_agent_fetch(f->link, p->name, p->version, p->size, p->sha256, path, err));
    *again = false;
    platen_code rc = open_package(f, p, wanted, path, folder, err);
    if (rc == PLATEN_OK && strcmp(p->kind, "plugin") == 0) {
        rc = try_plugin(p, folder, err);
    } else if (rc == PLATEN_OK && strcmp(p->kind, "product") == 0) {
        rc = follow_product_try(p, folder, err);
    }
    (void)unlink(path); /* what counts is unpacked */
    return rc;
}

/* ---- the list ---- */

static bool is_product(const active_package *p)
{
    return strcmp(p->kind, "product") == 0;
}

static bool is_mine(const follow *f, const active_package *p)
{
    return strcmp(p->kind, "profiles") == 0 || (strcmp(p->kind, "plugin") == 0 && p->agent) ||
           (is_product(p) && follow_product_fits(f->active, f->platen, p));
}

static bool is_there(const cJSON *active, const active_package *p)
{
    active_package own;
    return active_find(active, p->name, &own) && strcmp(own.version, p->version) == 0 &&
           strcmp(own.sha256, p->sha256) == 0;
}

/* The entry of the new list: the wanted one, with what it replaces. */
static cJSON *entry_of(const cJSON *active, const active_package *p)
{
    active_package own;
    cJSON *entry = cJSON_Duplicate(p->entry, true);
    cJSON_DeleteItemFromObjectCaseSensitive(entry, "previous");
    if (active_find(active, p->name, &own)) {
        cJSON *before = cJSON_Duplicate(own.entry, true);
        cJSON_DeleteItemFromObjectCaseSensitive(before, "previous");
        (void)cJSON_AddItemToObject(entry, "previous", before);
    }
    return entry;
}

static cJSON *own_entry(const cJSON *active, const char *name)
{
    active_package own;
    return active_find(active, name, &own) ? cJSON_Duplicate(own.entry, true) : NULL;
}

static bool is_new(follow *f, const active_package *p)
{
    return is_mine(f, p) && !is_there(f->active, p) && !has_failed(f, p);
}

/* Another program is to come first: the other packages may need it. */
static bool product_is_new(follow *f, const cJSON *wanted)
{
    active_package p;
    for (size_t i = 0; active_get(wanted, i, &p); i++) {
        if (is_product(&p)) {
            return is_new(f, &p);
        }
    }
    return false;
}

/* Makes the list that is to be; true when it is another one. `later`: something is to be tried
 * again. */
static bool make_list(follow *f, const cJSON *wanted, cJSON *list, bool *later)
{
    active_package p;
    bool differs = false;
    size_t kept = 0;
    bool product = product_is_new(f, wanted);
    for (size_t i = 0; !atomic_load(&f->stopping) && active_get(wanted, i, &p); i++) {
        platen_error err = PLATEN_ERROR_INIT;
        bool again = false;
        cJSON *entry = NULL;
        if (!is_mine(f, &p)) {
            continue;
        }
        if (is_new(f, &p) && product == is_product(&p)) {
            if (obtain(f, &p, wanted, &again, &err) == PLATEN_OK) {
                entry = entry_of(f->active, &p);
                differs = true;
            } else if (again) {
                log_warning("function '%s' version %s is tried again: %s", p.name, p.version,
                            err.text);
                *later = true;
            } else {
                follow_note_failure(f, &p, err.text);
                f->calls.changed(f->calls.user);
            }
        }
        entry = entry != NULL ? entry : own_entry(f->active, p.name);
        if (entry != NULL) {
            kept++;
            cJSON_AddItemToArray(list, entry);
        }
    }
    return differs || kept != (size_t)cJSON_GetArraySize(json_get_array(f->active, "packages"));
}

/* ---- taking it over ---- */

/* Whether the lists differ in code: that needs a start. */
static bool code_differs(const cJSON *one, const cJSON *two)
{
    active_package p;
    for (size_t i = 0; active_get(one, i, &p); i++) {
        if (strcmp(p.kind, "profiles") != 0 && !is_there(two, &p)) {
            return true;
        }
    }
    return false;
}

/* Folders of profiles of a list, by the plugin that they are for. */
static size_t list_profiles(const follow *f, const cJSON *list, plug_place *places,
                            char (*folders)[FILE_PATH], size_t room)
{
    active_package p;
    size_t count = 0;
    for (size_t i = 0; active_get(list, i, &p); i++) {
        char above[FILE_PATH];
        const cJSON *need = NULL;
        if (strcmp(p.kind, "profiles") != 0 ||
            active_folder(f->data, p.name, p.version, above, NULL) != PLATEN_OK) {
            continue;
        }
        cJSON_ArrayForEach(need, json_get_array(p.entry, "needs"))
        {
            if (count < room && file_join(folders[count], above, p.name, NULL) == PLATEN_OK) {
                places[count] = (plug_place){json_get_text(need, "name", ""), folders[count]};
                count++;
            }
        }
    }
    return count;
}

static platen_code take_profiles(follow *f, const cJSON *list, platen_error *err)
{
    plug_place *places = calloc(PLUG_FURTHER, sizeof(*places));
    char(*folders)[FILE_PATH] = calloc(PLUG_FURTHER, sizeof(*folders));
    platen_code rc =
        places != NULL && folders != NULL
            ? f->calls.profiles(places, list_profiles(f, list, places, folders, PLUG_FURTHER),
                                f->calls.user, err)
            : error_set(err, PLATEN_E_NOMEM, "no memory for profiles");
    free(places);
    free(folders);
    return rc;
}

/* Profiles that are refused: the packages that came go again. */
static void refuse_profiles(follow *f, const cJSON *list, const char *why)
{
    active_package p;
    for (size_t i = 0; active_get(list, i, &p); i++) {
        if (strcmp(p.kind, "profiles") == 0 && !is_there(f->active, &p)) {
            follow_note_failure(f, &p, why);
        }
    }
}

/* `mutex` is held. */
static void write_failures(const follow *f)
{
    char path[FILE_PATH];
    if (active_path(f->data, "failed.json", path, NULL) == PLATEN_OK) {
        (void)active_json_write(path, f->failed, NULL);
    }
}

/* What an earlier version failed with is no news of the one that has come. `mutex` is held. */
static void forget_failures(follow *f, const cJSON *old)
{
    active_package p;
    bool changed = false;
    for (size_t i = 0; active_get(f->active, i, &p); i++) {
        if (!is_there(old, &p) && cJSON_HasObjectItem(f->failed, p.name)) {
            cJSON_DeleteItemFromObjectCaseSensitive(f->failed, p.name);
            changed = true;
        }
    }
    if (changed) {
        write_failures(f);
    }
}

/* Nor is that of a function that the manager has removed; true when there was one. */
static bool forget_removed(follow *f, const cJSON *wanted)
{
    active_package p;
    bool changed = false;
    (void)pthread_mutex_lock(&f->mutex);
    cJSON *entry = f->failed->child;
    while (entry != NULL) {
        cJSON *next = entry->next;
        if (!active_find(wanted, entry->string, &p)) {
            cJSON_Delete(cJSON_DetachItemViaPointer(f->failed, entry));
            changed = true;
        }
        entry = next;
    }
    if (changed) {
        write_failures(f);
    }
    (void)pthread_mutex_unlock(&f->mutex);
    return changed;
}

static void take_over(follow *f, cJSON *next)
{
    platen_error err = PLATEN_ERROR_INIT;
    bool anew = code_differs(next, f->active) || code_differs(f->active, next);
    platen_code rc = anew ? PLATEN_OK : take_profiles(f, next, &err);
    if (rc != PLATEN_OK) { /* some plugins may have taken theirs before another one refused */
        (void)take_profiles(f, f->active, NULL);
    }
    if (rc == PLATEN_OK) {
        rc = active_put(f->data, next, &err);
    }
    if (rc != PLATEN_OK) {
        refuse_profiles(f, next, err.text);
        f->calls.changed(f->calls.user);
        cJSON_Delete(next);
        return;
    }
    follow_trial_begin(f->data, f->active, next, clock_now());
    (void)pthread_mutex_lock(&f->mutex);
    cJSON *old = f->active;
    f->active = next;
    forget_failures(f, old);
    (void)pthread_mutex_unlock(&f->mutex);
    cJSON_Delete(old);
    if (anew) {
        log_notice("the functions of the manager are taken over with a new start");
        f->calls.again(f->calls.user);
    } else {
        f->calls.changed(f->calls.user);
    }
}

static void nap(unsigned ms)
{
    const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&time, NULL);
}

void follow_wait_until_quiet(follow *f)
{
    while (!f->calls.quiet(f->calls.user) && !atomic_load(&f->stopping)) {
        nap(QUIET_NAP_MS);
    }
}

/* True: something is to be tried again later. */
static bool follow_once(follow *f, const cJSON *wanted)
{
    bool later = false;
    cJSON *next = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(next, "packages");
    (void)cJSON_AddNumberToObject(next, "generation", json_get_double(wanted, "generation", 0));
    if (forget_removed(f, wanted)) {
        f->calls.changed(f->calls.user);
    }
    if (!make_list(f, wanted, list, &later) || atomic_load(&f->stopping)) {
        cJSON_Delete(next);
        return later;
    }
    follow_wait_until_quiet(f);
    if (atomic_load(&f->stopping)) {
        cJSON_Delete(next);
    } else {
        take_over(f, next);
    }
    return later;
}

/* ---- the thread ---- */

static void *follow_thread(void *user)
{
    follow *f = user;
    cJSON *wanted = NULL;
    bool later = false;
    unsigned waits = 0;
    (void)pthread_setname_np(pthread_self(), "platen-follow");
    while (!atomic_load(&f->stopping)) {
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += RETRY_S;
        (void)pthread_mutex_lock(&f->mutex);
        while (f->wanted == NULL && cJSON_GetArraySize(f->quarantined) == 0 &&
               !atomic_load(&f->stopping) &&
               pthread_cond_timedwait(&f->changed, &f->mutex, &until) != ETIMEDOUT) {
            /* woken for nothing */
        }
        bool news = f->wanted != NULL;
        if (news || ++waits == WORKS_WAITS) {
            follow_program_works(f->data);
        }
        if (!news && waits == WORKS_WAITS) {
            follow_trial_works(f->data);
        }
        if (news) {
            cJSON_Delete(wanted);
            wanted = f->wanted;
            f->wanted = NULL;
        }
        (void)pthread_mutex_unlock(&f->mutex);
        follow_leave_quarantined(f);
        if (wanted != NULL && (news || later) && !atomic_load(&f->stopping)) {
            later = follow_once(f, wanted);
        }
    }
    cJSON_Delete(wanted);
    return NULL;
}

void follow_wanted(follow *f, const cJSON *functions)
{
    cJSON *copy = functions != NULL ? cJSON_Duplicate(functions, true) : NULL;
    if (copy == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&f->mutex);
    cJSON_Delete(f->wanted);
    f->wanted = copy;
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->mutex);
}

/* ---- at the start ---- */

platen_code follow_add(follow *f, plug_options *options, platen_error *err)
{
    active_package p;
    follow_leave_failed(f);
    follow_trial_count(f->data);
    strbuf_append(&f->enabled, options->enabled);
    for (size_t i = 0; active_get(f->active, i, &p) && f->place_count < PLUG_FURTHER; i++) {
        if (strcmp(p.kind, "plugin") != 0) {
            continue;
        }
        char *folder = f->folders[f->place_count];
        PLATEN_TRY(active_folder(f->data, p.name, p.version, folder, err));
        f->places[f->place_count++] = (plug_place){p.name, folder};
        if (!text_has_word(options->enabled, p.name)) {
            strbuf_appendf(&f->enabled, " %s", p.name);
        }
    }
    f->further_count =
        list_profiles(f, f->active, f->further, f->folders + PLUG_FURTHER, PLUG_FURTHER);
    options->enabled = f->enabled.data;
    options->places = f->places;
    options->place_count = f->place_count;
    options->further = f->further;
    options->further_count = f->further_count;
    return f->enabled.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for packages") : PLATEN_OK;
}

/* ---- from start to end ---- */

static platen_code read_lists(follow *f, platen_error *err)
{
    PLATEN_TRY(active_list(f->data, &f->active, err));
    PLATEN_TRY(active_failed(f->data, &f->failed, err));
    f->places = calloc(PLUG_FURTHER, sizeof(*f->places));
    f->further = calloc(PLUG_FURTHER, sizeof(*f->further));
    f->folders = calloc((size_t)2 * PLUG_FURTHER, sizeof(*f->folders));
    f->quarantined = cJSON_CreateObject();
    return f->quarantined != NULL && f->places != NULL && f->further != NULL && f->folders != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for packages");
}

platen_code follow_new(const char *data, const char *platen, const follow_calls *calls,
                       follow **out, platen_error *err)
{
    follow *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for packages");
    }
    (void)snprintf(f->data, sizeof(f->data), "%s", data);
    (void)snprintf(f->platen, sizeof(f->platen), "%s", platen);
    f->calls = *calls;
    strbuf_init(&f->enabled);
    (void)pthread_mutex_init(&f->mutex, NULL);
    cond_init(&f->changed);
    platen_code rc = read_lists(f, err);
    if (rc != PLATEN_OK) {
        follow_free(f);
        return rc;
    }
    *out = f;
    return PLATEN_OK;
}

platen_code follow_start(follow *f, link_agent *link, platen_error *err)
{
    f->link = link;
    int rc = pthread_create(&f->thread, NULL, follow_thread, f);
    if (rc != 0) {
        return error_sys(err, PLATEN_E_IO, rc, "no thread for packages");
    }
    f->started = true;
    return PLATEN_OK;
}

void follow_stop(follow *f)
{
    if (f == NULL || !f->started) {
        return;
    }
    atomic_store(&f->stopping, true);
    (void)pthread_mutex_lock(&f->mutex);
    (void)pthread_cond_broadcast(&f->changed);
    (void)pthread_mutex_unlock(&f->mutex);
    (void)pthread_join(f->thread, NULL);
    f->started = false;
    follow_trial_works(f->data); /* it ends because it is told to */
}

void follow_free(follow *f)
{
    if (f == NULL) {
        return;
    }
    follow_stop(f);
    cJSON_Delete(f->active);
    cJSON_Delete(f->wanted);
    cJSON_Delete(f->failed);
    cJSON_Delete(f->quarantined);
    free(f->places);
    free(f->further);
    free(f->folders);
    strbuf_fini(&f->enabled);
    (void)pthread_cond_destroy(&f->changed);
    (void)pthread_mutex_destroy(&f->mutex);
    free(f);
}
