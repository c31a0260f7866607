/* settings.check and settings.read: nothing is written. */
#include "act.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- settings.check ---- */

typedef struct finding {
    bool supported;
    const char *write; /* "yes", "no", "unknown" */
    char why[PLATEN_ERROR_TEXT];
} finding;

static bool any_writable(const variables *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!list->list[i].read_only && !list->list[i].odd) {
            return true;
        }
    }
    return false;
}

static void judge(const device *d, finding *out)
{
    *out = (finding){.supported = true, .write = "yes"};
    if (!any_writable(&d->list)) {
        out->write = "no";
        (void)snprintf(out->why, sizeof(out->why), "%zu variables, all of them read-only",
                       d->list.count);
    } else if (d->lock == DEVICE_LOCKED && d->password == 0) {
        out->write = "unknown"; /* the credential may come later */
        (void)snprintf(out->why, sizeof(out->why),
                       "%zu variables; a PJL password locks them: register a credential of kind "
                       "'user' whose password is that number",
                       d->list.count);
    } else {
        (void)snprintf(out->why, sizeof(out->why), "%zu variables", d->list.count);
    }
}

static platen_code say(device *d, const finding *f, platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    if (cJSON_AddBoolToObject(tree, "supported", f->supported) == NULL ||
        cJSON_AddBoolToObject(tree, "read", f->supported) == NULL ||
        cJSON_AddStringToObject(tree, "write", f->write) == NULL ||
        cJSON_AddStringToObject(tree, "type", SETTING_TYPE) == NULL ||
        cJSON_AddStringToObject(tree, "platform", "") == NULL ||
        cJSON_AddNumberToObject(tree, "level", 0) == NULL ||
        cJSON_AddStringToObject(tree, "why", f->why) == NULL) {
        cJSON_Delete(tree);
        tree = NULL;
    }
    d->drivers->act_log(d->work, PLATEN_ACT_INFO, f->why);
    return device_hand_over(d, tree, err);
}

/* A line that never brought anything back is one-way; one that did is held by a job. */
static bool cannot(const device *d, platen_code rc)
{
    return rc == PLATEN_E_UNSUPPORTED || (d->line.silent && !device_was_heard(d));
}

platen_code act_check(device *d, platen_error *err)
{
    finding f = {.write = "no"};
    platen_error why = PLATEN_ERROR_INIT;
    if (device_is_other(d, true)) {
        (void)snprintf(f.why, sizeof(f.why),
                       "not asked: the languages that the device lists do not come with PJL, so it "
                       "would print the question");
        return say(d, &f, err);
    }
    platen_code rc = device_open(d, &why);
    if (rc == PLATEN_OK) {
        rc = device_read(d, &why);
    }
    if (rc == PLATEN_OK) {
        judge(d, &f);
        return say(d, &f, err);
    }
    if (!cannot(d, rc)) {
        return d->line.driver->host->fail(err, rc, "%s", why.text);
    }
    f.write = rc == PLATEN_E_UNSUPPORTED ? "no" : "unknown";
    (void)snprintf(f.why, sizeof(f.why), "%s", why.text);
    return say(d, &f, err);
}

/* ---- settings.read ---- */

/* Without a list all of them are. */
static bool is_wanted(const cJSON *categories, const char *category)
{
    const cJSON *item = NULL;
    if (!cJSON_IsArray(categories)) {
        return true;
    }
    cJSON_ArrayForEach(item, categories)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, category) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_items(const variables *list, const cJSON *categories, cJSON *items, size_t *count)
{
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        const variable *v = &list->list[i];
        char path[VARIABLE_PATH];
        variable_path(v, path);
        if (v->value == NULL || setting_is_secret(path) ||
            !is_wanted(categories, setting_category(v->name))) {
            continue;
        }
        cJSON *item = setting_item(v);
        if (item == NULL || !cJSON_AddItemToArray(items, item)) {
            cJSON_Delete(item);
            return false;
        }
        (*count)++;
    }
    return items != NULL;
}

platen_code act_read(device *d, const cJSON *settings, platen_error *err)
{
    char line[160];
    size_t count = 0;
    platen_error why = PLATEN_ERROR_INIT;
    if (device_is_other(d, false)) {
        d->drivers->skip(d->work, "unsupported", "the device lists other languages than PJL");
        return PLATEN_OK;
    }
    platen_code rc = device_open(d, &why);
    if (rc == PLATEN_OK) {
        rc = device_read(d, &why);
    }
    if (rc != PLATEN_OK && cannot(d, rc)) { /* what other drivers read of the device counts */
        d->drivers->skip(d->work, "unsupported", why.text);
        return PLATEN_OK;
    }
    if (rc != PLATEN_OK) {
        return d->line.driver->host->fail(err, rc, "%s", why.text);
    }
    cJSON *tree = device_document(d);
    cJSON *items = cJSON_AddArrayToObject(tree, "items");
    if (!add_items(&d->list, cJSON_GetObjectItemCaseSensitive(settings, "categories"), items,
                   &count)) {
        cJSON_Delete(tree);
        tree = NULL;
    }
    (void)snprintf(line, sizeof(line), "%zu of %zu variables were read%s", count, d->list.count,
                   d->list.dropped > 0 ? "; some lines of the list made no sense" : "");
    d->drivers->act_log(d->work, d->list.dropped > 0 ? PLATEN_ACT_WARNING : PLATEN_ACT_INFO, line);
    return device_hand_over(d, tree, err);
}
