/* What data is for which device. */
#include "aim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

platen_code aim_open(platen_tx *tx, int64_t data, const char *purpose, aim *out, platen_error *err)
{
    *out = (aim){.counts = {0}};
    PLATEN_TRY(data_find(tx, data, &out->info, err));
    if (strcmp(out->info.purpose, purpose) != 0) {
        return the_feature.host->fail(err, PLATEN_E_STATE, "'%s' is data for %s, not for %s",
                                      out->info.name, out->info.purpose, purpose);
    }
    return data_items(tx, data, &out->items, err);
}

static void forget_texts(aim *a)
{
    for (size_t i = 0; i < sizeof(a->texts) / sizeof(a->texts[0]); i++) {
        cJSON_free(a->texts[i]);
        a->texts[i] = NULL;
        a->counts[i] = 0;
    }
}

void aim_fini(aim *a)
{
    forget_texts(a);
    items_fini(&a->items);
    *a = (aim){.counts = {0}};
}

static aim kept; /* of done(), which runs on the writer alone */

platen_code aim_keep(platen_tx *tx, int64_t data, const char *purpose, const aim **out,
                     platen_error *err)
{
    data_info now;
    PLATEN_TRY(data_find(tx, data, &now, err));
    /* An id may be given anew when its row is gone: the time tells such data apart. */
    if (kept.info.id != now.id || kept.info.content != now.content || kept.info.made != now.made ||
        kept.info.items != now.items || strcmp(kept.info.purpose, purpose) != 0) {
        aim_fini(&kept);
        platen_code rc = aim_open(tx, data, purpose, &kept, err);
        if (rc != PLATEN_OK) {
            aim_fini(&kept);
            return rc;
        }
    }
    kept.info = now; /* its name may be another */
    *out = &kept;
    return PLATEN_OK;
}

void aim_forget(void)
{
    aim_fini(&kept);
}

/* ---- for whom ---- */

uint32_t aim_relation(const data_info *data, const device_named *device)
{
    bool by_hand = data->serial[0] == '\0'; /* of no device: what it says is meant */
    uint32_t relation = 0;
    if (by_hand || strcmp(data->serial, device->serial) == 0) {
        relation |= AIM_SAME_DEVICE;
    }
    if (data->model[0] == '\0' || strcmp(data->model, device->model) == 0) {
        relation |= AIM_SAME_MODEL;
    }
    return relation;
}

bool aim_counts(const item *i, uint32_t relation)
{
    if (!i->output || (!i->writable && (relation & AIM_READ_ONLY) == 0)) {
        return false;
    }
    return i->scope == 'C' || (i->scope == 'B' && (relation & AIM_SAME_MODEL) != 0) ||
           (i->scope == 'A' && (relation & AIM_SAME_DEVICE) != 0);
}

/* The password that goes with settings of the category; NULL: none, or the data has it not. */
static const char *guard_of(const aim *a, const char *type, const char *category, uint32_t relation)
{
    for (uint32_t i = 0; type_guarded(type, category) && i < a->items.count; i++) {
        const item *one = &a->items.at[i];
        if (strcmp(one->category, category) == 0 && item_secret(one->path) &&
            aim_counts(one, relation)) {
            return one->path;
        }
    }
    return NULL;
}

static cJSON *make_object(const item *one, const char *guard)
{
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "path", one->path);
    (void)cJSON_AddItemReferenceToObject(object, "value",
                                         cJSON_GetObjectItemCaseSensitive(one->json, "value"));
    if (guard != NULL) {
        (void)cJSON_AddStringToObject(object, "guard", guard);
    }
    return object;
}

/* The settings of a type's devices, in the order of paths. */
static void fill_list(aim *a, const char *type, uint32_t relation, cJSON *list)
{
    const char *category = "";
    const char *guard = NULL;
    for (uint32_t i = 0; i < a->items.count; i++) {
        const item *one = &a->items.at[i];
        if (strcmp(one->category, category) != 0) { /* else as with the one before */
            category = one->category;
            guard = guard_of(a, type, category, relation);
        }
        if (aim_counts(one, relation)) {
            (void)cJSON_AddItemToArray(list, make_object(one, guard));
            a->counts[relation]++;
        }
    }
}

const char *aim_text(aim *a, const char *type, uint32_t relation, bool write, uint32_t *count)
{
    if (strcmp(a->told, type) != 0) {
        forget_texts(a);
        (void)snprintf(a->told, sizeof(a->told), "%s", type);
    }
    if (a->texts[relation] == NULL) {
        cJSON *told = cJSON_CreateObject();
        fill_list(a, type, relation, cJSON_AddArrayToObject(told, "items"));
        (void)cJSON_AddBoolToObject(told, "write", write);
        a->texts[relation] = cJSON_PrintUnformatted(told);
        cJSON_Delete(told);
    }
    *count = a->counts[relation];
    return a->texts[relation];
}

/* ---- planning ---- */

static platen_code fail(platen_plan *list, int64_t device, const char *word, const char *why,
                        platen_error *err)
{
    return the_feature.task->plan_fail(list, device, word, why, err);
}

static platen_code set(aim *a, platen_plan *list, const device_known *to, uint32_t relation,
                       bool write, platen_error *err)
{
    const setting_value *f = &the_feature;
    uint32_t count = 0;
    char why[160];
    const char *text = aim_text(a, to->is.type, relation, write, &count);
    if (text == NULL) {
        return f->host->fail(err, PLATEN_E_NOMEM, "no memory for the settings of a job");
    }
    if (count == 0) {
        (void)snprintf(why, sizeof(why),
                       "none of %u settings takes effect on this device: they are for %s",
                       (unsigned)a->items.count,
                       (relation & AIM_SAME_MODEL) != 0 ? "another device" : "another model");
        return f->task->plan_skip(list, to->device, "nothing-to-do", why, err);
    }
    if (strlen(text) > PLATEN_PLAN_SETTINGS_MAX) {
        (void)snprintf(why, sizeof(why), "%u settings in %zu bytes, a device is told %u at most",
                       (unsigned)count, strlen(text), PLATEN_PLAN_SETTINGS_MAX);
        return fail(list, to->device, "too-large", why, err);
    }
    return f->task->plan_set(list, to->device, text, err);
}

platen_code aim_plan(aim *a, platen_plan *list, platen_tx *tx, int64_t device, bool write,
                     platen_error *err)
{
    type_of data = {.level = a->info.level};
    device_known known;
    device_named named;
    const char *word = NULL;
    const char *why = NULL;
    char text[200];
    PLATEN_TRY(known_find(tx, device, &known, err));
    if (!known_usable(&known, &word, &why)) {
        return the_feature.task->plan_skip(list, device, word, why, err);
    }
    if (write && strcmp(known.writes, KNOWN_NO) == 0) {
        (void)snprintf(text, sizeof(text), "the settings of the device can only be read (%.140s)",
                       known.why);
        return fail(list, device, "not-writable", text, err);
    }
    (void)snprintf(data.type, sizeof(data.type), "%s", a->info.type);
    if (!type_fits(&data, &known.is, &word, text, sizeof(text))) {
        return fail(list, device, word, text, err); /* SET-36, SET-132 */
    }
    platen_code rc = known_name(tx, device, &named, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return fail(list, device, "not-found", "the device is not there any more", err);
    }
    PLATEN_TRY(rc);
    uint32_t relation = aim_relation(&a->info, &named) | (write ? 0 : AIM_READ_ONLY);
    return set(a, list, &known, relation, write, err);
}
