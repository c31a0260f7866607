/* data-items, item-set, item-mark, item-remove: what data holds, and changing it on the page
 * (SET-86). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "dictionary.h"
#include "excluded.h"
#include "operation.h"

/* ---- data-items ---- */

typedef struct viewing {
    int64_t id;
    data_info info;
    item_list items;
    dictionary *words;
} viewing;

static platen_code view(platen_tx *tx, void *user, platen_error *err)
{
    viewing *v = user;
    PLATEN_TRY(data_find(tx, v->id, &v->info, err));
    PLATEN_TRY(data_items(tx, v->id, &v->items, err));
    return dictionary_take(tx, &v->words, err);
}

static bool add_row(cJSON *list, const viewing *v, const item *i, const char *language)
{
    char text[DICTIONARY_TEXT];
    const char scope[] = {i->scope, '\0'};
    cJSON *row = cJSON_CreateObject();
    bool good = row != NULL && cJSON_AddItemToArray(list, row);
    good = good && cJSON_AddStringToObject(row, "path", i->path) != NULL;
    dictionary_path(v->words, language, v->info.model, i->path, text, sizeof(text));
    good = good && cJSON_AddStringToObject(row, "name", text) != NULL &&
           cJSON_AddStringToObject(row, "category", i->category) != NULL &&
           cJSON_AddStringToObject(row, "kind", item_kind_word(i->kind)) != NULL;
    item_value_text(i->value, text, 256);
    good = good && cJSON_AddStringToObject(row, "value", item_secret(i->path) ? "" : text) != NULL;
    dictionary_value(v->words, language, v->info.model, i->path, i->value, text, sizeof(text));
    return good &&
           cJSON_AddStringToObject(row, "shown", item_secret(i->path) ? "***" : text) != NULL &&
           cJSON_AddStringToObject(row, "case", scope) != NULL &&
           cJSON_AddStringToObject(row, "output", i->output ? "yes" : "no") != NULL;
}

static cJSON *make_rows(const viewing *v, const char *language)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(tree, "items");
    bool good = list != NULL && cJSON_AddNumberToObject(tree, "total", v->items.count) != NULL;
    for (uint32_t i = 0; good && i < v->items.count && i < PLATEN_PAGE_ROWS; i++) {
        good = add_row(list, v, &v->items.at[i], language);
    }
    if (!good) {
        cJSON_Delete(tree);
    }
    return good ? tree : NULL;
}

static platen_code show(platen_call *call, const cJSON *arguments, platen_error *err)
{
    viewing v = {.id = operation_id(arguments, "data")};
    const char *language = operation_text(arguments, "language");
    platen_code rc = the_feature.store->read(the_feature.ctx, view, &v, err);
    if (rc == PLATEN_OK) {
        rc = operation_answer(call, make_rows(&v, language[0] != '\0' ? language : "en"), err);
    }
    dictionary_release(v.words);
    items_fini(&v.items);
    return rc;
}

/* ---- item-set, item-remove ---- */

typedef struct editing {
    platen_call *call;
    const cJSON *arguments;
    int64_t id;
    platen_code (*change)(const struct editing *e, const data_info *info, item_list *items,
                          platen_error *err);
} editing;

static platen_code edit(platen_tx *tx, void *user, platen_error *err)
{
    const editing *e = user;
    data_info info;
    item_list items;
    PLATEN_TRY(data_find(tx, e->id, &info, err));
    PLATEN_TRY(data_items(tx, e->id, &items, err));
    platen_code rc = e->change(e, &info, &items, err);
    if (rc == PLATEN_OK) {
        rc = data_change(tx, e->id, &items, err);
    }
    items_fini(&items);
    return rc;
}

static platen_code run_edit(editing *e, platen_error *err)
{
    e->id = operation_id(e->arguments, "data");
    return the_feature.store->write(the_feature.ctx, edit, e, err);
}

/* The setting of that path; told when there is none. */
static platen_code find(const editing *e, item_list *items, const char *path, item **out,
                        platen_error *err)
{
    const item *i = items_find(items, path);
    if (i == NULL) {
        the_feature.op->invalid(e->call, "/path", "not-found", "the data has no such setting");
        return the_feature.host->fail(err, PLATEN_E_INVAL, "the data has no setting '%.255s'",
                                      path);
    }
    *out = &items->at[i - items->at];
    return PLATEN_OK;
}

/* The value that a text stands for, of the setting's kind. */
static cJSON *parse_value(const item *i, const char *text)
{
    cJSON *tree =
        i->kind == ITEM_ENUM || i->kind == ITEM_TEXT ? NULL : cJSON_ParseWithOpts(text, NULL, 1);
    return tree != NULL ? tree : cJSON_CreateString(text);
}

static platen_code set_value(const editing *e, item *i, const char *text, platen_error *err)
{
    const char *why = "";
    cJSON *value = parse_value(i, text);
    platen_code rc = PLATEN_OK;
    if (!item_takes(i, value, &why)) {
        the_feature.op->invalid(e->call, "/value", "not-allowed", why);
        rc = the_feature.host->fail(err, PLATEN_E_INVAL, "%s: the value is %s", i->path, why);
    } else {
        rc = item_set(i, value, err);
    }
    cJSON_Delete(value);
    return rc;
}

static platen_code set_mark(const editing *e, const data_info *info, item *i, bool output,
                            platen_error *err)
{
    const char *name = excluded_name(i->path);
    if (output && name != NULL && strcmp(info->purpose, DATA_MONITORING) == 0) {
        the_feature.op->invalid(e->call, "/output", "excluded-item", name);
        return the_feature.host->fail(err, PLATEN_E_INVAL, "a standard may not have %s", i->path);
    }
    return item_mark(i, output, err);
}

static platen_code set_item(const editing *e, const data_info *info, item_list *items,
                            platen_error *err)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(e->arguments, "value");
    const cJSON *output = cJSON_GetObjectItemCaseSensitive(e->arguments, "output");
    item *i = NULL;
    PLATEN_TRY(find(e, items, operation_text(e->arguments, "path"), &i, err));
    if (cJSON_IsString(value)) {
        PLATEN_TRY(set_value(e, i, value->valuestring, err));
    }
    return cJSON_IsBool(output) ? set_mark(e, info, i, cJSON_IsTrue(output), err) : PLATEN_OK;
}

static platen_code run_set(platen_call *call, const cJSON *arguments, platen_error *err)
{
    editing e = {call, arguments, 0, set_item};
    return run_edit(&e, err);
}

/* The same mark for each. */
static platen_code mark_items(const editing *e, const data_info *info, item_list *items,
                              platen_error *err)
{
    const cJSON *path = NULL;
    bool output = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(e->arguments, "output"));
    cJSON_ArrayForEach(path, cJSON_GetObjectItemCaseSensitive(e->arguments, "ids"))
    {
        item *one = NULL;
        PLATEN_TRY(find(e, items, cJSON_IsString(path) ? path->valuestring : "", &one, err));
        PLATEN_TRY(set_mark(e, info, one, output, err));
    }
    return PLATEN_OK;
}

static platen_code run_mark(platen_call *call, const cJSON *arguments, platen_error *err)
{
    editing e = {call, arguments, 0, mark_items};
    return run_edit(&e, err);
}

/* Whoever removes all of them means the data. */
static platen_code remove_items(const editing *e, const data_info *info, item_list *items,
                                platen_error *err)
{
    const cJSON *path = NULL;
    (void)info;
    cJSON_ArrayForEach(path, cJSON_GetObjectItemCaseSensitive(e->arguments, "ids"))
    {
        const char *text = cJSON_GetStringValue(path);
        const item *i = text != NULL ? items_find(items, text) : NULL;
        if (i != NULL) {
            items_remove(items, (uint32_t)(i - items->at));
        }
    }
    if (items->count == 0) {
        return the_feature.host->fail(err, PLATEN_E_STATE,
                                      "data without a setting is none: delete it instead");
    }
    return PLATEN_OK;
}

static platen_code run_remove(platen_call *call, const cJSON *arguments, platen_error *err)
{
    editing e = {call, arguments, 0, remove_items};
    return run_edit(&e, err);
}

platen_code data_edit_load(platen_error *err)
{
    const uint32_t none = PLATEN_OPERATION_NO_DEVICES;
#define DATA "\"data\":{\"type\":\"string\",\"title\":\"setting-value.data\",\"maxLength\":19}"
    PLATEN_TRY(operation_add("data-items", PLATEN_OPERATION_READ | none,
                             "{\"type\":\"object\",\"required\":[\"data\"],\"properties\":{" DATA
                             ",\"language\":{\"type\":\"string\",\"maxLength\":16}}}",
                             show, err));
    PLATEN_TRY(operation_add(
        "item-set", PLATEN_OPERATION_WRITE | none,
        "{\"type\":\"object\",\"required\":[\"data\",\"path\"],\"properties\":{" DATA
        ",\"path\":{\"type\":\"string\",\"title\":\"setting-value.path\",\"maxLength\":255},"
        "\"value\":{\"type\":\"string\",\"title\":\"setting-value.value\",\"maxLength\":4096},"
        "\"output\":{\"type\":\"boolean\",\"title\":\"setting-value.output\"}}}",
        run_set, err));
#define PATHS                                                                                      \
    "\"ids\":{\"type\":\"array\",\"title\":\"setting-value.path\",\"minItems\":1,"                 \
    "\"maxItems\":10000,\"items\":{\"type\":\"string\",\"maxLength\":255}}"
    PLATEN_TRY(operation_add(
        "item-mark", PLATEN_OPERATION_WRITE | none,
        "{\"type\":\"object\",\"required\":[\"data\",\"ids\",\"output\"],\"properties\":{" DATA
        "," PATHS ",\"output\":{\"type\":\"boolean\",\"title\":\"setting-value.output\"}}}",
        run_mark, err));
    return operation_add(
        "item-remove", PLATEN_OPERATION_WRITE | none,
        "{\"type\":\"object\",\"required\":[\"data\",\"ids\"],\"properties\":{" DATA "," PATHS "}}",
        run_remove, err);
#undef PATHS
#undef DATA
}
