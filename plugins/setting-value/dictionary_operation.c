/* dictionary-upload and dictionary-reset (SET-94 to SET-99). A dictionary is kept as a content; one
 * of the same name takes its place. */
#include "dictionary_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zip.h>

#include "content.h"
#include "key.h"
#include "operation.h"
#include "words.h"

#define ENTRIES_MAX 64u        /* of a ZIP file */
#define INSIDE_MAX (48u << 20) /* bytes of all of them together */

/* ---- what is uploaded ---- */

typedef struct part {
    char *text; /* owned */
    size_t length;
    words_info info;
} part;

typedef struct upload {
    part parts[ENTRIES_MAX];
    size_t count;
    size_t inside;
} upload;

static void upload_fini(upload *u)
{
    for (size_t i = 0; i < u->count; i++) {
        free(u->parts[i].text);
    }
}

/* Takes `text` over. */
static platen_code add_part(upload *u, char *text, size_t length, platen_error *err)
{
    part *p = &u->parts[u->count++];
    p->text = text;
    p->length = length;
    return words_read(NULL, text, length, &p->info, err);
}

static platen_code read_entry(upload *u, zip_t *zip, zip_uint64_t index, platen_error *err)
{
    const platen_host *host = the_feature.host;
    zip_stat_t is;
    zip_stat_init(&is);
    if (zip_stat_index(zip, index, 0, &is) != 0 || (is.valid & ZIP_STAT_SIZE) == 0 ||
        is.size > WORDS_FILE_MAX || u->inside + is.size > INSIDE_MAX) {
        return host->fail(err, PLATEN_E_TOO_LARGE, "a ZIP file of more than %u bytes inside",
                          INSIDE_MAX);
    }
    u->inside += is.size;
    char *text = malloc(is.size + 1);
    zip_file_t *file = text != NULL ? zip_fopen_index(zip, index, 0) : NULL;
    zip_int64_t got = file != NULL ? zip_fread(file, text, is.size + 1) : -1;
    if (file != NULL) {
        (void)zip_fclose(file);
    }
    if (got < 0 || (zip_uint64_t)got != is.size) {
        free(text);
        return host->fail(err, PLATEN_E_MALFORMED, "a ZIP file that cannot be read");
    }
    return add_part(u, text, (size_t)got, err);
}

/* Folders and what is no .json are passed over. */
static platen_code read_entries(upload *u, zip_t *zip, platen_error *err)
{
    zip_int64_t count = zip_get_num_entries(zip, 0);
    for (zip_int64_t i = 0; i < count; i++) {
        const char *name = zip_get_name(zip, (zip_uint64_t)i, 0);
        size_t length = name != NULL ? strlen(name) : 0;
        if (length < 5 || strcmp(name + length - 5, ".json") != 0) {
            continue;
        }
        if (u->count == ENTRIES_MAX) {
            return the_feature.host->fail(err, PLATEN_E_TOO_LARGE,
                                          "a ZIP file of more than %u dictionaries", ENTRIES_MAX);
        }
        PLATEN_TRY(read_entry(u, zip, (zip_uint64_t)i, err));
    }
    return u->count > 0 ? PLATEN_OK
                        : the_feature.host->fail(err, PLATEN_E_INVAL,
                                                 "a ZIP file without a dictionary (.json)");
}

static platen_code read_zip(upload *u, const uint8_t *bytes, size_t length, platen_error *err)
{
    zip_error_t why;
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, length, 0, &why);
    zip_t *zip = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
    zip_error_fini(&why);
    if (zip == NULL) {
        zip_source_free(source);
        return the_feature.host->fail(err, PLATEN_E_MALFORMED, "a ZIP file that cannot be opened");
    }
    platen_code rc = read_entries(u, zip, err);
    zip_discard(zip);
    return rc;
}

/* Takes `bytes` over. */
static platen_code read_upload(upload *u, uint8_t *bytes, size_t length, platen_error *err)
{
    if (length >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0) {
        platen_code rc = read_zip(u, bytes, length, err);
        free(bytes);
        return rc;
    }
    return add_part(u, (char *)bytes, length, err);
}

/* ---- the table ---- */

static platen_code run_id(platen_tx *tx, const char *statement, int64_t id, platen_error *err)
{
    platen_rows *rows = NULL;
    PLATEN_TRY(the_feature.store->prepare(tx, statement, &rows, err));
    the_feature.store->bind_i64(rows, "id", id);
    return statement_run(rows, NULL, err);
}

static platen_code remove_dictionary(platen_tx *tx, int64_t id, int64_t content, platen_error *err)
{
    PLATEN_TRY(run_id(tx, "dictionary_remove", id, err));
    return content_drop(tx, content, err);
}

/* Removes those that the statement lists, at most DICTIONARIES_MAX: `name` NULL: all. */
static platen_code remove_listed(platen_tx *tx, const char *statement, const char *name,
                                 platen_error *err)
{
    const platen_store *store = the_feature.store;
    int64_t ids[DICTIONARIES_MAX];
    int64_t contents[DICTIONARIES_MAX];
    size_t count = 0;
    platen_rows *rows = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store->prepare(tx, statement, &rows, err));
    if (name != NULL) {
        store->bind_text(rows, "name", name);
    }
    while (count < DICTIONARIES_MAX && (rc = store->step(rows, err)) == PLATEN_OK) {
        contents[count] = store->i64(rows, 0);
        ids[count++] = store->i64(rows, 1);
    }
    store->reset(rows);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(remove_dictionary(tx, ids[i], contents[i], err));
    }
    return PLATEN_OK;
}

static platen_code insert_part(platen_tx *tx, const part *p, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    int64_t content = 0;
    PLATEN_TRY(remove_listed(tx, "dictionary_named", p->info.name, err));
    PLATEN_TRY(content_put(tx, KEY_OWN, p->text, p->length, &content, err));
    PLATEN_TRY(store->prepare(tx, "dictionary_add", &rows, err));
    store->bind_text(rows, "name", p->info.name);
    store->bind_text(rows, "version", p->info.version);
    store->bind_i64(rows, "words", p->info.count);
    store->bind_i64(rows, "content", content);
    store->bind_i64(rows, "made", (int64_t)time(NULL) * 1000);
    return statement_run(rows, NULL, err);
}

/* How many dictionaries and words there are now; both are bounded. */
static platen_code check_total(platen_tx *tx, platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "dictionary_total", &rows, err));
    PLATEN_TRY(store->step(rows, err));
    int64_t count = store->i64(rows, 0);
    int64_t total = store->i64(rows, 1);
    store->reset(rows);
    return count <= (int64_t)DICTIONARIES_MAX && total <= (int64_t)WORDS_MAX
               ? PLATEN_OK
               : the_feature.host->fail(err, PLATEN_E_TOO_LARGE,
                                        "%lld dictionaries with %lld words, at most %u with %u",
                                        (long long)count, (long long)total, DICTIONARIES_MAX,
                                        WORDS_MAX);
}

static platen_code insert(platen_tx *tx, void *user, platen_error *err)
{
    const upload *u = user;
    for (size_t i = 0; i < u->count; i++) {
        PLATEN_TRY(insert_part(tx, &u->parts[i], err));
    }
    return check_total(tx, err);
}

/* ---- operations ---- */

static platen_code answer_upload(platen_call *call, const upload *u, platen_error *err)
{
    cJSON *tree = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(tree, "dictionaries");
    for (size_t i = 0; i < u->count; i++) {
        cJSON *one = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(one, "name", u->parts[i].info.name);
        (void)cJSON_AddNumberToObject(one, "words", u->parts[i].info.count);
        (void)cJSON_AddItemToArray(list, one);
    }
    return operation_answer(call, tree, err);
}

static platen_code take_upload(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const setting_value *f = &the_feature;
    uint8_t *bytes = NULL;
    size_t length = 0;
    platen_error why = PLATEN_ERROR_INIT;
    PLATEN_TRY(operation_base64(call, "/file", operation_text(arguments, "file"),
                                OPERATION_FILE_MAX, &bytes, &length, err));
    upload *u = calloc(1, sizeof(*u));
    if (u == NULL) {
        free(bytes);
        return f->host->fail(err, PLATEN_E_NOMEM, "no memory for a dictionary");
    }
    platen_code rc = read_upload(u, bytes, length, &why);
    if (rc != PLATEN_OK) {
        rc = operation_incorrect(call, why.text, err);
    } else {
        rc = f->store->write(f->ctx, insert, u, err);
    }
    if (rc == PLATEN_OK) {
        dictionary_changed();
        rc = answer_upload(call, u, err);
    }
    upload_fini(u);
    free(u);
    return rc;
}

static platen_code remove_all(platen_tx *tx, void *user, platen_error *err)
{
    (void)user;
    return remove_listed(tx, "dictionary_all", NULL, err);
}

static platen_code reset(platen_call *call, const cJSON *arguments, platen_error *err)
{
    (void)call;
    (void)arguments;
    PLATEN_TRY(the_feature.store->write(the_feature.ctx, remove_all, NULL, err));
    dictionary_changed();
    return PLATEN_OK;
}

platen_code dictionary_operation_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"dictionary_all", "SELECT content_id, id FROM setting_value_dictionary ORDER BY made, id"},
        {"dictionary_named",
         "SELECT content_id, id FROM setting_value_dictionary WHERE lower(name) = lower(:name)"},
        {"dictionary_total",
         "SELECT count(*), CAST(coalesce(sum(words), 0) AS BIGINT) FROM setting_value_dictionary"},
        {"dictionary_add",
         "INSERT INTO setting_value_dictionary (name, version, words, content_id, made) "
         "VALUES (:name, :version, :words, :content, :made)"},
        {"dictionary_remove", "DELETE FROM setting_value_dictionary WHERE id = :id"},
    };
    const uint32_t flags = PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(operation_add_managed("dictionary-upload", flags,
                                     "{\"type\":\"object\",\"required\":[\"file\"],\"properties\":{"
                                     "\"file\":" OPERATION_FILE "}}",
                                     take_upload, err));
    return operation_add_managed("dictionary-reset", flags, NULL, reset, err);
}
