/* Lists of settings: from an array, checked and in the order of their paths; and back to text. */
#include "item.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* ---- members ---- */

static item_kind guess(const cJSON *value)
{
    return cJSON_IsBool(value) ? ITEM_BOOLEAN : cJSON_IsNumber(value) ? ITEM_NUMBER : ITEM_TEXT;
}

static platen_code read_kind(item *i, platen_error *err)
{
    const char *word = text_of(i->json, "kind");
    if (word != NULL && !item_kind_of(word, &i->kind)) {
        return fault(err, PLATEN_E_INVAL, "%s: there is no kind '%.20s'", i->path, word);
    }
    if (word == NULL) {
        i->kind = guess(i->value);
        (void)cJSON_AddStringToObject(i->json, "kind", item_kind_word(i->kind));
    }
    return PLATEN_OK;
}

static platen_code read_words(item *i, platen_error *err)
{
    const char *category = text_of(i->json, "category");
    const char *scope = text_of(i->json, "case");
    if (category == NULL) {
        (void)cJSON_AddStringToObject(i->json, "category", "basic");
        category = "basic";
    }
    if (!item_category_good(category)) {
        return fault(err, PLATEN_E_INVAL, "%s: its category is no word of a-z, 0-9 and '-'",
                     i->path);
    }
    if (scope != NULL && (scope[0] < 'A' || scope[0] > 'C' || scope[1] != '\0')) {
        return fault(err, PLATEN_E_INVAL, "%s: its case is not A, B or C", i->path);
    }
    if (scope == NULL) {
        (void)cJSON_AddStringToObject(i->json, "case", "C");
    }
    i->category = text_of(i->json, "category");
    i->scope = scope != NULL ? scope[0] : 'C';
    return PLATEN_OK;
}

/* A member that is true or false; `preset` when it is not there. */
static platen_code read_flag(const item *i, const char *name, bool preset, bool *flag,
                             platen_error *err)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(i->json, name);
    if (member != NULL && !cJSON_IsBool(member)) {
        return fault(err, PLATEN_E_INVAL, "%s: '%s' is not true or false", i->path, name);
    }
    *flag = member != NULL ? cJSON_IsTrue(member) : preset;
    return PLATEN_OK;
}

static platen_code check_limits(const item *i, platen_error *err)
{
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(i->json, "values");
    const cJSON *one = NULL;
    if (values != NULL && !cJSON_IsArray(values)) {
        return fault(err, PLATEN_E_INVAL, "%s: 'values' is no list", i->path);
    }
    if (values != NULL && (unsigned)cJSON_GetArraySize(values) > ITEM_VALUES_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "%s: more than %u allowed values", i->path,
                     ITEM_VALUES_MAX);
    }
    cJSON_ArrayForEach(one, values)
    {
        if (!cJSON_IsString(one) && !cJSON_IsNumber(one) && !cJSON_IsBool(one)) {
            return fault(err, PLATEN_E_INVAL, "%s: an allowed value that is no value", i->path);
        }
    }
    static const char *const names[] = {"min", "max"};
    for (size_t k = 0; k < 2; k++) {
        const cJSON *limit = cJSON_GetObjectItemCaseSensitive(i->json, names[k]);
        if (limit != NULL && !cJSON_IsNumber(limit)) {
            return fault(err, PLATEN_E_INVAL, "%s: '%s' is no number", i->path, names[k]);
        }
    }
    return PLATEN_OK;
}

/* Its kind only: a device may well have a value that it would not take. */
static platen_code check_value(const item *i, platen_error *err)
{
    item bare = *i;
    cJSON none = {0};
    bare.json = &none;
    if (i->value == NULL) {
        return fault(err, PLATEN_E_INVAL, "%s: it has no value", i->path);
    }
    return item_takes(&bare, i->value, NULL)
               ? PLATEN_OK
               : fault(err, PLATEN_E_INVAL, "%s: its value is no %s of at most %u bytes", i->path,
                       item_kind_word(i->kind), ITEM_TEXT_MAX);
}

static platen_code read_item(item *i, platen_error *err)
{
    i->path = cJSON_IsObject(i->json) ? text_of(i->json, "path") : NULL;
    i->value = cJSON_GetObjectItemCaseSensitive(i->json, "value");
    if (i->path == NULL || !item_path_good(i->path)) {
        return fault(err, PLATEN_E_INVAL,
                     "a setting without a path of 2 to %u segments and at most %u bytes",
                     ITEM_SEGMENTS_MAX, ITEM_PATH_MAX);
    }
    PLATEN_TRY(read_kind(i, err));
    PLATEN_TRY(check_value(i, err));
    PLATEN_TRY(read_words(i, err));
    PLATEN_TRY(read_flag(i, "writable", true, &i->writable, err));
    PLATEN_TRY(read_flag(i, "output", true, &i->output, err));
    if (cJSON_GetObjectItemCaseSensitive(i->json, "writable") == NULL) {
        (void)cJSON_AddTrueToObject(i->json, "writable");
    }
    return check_limits(i, err);
}

/* ---- lists ---- */

static int by_path(const void *a, const void *b)
{
    return strcmp(((const item *)a)->path, ((const item *)b)->path);
}

static platen_code read_all(item_list *list, platen_error *err)
{
    cJSON *json = NULL;
    cJSON_ArrayForEach(json, list->tree)
    {
        item *i = &list->at[list->count];
        i->json = json;
        PLATEN_TRY(read_item(i, err));
        list->count++;
    }
    qsort(list->at, list->count, sizeof(list->at[0]), by_path);
    for (uint32_t i = 1; i < list->count; i++) {
        if (strcmp(list->at[i - 1].path, list->at[i].path) == 0) {
            return fault(err, PLATEN_E_INVAL, "%s is there twice", list->at[i].path);
        }
    }
    return PLATEN_OK;
}

platen_code items_take(cJSON *array, item_list *out, platen_error *err)
{
    *out = (item_list){NULL, 0, array};
    int count = cJSON_GetArraySize(array);
    platen_code rc = PLATEN_OK;
    if (array != NULL && !cJSON_IsArray(array)) {
        rc = fault(err, PLATEN_E_INVAL, "the settings are no list");
    } else if ((unsigned)count > ITEMS_MAX) {
        rc = fault(err, PLATEN_E_TOO_LARGE, "%d settings, at most %u", count, ITEMS_MAX);
    } else {
        out->at = calloc((size_t)count + 1, sizeof(out->at[0]));
        rc = out->at != NULL ? read_all(out, err) : fault_memory(err, "settings");
    }
    if (rc != PLATEN_OK) {
        items_fini(out);
    }
    return rc;
}

platen_code items_parse(const char *text, size_t length, item_list *out, platen_error *err)
{
    *out = (item_list){NULL, 0, NULL};
    cJSON *tree = cJSON_ParseWithLength(text, length);
    if (tree == NULL) {
        return fault(err, PLATEN_E_MALFORMED, "the settings are no JSON");
    }
    return items_take(tree, out, err);
}

void items_fini(item_list *list)
{
    free(list->at);
    cJSON_Delete(list->tree);
    *list = (item_list){NULL, 0, NULL};
}

static int against_path(const void *path, const void *at)
{
    return strcmp(path, ((const item *)at)->path);
}

const item *items_find(const item_list *list, const char *path)
{
    return list->count > 0 ? bsearch(path, list->at, list->count, sizeof(list->at[0]), against_path)
                           : NULL;
}

void items_remove(item_list *list, uint32_t at)
{
    cJSON_Delete(cJSON_DetachItemViaPointer(list->tree, list->at[at].json));
    memmove(&list->at[at], &list->at[at + 1], (list->count - at - 1) * sizeof(list->at[0]));
    list->count--;
}
