/*
 * The settings bundle of Lexmark devices as a file, as its web page exports it: what the driver
 * reads from a device, with the same categories and cases. A bundle does not say which device it is
 * of, so settings of one very device (case A) are there and not marked for output; secrets are left
 * out, as the driver writes none.
 */
#include "import.h"

#include <stdio.h>
#include <string.h>

#include "plugins/lexmark/bundle.h"

#include "fault.h"

static bool add_item(cJSON *array, const bundle_setting *setting)
{
    char path[sizeof(BUNDLE_PREFIX) + BUNDLE_NAME];
    const char *scope = bundle_case(setting->name);
    cJSON *one = cJSON_CreateObject();
    (void)snprintf(path, sizeof(path), BUNDLE_PREFIX "%s", setting->name);
    bool good = cJSON_AddStringToObject(one, "path", path) != NULL &&
                cJSON_AddStringToObject(one, "category", bundle_category(setting->name)) != NULL &&
                cJSON_AddStringToObject(one, "kind", "text") != NULL &&
                cJSON_AddStringToObject(one, "value", setting->value) != NULL &&
                cJSON_AddStringToObject(one, "case", scope) != NULL &&
                (scope[0] != 'A' || cJSON_AddFalseToObject(one, "output") != NULL);
    if (!good || !cJSON_AddItemToArray(array, one)) {
        cJSON_Delete(one);
        return false;
    }
    return true;
}

static cJSON *make_items(const bundle *b)
{
    cJSON *items = cJSON_CreateArray();
    bool good = items != NULL;
    for (size_t i = 0; good && i < b->count; i++) {
        good = bundle_is_secret(b->settings[i].name) || add_item(items, &b->settings[i]);
    }
    if (!good) {
        cJSON_Delete(items);
        items = NULL;
    }
    return items;
}

platen_code import_bundle(const void *zip, size_t length, document *out, platen_error *err)
{
    bundle b;
    char why[BUNDLE_WHY];
    memset(out, 0, sizeof(*out));
    if (!bundle_read(zip, length, &b, why)) {
        return fault(err, PLATEN_E_MALFORMED,
                     "of zip files the settings bundle of Lexmark devices is read: %s", why);
    }
    cJSON *items = make_items(&b);
    bundle_fini(&b);
    if (items == NULL) {
        return fault_memory(err, "a bundle");
    }
    (void)snprintf(out->kind, sizeof(out->kind), "device");
    (void)snprintf(out->type, sizeof(out->type), "I");
    return items_take(items, &out->items, err);
}
