/* See follow_trial.h. */
#include "core/follow_trial.h"

#include <string.h>

#include "core/base/json.h"

#define STARTS 4 /* without having lived for a minute */
#define TRIAL_MS (INT64_C(24) * 3600 * 1000)

/* The file, or an empty object. */
static cJSON *read_trials(const char *data, char path[FILE_PATH])
{
    cJSON *trials = NULL;
    if (active_path(data, "trial.json", path, NULL) != PLATEN_OK ||
        active_json_read(path, &trials, NULL) != PLATEN_OK) {
        trials = cJSON_CreateObject();
    }
    return trials;
}

static const cJSON *find(const cJSON *trials, const active_package *p)
{
    const cJSON *entry = cJSON_GetObjectItemCaseSensitive(trials, p->name);
    return strcmp(json_get_text(entry, "version", ""), p->version) == 0 &&
                   strcmp(json_get_text(entry, "sha256", ""), p->sha256) == 0
               ? entry
               : NULL;
}

static bool is_there(const cJSON *list, const active_package *p)
{
    active_package own;
    return active_find(list, p->name, &own) && strcmp(own.version, p->version) == 0 &&
           strcmp(own.sha256, p->sha256) == 0;
}

static cJSON *make_trial(const active_package *p, int64_t until)
{
    cJSON *entry = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(entry, "version", p->version);
    (void)cJSON_AddStringToObject(entry, "sha256", p->sha256);
    (void)cJSON_AddNumberToObject(entry, "until", (double)until);
    (void)cJSON_AddNumberToObject(entry, "starts", 0);
    return entry;
}

void follow_trial_begin(const char *data, const cJSON *before, const cJSON *next, int64_t now)
{
    char path[FILE_PATH];
    active_package p;
    cJSON *trials = read_trials(data, path);
    cJSON *fresh = cJSON_CreateObject();
    for (size_t i = 0; active_get(next, i, &p); i++) {
        cJSON *entry = strcmp(p.kind, "plugin") != 0 ? NULL
                       : is_there(before, &p)        ? cJSON_Duplicate(find(trials, &p), true)
                                                     : make_trial(&p, now + TRIAL_MS);
        if (entry != NULL) {
            (void)cJSON_AddItemToObject(fresh, p.name, entry);
        }
    }
    (void)active_json_write(path, fresh, NULL);
    cJSON_Delete(trials);
    cJSON_Delete(fresh);
}

/* All at once: which of several it is that ends the agent shows when the newest is given up. */
static void set_starts(const char *data, bool count)
{
    char path[FILE_PATH];
    cJSON *trials = read_trials(data, path);
    cJSON *entry = NULL;
    bool changed = false;
    cJSON_ArrayForEach(entry, trials)
    {
        double starts = json_get_double(entry, "starts", 0);
        double now = count ? starts + 1 : 0;
        cJSON *value = cJSON_GetObjectItemCaseSensitive(entry, "starts");
        changed = changed || now != starts;
        if (cJSON_IsNumber(value)) {
            (void)cJSON_SetNumberValue(value, now);
        }
    }
    if (changed) {
        (void)active_json_write(path, trials, NULL);
    }
    cJSON_Delete(trials);
}

void follow_trial_count(const char *data)
{
    set_starts(data, true);
}

void follow_trial_works(const char *data)
{
    set_starts(data, false);
}

void follow_trial_end(const char *data, const active_package *p)
{
    char path[FILE_PATH];
    cJSON *trials = read_trials(data, path);
    if (find(trials, p) != NULL) {
        cJSON_DeleteItemFromObjectCaseSensitive(trials, p->name);
        (void)active_json_write(path, trials, NULL);
    }
    cJSON_Delete(trials);
    set_starts(data, false);
}

/* When the trial ends of what came last; those that came together have the same. */
static double newest(const cJSON *trials)
{
    const cJSON *entry = NULL;
    double last = 0;
    cJSON_ArrayForEach(entry, trials)
    {
        double until = json_get_double(entry, "until", 0);
        last = until > last ? until : last;
    }
    return last;
}

bool follow_trial_failed(const char *data, const active_package *p, int64_t now)
{
    char path[FILE_PATH];
    cJSON *trials = read_trials(data, path);
    const cJSON *trial = find(trials, p);
    double until = json_get_double(trial, "until", 0);
    bool failed = json_get_double(trial, "starts", 0) >= STARTS && until > (double)now &&
                  until >= newest(trials);
    cJSON_Delete(trials);
    return failed;
}

bool follow_trial_is_on(const char *data, const active_package *p, int64_t now)
{
    char path[FILE_PATH];
    cJSON *trials = read_trials(data, path);
    bool on = json_get_double(find(trials, p), "until", 0) > (double)now;
    cJSON_Delete(trials);
    return on;
}
