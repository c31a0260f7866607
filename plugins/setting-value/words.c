#include "words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"
#include "item.h"

#define KEY_MAX 1024u
#define MODEL_MAX 255u

typedef struct entry {
    char *key; /* owned, with the text behind it */
    const char *text;
} entry;

struct words {
    entry *at;
    size_t room; /* a power of two */
    size_t count;
};

words *words_new(void)
{
    return calloc(1, sizeof(words));
}

void words_free(words *w)
{
    if (w == NULL) {
        return;
    }
    for (size_t i = 0; i < w->room; i++) {
        free(w->at[i].key);
    }
    free(w->at);
    free(w);
}

/* ---- the table ---- */

/* Fowler, Noll and Vo's hash 1a. */
static size_t hash(const char *key)
{
    uint64_t h = 14695981039346656037u;
    for (; *key != '\0'; key++) {
        h = (h ^ (unsigned char)*key) * 1099511628211u;
    }
    return (size_t)(h ^ h >> 32);
}

static size_t place(const entry *at, size_t room, const char *key)
{
    size_t i = hash(key) & (room - 1);
    while (at[i].key != NULL && strcmp(at[i].key, key) != 0) {
        i = (i + 1) & (room - 1);
    }
    return i;
}

static bool grow(words *w)
{
    size_t room = w->room == 0 ? 256 : w->room * 2;
    entry *at = calloc(room, sizeof(*at));
    if (at == NULL) {
        return false;
    }
    for (size_t i = 0; i < w->room; i++) {
        if (w->at[i].key != NULL) {
            at[place(at, room, w->at[i].key)] = w->at[i];
        }
    }
    free(w->at);
    w->at = at;
    w->room = room;
    return true;
}

/* What identifies a word. No part has a control character, so none can be taken for another. */
static bool make_key(char key[KEY_MAX], const char *language, const char *model, const char *path,
                     const char *value)
{
    int length = value != NULL ? snprintf(key, KEY_MAX, "%.2s\x1f%s\x1f%s\x1f%s", language, model,
                                          path, value)
                               : snprintf(key, KEY_MAX, "%.2s\x1f%s\x1f%s", language, model, path);
    return length > 0 && (size_t)length < KEY_MAX;
}

static platen_code put(words *w, const char *key, const char *text, platen_error *err)
{
    size_t key_size = strlen(key) + 1;
    size_t text_size = strlen(text) + 1;
    if (w->count == WORDS_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "more than %u words in all dictionaries", WORDS_MAX);
    }
    char *both = malloc(key_size + text_size);
    if (both == NULL || ((w->count + 1) * 2 > w->room && !grow(w))) {
        free(both);
        return fault_memory(err, "a dictionary");
    }
    memcpy(both, key, key_size);
    memcpy(both + key_size, text, text_size);
    entry *e = &w->at[place(w->at, w->room, key)];
    w->count += e->key == NULL ? 1 : 0;
    free(e->key);
    *e = (entry){both, both + key_size};
    return PLATEN_OK;
}

const char *words_find(const words *w, const char *language, const char *model, const char *path,
                       const char *value)
{
    char key[KEY_MAX];
    if (w == NULL || w->room == 0 || !make_key(key, language, model, path, value)) {
        return NULL;
    }
    return w->at[place(w->at, w->room, key)].text;
}

/* ---- reading a file ---- */

typedef struct reading {
    words *into;
    const char *model;
    const char *path;
    uint32_t count;
} reading;

static bool is_language(const char *word)
{
    static const char *const all[] = {"en", "de", "fr", "it", "es", "ja"};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (strcmp(all[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code read_word(reading *r, const char *language, const char *value, const cJSON *text,
                             platen_error *err)
{
    char key[KEY_MAX];
    if (!is_language(language)) {
        return fault(err, PLATEN_E_INVAL, "%s: '%.20s' is no language: en, de, fr, it, es, ja",
                     r->path, language);
    }
    if (!cJSON_IsString(text) || text->valuestring[0] == '\0' ||
        strlen(text->valuestring) > WORDS_TEXT_MAX ||
        strcspn(text->valuestring, "\r\n\t\x1f") != strlen(text->valuestring)) {
        return fault(err, PLATEN_E_INVAL, "%s: a word is one line of 1 to %u bytes", r->path,
                     WORDS_TEXT_MAX);
    }
    if (!make_key(key, language, r->model, r->path, value) ||
        (value != NULL && strchr(value, '\x1f') != NULL)) {
        return fault(err, PLATEN_E_INVAL, "%s: a value that is too long", r->path);
    }
    if (++r->count > WORDS_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "more than %u words", WORDS_MAX);
    }
    return r->into != NULL ? put(r->into, key, text->valuestring, err) : PLATEN_OK;
}

/* A text is English; an object has a word of each language. */
static platen_code read_words(reading *r, const char *value, const cJSON *of, platen_error *err)
{
    const cJSON *text = NULL;
    if (cJSON_IsString(of)) {
        return read_word(r, "en", value, of, err);
    }
    if (!cJSON_IsObject(of)) {
        return fault(err, PLATEN_E_INVAL, "%s: a word is a text or an object of languages",
                     r->path);
    }
    cJSON_ArrayForEach(text, of)
    {
        PLATEN_TRY(read_word(r, text->string, value, text, err));
    }
    return PLATEN_OK;
}

static platen_code read_path(reading *r, const cJSON *of, platen_error *err)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(of, "name");
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(of, "values");
    const cJSON *value = NULL;
    r->path = of->string;
    if (!item_path_good(r->path) || !cJSON_IsObject(of)) {
        return fault(err, PLATEN_E_INVAL, "'%.60s' is no path with an object", r->path);
    }
    if (name != NULL) {
        PLATEN_TRY(read_words(r, NULL, name, err));
    }
    if (values != NULL && !cJSON_IsObject(values)) {
        return fault(err, PLATEN_E_INVAL, "%s: 'values' is no object", r->path);
    }
    cJSON_ArrayForEach(value, values)
    {
        PLATEN_TRY(read_words(r, value->string, value, err));
    }
    return PLATEN_OK;
}

static platen_code read_head(const cJSON *tree, words_info *info, const char **model,
                             platen_error *err)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(tree, "format");
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "dictionary"));
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "version"));
    const char *of = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "model"));
    if (!cJSON_IsNumber(format) || name == NULL || name[0] == '\0' ||
        strlen(name) > WORDS_NAME_MAX || strcspn(name, "\r\n\t\x1f") != strlen(name)) {
        return fault(err, PLATEN_E_INVAL,
                     "a dictionary has \"format\", \"dictionary\" and \"words\"");
    }
    if (format->valuedouble < WORDS_FORMAT || format->valuedouble > WORDS_FORMAT) {
        return fault(err, PLATEN_E_VERSION,
                     "dictionary '%.60s' is of format %.0f, this version reads %d", name,
                     format->valuedouble, WORDS_FORMAT);
    }
    if ((version != NULL && strlen(version) >= sizeof(info->version)) ||
        (of != NULL && (strlen(of) > MODEL_MAX || strchr(of, '\x1f') != NULL))) {
        return fault(err, PLATEN_E_INVAL, "dictionary '%.60s': its version or model is too long",
                     name);
    }
    (void)snprintf(info->name, sizeof(info->name), "%s", name);
    (void)snprintf(info->version, sizeof(info->version), "%s", version != NULL ? version : "");
    *model = of != NULL ? of : "";
    return PLATEN_OK;
}

static platen_code read_tree(words *into, const cJSON *tree, words_info *info, platen_error *err)
{
    reading r = {.into = into};
    const cJSON *of = NULL;
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(tree, "words");
    PLATEN_TRY(read_head(tree, info, &r.model, err));
    if (!cJSON_IsObject(list)) {
        return fault(err, PLATEN_E_INVAL, "dictionary '%.60s' has no \"words\"", info->name);
    }
    cJSON_ArrayForEach(of, list)
    {
        PLATEN_TRY(read_path(&r, of, err));
    }
    info->count = r.count;
    return PLATEN_OK;
}

platen_code words_read(words *into, const char *text, size_t length, words_info *info,
                       platen_error *err)
{
    words_info own;
    if (length > WORDS_FILE_MAX) {
        return fault(err, PLATEN_E_TOO_LARGE, "a dictionary has %zu bytes, at most %u", length,
                     WORDS_FILE_MAX);
    }
    size_t mark = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    cJSON *tree = cJSON_ParseWithLength(text + mark, length - mark);
    if (!cJSON_IsObject(tree)) {
        cJSON_Delete(tree);
        return fault(err, PLATEN_E_MALFORMED, "a dictionary that is no JSON object");
    }
    platen_code rc = read_tree(into, tree, info != NULL ? info : &own, err);
    cJSON_Delete(tree);
    return rc;
}
