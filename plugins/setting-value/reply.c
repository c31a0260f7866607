/* Reading what drivers handed over. */
#include "reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static platen_code wrong(const cJSON *part, const char *what, platen_error *err)
{
    return the_feature.host->fail(err, PLATEN_E_INVAL, "driver '%.40s' says %s",
                                  part != NULL ? part->string : "", what);
}

bool reply_flag(const cJSON *part, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(part, name));
}

const char *reply_text(const cJSON *part, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, name));
    return text != NULL ? text : "";
}

/* ---- the whole ---- */

/* cJSON reads nesting on the stack: what is deep is not handed to it. */
static bool is_deep(const char *text)
{
    uint32_t depth = 0;
    bool quoted = false;
    for (; *text != '\0'; text++) {
        if (quoted && *text == '\\' && text[1] != '\0') {
            text++;
        } else if (*text == '"') {
            quoted = !quoted;
        } else if (!quoted && (*text == '{' || *text == '[')) {
            if (++depth > REPLY_DEPTH) {
                return true;
            }
        } else if (!quoted && (*text == '}' || *text == ']') && depth > 0) {
            depth--;
        }
    }
    return false;
}

static platen_code take_type(reply *r, const cJSON *part, platen_error *err)
{
    const cJSON *level = cJSON_GetObjectItemCaseSensitive(part, "level");
    const char *type = reply_text(part, "type");
    const char *platform = reply_text(part, "platform");
    if (type[0] != '\0' && !type_known(type)) {
        return wrong(part, "a type that there is not", err);
    }
    if (strlen(platform) >= TYPE_PLATFORM ||
        (level != NULL && (!cJSON_IsNumber(level) || level->valuedouble < 0 ||
                           level->valuedouble > TYPE_LEVEL_MAX))) {
        return wrong(part, "a platform or level that cannot be", err);
    }
    /* IV is every device's; what a driver of the maker says is more. */
    if (r->is.type[0] == '\0' || (strcmp(r->is.type, "IV") == 0 && type[0] != '\0')) {
        (void)snprintf(r->is.type, sizeof(r->is.type), "%s", type);
        (void)snprintf(r->is.platform, sizeof(r->is.platform), "%s", platform);
        r->is.level = level != NULL ? (uint32_t)level->valuedouble : 0;
    }
    return PLATEN_OK;
}

static platen_code take_part(reply *r, const cJSON *part, platen_error *err)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(part, "format");
    if (!cJSON_IsObject(part) || part->string == NULL || part->string[0] == '\0') {
        return wrong(part, "what is no object", err);
    }
    if (format != NULL && (!cJSON_IsNumber(format) || format->valueint != 1)) {
        return wrong(part, "another format than 1", err);
    }
    if (r->count == REPLY_DRIVERS) {
        return wrong(part, "more than there are drivers", err);
    }
    PLATEN_TRY(take_type(r, part, err));
    r->parts[r->count++] = part;
    return PLATEN_OK;
}

platen_code reply_read(const platen_outcome *outcome, reply *out, platen_error *err)
{
    const cJSON *part = NULL;
    *out = (reply){.tree = NULL};
    if (outcome->data_length == 0) {
        return PLATEN_OK;
    }
    if (is_deep(outcome->data)) {
        return the_feature.host->fail(err, PLATEN_E_MALFORMED, "the device's data is nested");
    }
    out->tree = cJSON_ParseWithLength(outcome->data, outcome->data_length);
    if (!cJSON_IsObject(out->tree)) {
        return the_feature.host->fail(err, PLATEN_E_MALFORMED, "the device's data is no object");
    }
    cJSON_ArrayForEach(part, out->tree)
    {
        PLATEN_TRY(take_part(out, part, err));
    }
    type_settle(&out->is);
    return PLATEN_OK;
}

void reply_fini(reply *r)
{
    cJSON_Delete(r->tree);
    *r = (reply){.tree = NULL};
}

/* ---- settings.write ---- */

static item_result result_of(const char *word)
{
    static const char *const words[] = {
        "",          "same",          "different", "written", "not-supported",
        "read-only", "not-allowed",   "refused",   "changed", "not-confirmed",
        "failed",    "wrong-password"};
    for (unsigned i = 1; word != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(word, words[i]) == 0) {
            return (item_result)i;
        }
    }
    return RESULT_NONE;
}

bool result_failed(item_result result)
{
    return result >= RESULT_READ_ONLY;
}

bool result_touched(item_result result)
{
    return result == RESULT_WRITTEN || result == RESULT_CHANGED || result == RESULT_NOT_CONFIRMED ||
           result == RESULT_FAILED;
}

/* A value of a device, or NULL for none; `*good` is false for what is no value. */
static const cJSON *value_of(const cJSON *object, const char *name, bool *good)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    if (value == NULL || cJSON_IsNull(value)) {
        return NULL;
    }
    if (!cJSON_IsBool(value) && !cJSON_IsNumber(value) &&
        !(cJSON_IsString(value) && strlen(value->valuestring) <= ITEM_TEXT_MAX)) {
        *good = false;
    }
    return value;
}

static platen_code take_answer(const cJSON *part, const cJSON *object, const item_list *asked,
                               item_answer *answers, platen_error *err)
{
    bool good = true;
    const char *path = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "path"));
    const item *i = path != NULL ? items_find(asked, path) : NULL;
    if (i == NULL) {
        return wrong(part, "what becomes of a setting that was not asked for", err);
    }
    item_answer *a = &answers[i - asked->at];
    if (a->result != RESULT_NONE) {
        return wrong(part, "twice what becomes of a setting", err);
    }
    *a = (item_answer){.result = result_of(reply_text(object, "result")),
                       .before = value_of(object, "before", &good),
                       .after = value_of(object, "after", &good),
                       .text = reply_text(object, "text")};
    return good && a->result != RESULT_NONE
               ? PLATEN_OK
               : wrong(part, "a result or value of a setting that cannot be", err);
}

platen_code reply_answers(const reply *r, const item_list *asked, item_answer **out,
                          platen_error *err)
{
    platen_code rc = PLATEN_OK;
    uint32_t count = 0;
    *out = calloc((size_t)asked->count + 1, sizeof(**out));
    if (*out == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for what was written");
    }
    for (uint32_t p = 0; rc == PLATEN_OK && p < r->count; p++) {
        const cJSON *object = NULL;
        cJSON_ArrayForEach(object, cJSON_GetObjectItemCaseSensitive(r->parts[p], "items"))
        {
            rc = ++count > ITEMS_MAX ? wrong(r->parts[p], "more settings than there can be", err)
                                     : take_answer(r->parts[p], object, asked, *out, err);
            if (rc != PLATEN_OK) {
                break;
            }
        }
    }
    if (rc != PLATEN_OK) {
        free(*out);
        *out = NULL;
    }
    return rc;
}
