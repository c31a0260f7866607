#include "document.h"

#include <stdio.h>
#include <string.h>

#include "fault.h"

#define DEPTH_MAX 8 /* of its JSON: an object of a list of settings with a list of values is 4 */

/* ---- reading ---- */

/* A text of an object; a longer one, or one that is no text, is an error. */
static platen_code take_text(const cJSON *object, const char *name, char *out, size_t size,
                             platen_error *err)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    out[0] = '\0';
    if (member == NULL || cJSON_IsNull(member)) {
        return PLATEN_OK;
    }
    if (!cJSON_IsString(member) || strlen(member->valuestring) >= size) {
        return fault(err, PLATEN_E_INVAL, "'%s' is no text of at most %zu bytes", name, size - 1);
    }
    (void)snprintf(out, size, "%s", member->valuestring);
    return PLATEN_OK;
}

static bool is_one_of(const char *text, const char *const *words)
{
    while (*words != NULL && strcmp(*words, text) != 0) {
        words++;
    }
    return *words != NULL;
}

static platen_code take_source(const cJSON *source, document *out, platen_error *err)
{
    static const char *const types[] = {"", "I", "II", "III", "IV", NULL};
    const cJSON *device = cJSON_GetObjectItemCaseSensitive(source, "device");
    const cJSON *level = cJSON_GetObjectItemCaseSensitive(source, "level");
    if (source != NULL && !cJSON_IsObject(source)) {
        return fault(err, PLATEN_E_INVAL, "'source' is no object");
    }
    PLATEN_TRY(take_text(device, "name", out->device, sizeof(out->device), err));
    PLATEN_TRY(take_text(device, "serial", out->serial, sizeof(out->serial), err));
    PLATEN_TRY(take_text(source, "model", out->model, sizeof(out->model), err));
    PLATEN_TRY(take_text(source, "type", out->type, sizeof(out->type), err));
    PLATEN_TRY(take_text(source, "platform", out->platform, sizeof(out->platform), err));
    if (!is_one_of(out->type, types)) {
        return fault(err, PLATEN_E_INVAL, "'%s' is no type of device: I, II, III, IV", out->type);
    }
    if (level != NULL &&
        (!cJSON_IsNumber(level) || level->valuedouble < 0 || level->valuedouble > 9)) {
        return fault(err, PLATEN_E_INVAL, "'level' is no number from 0 to 9");
    }
    out->level = level != NULL ? (uint32_t)level->valuedouble : 0;
    return PLATEN_OK;
}

static platen_code take_head(const cJSON *tree, document *out, platen_error *err)
{
    static const char *const of_files[] = {"",           "backup", "distribution",
                                           "monitoring", "device", NULL};
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(tree, "format");
    if (!cJSON_IsObject(tree)) {
        return fault(err, PLATEN_E_INVAL,
                     "the file is no object with \"format\" and \"items\", and no list");
    }
    if (!cJSON_IsNumber(format)) {
        return fault(err, PLATEN_E_INVAL, "the file has no \"format\"");
    }
    if (format->valuedouble < DOCUMENT_FORMAT || format->valuedouble > DOCUMENT_FORMAT) {
        return fault(err, PLATEN_E_VERSION, "the file is of format %.0f, this version reads %d",
                     format->valuedouble, DOCUMENT_FORMAT);
    }
    PLATEN_TRY(take_text(tree, "kind", out->kind, sizeof(out->kind), err));
    PLATEN_TRY(take_text(tree, "name", out->name, sizeof(out->name), err));
    PLATEN_TRY(take_text(tree, "made", out->made, sizeof(out->made), err));
    if (!is_one_of(out->kind, of_files)) {
        return fault(err, PLATEN_E_INVAL,
                     "'%s' is no kind of file: backup, device, distribution, monitoring",
                     out->kind);
    }
    return take_source(cJSON_GetObjectItemCaseSensitive(tree, "source"), out, err);
}

platen_code document_take(cJSON *tree, document *out, platen_error *err)
{
    memset(out, 0, sizeof(*out));
    if (cJSON_IsArray(tree)) { /* the settings alone, as somebody may write them by hand */
        return items_take(tree, &out->items, err);
    }
    platen_code rc = take_head(tree, out, err);
    if (rc == PLATEN_OK) {
        cJSON *items = cJSON_DetachItemFromObjectCaseSensitive(tree, "items");
        rc = items != NULL ? items_take(items, &out->items, err)
                           : fault(err, PLATEN_E_INVAL, "the file has no \"items\"");
    }
    cJSON_Delete(tree);
    return rc;
}

/* Deep trees would cost stack when they are deleted; this needs none to count. */
static bool is_shallow(const char *text, size_t length)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (quoted && text[i] == '\\') {
            i++; /* what follows ends no text */
        } else if (quoted) {
            quoted = text[i] != '"';
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            depth++;
        } else if ((text[i] == '}' || text[i] == ']') && depth > 0) {
            depth--;
        }
        if (depth > DEPTH_MAX) {
            return false;
        }
    }
    return true;
}

static unsigned line_of(const char *text, const char *at)
{
    unsigned line = 1;
    for (; text < at; text++) {
        line += *text == '\n' ? 1 : 0;
    }
    return line;
}

platen_code document_parse(const char *text, size_t length, document *out, platen_error *err)
{
    const char *end = NULL;
    memset(out, 0, sizeof(*out));
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
    }
    if (length > DOCUMENT_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "%zu bytes of JSON, at most %u", length,
                     DOCUMENT_MAX);
    }
    if (memchr(text, '\0', length) != NULL || !is_shallow(text, length)) {
        return fault(err, PLATEN_E_MALFORMED, "the file is no JSON of settings");
    }
    cJSON *tree = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    if (tree == NULL) {
        unsigned line = end != NULL && end >= text && end <= text + length ? line_of(text, end) : 1;
        return fault(err, PLATEN_E_MALFORMED, "line %u is no JSON", line);
    }
    while (end < text + length && (*end == ' ' || *end == '\t' || *end == '\r' || *end == '\n')) {
        end++;
    }
    if (end < text + length) {
        unsigned line = line_of(text, end);
        cJSON_Delete(tree);
        return fault(err, PLATEN_E_MALFORMED, "line %u: there is more behind the JSON", line);
    }
    return document_take(tree, out, err);
}

void document_fini(document *d)
{
    items_fini(&d->items);
}

/* ---- writing ---- */

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return text[0] == '\0' || cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool write_source(cJSON *tree, const document *d)
{
    cJSON *source = cJSON_AddObjectToObject(tree, "source");
    cJSON *device = cJSON_AddObjectToObject(source, "device");
    return device != NULL && add_text(device, "name", d->device) &&
           add_text(device, "serial", d->serial) && add_text(source, "model", d->model) &&
           add_text(source, "type", d->type) && add_text(source, "platform", d->platform) &&
           cJSON_AddNumberToObject(source, "level", d->level) != NULL;
}

char *document_text(const document *d)
{
    cJSON *tree = cJSON_CreateObject();
    char *items = items_text(&d->items);
    bool good = cJSON_AddNumberToObject(tree, "format", DOCUMENT_FORMAT) != NULL &&
                add_text(tree, "kind", d->kind) && add_text(tree, "name", d->name) &&
                add_text(tree, "made", d->made) && write_source(tree, d) && items != NULL &&
                cJSON_AddRawToObject(tree, "items", items) != NULL;
    char *text = good ? cJSON_PrintUnformatted(tree) : NULL;
    cJSON_free(items);
    cJSON_Delete(tree);
    return text;
}
