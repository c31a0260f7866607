/*
 * Reads and checks the profiles. Every refusal names the file and the member, as in
 * "profile hp.json: /counters/2/oid: not an object identifier". Main thread, from load().
 */
#include "profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "expression.h"
#include "profile_line.h"

#define FILE_LIMIT (256L * 1024L)
#define ITEM_LIMIT 64
#define PATTERN_LIMIT 240u
#define PATH_SIZE 128u

typedef struct loading {
    const platen_host *host;
    const char *file;
    const char *text; /* of the file */
    platen_error *err;
} loading;

/* "profile hp.json, line 7: <path>: <what>" */
__attribute__((format(printf, 3, 4))) static platen_code
refuse(const loading *load, const char *path, const char *format, ...)
{
    char what[160];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return load->host->fail(load->err, PLATEN_E_INVAL, "profile %s, line %u: %s: %s", load->file,
                            profile_line(load->text, path), path, what);
}

static platen_code no_memory(const loading *load)
{
    return load->host->fail(load->err, PLATEN_E_NOMEM, "profile %s: no memory", load->file);
}

/* Paths are for messages only: one that is too long is cut. */
static void join(char *out, const char *path, const char *key)
{
    if (snprintf(out, PATH_SIZE, "%s/%s", path, key) < 0) {
        out[0] = '\0';
    }
}

static void join_number(char *out, const char *path, int number)
{
    if (snprintf(out, PATH_SIZE, "%s/%d", path, number) < 0) {
        out[0] = '\0';
    }
}

/* Members of an object that are not in the list are misspelt ones. */
static platen_code check_keys(const loading *load, const cJSON *object, const char *path,
                              const char *const *keys)
{
    if (!cJSON_IsObject(object)) {
        return refuse(load, path, "not an object");
    }
    for (const cJSON *member = object->child; member != NULL; member = member->next) {
        bool known = false;
        for (size_t i = 0; keys[i] != NULL && !known; i++) {
            known = strcmp(keys[i], member->string) == 0;
        }
        if (!known) {
            char at[PATH_SIZE];
            join(at, path, member->string);
            return refuse(load, at, "unknown member");
        }
    }
    return PLATEN_OK;
}

/* A text member into a buffer; an absent one is "" when it is not needed. */
static platen_code read_text(const loading *load, const cJSON *object, const char *path,
                             const char *key, bool needed, char *out, size_t size)
{
    char at[PATH_SIZE];
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    out[0] = '\0';
    join(at, path, key);
    if (member == NULL) {
        return needed ? refuse(load, at, "is missing") : PLATEN_OK;
    }
    if (!cJSON_IsString(member) || member->valuestring[0] == '\0') {
        return refuse(load, at, "not a text");
    }
    if (strlen(member->valuestring) >= size) {
        return refuse(load, at, "longer than %zu bytes", size - 1u);
    }
    memcpy(out, member->valuestring, strlen(member->valuestring) + 1u);
    return PLATEN_OK;
}

static platen_code oid_value(const loading *load, const cJSON *value, const char *path, oid *out)
{
    if (!cJSON_IsString(value) || !oid_parse(value->valuestring, out)) {
        return refuse(load, path, "not an object identifier of up to %u arcs", OID_ARCS);
    }
    return PLATEN_OK;
}

static platen_code read_oid(const loading *load, const cJSON *object, const char *path,
                            const char *key, oid *out)
{
    char at[PATH_SIZE];
    join(at, path, key);
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    return member == NULL ? refuse(load, at, "is missing") : oid_value(load, member, at, out);
}

/* Back references make matching slow on hostile input, so they are not allowed. */
static bool has_back_reference(const char *pattern)
{
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
            if (*at >= '1' && *at <= '9') {
                return true;
            }
        }
    }
    return false;
}

static platen_code regex_value(const loading *load, const cJSON *value, const char *path,
                               size_t captures, regex_t *out)
{
    if (!cJSON_IsString(value) || value->valuestring[0] == '\0' ||
        strlen(value->valuestring) > PATTERN_LIMIT) {
        return refuse(load, path, "not an expression of up to %u bytes", PATTERN_LIMIT);
    }
    if (has_back_reference(value->valuestring)) {
        return refuse(load, path, "back references are not allowed");
    }
    int failed = regcomp(out, value->valuestring, REG_EXTENDED | REG_ICASE);
    if (failed != 0) {
        char why[80];
        (void)regerror(failed, out, why, sizeof(why));
        return refuse(load, path, "%s", why);
    }
    if (out->re_nsub < captures) {
        regfree(out);
        return refuse(load, path, "captures nothing");
    }
    return PLATEN_OK;
}

static platen_code read_match(const loading *load, const cJSON *object, const char *path,
                              size_t captures, bool *matches, regex_t *out)
{
    char at[PATH_SIZE];
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, "match");
    if (member == NULL) {
        return PLATEN_OK;
    }
    join(at, path, "match");
    platen_code code = regex_value(load, member, at, captures, out);
    *matches = code == PLATEN_OK;
    return code;
}

static platen_code read_boolean(const loading *load, const cJSON *object, const char *path,
                                const char *key, bool *out)
{
    char at[PATH_SIZE];
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (member != NULL && !cJSON_IsBool(member)) {
        join(at, path, key);
        return refuse(load, at, "neither true nor false");
    }
    *out = cJSON_IsTrue(member);
    return PLATEN_OK;
}

static platen_code number_value(const loading *load, const cJSON *value, const char *path,
                                int64_t low, int64_t high, int64_t *out)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < (double)low ||
        value->valuedouble > (double)high ||
        value->valuedouble != (double)(int64_t)value->valuedouble) {
        return refuse(load, path, "not a whole number from %lld to %lld", (long long)low,
                      (long long)high);
    }
    *out = (int64_t)value->valuedouble;
    return PLATEN_OK;
}

static platen_code read_number(const loading *load, const cJSON *object, const char *path,
                               const char *key, int64_t low, int64_t high, int64_t preset,
                               int64_t *out)
{
    char at[PATH_SIZE];
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    *out = preset;
    if (member == NULL) {
        return PLATEN_OK;
    }
    join(at, path, key);
    return number_value(load, member, at, low, high, out);
}

/*
 * An array member and room for its items, zeroed, in *items. The count is set before the items are
 * read: fini() copes with items that are still zero.
 */
static platen_code read_array(const loading *load, const cJSON *object, const char *path,
                              const char *key, size_t item_size, const cJSON **array, void **items,
                              uint32_t *count)
{
    char at[PATH_SIZE];
    *array = cJSON_GetObjectItemCaseSensitive(object, key);
    if (*array == NULL) {
        return PLATEN_OK;
    }
    join(at, path, key);
    int size = cJSON_IsArray(*array) ? cJSON_GetArraySize(*array) : 0;
    if (size < 1 || size > ITEM_LIMIT) {
        return refuse(load, at, "not an array of 1 to %d items", ITEM_LIMIT);
    }
    *items = calloc((size_t)size, item_size);
    if (*items == NULL) {
        return no_memory(load);
    }
    *count = (uint32_t)size;
    return PLATEN_OK;
}

static platen_code read_words(const loading *load, const cJSON *object, const char *path,
                              char (**words)[PROFILE_WORD], uint32_t *count)
{
    const cJSON *array = NULL;
    void *items = NULL;
    char in[PATH_SIZE];
    char at[PATH_SIZE];
    join(in, path, "words");
    PLATEN_TRY(read_array(load, object, path, "words", sizeof((*words)[0]), &array, &items, count));
    *words = items;
    for (uint32_t i = 0; i < *count; i++) {
        const cJSON *word = cJSON_GetArrayItem(array, (int)i);
        join_number(at, in, (int)i);
        if (!cJSON_IsString(word) || word->valuestring[0] == '\0' ||
            strlen(word->valuestring) >= PROFILE_WORD) {
            return refuse(load, at, "not a word of up to %u bytes", PROFILE_WORD - 1u);
        }
        memcpy((*words)[i], word->valuestring, strlen(word->valuestring) + 1u);
    }
    return PLATEN_OK;
}

static platen_code read_from(const loading *load, const cJSON *item, const char *path, source *out)
{
    static const struct {
        const char *name;
        source_from from;
    } places[] = {
        {"sysDescr", SOURCE_SYS_DESCR},       {"hrDeviceDescr", SOURCE_DEVICE_DESCR},
        {"printerName", SOURCE_PRINTER_NAME}, {"printerSerial", SOURCE_PRINTER_SERIAL},
        {"sysName", SOURCE_SYS_NAME},         {"deviceId", SOURCE_DEVICE_ID},
    };
    char place[PROFILE_WORD];
    char at[PATH_SIZE];
    PLATEN_TRY(read_text(load, item, path, "from", true, place, sizeof(place)));
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (strcmp(places[i].name, place) == 0) {
            out->from = places[i].from;
            return read_text(load, item, path, "key", out->from == SOURCE_DEVICE_ID, out->key,
                             sizeof(out->key));
        }
    }
    join(at, path, "from");
    return refuse(load, at, "'%s' is no place of texts", place);
}

static platen_code read_source(const loading *load, const cJSON *item, const char *path, bool named,
                               source *out)
{
    static const char *const keys[] = {"oid", "from", "key", "match", "capture", "name", NULL};
    int64_t capture = 1;
    PLATEN_TRY(check_keys(load, item, path, keys));
    PLATEN_TRY(read_number(load, item, path, "capture", 1, 4, 1, &capture));
    out->capture = (uint32_t)capture;
    bool has_oid = cJSON_HasObjectItem(item, "oid");
    if (has_oid == (bool)cJSON_HasObjectItem(item, "from")) {
        return refuse(load, path, "needs either oid or from");
    }
    PLATEN_TRY(read_text(load, item, path, "name", named, out->name, sizeof(out->name)));
    if (has_oid) {
        out->from = SOURCE_OID;
        PLATEN_TRY(read_oid(load, item, path, "oid", &out->object));
    } else {
        PLATEN_TRY(read_from(load, item, path, out));
    }
    return read_match(load, item, path, out->capture, &out->matches, &out->match);
}

static platen_code read_sources(const loading *load, const cJSON *object, const char *path,
                                const char *key, bool named, source_list *out)
{
    const cJSON *array = NULL;
    void *items = NULL;
    char in[PATH_SIZE];
    char at[PATH_SIZE];
    join(in, path, key);
    PLATEN_TRY(
        read_array(load, object, path, key, sizeof(out->at[0]), &array, &items, &out->count));
    out->at = items;
    for (uint32_t i = 0; i < out->count; i++) {
        join_number(at, in, (int)i);
        PLATEN_TRY(read_source(load, cJSON_GetArrayItem(array, (int)i), at, named, &out->at[i]));
    }
    return PLATEN_OK;
}

static platen_code read_brands(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"manufacturer", "words", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    PLATEN_TRY(read_array(load, root, "", "brands", sizeof(out->brands[0]), &array, &items,
                          &out->brand_count));
    out->brands = items;
    for (uint32_t i = 0; i < out->brand_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        brand *one = &out->brands[i];
        join_number(at, "/brands", (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_text(load, item, at, "manufacturer", true, one->manufacturer,
                             sizeof(one->manufacturer)));
        PLATEN_TRY(read_words(load, item, at, &one->words, &one->word_count));
        if (one->word_count == 0) {
            return refuse(load, at, "has no words");
        }
    }
    return PLATEN_OK;
}

static platen_code read_head(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"enterprises", "words", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    PLATEN_TRY(read_text(load, root, "", "profile", true, out->id, sizeof(out->id)));
    PLATEN_TRY(read_text(load, root, "", "manufacturer", true, out->manufacturer,
                         sizeof(out->manufacturer)));
    if (strspn(out->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(out->id)) {
        return refuse(load, "/profile", "not small letters, digits and hyphens");
    }
    const cJSON *match = cJSON_GetObjectItemCaseSensitive(root, "match");
    if (match == NULL) {
        return refuse(load, "/match", "is missing");
    }
    PLATEN_TRY(check_keys(load, match, "/match", keys));
    PLATEN_TRY(read_array(load, match, "/match", "enterprises", sizeof(out->enterprises[0]), &array,
                          &items, &out->enterprise_count));
    out->enterprises = items;
    for (uint32_t i = 0; i < out->enterprise_count; i++) {
        int64_t number = 0;
        join_number(at, "/match/enterprises", (int)i);
        PLATEN_TRY(
            number_value(load, cJSON_GetArrayItem(array, (int)i), at, 1, UINT32_MAX, &number));
        out->enterprises[i] = (uint32_t)number;
    }
    PLATEN_TRY(read_words(load, match, "/match", &out->words, &out->word_count));
    if (out->enterprise_count == 0 && out->word_count == 0) {
        return refuse(load, "/match", "matches nothing");
    }
    PLATEN_TRY(read_boolean(load, root, "", "carrier", &out->carrier));
    return read_brands(load, root, out);
}

static platen_code read_object_ids(const loading *load, const cJSON *root, profile *out)
{
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    PLATEN_TRY(read_array(load, root, "", "object_ids", sizeof(out->object_ids[0]), &array, &items,
                          &out->object_id_count));
    out->object_ids = items;
    for (uint32_t i = 0; i < out->object_id_count; i++) {
        join_number(at, "/object_ids", (int)i);
        PLATEN_TRY(oid_value(load, cJSON_GetArrayItem(array, (int)i), at, &out->object_ids[i]));
    }
    return PLATEN_OK;
}

static platen_code read_identity(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"name", "version", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    PLATEN_TRY(read_sources(load, root, "", "device_id", false, &out->device_id));
    PLATEN_TRY(read_sources(load, root, "", "evidence", false, &out->evidence));
    PLATEN_TRY(read_sources(load, root, "", "model", false, &out->model));
    PLATEN_TRY(read_sources(load, root, "", "serial", false, &out->serial));
    PLATEN_TRY(read_sources(load, root, "", "firmware", false, &out->firmware));
    PLATEN_TRY(read_sources(load, root, "", "name", false, &out->name));
    PLATEN_TRY(read_sources(load, root, "", "components", true, &out->components));
    PLATEN_TRY(read_array(load, root, "", "component_tables", sizeof(out->component_tables[0]),
                          &array, &items, &out->component_table_count));
    out->component_tables = items;
    for (uint32_t i = 0; i < out->component_table_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        join_number(at, "/component_tables", (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_oid(load, item, at, "name", &out->component_tables[i].name));
        PLATEN_TRY(read_oid(load, item, at, "version", &out->component_tables[i].version));
    }
    return PLATEN_OK;
}

static platen_code read_patterns(const loading *load, const cJSON *root, const char *key,
                                 regex_t **patterns, uint32_t *pattern_count)
{
    const cJSON *array = NULL;
    void *items = NULL;
    uint32_t count = 0;
    char in[PATH_SIZE];
    char at[PATH_SIZE];
    join(in, "", key);
    PLATEN_TRY(read_array(load, root, "", key, sizeof((*patterns)[0]), &array, &items, &count));
    *patterns = items;
    /* The count grows with what is compiled, for fini() frees that much. */
    for (; *pattern_count < count; (*pattern_count)++) {
        join_number(at, in, (int)*pattern_count);
        PLATEN_TRY(regex_value(load, cJSON_GetArrayItem(array, (int)*pattern_count), at, 0,
                               &(*patterns)[*pattern_count]));
    }
    return PLATEN_OK;
}

static platen_code read_scalars(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"key", "unit", "oid", "sum", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    char in[PATH_SIZE];
    PLATEN_TRY(read_array(load, root, "", "counters", sizeof(out->scalars[0]), &array, &items,
                          &out->scalar_count));
    out->scalars = items;
    for (uint32_t i = 0; i < out->scalar_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        counter_scalar *one = &out->scalars[i];
        join_number(at, "/counters", (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_text(load, item, at, "key", true, one->key, sizeof(one->key)));
        PLATEN_TRY(read_text(load, item, at, "unit", false, one->unit, sizeof(one->unit)));
        const cJSON *sum = cJSON_GetObjectItemCaseSensitive(item, "sum");
        if (sum == NULL) {
            one->oid_count = 1;
            PLATEN_TRY(read_oid(load, item, at, "oid", &one->oids[0]));
            continue;
        }
        int size = cJSON_IsArray(sum) ? cJSON_GetArraySize(sum) : 0;
        join(in, at, "sum");
        if (size < 2 || size > (int)(sizeof(one->oids) / sizeof(one->oids[0]))) {
            return refuse(load, in, "not an array of 2 to 4 object identifiers");
        }
        for (int j = 0; j < size; j++) {
            PLATEN_TRY(oid_value(load, cJSON_GetArrayItem(sum, j), in, &one->oids[j]));
        }
        one->oid_count = (uint32_t)size;
    }
    return PLATEN_OK;
}

static platen_code read_counter_row(const loading *load, const cJSON *item, const char *path,
                                    counter_row *out)
{
    static const char *const keys[] = {"key", "unit", "types", "match", NULL};
    char in[PATH_SIZE];
    PLATEN_TRY(check_keys(load, item, path, keys));
    PLATEN_TRY(read_text(load, item, path, "key", true, out->key, sizeof(out->key)));
    PLATEN_TRY(read_text(load, item, path, "unit", false, out->unit, sizeof(out->unit)));
    PLATEN_TRY(read_match(load, item, path, 0, &out->matches, &out->match));
    const cJSON *types = cJSON_GetObjectItemCaseSensitive(item, "types");
    if ((types != NULL) == out->matches) {
        return refuse(load, path, "needs either types or match");
    }
    if (types == NULL) {
        return PLATEN_OK;
    }
    join(in, path, "types");
    int size = cJSON_IsArray(types) ? cJSON_GetArraySize(types) : 0;
    if (size < 1 || size > (int)(sizeof(out->types) / sizeof(out->types[0]))) {
        return refuse(load, in, "not an array of 1 to 8 numbers");
    }
    for (int i = 0; i < size; i++) {
        PLATEN_TRY(number_value(load, cJSON_GetArrayItem(types, i), in, INT32_MIN, INT32_MAX,
                                &out->types[i]));
    }
    out->type_count = (uint32_t)size;
    return PLATEN_OK;
}

static platen_code read_tables(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"kind", "value", "rows", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    char in[PATH_SIZE];
    PLATEN_TRY(read_array(load, root, "", "counter_tables", sizeof(out->tables[0]), &array, &items,
                          &out->table_count));
    out->tables = items;
    for (uint32_t i = 0; i < out->table_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        const cJSON *rows = NULL;
        counter_table *one = &out->tables[i];
        void *made = NULL;
        join_number(at, "/counter_tables", (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_oid(load, item, at, "kind", &one->kind));
        PLATEN_TRY(read_oid(load, item, at, "value", &one->value));
        PLATEN_TRY(read_array(load, item, at, "rows", sizeof(one->rows[0]), &rows, &made,
                              &one->row_count));
        one->rows = made;
        if (rows == NULL) {
            return refuse(load, at, "has no rows");
        }
        for (uint32_t j = 0; j < one->row_count; j++) {
            (void)snprintf(in, sizeof(in), "/counter_tables/%u/rows/%u", i, j);
            PLATEN_TRY(read_counter_row(load, cJSON_GetArrayItem(rows, (int)j), in, &one->rows[j]));
        }
    }
    return PLATEN_OK;
}

static platen_code read_record_rows(const loading *load, const cJSON *item, const char *path,
                                    bool counters, record_set *out)
{
    static const char *const counter_keys[] = {"code", "key", "unit", NULL};
    static const char *const supply_keys[] = {"code", "type", "color", NULL};
    const cJSON *rows = NULL;
    void *made = NULL;
    char in[PATH_SIZE];
    char at[PATH_SIZE];
    int64_t code = 0;
    join(in, path, "rows");
    PLATEN_TRY(
        read_array(load, item, path, "rows", sizeof(out->rows[0]), &rows, &made, &out->row_count));
    out->rows = made;
    for (uint32_t i = 0; i < out->row_count; i++) {
        const cJSON *row = cJSON_GetArrayItem(rows, (int)i);
        record_row *one = &out->rows[i];
        join_number(at, in, (int)i);
        PLATEN_TRY(check_keys(load, row, at, counters ? counter_keys : supply_keys));
        PLATEN_TRY(read_number(load, row, at, "code", 0, 255, -1, &code));
        if (code < 0) {
            return refuse(load, at, "has no code");
        }
        one->code = (uint32_t)code;
        PLATEN_TRY(read_text(load, row, at, "key", counters, one->key, sizeof(one->key)));
        PLATEN_TRY(read_text(load, row, at, "unit", false, one->unit, sizeof(one->unit)));
        PLATEN_TRY(read_text(load, row, at, "type", !counters, one->type, sizeof(one->type)));
        PLATEN_TRY(read_text(load, row, at, "color", false, one->color, sizeof(one->color)));
    }
    return PLATEN_OK;
}

static platen_code read_records(const loading *load, const cJSON *object, const char *path,
                                const char *key, bool counters, record_set **sets, uint32_t *count)
{
    static const char *const keys[] = {"oid", "size", "divide", "rows", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char in[PATH_SIZE];
    char at[PATH_SIZE];
    int64_t size = 0;
    join(in, path, key);
    PLATEN_TRY(read_array(load, object, path, key, sizeof((*sets)[0]), &array, &items, count));
    *sets = items;
    for (uint32_t i = 0; i < *count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        record_set *one = &(*sets)[i];
        join_number(at, in, (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_oid(load, item, at, "oid", &one->object));
        PLATEN_TRY(read_number(load, item, at, "size", 5, 32, 7, &size));
        one->size = (uint32_t)size;
        PLATEN_TRY(read_number(load, item, at, "divide", 1, 1000000, 1, &one->divide));
        PLATEN_TRY(read_record_rows(load, item, at, counters, one));
    }
    return PLATEN_OK;
}

static platen_code read_texts(const loading *load, const cJSON *object, profile *out)
{
    static const char *const keys[] = {"match", "description", "part", "serial", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    uint32_t count = 0;
    char at[PATH_SIZE];
    PLATEN_TRY(read_array(load, object, "/supplies", "texts", sizeof(out->texts[0]), &array, &items,
                          &count));
    out->texts = items;
    for (uint32_t i = 0; i < count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        text_rule *one = &out->texts[i];
        int64_t numbers[3] = {0, 0, 0};
        bool matches = false;
        join_number(at, "/supplies/texts", (int)i);
        PLATEN_TRY(check_keys(load, item, at, keys));
        PLATEN_TRY(read_number(load, item, at, "description", 0, 4, 0, &numbers[0]));
        PLATEN_TRY(read_number(load, item, at, "part", 0, 4, 0, &numbers[1]));
        PLATEN_TRY(read_number(load, item, at, "serial", 0, 4, 0, &numbers[2]));
        PLATEN_TRY(read_match(load, item, at, 1, &matches, &one->match));
        if (!matches) {
            return refuse(load, at, "has no match");
        }
        expression_literal(cJSON_GetObjectItemCaseSensitive(item, "match")->valuestring,
                           one->literal, sizeof(one->literal));
        out->text_count++;
        one->description = (uint32_t)numbers[0];
        one->part = (uint32_t)numbers[1];
        one->serial = (uint32_t)numbers[2];
    }
    return PLATEN_OK;
}

static platen_code read_supplies(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"percents", "records", "texts", NULL};
    static const char *const percent_keys[] = {"oid", "type", "color", NULL};
    const cJSON *array = NULL;
    void *items = NULL;
    char at[PATH_SIZE];
    const cJSON *supplies = cJSON_GetObjectItemCaseSensitive(root, "supplies");
    if (supplies == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(check_keys(load, supplies, "/supplies", keys));
    PLATEN_TRY(read_array(load, supplies, "/supplies", "percents", sizeof(out->percents[0]), &array,
                          &items, &out->percent_count));
    out->percents = items;
    for (uint32_t i = 0; i < out->percent_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, (int)i);
        percent_source *one = &out->percents[i];
        join_number(at, "/supplies/percents", (int)i);
        PLATEN_TRY(check_keys(load, item, at, percent_keys));
        PLATEN_TRY(read_oid(load, item, at, "oid", &one->object));
        PLATEN_TRY(read_text(load, item, at, "type", true, one->type, sizeof(one->type)));
        PLATEN_TRY(read_text(load, item, at, "color", false, one->color, sizeof(one->color)));
    }
    PLATEN_TRY(read_records(load, supplies, "/supplies", "records", false, &out->percent_records,
                            &out->percent_record_count));
    return read_texts(load, supplies, out);
}

static platen_code read_quirks(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"waste-level-is-fill", "count-unit-is-sheets", NULL};
    const cJSON *quirks = cJSON_GetObjectItemCaseSensitive(root, "quirks");
    if (quirks == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(check_keys(load, quirks, "/quirks", keys));
    PLATEN_TRY(read_boolean(load, quirks, "/quirks", keys[0], &out->waste_level_is_fill));
    return read_boolean(load, quirks, "/quirks", keys[1], &out->count_unit_is_sheets);
}

static platen_code read_profile(const loading *load, const cJSON *root, profile *out)
{
    static const char *const keys[] = {"profile",
                                       "manufacturer",
                                       "match",
                                       "brands",
                                       "carrier",
                                       "object_ids",
                                       "device_id",
                                       "evidence",
                                       "model",
                                       "serial",
                                       "firmware",
                                       "name",
                                       "components",
                                       "component_tables",
                                       "model_cuts",
                                       "model_denied",
                                       "counters",
                                       "counter_tables",
                                       "counter_records",
                                       "supplies",
                                       "quirks",
                                       "comment",
                                       NULL};
    PLATEN_TRY(check_keys(load, root, "", keys));
    PLATEN_TRY(read_head(load, root, out));
    PLATEN_TRY(read_object_ids(load, root, out));
    PLATEN_TRY(read_identity(load, root, out));
    PLATEN_TRY(read_patterns(load, root, "model_cuts", &out->model_cuts, &out->model_cut_count));
    PLATEN_TRY(
        read_patterns(load, root, "model_denied", &out->model_denied, &out->model_denied_count));
    PLATEN_TRY(read_scalars(load, root, out));
    PLATEN_TRY(read_tables(load, root, out));
    PLATEN_TRY(read_records(load, root, "", "counter_records", true, &out->counter_records,
                            &out->counter_record_count));
    PLATEN_TRY(read_supplies(load, root, out));
    return read_quirks(load, root, out);
}

/* The whole file as a C string; the caller frees it. */
static platen_code read_file(const loading *load, const char *path, char **out)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t got = 0;
    if (file == NULL) {
        return load->host->fail(load->err, PLATEN_E_IO, "profile %s: %s", load->file,
                                strerrordesc_np(errno));
    }
    text = malloc((size_t)FILE_LIMIT + 1u);
    if (text != NULL) {
        got = fread(text, 1, (size_t)FILE_LIMIT + 1u, file);
    }
    bool broken = ferror(file) != 0;
    (void)fclose(file);
    if (text == NULL) {
        return no_memory(load);
    }
    if (broken || got > (size_t)FILE_LIMIT) {
        free(text);
        return load->host->fail(load->err, PLATEN_E_IO,
                                "profile %s: cannot be read, or over %ld bytes", load->file,
                                FILE_LIMIT);
    }
    text[got] = '\0';
    *out = text;
    return PLATEN_OK;
}

/* The text and its tree; both are the caller's. */
static platen_code parse_file(loading *load, const char *path, char **text, cJSON **root)
{
    const char *end = NULL;
    PLATEN_TRY(read_file(load, path, text));
    load->text = *text;
    *root = cJSON_ParseWithOpts(*text, &end, 1);
    if (*root == NULL) {
        return load->host->fail(load->err, PLATEN_E_MALFORMED, "profile %s, line %u: not JSON",
                                load->file, profile_line_at(*text, end));
    }
    return PLATEN_OK;
}

/* Two profiles that claim one id or enterprise number would make the choice a matter of luck. */
static platen_code check_unique(const loading *load, const profile_set *set, const profile *added)
{
    if (profile_by_id(set, added->id) != added) {
        return refuse(load, "/profile", "'%s' is the id of another profile", added->id);
    }
    for (uint32_t i = 0; i < added->enterprise_count; i++) {
        const profile *first = profile_by_enterprise(set, added->enterprises[i]);
        if (first != added) {
            return refuse(load, "/match/enterprises", "%u belongs to profile '%s'",
                          added->enterprises[i], first->id);
        }
    }
    return PLATEN_OK;
}

static platen_code load_file(profile_set *set, const platen_host *host, const char *folder,
                             const char *file, platen_error *err)
{
    char path[4096];
    char *text = NULL;
    cJSON *root = NULL;
    loading load = {host, file, "", err};
    int length = snprintf(path, sizeof(path), "%s/%s", folder, file);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return host->fail(err, PLATEN_E_INVAL, "profile folder '%s': name too long", folder);
    }
    profile *out = &set->at[set->count];
    set->count++;
    platen_code code = parse_file(&load, path, &text, &root);
    if (code == PLATEN_OK) {
        code = read_profile(&load, root, out);
    }
    if (code == PLATEN_OK) {
        code = check_unique(&load, set, out);
    }
    cJSON_Delete(root);
    free(text);
    return code;
}

static int is_profile(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 5u && strcmp(entry->d_name + length - 5u, ".json") == 0 &&
           entry->d_name[0] != '.' && strcmp(entry->d_name, "schema.json") != 0;
}

/* Room for so many more; what is there moves. */
static bool make_room(profile_set *set, int more)
{
    profile *at = reallocarray(set->at, set->count + (size_t)more, sizeof(*at));
    if (at == NULL) {
        return false;
    }
    memset(at + set->count, 0, (size_t)more * sizeof(*at));
    set->at = at;
    return true;
}

static platen_code load_folder(profile_set *set, const platen_host *host, const char *folder,
                               platen_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_profile, alphasort);
    if (count <= 0) {
        free(entries);
        return host->fail(err, PLATEN_E_NOT_FOUND, "no profiles in '%s'", folder);
    }
    platen_code code =
        make_room(set, count) ? PLATEN_OK : host->fail(err, PLATEN_E_NOMEM, "profiles: no memory");
    for (int i = 0; i < count; i++) {
        if (code == PLATEN_OK) {
            code = load_file(set, host, folder, entries[i]->d_name, err);
        }
        free(entries[i]);
    }
    free(entries);
    return code;
}

platen_code profile_set_load_all(profile_set *set, const platen_host *host,
                                 const char *const *folders, platen_error *err)
{
    platen_code code = PLATEN_OK;
    set->at = NULL;
    set->count = 0;
    for (size_t i = 0; code == PLATEN_OK && folders[i] != NULL; i++) {
        code = load_folder(set, host, folders[i], err);
    }
    if (code == PLATEN_OK && profile_generic(set) == NULL) {
        code = host->fail(err, PLATEN_E_NOT_FOUND, "no profile '%s' in '%s'", PROFILE_GENERIC,
                          folders[0]);
    }
    if (code != PLATEN_OK) {
        profile_set_fini(set);
    }
    return code;
}

platen_code profile_set_load(profile_set *set, const platen_host *host, const char *folder,
                             platen_error *err)
{
    const char *const folders[] = {folder, NULL};
    return profile_set_load_all(set, host, folders, err);
}
