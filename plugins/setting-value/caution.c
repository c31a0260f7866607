/*
 * A place is where people choose: a member of a task's settings, or a page. It says what the names
 * of conditions are there ("category" is the column "categories"); a condition whose name the place
 * does not have cannot be asked there, and the caution stands without it.
 */
#include "caution.h"

#include <string.h>

#include "share.h"

static cJSON *file; /* from load() to unload() */

static const cJSON *member(const cJSON *tree, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(tree, name);
}

static const char *text_of(const cJSON *tree, const char *name)
{
    const char *text = cJSON_GetStringValue(member(tree, name));
    return text != NULL ? text : "";
}

static bool stands_at(const cJSON *caution, const char *place)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, member(caution, "places"))
    {
        if (cJSON_IsString(each) && strcmp(each->valuestring, place) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds copies of conditions, by the names that the place has for them; `names` NULL: their own. */
static bool add_conditions(cJSON *when, const cJSON *conditions, const cJSON *names)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, conditions)
    {
        const char *name = names != NULL ? text_of(names, each->string) : each->string;
        cJSON *copy = name[0] != '\0' ? cJSON_Duplicate(each, true) : NULL;
        if (name[0] != '\0' && !cJSON_AddItemToObject(when, name, copy)) {
            cJSON_Delete(copy);
            return false;
        }
    }
    return true;
}

/* One caution as the pages want it. */
static bool add_caution(cJSON *list, const cJSON *caution, const cJSON *place)
{
    static const cJSON none = {.type = cJSON_Object};
    const cJSON *names = member(place, "names");
    const char *title = text_of(caution, "title");
    cJSON *out = cJSON_CreateObject();
    cJSON *when = cJSON_CreateObject();
    bool good = out != NULL && cJSON_AddItemToArray(list, out) &&
                cJSON_AddStringToObject(out, "text", text_of(caution, "text")) != NULL &&
                (title[0] == '\0' || cJSON_AddStringToObject(out, "title", title) != NULL) &&
                when != NULL &&
                add_conditions(when, member(caution, "when"), names != NULL ? names : &none) &&
                add_conditions(when, member(place, "when"), NULL);
    if (good && when->child != NULL) {
        return cJSON_AddItemToObject(out, "when", when);
    }
    cJSON_Delete(when);
    return good;
}

static cJSON *cautions_of(const cJSON *place)
{
    const cJSON *each = NULL;
    cJSON *list = cJSON_CreateArray();
    bool good = list != NULL;
    cJSON_ArrayForEach(each, member(file, "cautions"))
    {
        if (good && stands_at(each, place->string)) {
            good = add_caution(list, each, place);
        }
    }
    if (!good) {
        cJSON_Delete(list);
    }
    return good ? list : NULL;
}

/* Adds what the place says to `into`, to cautions that are there already. */
static bool add_place(const cJSON *place, cJSON *into, const char *name)
{
    cJSON *list = cautions_of(place);
    cJSON *there = cJSON_GetObjectItemCaseSensitive(into, name);
    if (list == NULL || into == NULL) {
        cJSON_Delete(list);
        return false;
    }
    if (there == NULL) {
        return cJSON_AddItemToObject(into, name, list);
    }
    while (list->child != NULL) {
        (void)cJSON_AddItemToArray(there, cJSON_DetachItemViaPointer(list, list->child));
    }
    cJSON_Delete(list);
    return true;
}

char *caution_in_schema(const char *kind, const char *schema)
{
    cJSON *tree = cJSON_Parse(schema);
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(tree, "properties");
    const cJSON *place = NULL;
    bool good = false;
    cJSON_ArrayForEach(place, member(file, "places"))
    {
        if (strcmp(text_of(place, "task"), kind) == 0) {
            cJSON *own = cJSON_GetObjectItemCaseSensitive(properties, text_of(place, "member"));
            good = add_place(place, own, "x-cautions");
            if (!good) {
                break;
            }
        }
    }
    char *text = good ? cJSON_PrintUnformatted(tree) : NULL;
    cJSON_Delete(tree);
    return text;
}

bool caution_in_page(const char *id, cJSON *page)
{
    const cJSON *place = NULL;
    cJSON_ArrayForEach(place, member(file, "places"))
    {
        if (strcmp(text_of(place, "page"), id) == 0 && !add_place(place, page, "cautions")) {
            return false;
        }
    }
    return true;
}

/* Each caution has a requirement, a text, and places that there are. */
static bool is_caution(const cJSON *caution)
{
    const cJSON *each = NULL;
    const cJSON *places = member(caution, "places");
    bool good = text_of(caution, "id")[0] != '\0' && text_of(caution, "text")[0] != '\0' &&
                cJSON_GetArraySize(places) > 0;
    cJSON_ArrayForEach(each, places)
    {
        good = good && cJSON_IsString(each) && member(member(file, "places"), each->valuestring);
    }
    return good;
}

platen_code caution_load(platen_error *err)
{
    const cJSON *each = NULL;
    caution_unload();
    PLATEN_TRY(share_read("share/cautions.json", &file, err));
    bool good = cJSON_GetArraySize(member(file, "cautions")) > 0;
    cJSON_ArrayForEach(each, member(file, "cautions"))
    {
        good = good && is_caution(each);
    }
    return good ? PLATEN_OK
                : the_feature.host->fail(err, PLATEN_E_INVAL,
                                         "share/cautions.json has a caution without id, text or "
                                         "a known place");
}

void caution_unload(void)
{
    cJSON_Delete(file);
    file = NULL;
}
