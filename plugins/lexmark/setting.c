/* settings.check and settings.read. */
#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- handing over ---- */

cJSON *setting_head(const visit *of)
{
    cJSON *head = cJSON_CreateObject();
    bool good = cJSON_AddNumberToObject(head, "format", 1) != NULL &&
                cJSON_AddStringToObject(head, "type", "I") != NULL &&
                cJSON_AddStringToObject(head, "platform", "") != NULL &&
                cJSON_AddNumberToObject(head, "level", 0) != NULL &&
                cJSON_AddStringToObject(head, "model", of->target.model) != NULL;
    if (!good) {
        cJSON_Delete(head);
        head = NULL;
    }
    return head;
}

platen_code setting_hand_over(visit *of, const cJSON *data, platen_error *err)
{
    char *text = data != NULL ? cJSON_PrintUnformatted(data) : NULL;
    platen_code rc = text != NULL
                         ? of->driver->drivers->data(of->work, text, strlen(text), err)
                         : of->driver->host->fail(err, PLATEN_E_NOMEM, "lexmark: no memory");
    cJSON_free(text);
    return rc;
}

/* ---- check ---- */

static platen_code tell_check(visit *of, bool supported, const char *why, platen_error *err)
{
    cJSON *data = cJSON_CreateObject();
    bool good = cJSON_AddBoolToObject(data, "supported", supported) != NULL &&
                cJSON_AddBoolToObject(data, "read", supported) != NULL &&
                cJSON_AddStringToObject(data, "write", supported ? "yes" : "no") != NULL &&
                cJSON_AddStringToObject(data, "type", "I") != NULL &&
                cJSON_AddStringToObject(data, "platform", "") != NULL &&
                cJSON_AddNumberToObject(data, "level", 0) != NULL &&
                cJSON_AddStringToObject(data, "why", why) != NULL;
    platen_code rc = good ? setting_hand_over(of, data, err)
                          : of->driver->host->fail(err, PLATEN_E_NOMEM, "lexmark: no memory");
    cJSON_Delete(data);
    return rc;
}

platen_code setting_check(visit *of, platen_error *err)
{
    bundle b;
    char why[120];
    platen_code rc = vcc_read(of, &b, err);
    if (rc == PLATEN_E_UNSUPPORTED) {
        return tell_check(of, false,
                          "the device has no settings bundle: its export of settings is off, or "
                          "its firmware is too old",
                          err);
    }
    if (rc == PLATEN_OK) {
        (void)snprintf(why, sizeof(why), "a bundle of %zu settings", b.count);
        bundle_fini(&b);
        rc = tell_check(of, true, why, err);
    }
    return rc;
}

/* ---- read ---- */

static bool is_asked_for(const cJSON *order, const char *category)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(order, "categories");
    const cJSON *one = NULL;
    if (!cJSON_IsArray(list)) {
        return true;
    }
    cJSON_ArrayForEach(one, list)
    {
        if (cJSON_IsString(one) && strcmp(one->valuestring, category) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_item(cJSON *items, const bundle_setting *setting)
{
    char path[sizeof(BUNDLE_PREFIX) + BUNDLE_NAME];
    cJSON *item = cJSON_CreateObject();
    (void)snprintf(path, sizeof(path), BUNDLE_PREFIX "%s", setting->name);
    bool good = cJSON_AddStringToObject(item, "path", path) != NULL &&
                cJSON_AddStringToObject(item, "category", bundle_category(setting->name)) != NULL &&
                cJSON_AddStringToObject(item, "kind", "text") != NULL &&
                cJSON_AddStringToObject(item, "value", setting->value) != NULL &&
                cJSON_AddTrueToObject(item, "writable") != NULL &&
                cJSON_AddStringToObject(item, "case", bundle_case(setting->name)) != NULL;
    if (!good) {
        cJSON_Delete(item);
        return false;
    }
    return cJSON_AddItemToArray(items, item);
}

/* All settings that are asked for and no secrets; how many, -1: no memory. */
static int64_t add_items(cJSON *items, const bundle *b, const cJSON *order)
{
    int64_t count = 0;
    bool good = items != NULL;
    for (size_t i = 0; good && i < b->count; i++) {
        const bundle_setting *one = &b->settings[i];
        if (!bundle_is_secret(one->name) && is_asked_for(order, bundle_category(one->name))) {
            good = add_item(items, one);
            count++;
        }
    }
    return good ? count : -1;
}

platen_code setting_read(visit *of, const cJSON *order, platen_error *err)
{
    bundle b;
    PLATEN_TRY(vcc_read(of, &b, err));
    cJSON *data = setting_head(of);
    int64_t count = add_items(cJSON_AddArrayToObject(data, "items"), &b, order);
    platen_code rc = PLATEN_OK;
    if (count < 0) {
        rc = of->driver->host->fail(err, PLATEN_E_NOMEM, "lexmark: no memory");
    } else if (count == 0) {
        of->driver->drivers->skip(of->work, "unsupported",
                                  "the bundle has no setting of these categories");
    } else {
        note(of, PLATEN_ACT_INFO,
             "%" PRId64 " settings of the bundle; %zu of applications have no name of their own "
             "and are left out",
             count, b.instances);
        rc = setting_hand_over(of, data, err);
    }
    cJSON_Delete(data);
    bundle_fini(&b);
    return rc;
}
