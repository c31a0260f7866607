/* See install.h. */
#include "core/pack/install.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/pack/journal.h"
#include "core/pack/upload.h"
#include "core/pack/version.h"

#define NEED_MOST 64

static platen_code no_memory(platen_error *err)
{
    return error_set(err, PLATEN_E_NOMEM, "no memory for an installation");
}

/* ---- versions ---- */

static platen_code older(const char *name, const char *number, const char *has, const char **word,
                         platen_error *err)
{
    *word = "downgrade";
    return error_set(err, PLATEN_E_STATE,
                     "'%s' %s cannot work with the data that version %s has left", name, number,
                     has);
}

platen_code install_version_fits(const cJSON *active, const char *name, const char *number,
                                 const char *platen, const char **word, platen_error *err)
{
    active_package now;
    bool product = strcmp(name, INSTALL_PRODUCT) == 0;
    bool is_active = active_find(active, name, &now);
    const char *has = is_active ? now.version : product ? platen : "";
    if (strcmp(has, number) == 0) {
        *word = "same-version";
        return error_set(err, PLATEN_E_STATE, "'%s' %s is installed already", name, number);
    }
    if (product && !is_active && version_compare_text(number, platen) < 0) {
        return older(name, number, platen, word, err);
    }
    const cJSON *wrote = json_get_object(json_get_object(active, "data"), name);
    const char *newest = json_get_text(wrote, "version", "");
    const char *oldest = json_get_text(wrote, "downgrade", NULL);
    if (newest[0] == '\0' || version_compare_text(number, newest) >= 0 ||
        (oldest != NULL && version_compare_text(number, oldest) >= 0)) {
        return PLATEN_OK;
    }
    return older(name, number, newest, word, err);
}

bool install_newer_ok(const char *component, const char *data, const char *platen)
{
    cJSON *active = NULL;
    active_package now;
    if (active_list(data, &active, NULL) != PLATEN_OK) {
        return false;
    }
    const char *name = text_begins(component, INSTALL_COMPONENT)
                           ? component + strlen(INSTALL_COMPONENT)
                           : INSTALL_PRODUCT;
    bool own = active_find(active, name, &now);
    const char *runs = own && strcmp(name, INSTALL_PRODUCT) != 0 ? now.version : platen;
    const cJSON *wrote = json_get_object(json_get_object(active, "data"), name);
    const char *oldest = json_get_text(wrote, "downgrade", NULL);
    bool may = oldest != NULL && version_compare_text(runs, oldest) >= 0 &&
               version_compare_text(json_get_text(wrote, "version", ""), runs) > 0;
    cJSON_Delete(active);
    return may;
}

/* ---- needs ---- */

/* Of what this manager has loaded, packages are not what came with Platen. */
static const char *version_there(const install_context *c, const cJSON *before, const cJSON *list,
                                 const char *name)
{
    active_package p;
    if (active_find(list, name, &p)) {
        return p.version;
    }
    if (active_find(before, name, &p)) {
        return NULL;
    }
    for (size_t i = 0; i < c->builtin_count; i++) {
        if (strcmp(c->builtin[i].name, name) == 0) {
            return c->builtin[i].version;
        }
    }
    return NULL;
}

static bool serves(const char *has, const char *wanted)
{
    version a;
    version b;
    return version_parse(has, &a) && version_parse(wanted, &b) && a.major == b.major &&
           version_compare(&a, &b) >= 0;
}

static platen_code check_needs(const install_context *c, const cJSON *plan, const char **word,
                               platen_error *err)
{
    active_package p;
    active_package needed;
    const cJSON *before = json_get_object(plan, "before");
    const cJSON *list = json_get_object(plan, "after");
    for (size_t i = 0; active_get(list, i, &p); i++) {
        const cJSON *need = NULL;
        cJSON_ArrayForEach(need, json_get_array(p.entry, "needs"))
        {
            const char *name = json_get_text(need, "name", "");
            const char *wanted = json_get_text(need, "version", "");
            const char *has = version_there(c, before, list, name);
            if (has == NULL && c->any_builtin && !active_find(before, name, &needed)) {
                continue; /* it came with Platen, or the next start says that it is not there */
            }
            if (has == NULL || !serves(has, wanted)) {
                *word = "needs";
                return error_set(err, PLATEN_E_STATE, "'%s' %s needs '%s' %s, here is %s", p.name,
                                 p.version, name, wanted, has != NULL ? has : "none");
            }
        }
    }
    return PLATEN_OK;
}

/* Whether everything that an entry needs and that is a package stands in `done` already. */
static bool is_next(const cJSON *entry, const cJSON *all, const cJSON *done)
{
    const cJSON *need = NULL;
    active_package p;
    cJSON_ArrayForEach(need, json_get_array(entry, "needs"))
    {
        const char *name = json_get_text(need, "name", "");
        if (active_find(all, name, &p) && !active_find(done, name, &p)) {
            return false;
        }
    }
    return true;
}

/* Plugins load in the order of the list: what others need comes first. */
static platen_code sort_by_needs(cJSON *list, const char **word, platen_error *err)
{
    cJSON *left = cJSON_DetachItemFromObjectCaseSensitive(list, "packages");
    cJSON *all = cJSON_CreateObject();
    cJSON *sorted = cJSON_AddArrayToObject(list, "packages");
    platen_code rc =
        all != NULL && sorted != NULL && cJSON_AddItemReferenceToObject(all, "packages", left)
            ? PLATEN_OK
            : no_memory(err);
    cJSON *copy = rc == PLATEN_OK ? cJSON_Duplicate(left, true) : NULL;
    while (rc == PLATEN_OK && cJSON_GetArraySize(copy) > 0) {
        int size = cJSON_GetArraySize(copy);
        int at = 0;
        while (at < size && !is_next(cJSON_GetArrayItem(copy, at), all, list)) {
            at++;
        }
        if (at == size) {
            *word = "cycle";
            rc = error_set(err, PLATEN_E_STATE, "'%s' and what it needs need each other",
                           json_get_text(cJSON_GetArrayItem(copy, 0), "name", ""));
            break;
        }
        (void)cJSON_AddItemToArray(sorted, cJSON_DetachItemFromArray(copy, at));
    }
    cJSON_Delete(copy);
    cJSON_Delete(all);
    cJSON_Delete(left);
    return rc;
}

/* ---- lists ---- */

static int index_of(const cJSON *list, const char *name)
{
    const cJSON *each = NULL;
    int at = 0;
    cJSON_ArrayForEach(each, json_get_array(list, "packages"))
    {
        if (strcmp(json_get_text(each, "name", ""), name) == 0) {
            return at;
        }
        at++;
    }
    return -1;
}

static cJSON *packages_of(cJSON *list)
{
    return cJSON_GetObjectItemCaseSensitive(list, "packages");
}

/* Takes the entry of that name out; NULL when there is none. */
static cJSON *take_out(cJSON *list, const char *name)
{
    int at = index_of(list, name);
    return at >= 0 ? cJSON_DetachItemFromArray(packages_of(list), at) : NULL;
}

/* From now on the data is what this version leaves behind, unless a newer one was there. */
static bool note_data(cJSON *list, const cJSON *entry)
{
    const char *name = json_get_text(entry, "name", "");
    const char *number = json_get_text(entry, "version", "");
    const char *downgrade = json_get_text(entry, "downgrade", NULL);
    cJSON *data = cJSON_GetObjectItemCaseSensitive(list, "data");
    data = data != NULL ? data : cJSON_AddObjectToObject(list, "data");
    const cJSON *before = json_get_object(data, name);
    if (data == NULL || (before != NULL &&
                         version_compare_text(json_get_text(before, "version", ""), number) > 0)) {
        return data != NULL;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(data, name);
    cJSON *now = cJSON_AddObjectToObject(data, name);
    return now != NULL && journal_set(now, "version", number) &&
           (downgrade == NULL || journal_set(now, "downgrade", downgrade));
}

/* Puts an entry (a copy) in the place of the one of its name, which it remembers. */
static bool put_in(cJSON *list, const cJSON *entry)
{
    char at[CLOCK_TEXT];
    const char *name = json_get_text(entry, "name", "");
    cJSON *old = take_out(list, name);
    cJSON *fresh = cJSON_Duplicate(entry, true);
    cJSON_DeleteItemFromObjectCaseSensitive(old, "previous");
    cJSON_DeleteItemFromObjectCaseSensitive(fresh, "previous");
    bool done = fresh != NULL &&
                journal_set(fresh, "installed_at", clock_format(clock_now(), at)) &&
                cJSON_AddItemToObject(fresh, "previous", old != NULL ? old : cJSON_CreateNull());
    if (!done) {
        cJSON_Delete(old);
    }
    done = done && cJSON_AddItemToArray(packages_of(list), fresh);
    if (!done) {
        cJSON_Delete(fresh);
    }
    return done && note_data(list, entry);
}

/* ---- journals ---- */

static cJSON *begin(const install_context *c, const char *verb, platen_error *err)
{
    unsigned char bytes[8];
    char id[17];
    char at[CLOCK_TEXT];
    cJSON *before = NULL;
    cJSON *journal = cJSON_CreateObject();
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes) ||
        active_list(c->data, &before, err) != PLATEN_OK) {
        cJSON_Delete(journal);
        return NULL;
    }
    text_hex(id, bytes, sizeof(bytes));
    cJSON *after = cJSON_Duplicate(before, true);
    bool made = journal_set(journal, "id", id) && journal_set(journal, "verb", verb) &&
                journal_set(journal, "by", c->by) && journal_set(journal, "code", "") &&
                journal_set(journal, "text", "") &&
                journal_set(journal, "started_at", clock_format(clock_now(), at)) &&
                cJSON_AddNumberToObject(journal, "attempts", 0) != NULL &&
                cJSON_AddArrayToObject(journal, "items") != NULL &&
                cJSON_AddArrayToObject(journal, "uploads") != NULL &&
                cJSON_AddArrayToObject(journal, "drop") != NULL &&
                cJSON_AddItemToObject(journal, "before", before);
    if (!made) {
        cJSON_Delete(before);
    }
    if (!made || !cJSON_AddItemToObject(journal, "after", after)) {
        cJSON_Delete(after);
        cJSON_Delete(journal);
        (void)no_memory(err);
        return NULL;
    }
    int64_t generation = json_get_i64(after, "generation", 0);
    cJSON_DeleteItemFromObjectCaseSensitive(after, "generation");
    (void)cJSON_AddNumberToObject(after, "generation", (double)(generation + 1));
    return journal;
}

static cJSON *list_after(cJSON *journal)
{
    return cJSON_GetObjectItemCaseSensitive(journal, "after");
}

static bool add_item(cJSON *journal, const char *name, const char *event, const char *from,
                     const char *to)
{
    cJSON *item = cJSON_CreateObject();
    if (!journal_set(item, "name", name) || !journal_set(item, "event", event) ||
        !journal_set(item, "from", from) || !journal_set(item, "to", to) ||
        !cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(journal, "items"), item)) {
        cJSON_Delete(item);
        return false;
    }
    return true;
}

static platen_code finish(const install_context *c, cJSON *plan, cJSON **journal, platen_code rc,
                          const char **word, platen_error *err)
{
    if (rc == PLATEN_OK) {
        rc = check_needs(c, plan, word, err);
    }
    if (rc == PLATEN_OK) {
        rc = sort_by_needs(list_after(plan), word, err);
    }
    if (rc != PLATEN_OK) {
        cJSON_Delete(plan);
        return rc;
    }
    *journal = plan;
    return PLATEN_OK;
}

/* Under the first product package is the program that was installed: its version is kept. */
static bool note_base(const install_context *c, cJSON *plan, const active_package *old,
                      const char *name)
{
    if (strcmp(name, INSTALL_PRODUCT) != 0) {
        return true;
    }
    cJSON *list = list_after(plan);
    cJSON *entry = cJSON_GetArrayItem(packages_of(list), index_of(list, name));
    const char *base = json_get_text(old->entry, "base", c->platen);
    return journal_set(entry, "base", base);
}

static platen_code add_upload(const install_context *c, cJSON *plan, const char *id,
                              const char **word, platen_error *err)
{
    cJSON *upload = NULL;
    active_package old = {.version = ""};
    const cJSON *before = json_get_object(plan, "before");
    PLATEN_TRY(upload_get(c->data, id, &upload, err));
    const cJSON *entry = json_get_object(upload, "entry");
    const char *name = json_get_text(entry, "name", "");
    const char *number = json_get_text(entry, "version", "");
    const cJSON *each = NULL;
    platen_code rc = PLATEN_OK;
    if (entry == NULL || strcmp(json_get_text(upload, "state", ""), "ready") != 0) {
        *word = "not-ready";
        rc = error_set(err, PLATEN_E_STATE, "the upload '%.64s' is not ready but %s",
                       json_get_text(upload, "file_name", ""), json_get_text(upload, "state", ""));
    }
    cJSON_ArrayForEach(each, json_get_array(plan, "items"))
    {
        if (rc == PLATEN_OK && strcmp(json_get_text(each, "name", ""), name) == 0) {
            *word = "twice";
            rc = error_set(err, PLATEN_E_STATE, "'%s' is there twice", name);
        }
    }
    if (rc == PLATEN_OK) {
        rc = install_version_fits(before, name, number, c->platen, word, err);
    }
    if (rc == PLATEN_OK) {
        (void)active_find(before, name, &old);
        cJSON *which = cJSON_CreateString(id);
        bool done = put_in(list_after(plan), entry) && note_base(c, plan, &old, name) &&
                    add_item(plan, name, "installed", old.version, number) &&
                    cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(plan, "uploads"), which);
        rc = done ? PLATEN_OK : no_memory(err);
    }
    cJSON_Delete(upload);
    return rc;
}

platen_code install_plan(const install_context *c, const char *const *uploads, size_t count,
                         cJSON **journal, const char **word, platen_error *err)
{
    cJSON *plan = begin(c, "install", err);
    platen_code rc = plan != NULL ? PLATEN_OK : PLATEN_E_IO;
    for (size_t i = 0; rc == PLATEN_OK && i < count; i++) {
        rc = add_upload(c, plan, uploads[i], word, err);
    }
    return finish(c, plan, journal, rc, word, err);
}

/* ---- removal and roll-back ---- */

static bool add_drop(cJSON *plan, const cJSON *entry)
{
    const cJSON *named = json_get_array(entry, "tables");
    cJSON *tables = named != NULL ? cJSON_Duplicate(named, true) : cJSON_CreateArray();
    cJSON *drop = cJSON_CreateObject();
    cJSON *data = cJSON_GetObjectItemCaseSensitive(list_after(plan), "data");
    const char *name = json_get_text(entry, "name", "");
    cJSON_DeleteItemFromObjectCaseSensitive(data, name);
    if (tables == NULL || !cJSON_AddItemToObject(drop, "tables", tables)) {
        cJSON_Delete(tables);
        cJSON_Delete(drop);
        return false;
    }
    if (!journal_set(drop, "name", name) ||
        !cJSON_AddItemToArray(cJSON_GetObjectItemCaseSensitive(plan, "drop"), drop)) {
        cJSON_Delete(drop);
        return false;
    }
    return true;
}

platen_code install_plan_removal(const install_context *c, const char *name, bool drop,
                                 cJSON **journal, const char **word, platen_error *err)
{
    cJSON *plan = begin(c, "remove", err);
    platen_code rc = plan != NULL ? PLATEN_OK : PLATEN_E_IO;
    cJSON *entry = plan != NULL ? take_out(list_after(plan), name) : NULL;
    if (rc == PLATEN_OK && entry == NULL) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no package '%.64s'", name);
    }
    if (rc == PLATEN_OK && strcmp(name, INSTALL_PRODUCT) == 0) {
        *word = "not-deletable";
        rc = error_set(err, PLATEN_E_STATE, "Platen itself cannot be deleted, only rolled back");
    }
    if (rc == PLATEN_OK) {
        bool done = (!drop || add_drop(plan, entry)) &&
                    add_item(plan, name, "removed", json_get_text(entry, "version", ""), "");
        rc = done ? PLATEN_OK : no_memory(err);
    }
    cJSON_Delete(entry);
    return finish(c, plan, journal, rc, word, err);
}

/* The version before that of a product is often the program that was installed first. */
static platen_code put_back(cJSON *plan, const cJSON *entry, const char **word, platen_error *err)
{
    const cJSON *previous = json_get_object(entry, "previous");
    const char *name = json_get_text(entry, "name", "");
    const char *from = json_get_text(entry, "version", "");
    bool product = strcmp(name, INSTALL_PRODUCT) == 0;
    if (previous == NULL && !product) {
        *word = "no-previous";
        return error_set(err, PLATEN_E_STATE, "there is no version of '%s' before %s", name, from);
    }
    const char *to = json_get_text(previous, "version", json_get_text(entry, "base", ""));
    const cJSON *wrote = json_get_object(json_get_object(list_after(plan), "data"), name);
    const char *oldest = json_get_text(wrote, "downgrade", NULL);
    const char *newest = json_get_text(wrote, "version", from);
    if (version_compare_text(to, newest) < 0 &&
        (oldest == NULL || version_compare_text(to, oldest) < 0)) {
        return older(name, to, newest, word, err);
    }
    if (previous == NULL) {
        return add_item(plan, name, "installed", from, to) ? PLATEN_OK : no_memory(err);
    }
    return put_in(list_after(plan), previous) && add_item(plan, name, "installed", from, to)
               ? PLATEN_OK
               : no_memory(err);
}

platen_code install_plan_rollback(const install_context *c, const char *name, cJSON **journal,
                                  const char **word, platen_error *err)
{
    cJSON *plan = begin(c, "rollback", err);
    platen_code rc = plan != NULL ? PLATEN_OK : PLATEN_E_IO;
    cJSON *entry = plan != NULL ? take_out(list_after(plan), name) : NULL;
    if (rc == PLATEN_OK && entry == NULL) {
        rc = error_set(err, PLATEN_E_NOT_FOUND, "there is no package '%.64s'", name);
    }
    if (rc == PLATEN_OK) {
        rc = put_back(plan, entry, word, err);
    }
    cJSON_Delete(entry);
    return finish(c, plan, journal, rc, word, err);
}

/* ---- files that nobody needs ---- */

static bool is_needed(const cJSON *active, const char *name, const char *number, size_t length)
{
    active_package p;
    return active_find(active, name, &p) &&
           ((strlen(p.version) == length && memcmp(p.version, number, length) == 0) ||
            (strlen(p.previous) == length && memcmp(p.previous, number, length) == 0));
}

static platen_code prune_one(const char *folder, const char *name, const cJSON *active,
                             platen_error *err)
{
    DIR *files = opendir(folder);
    platen_code rc = PLATEN_OK;
    const struct dirent *each = NULL;
    while (rc == PLATEN_OK && files != NULL &&
           (each = readdir(files)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char path[FILE_PATH];
        size_t length = strlen(each->d_name);
        if (each->d_name[0] == '.') {
            continue;
        }
        length -= length > 4 && strcmp(each->d_name + length - 4, ".ppk") == 0 ? 4 : 0;
        if (is_needed(active, name, each->d_name, length)) {
            continue;
        }
        rc = file_join(path, folder, each->d_name, err);
        rc = rc == PLATEN_OK ? file_remove_tree(path, err) : rc;
    }
    if (files != NULL) {
        (void)closedir(files);
    }
    return rc;
}

platen_code install_prune(const char *data, const cJSON *active, platen_error *err)
{
    char packages[FILE_PATH];
    PLATEN_TRY(active_path(data, "packages", packages, err));
    DIR *names = opendir(packages);
    platen_code rc = PLATEN_OK;
    const struct dirent *each = NULL;
    while (rc == PLATEN_OK && names != NULL &&
           (each = readdir(names)) != NULL) { // NOLINT(concurrency-mt-unsafe): its own handle
        char folder[FILE_PATH];
        active_package p;
        if (each->d_name[0] == '.') {
            continue;
        }
        rc = file_join(folder, packages, each->d_name, err);
        if (rc == PLATEN_OK) {
            rc = active_find(active, each->d_name, &p)
                     ? prune_one(folder, each->d_name, active, err)
                     : file_remove_tree(folder, err);
        }
    }
    if (names != NULL) {
        (void)closedir(names);
    }
    return rc;
}
