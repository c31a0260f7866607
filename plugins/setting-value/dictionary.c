/* All words in memory: the plugin's own from load() on, the uploaded ones as they are in the
 * database, read again after a change. */
#include "dictionary.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "content.h"
#include "dictionary_private.h"
#include "item.h"
#include "words.h"

struct dictionary {
    atomic_uint references;
    unsigned generation; /* of the uploads that it has */
    words *uploaded;
};

static struct {
    words *stock;
    pthread_mutex_t mutex; /* of `latest` */
    dictionary *latest;
    atomic_uint generation;
} all = {.mutex = PTHREAD_MUTEX_INITIALIZER};

void dictionary_changed(void)
{
    atomic_fetch_add(&all.generation, 1u);
}

/* ---- taking ---- */

void dictionary_release(dictionary *d)
{
    if (d != NULL && atomic_fetch_sub(&d->references, 1u) == 1u) {
        words_free(d->uploaded);
        free(d);
    }
}

static dictionary *take_latest(unsigned generation)
{
    dictionary *d = NULL;
    (void)pthread_mutex_lock(&all.mutex);
    if (all.latest != NULL && all.latest->generation == generation) {
        d = all.latest;
        atomic_fetch_add(&d->references, 1u);
    }
    (void)pthread_mutex_unlock(&all.mutex);
    return d;
}

static void make_latest(dictionary *d)
{
    (void)pthread_mutex_lock(&all.mutex);
    dictionary *old = all.latest;
    all.latest = d;
    atomic_fetch_add(&d->references, 1u);
    (void)pthread_mutex_unlock(&all.mutex);
    dictionary_release(old);
}

static platen_code read_content(platen_tx *tx, int64_t content, words *into, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(content_get(tx, content, &text, &length, err));
    platen_code rc = words_read(into, text, length, NULL, err);
    free(text);
    return rc;
}

/* In the order in which they were uploaded: of two words for the same the later one counts. */
static platen_code read_uploads(platen_tx *tx, words *into, platen_error *err)
{
    const platen_store *store = the_feature.store;
    int64_t ids[DICTIONARIES_MAX];
    size_t count = 0;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, "dictionary_all", &rows, err));
    while (count < DICTIONARIES_MAX && (rc = store->step(rows, err)) == PLATEN_OK) {
        ids[count++] = store->i64(rows, 0);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(read_content(tx, ids[i], into, err));
    }
    return PLATEN_OK;
}

platen_code dictionary_take(platen_tx *tx, dictionary **out, platen_error *err)
{
    unsigned generation = atomic_load(&all.generation);
    dictionary *d = take_latest(generation);
    if (d != NULL) {
        *out = d;
        return PLATEN_OK;
    }
    d = calloc(1, sizeof(*d));
    words *uploaded = words_new();
    platen_code rc = d != NULL && uploaded != NULL
                         ? read_uploads(tx, uploaded, err)
                         : the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for words");
    if (rc != PLATEN_OK) {
        words_free(uploaded);
        free(d);
        return rc;
    }
    atomic_init(&d->references, 1u);
    d->generation = generation;
    d->uploaded = uploaded;
    make_latest(d);
    *out = d;
    return PLATEN_OK;
}

/* ---- finding ---- */

static const char *find_in(const dictionary *d, const char *language, const char *model,
                           const char *path, const char *value)
{
    const char *text = words_find(d->uploaded, language, model, path, value);
    return text != NULL ? text : words_find(all.stock, language, model, path, value);
}

/* The model's own word before everybody's, English where the language has none. */
static const char *find_word(const dictionary *d, const char *language, const char *model,
                             const char *path, const char *value)
{
    const char *const languages[] = {language, "en"};
    for (size_t i = 0; i < 2; i++) {
        const char *text = model[0] != '\0' ? find_in(d, languages[i], model, path, value) : NULL;
        text = text != NULL ? text : find_in(d, languages[i], "", path, value);
        if (text != NULL) {
            return text;
        }
    }
    return NULL;
}

/* "a/b/c" becomes "a/b/ *", that becomes "a/ *" (without the blank). False: there is no more. */
static bool widen(char path[ITEM_PATH_MAX + 3])
{
    size_t length = strlen(path);
    if (length >= 2 && path[length - 1] == '*' && path[length - 2] == '/') {
        path[length - 2] = '\0';
    }
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return false;
    }
    slash[1] = '*';
    slash[2] = '\0';
    return true;
}

static void cut(char *out, size_t size, const char *text, const char *rest)
{
    if (rest[0] != '\0') {
        (void)snprintf(out, size, "%.300s (%.200s)", text, rest);
    } else {
        (void)snprintf(out, size, "%s", text);
    }
}

/* Rows of tables have one word for all: what "*" stands for follows in brackets. */
void dictionary_path(const dictionary *d, const char *language, const char *model, const char *path,
                     char *out, size_t size)
{
    char wide[ITEM_PATH_MAX + 3];
    const char *text = find_word(d, language, model, path, NULL);
    size_t rest = strlen(path);
    (void)snprintf(wide, sizeof(wide), "%.*s", (int)ITEM_PATH_MAX, path);
    while (text == NULL && widen(wide)) {
        text = find_word(d, language, model, wide, NULL);
        rest = strlen(wide) - 1;
    }
    cut(out, size, text != NULL ? text : path, text != NULL ? path + rest : "");
}

void dictionary_value(const dictionary *d, const char *language, const char *model,
                      const char *path, const cJSON *value, char *out, size_t size)
{
    char raw[DICTIONARY_TEXT];
    char wide[ITEM_PATH_MAX + 3];
    item_value_text(value, raw, sizeof(raw));
    const char *text = find_word(d, language, model, path, raw);
    (void)snprintf(wide, sizeof(wide), "%.*s", (int)ITEM_PATH_MAX, path);
    while (text == NULL && widen(wide)) {
        text = find_word(d, language, model, wide, raw);
    }
    if (text == NULL && cJSON_IsBool(value)) {
        text = find_word(d, language, "", "any/any", raw);
    }
    (void)snprintf(out, size, "%s", text != NULL ? text : raw);
}

/* ---- load ---- */

static platen_code read_stock(const char *name, platen_error *err)
{
    char path[4096];
    const setting_value *f = &the_feature;
    const char *folder = f->conf->folder(f->ctx);
    (void)snprintf(path, sizeof(path), "%s/dictionaries/%s.json", folder != NULL ? folder : "",
                   name);
    FILE *file = fopen(path, "rbe");
    char *text = malloc(WORDS_FILE_MAX);
    size_t length = file != NULL && text != NULL ? fread(text, 1, WORDS_FILE_MAX, file) : 0;
    platen_error why = PLATEN_ERROR_INIT;
    platen_code rc = words_read(all.stock, text, length, NULL, &why);
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return rc == PLATEN_OK ? rc : f->host->fail(err, rc, "dictionary %s: %.200s", name, why.text);
}

void dictionary_unload(void)
{
    dictionary_release(all.latest);
    all.latest = NULL;
    words_free(all.stock);
    all.stock = NULL;
}

platen_code dictionary_load(platen_error *err)
{
    static const char *const stock[] = {"common", "pjl", "printer-mib", "ricoh"};
    dictionary_unload(); /* what a load that failed left */
    all.stock = words_new();
    if (all.stock == NULL) {
        return the_feature.host->fail(err, PLATEN_E_NOMEM, "no memory for words");
    }
    for (size_t i = 0; i < sizeof(stock) / sizeof(stock[0]); i++) {
        PLATEN_TRY(read_stock(stock[i], err));
    }
    return dictionary_operation_load(err);
}
