/* Catalogues as JSON trees, read once. */
#include "core/notify/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/json.h"
#include "core/base/text.h"

#define LANGUAGES 16

struct messages {
    struct {
        const char *language;
        cJSON *texts;
    } all[LANGUAGES]; /* English is among them */
    size_t count;
};

platen_code messages_new(messages **out, platen_error *err)
{
    messages *m = calloc(1, sizeof(*m));
    if (m == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for texts");
    }
    for (const message_file *file = message_files; file->language != NULL; file++) {
        platen_code rc =
            m->count < LANGUAGES
                ? json_parse(file->json, strlen(file->json), &m->all[m->count].texts, err)
                : error_set(err, PLATEN_E_TOO_LARGE, "over %d languages", LANGUAGES);
        if (rc != PLATEN_OK) {
            messages_free(m);
            return error_note(err, rc, "texts in '%s'", file->language);
        }
        m->all[m->count++].language = file->language;
    }
    *out = m;
    return PLATEN_OK;
}

void messages_free(messages *m)
{
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; i < m->count; i++) {
        cJSON_Delete(m->all[i].texts);
    }
    free(m);
}

const char *messages_language(const messages *m, const char *wanted)
{
    size_t length = wanted != NULL ? strcspn(wanted, "-_") : 0;
    for (size_t i = 0; i < m->count; i++) {
        if (strlen(m->all[i].language) == length &&
            strncmp(m->all[i].language, wanted, length) == 0) {
            return m->all[i].language;
        }
    }
    return "en";
}

static const cJSON *find(const messages *m, const char *language, const char *code,
                         const char *part)
{
    char key[96];
    const char *known = messages_language(m, language);
    (void)snprintf(key, sizeof(key), "%s.%s", code, part);
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->all[i].language, known) == 0) {
            return cJSON_GetObjectItemCaseSensitive(m->all[i].texts, key);
        }
    }
    return NULL;
}

static void append_time(strbuf *out, int64_t ms)
{
    char text[32] = "";
    struct tm parts;
    time_t seconds = (time_t)(ms / 1000);
    if (gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &parts);
    }
    strbuf_append(out, text);
}

static void append_value(strbuf *out, const cJSON *value)
{
    size_t length = strlen(value->string);
    bool is_time = length > 3 && strcmp(value->string + length - 3, "_at") == 0;
    if (cJSON_IsString(value)) {
        text_from_device(out, value->valuestring, strlen(value->valuestring));
    } else if (cJSON_IsNumber(value) && is_time) {
        append_time(out, (int64_t)value->valuedouble);
    } else if (cJSON_IsNumber(value)) {
        strbuf_append_i64(out, (int64_t)value->valuedouble);
    }
}

/* {name} becomes the value; a brace without a name of a parameter behind it stays as it is. */
static void fill(strbuf *out, const char *text, const cJSON *params)
{
    while (*text != '\0') {
        char name[32];
        size_t plain = strcspn(text, "{");
        strbuf_append_n(out, text, plain);
        text += plain;
        size_t length = strspn(text + (*text == '{'), "abcdefghijklmnopqrstuvwxyz_");
        if (*text == '{' && text[length + 1] == '}' && length > 0 && length < sizeof(name)) {
            memcpy(name, text + 1, length);
            name[length] = '\0';
            const cJSON *value = cJSON_GetObjectItemCaseSensitive(params, name);
            if (value != NULL) {
                append_value(out, value);
            }
            text += length + 2;
        } else if (*text == '{') {
            strbuf_append_char(out, *text++);
        }
    }
}

static platen_code unknown(const char *code, platen_error *err)
{
    return error_set(err, PLATEN_E_NOT_FOUND, "there is no text '%.64s'", code);
}

platen_code messages_subject(const messages *m, const char *language, const char *code,
                             const cJSON *params, strbuf *out, platen_error *err)
{
    const cJSON *text = find(m, language, code, "subject");
    if (!cJSON_IsString(text)) {
        return unknown(code, err);
    }
    fill(out, text->valuestring, params);
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a text") : PLATEN_OK;
}

platen_code messages_body(const messages *m, const char *language, const char *code,
                          const cJSON *params, strbuf *out, platen_error *err)
{
    const cJSON *parts[] = {find(m, language, code, "body"), find(m, language, "mail", "foot")};
    const cJSON *line = NULL;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!cJSON_IsArray(parts[i])) {
            return unknown(code, err);
        }
        cJSON_ArrayForEach(line, parts[i])
        {
            fill(out, cJSON_IsString(line) ? line->valuestring : "", params);
            strbuf_append(out, "\r\n");
        }
    }
    return out->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a text") : PLATEN_OK;
}
