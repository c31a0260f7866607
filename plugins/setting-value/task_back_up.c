/* Backing up (SET-59 to SET-61): what drivers read becomes a backup of the device. */
#include <string.h>

#include "backup.h"
#include "key.h"
#include "sweep.h"
#include "task.h"

/* With what the chosen categories contain on devices of that type (SET-13 to SET-15). */
static platen_code plan_known(platen_plan *list, const device_known *to, const cJSON *own,
                              platen_error *err)
{
    const setting_value *f = &the_feature;
    cJSON *wide = cJSON_Duplicate(own, true);
    platen_code rc =
        type_widen(to->is.type, cJSON_GetObjectItemCaseSensitive(wide, "categories"), err);
    char *text = rc == PLATEN_OK && wide != NULL ? cJSON_PrintUnformatted(wide) : NULL;
    cJSON_Delete(wide);
    rc = text != NULL ? f->task->plan_set(list, to->device, text, err)
                      : f->host->fail(err, PLATEN_E_NOMEM, "no memory for the settings of a job");
    cJSON_free(text);
    return rc;
}

static platen_code plan_device(platen_plan *list, platen_tx *tx, int64_t device, const cJSON *own,
                               platen_error *err)
{
    device_known known;
    const char *word = NULL;
    const char *why = NULL;
    PLATEN_TRY(known_find(tx, device, &known, err));
    return known_usable(&known, &word, &why)
               ? plan_known(list, &known, own, err)
               : the_feature.task->plan_skip(list, device, word, why, err); /* SET-58 */
}

static platen_code plan(const platen_job *job, platen_plan *list, platen_tx *tx, void *user,
                        platen_error *err)
{
    char name[KEY_NAME_MAX + 1];
    int64_t key = task_id(job->settings, "key");
    (void)user;
    PLATEN_TRY(key_name(tx, key, name, err));
    cJSON *own = cJSON_Parse(job->settings);
    cJSON_DeleteItemFromObjectCaseSensitive(own, "key");
    platen_code rc = PLATEN_OK;
    for (uint32_t i = 0; rc == PLATEN_OK && i < job->count; i++) {
        rc = plan_device(list, tx, job->devices[i], own, err);
    }
    cJSON_Delete(own);
    return rc;
}

/* Half of a backup is none: what failed leaves nothing. */
static platen_code done(platen_tx *tx, const platen_outcome *o, void *user, platen_error *err)
{
    reply r;
    (void)user;
    if (strcmp(o->state, "success") != 0 && strcmp(o->state, "warning") != 0) {
        return PLATEN_OK;
    }
    cJSON *settings = cJSON_Parse(o->settings);
    cJSON *categories = cJSON_GetObjectItemCaseSensitive(settings, "categories");
    platen_code rc = reply_read(o, &r, err);
    rc = rc == PLATEN_OK ? type_widen(r.is.type, categories, err) : rc;
    if (rc == PLATEN_OK) {
        rc = backup_put(tx, o, &r, task_id(o->settings, "key"), categories, err);
    }
    reply_fini(&r);
    cJSON_Delete(settings);
    return rc;
}

platen_code task_back_up_load(platen_error *err)
{
    platen_task_kind kind = PLATEN_TASK_KIND_INIT;
    kind.flags = PLATEN_TASK_EACH;
    kind.id = KIND_BACK_UP;
    kind.title = "[Device Configuration] Back Up";
    kind.limit_s = 12 * 3600;
    kind.settings =
        "{\"type\":\"object\",\"properties\":{"
        "\"categories\":{\"type\":\"array\",\"title\":\"setting-value.category\","
        "\"maxItems\":17,\"items\":{\"type\":\"string\",\"enum\":[" CATEGORY_WORDS "]}},"
        "\"key\":{\"type\":\"string\",\"title\":\"setting-value.key\",\"x-page\":\"keys\","
        "\"minLength\":1,"
        "\"maxLength\":19,\"pattern\":\"^[0-9]+$\"}}}";
    kind.action = "settings.read";
    kind.plan = plan;
    kind.done = done;
    kind.ended = sweep_ended;
    return task_add(&kind, "back-up", err);
}
