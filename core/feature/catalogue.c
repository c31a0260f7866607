/* Reading the words of a plugin. The rules are those of the pages' own catalogues. */
#include "core/feature/catalogue.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/locale.h>

#include "core/base/file.h"
#include "core/base/text.h"

#define PLACES 20 /* of a text */
#define KEY_MAX 120

struct catalogue {
    cJSON *words[CATALOGUE_LANGUAGES];
};

/* The plural forms that each language has, by CLDR. */
static const struct {
    const char *name, *forms;
} languages[CATALOGUE_LANGUAGES] = {
    {"en", "one other"},      {"fr", "one many other"}, {"de", "one other"},
    {"it", "one many other"}, {"es", "one many other"}, {"ja", "other"},
};

const char *catalogue_language(size_t index)
{
    return index < CATALOGUE_LANGUAGES ? languages[index].name : NULL;
}

size_t catalogue_language_of(const char *wanted)
{
    for (size_t i = 0; wanted != NULL && i < CATALOGUE_LANGUAGES; i++) {
        if (strncmp(wanted, languages[i].name, 2) == 0 &&
            (wanted[2] == '\0' || wanted[2] == '-' || wanted[2] == '_')) {
            return i;
        }
    }
    return 0;
}

/* ---- places ---- */

/* The names of a text's places, each once, in the text. */
typedef struct places {
    const char *at[PLACES];
    size_t length[PLACES];
    size_t count;
} places;

static bool places_have(const places *p, const char *name, size_t length)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->length[i] == length && memcmp(p->at[i], name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* False: a brace that opens or closes no place, or too many places. */
static bool places_read(const char *text, places *out)
{
    out->count = 0;
    for (const char *at = strpbrk(text, "{}"); at != NULL; at = strpbrk(at, "{}")) {
        size_t length = 0;
        while (isalnum((unsigned char)at[1 + length]) || at[1 + length] == '_') {
            length++;
        }
        if (*at != '{' || length == 0 || at[1 + length] != '}') {
            return false;
        }
        if (!places_have(out, at + 1, length)) {
            if (out->count == PLACES) {
                return false;
            }
            out->at[out->count] = at + 1;
            out->length[out->count++] = length;
        }
        at += length + 2;
    }
    return true;
}

/* Whether all places of `a` are in `b`, but for one that may be missing there. */
static bool places_in(const places *a, const places *b, const char *but)
{
    for (size_t i = 0; i < a->count; i++) {
        bool spared =
            but != NULL && strlen(but) == a->length[i] && memcmp(a->at[i], but, a->length[i]) == 0;
        if (!spared && !places_have(b, a->at[i], a->length[i])) {
            return false;
        }
    }
    return true;
}

/* ---- one text ---- */

typedef struct reading {
    const char *plugin;
    size_t language;
    const cJSON *english; /* NULL while that is read */
    platen_error *err;
} reading;

static platen_code wrong(const reading *r, const char *key, const char *what)
{
    return error_set(r->err, PLATEN_E_INVAL, "locales/%s.json: '%.120s' %s",
                     languages[r->language].name, key, what);
}

static const char *model_of(const cJSON *value)
{
    return cJSON_IsString(value) ? value->valuestring : json_get_text(value, "other", NULL);
}

/* `form` is NULL of a text that is no plural. */
static platen_code check_text(const reading *r, const char *key, const char *form,
                              const cJSON *value)
{
    places own;
    places model;
    const char *text = cJSON_GetStringValue(value);
    size_t length = text != NULL ? strlen(text) : 0;
    if (length == 0 || isspace((unsigned char)text[0]) ||
        isspace((unsigned char)text[length - 1])) {
        return wrong(r, key, "is no text, empty, or has blanks around it");
    }
    if (!places_read(text, &own)) {
        return wrong(r, key, "has a brace that is no {place}");
    }
    const char *english =
        r->english != NULL ? model_of(cJSON_GetObjectItemCaseSensitive(r->english, key)) : NULL;
    bool one = form != NULL && strcmp(form, "one") == 0; /* "the only one" needs no number */
    if (english != NULL && places_read(english, &model) &&
        (!places_in(&model, &own, one ? "n" : NULL) || !places_in(&own, &model, NULL))) {
        return wrong(r, key, "has other {places} than in English");
    }
    return PLATEN_OK;
}

static bool has_form(const reading *r, const char *form)
{
    size_t length = strlen(form);
    for (const char *at = languages[r->language].forms; *at != '\0';) {
        size_t here = strcspn(at, " ");
        if (here == length && memcmp(at, form, length) == 0) {
            return true;
        }
        at += here + strspn(at + here, " ");
    }
    return false;
}

static platen_code check_plural(const reading *r, const cJSON *value)
{
    const cJSON *each = NULL;
    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(value, "other"))) {
        return wrong(r, value->string, "has no form \"other\"");
    }
    cJSON_ArrayForEach(each, value)
    {
        if (!has_form(r, each->string)) {
            return wrong(r, value->string, "has a plural form that the language has not");
        }
        PLATEN_TRY(check_text(r, value->string, each->string, each));
    }
    return PLATEN_OK;
}

static bool key_ok(const reading *r, const char *key)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    size_t length = strlen(key);
    size_t plugin = strlen(r->plugin);
    return length <= KEY_MAX && length > plugin + 1 && strncmp(key, r->plugin, plugin) == 0 &&
           key[plugin] == '.' && strspn(key, letters) == length;
}

static platen_code check_word(const reading *r, const cJSON *value)
{
    const cJSON *english = cJSON_GetObjectItemCaseSensitive(r->english, value->string);
    if (!key_ok(r, value->string)) {
        return wrong(r, value->string, "is no key that begins with the plugin's name and a dot");
    }
    if (r->english != NULL && english == NULL) {
        return wrong(r, value->string, "is not in English");
    }
    if (english != NULL && cJSON_IsString(english) != cJSON_IsString(value)) {
        return wrong(r, value->string, "is a plural in one language and none in another");
    }
    return cJSON_IsObject(value) ? check_plural(r, value)
                                 : check_text(r, value->string, NULL, value);
}

/* ---- one language ---- */

/* cJSON keeps both members of a name that stands twice, and finds the first. */
static int compare_names(const void *left, const void *right)
{
    const char *const *a = left;
    const char *const *b = right;
    return strcmp(*a, *b);
}

static platen_code check_twice(const reading *r, const cJSON *words, size_t count)
{
    const cJSON *each = NULL;
    const char **names = calloc(count + 1, sizeof(*names));
    size_t at = 0;
    platen_code rc = PLATEN_OK;
    if (names == NULL) {
        return error_set(r->err, PLATEN_E_NOMEM, "no memory for catalogues");
    }
    cJSON_ArrayForEach(each, words)
    {
        names[at++] = each->string;
    }
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 1; rc == PLATEN_OK && i < count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            rc = wrong(r, names[i], "stands there twice");
        }
    }
    free(names);
    return rc;
}

static platen_code check_words(const reading *r, const cJSON *words)
{
    const cJSON *each = NULL;
    size_t count = (size_t)cJSON_GetArraySize(words);
    if (!cJSON_IsObject(words)) {
        return wrong(r, "", "the file is no object");
    }
    if (count > PLATEN_LOCALE_KEYS) {
        return error_set(r->err, PLATEN_E_TOO_LARGE, "locales/%s.json has %zu keys, %u can be",
                         languages[r->language].name, count, PLATEN_LOCALE_KEYS);
    }
    PLATEN_TRY(check_twice(r, words, count));
    cJSON_ArrayForEach(each, words)
    {
        PLATEN_TRY(check_word(r, each));
    }
    cJSON_ArrayForEach(each, r->english)
    {
        if (cJSON_GetObjectItemCaseSensitive(words, each->string) == NULL) {
            return wrong(r, each->string, "is missing");
        }
    }
    return PLATEN_OK;
}

static platen_code read_language(const char *folder, const reading *r, cJSON **out)
{
    char name[32];
    char path[FILE_PATH];
    char *text = NULL;
    size_t length = 0;
    (void)snprintf(name, sizeof(name), "locales/%s.json", languages[r->language].name);
    PLATEN_TRY(file_join(path, folder, name, r->err));
    PLATEN_TRY(file_read(path, PLATEN_LOCALE_BYTES, &text, &length, r->err));
    platen_code rc = json_parse(text, length, out, r->err);
    free(text);
    return rc == PLATEN_OK ? check_words(r, *out) : error_note(r->err, rc, "%s", name);
}

/* ---- all of them ---- */

platen_code catalogue_read(const char *folder, const char *plugin, catalogue **out,
                           platen_error *err)
{
    catalogue *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for catalogues");
    }
    for (size_t i = 0; i < CATALOGUE_LANGUAGES; i++) { /* English is the first */
        const reading r = {.plugin = plugin, .language = i, .english = c->words[0], .err = err};
        platen_code rc = read_language(folder, &r, &c->words[i]);
        if (rc != PLATEN_OK) {
            catalogue_free(c);
            return rc;
        }
    }
    *out = c;
    return PLATEN_OK;
}

void catalogue_free(catalogue *c)
{
    for (size_t i = 0; c != NULL && i < CATALOGUE_LANGUAGES; i++) {
        cJSON_Delete(c->words[i]);
    }
    free(c);
}

bool catalogue_has(const catalogue *c, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(c->words[0], key) != NULL;
}

const char *catalogue_text(const catalogue *c, const char *language, const char *key)
{
    return model_of(
        cJSON_GetObjectItemCaseSensitive(c->words[catalogue_language_of(language)], key));
}

void catalogue_write(const catalogue *c, size_t language, json_writer *w)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, c->words[language])
    {
        json_tree(w, each->string, each);
    }
}
