/*
 * The profiles that are shipped fit schema.json, and what does not fit is refused at load with the
 * file and the member in the text.
 */
#include "kit.h"

#include <dirent.h>
#include <regex.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

static cJSON *file_read(const char *path)
{
    static char text[262144];
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        fail_msg("cannot open %s", path);
        return NULL;
    }
    size_t got = fread(text, 1, sizeof(text) - 1u, file);
    (void)fclose(file);
    text[got] = '\0';
    return cJSON_Parse(text);
}

static void file_write(const char *folder, const char *name, const char *text)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/profiles/%s", folder, name);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

/* A folder like the plugin's own with the shipped generic.json in it. */
static void folder_make(char *folder)
{
    char path[512];
    cJSON *generic = file_read(SOURCE_FOLDER "/profiles/generic.json");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/profiles", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    char *text = cJSON_Print(generic);
    file_write(folder, "generic.json", text);
    cJSON_free(text);
    cJSON_Delete(generic);
}

static void folder_remove(const char *folder)
{
    static const char *const names[] = {"profiles/generic.json", "profiles/test.json",
                                        "profiles/twin.json"};
    char path[512];
    for (size_t i = 0; i < 3u; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/profiles", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

/* The few words of JSON Schema that schema.json uses. `why` gets the first thing that is wrong. */
typedef struct checking {
    const cJSON *schema;
    char why[300];
} checking;

static bool fits(checking *check, const cJSON *rule, const cJSON *value, const char *where,
                 int depth);

static bool wrong(checking *check, const char *where, const char *what)
{
    (void)snprintf(check->why, sizeof(check->why), "%.200s: %.60s", where, what);
    return false;
}

static double limit(const cJSON *rule, const char *key, double preset)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(rule, key);
    return cJSON_IsNumber(value) ? value->valuedouble : preset;
}

static bool fits_text(checking *check, const cJSON *rule, const cJSON *value, const char *where)
{
    const cJSON *pattern = cJSON_GetObjectItemCaseSensitive(rule, "pattern");
    if (!cJSON_IsString(value) ||
        (double)strlen(value->valuestring) < limit(rule, "minLength", 0) ||
        (double)strlen(value->valuestring) > limit(rule, "maxLength", 4096)) {
        return wrong(check, where, "not a text of that length");
    }
    if (pattern != NULL) {
        regex_t expression;
        assert_int_equal(regcomp(&expression, pattern->valuestring, REG_EXTENDED | REG_NOSUB), 0);
        int found = regexec(&expression, value->valuestring, 0, NULL, 0);
        regfree(&expression);
        if (found != 0) {
            return wrong(check, where, "does not match");
        }
    }
    return true;
}

static bool fits_object(checking *check, const cJSON *rule, const cJSON *value, const char *where,
                        int depth)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(rule, "properties");
    const cJSON *needed = NULL;
    if (!cJSON_IsObject(value)) {
        return wrong(check, where, "not an object");
    }
    cJSON_ArrayForEach(needed, cJSON_GetObjectItemCaseSensitive(rule, "required"))
    {
        if (!cJSON_HasObjectItem(value, needed->valuestring)) {
            return wrong(check, where, needed->valuestring);
        }
    }
    const cJSON *member = NULL;
    cJSON_ArrayForEach(member, value)
    {
        char at[300];
        (void)snprintf(at, sizeof(at), "%.200s/%.60s", where, member->string);
        const cJSON *inner = cJSON_GetObjectItemCaseSensitive(properties, member->string);
        if (inner == NULL) {
            return wrong(check, at, "not in the schema");
        }
        if (!fits(check, inner, member, at, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool fits_array(checking *check, const cJSON *rule, const cJSON *value, const char *where,
                       int depth)
{
    int size = cJSON_IsArray(value) ? cJSON_GetArraySize(value) : -1;
    if (size < 0 || size < limit(rule, "minItems", 0) || size > limit(rule, "maxItems", 1e6)) {
        return wrong(check, where, "not an array of that size");
    }
    for (int i = 0; i < size; i++) {
        char at[300];
        (void)snprintf(at, sizeof(at), "%.200s/%d", where, i);
        if (!fits(check, cJSON_GetObjectItemCaseSensitive(rule, "items"),
                  cJSON_GetArrayItem(value, i), at, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool fits(checking *check, const cJSON *rule, const cJSON *value, const char *where,
                 int depth)
{
    const cJSON *reference = cJSON_GetObjectItemCaseSensitive(rule, "$ref");
    assert_true(depth < 20);
    if (reference != NULL) {
        rule = cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(check->schema, "definitions"),
            reference->valuestring + strlen("#/definitions/"));
        assert_non_null(rule);
    }
    const cJSON *choices = cJSON_GetObjectItemCaseSensitive(rule, "enum");
    const cJSON *choice = NULL;
    cJSON_ArrayForEach(choice, choices)
    {
        if (cJSON_IsString(value) && strcmp(choice->valuestring, value->valuestring) == 0) {
            return true;
        }
    }
    if (choices != NULL) {
        return wrong(check, where, "not one of the choices");
    }
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(rule, "type"));
    assert_non_null(type);
    if (strcmp(type, "object") == 0) {
        return fits_object(check, rule, value, where, depth);
    }
    if (strcmp(type, "array") == 0) {
        return fits_array(check, rule, value, where, depth);
    }
    if (strcmp(type, "string") == 0) {
        return fits_text(check, rule, value, where);
    }
    if (strcmp(type, "boolean") == 0) {
        return cJSON_IsBool(value) || wrong(check, where, "neither true nor false");
    }
    assert_string_equal(type, "integer");
    return (cJSON_IsNumber(value) && value->valuedouble >= limit(rule, "minimum", -1e18) &&
            value->valuedouble <= limit(rule, "maximum", 1e18)) ||
           wrong(check, where, "not such a number");
}

static void test_profiles__shipped_ones_fit_the_schema(void **state)
{
    cJSON *schema = file_read(SOURCE_FOLDER "/profiles/schema.json");
    checking check = {schema, ""};
    DIR *folder = opendir(SOURCE_FOLDER "/profiles");
    int count = 0;
    (void)state;
    assert_non_null(schema);
    assert_non_null(folder);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char path[1024];
        if (strstr(entry->d_name, ".json") == NULL || strcmp(entry->d_name, "schema.json") == 0) {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/profiles/%s", SOURCE_FOLDER, entry->d_name);
        cJSON *profile = file_read(path);
        if (profile == NULL || !fits(&check, schema, profile, "", 0)) {
            fail_msg("%s: %s", entry->d_name, check.why);
        }
        cJSON_Delete(profile);
        count++;
    }
    (void)closedir(folder);
    cJSON_Delete(schema);
    assert_true(count >= 17);
}

#define HEAD "{\"profile\":\"test\",\"manufacturer\":\"Test\",\"match\":{\"enterprises\":[99999]}"

typedef struct broken {
    const char *text;
    const char *error;
} broken;

static const broken brokens[] = {
    {"{", "profile test.json, line 1: not JSON"},
    {"[]", "profile test.json, line 1: : not an object"},
    {"{\"profile\":\"test\"}", "profile test.json, line 1: /manufacturer: is missing"},
    {"{\"profile\":\"Te st\",\"manufacturer\":\"T\",\"match\":{}}", "/profile: not small letters"},
    {"{\"profile\":\"test\",\"manufacturer\":\"T\"}", "/match: is missing"},
    {"{\"profile\":\"test\",\"manufacturer\":\"T\",\"match\":{}}", "/match: matches nothing"},
    {HEAD ",\"color\":1}", "profile test.json, line 1: /color: unknown member"},
    {HEAD ",\"carrier\":1}", "/carrier: neither true nor false"},
    {HEAD ",\"model\":{}}", "/model: not an array"},
    {HEAD ",\"model\":[{\"oid\":\"1.2.x\"}]}", "/model/0/oid: not an object identifier"},
    {HEAD ",\"model\":[{\"oid\":\"1.3.4294967296\"}]}", "/model/0/oid: not an object identifier"},
    {HEAD ",\"model\":[{\"oid\":\"1.2\",\"from\":\"sysDescr\"}]}", "/model/0: needs either"},
    {HEAD ",\"model\":[{\"from\":\"moon\"}]}", "/model/0/from: 'moon' is no place"},
    {HEAD ",\"model\":[{\"from\":\"deviceId\"}]}", "/model/0/key: is missing"},
    {HEAD ",\"serial\":[{\"from\":\"sysDescr\",\"match\":\"(\"}]}", "/serial/0/match: "},
    {HEAD ",\"serial\":[{\"from\":\"sysDescr\",\"match\":\"x\"}]}",
     "/serial/0/match: captures nothing"},
    {HEAD ",\"serial\":[{\"from\":\"sysDescr\",\"match\":\"(a)\\\\1\"}]}",
     "/serial/0/match: back references"},
    {HEAD ",\"components\":[{\"oid\":\"1.2\"}]}", "/components/0/name: is missing"},
    {HEAD ",\"model_cuts\":[\"a\",\"[\"]}", "/model_cuts/1: "},
    {HEAD ",\"counters\":[{\"key\":\"a\",\"oid\":\"1.2\"},{\"key\":\"b\"}]}",
     "/counters/1/oid: is missing"},
    {HEAD ",\"counters\":[{\"key\":\"a\",\"sum\":[\"1.2\"]}]}", "/counters/0/sum: not an array"},
    {HEAD ",\"counter_tables\":[{\"kind\":\"1.2\",\"value\":\"1.3\"}]}",
     "/counter_tables/0: has no rows"},
    {HEAD ",\"counter_tables\":[{\"kind\":\"1.2\",\"value\":\"1.3\",\"rows\":[{\"key\":\"a\"}]}]}",
     "/counter_tables/0/rows/0: needs either"},
    {HEAD ",\"counter_records\":[{\"oid\":\"1.2\",\"size\":4,\"rows\":[]}]}",
     "/counter_records/0/size: not a whole number from 5 to 32"},
    {HEAD ",\"counter_records\":[{\"oid\":\"1.2\",\"rows\":[{\"code\":1}]}]}",
     "/counter_records/0/rows/0/key: is missing"},
    {HEAD ",\"supplies\":{\"texts\":[{\"description\":1}]}}", "/supplies/texts/0: has no match"},
    {HEAD ",\"supplies\":{\"percents\":[{\"oid\":\"1.2\"}]}}",
     "/supplies/percents/0/type: is missing"},
    {HEAD ",\"quirks\":{\"odd\":true}}", "/quirks/odd: unknown member"},
    {"{\"profile\":\"test\",\"manufacturer\":\"T\",\"match\":{\"enterprises\":[8072]}}",
     "/match/enterprises: 8072 belongs to profile 'generic'"},
    {"{\"profile\":\"generic\",\"manufacturer\":\"T\",\"match\":{\"enterprises\":[7]}}",
     "/profile: 'generic' is the id of another profile"},
};

static void test_profiles__broken_ones_are_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(brokens) / sizeof(brokens[0]); i++) {
        char folder[] = "/tmp/printer-mib-XXXXXX";
        platen_error err = PLATEN_ERROR_INIT;
        folder_make(folder);
        file_write(folder, "test.json", brokens[i].text);
        testkit *kit = testkit_open(PLUGIN_FILE, folder, &err);
        assert_non_null(kit);
        platen_code code = testkit_load(kit, &err);
        if (code == PLATEN_OK || strstr(err.text, brokens[i].error) == NULL) {
            fail_msg("%s: '%s'", brokens[i].text, code == PLATEN_OK ? "loaded" : err.text);
        }
        testkit_free(kit);
        folder_remove(folder);
    }
}

static void test_profiles__a_folder_without_profiles_is_refused(void **state)
{
    platen_error err = PLATEN_ERROR_INIT;
    testkit *kit = testkit_open(PLUGIN_FILE, "/nonexistent", &err);
    (void)state;
    assert_non_null(kit);
    assert_int_equal(testkit_load(kit, &err), PLATEN_E_NOT_FOUND);
    testkit_free(kit);
}

/* A new vendor needs no C: objects, joins, records and quirks of a profile made up here. */
static void test_profiles__a_new_vendor_is_data(void **state)
{
    static const char text[] =
        HEAD ",\"quirks\":{\"waste-level-is-fill\":true,\"count-unit-is-sheets\":true},"
             "\"serial\":[{\"oid\":\"1.3.6.1.4.1.99999.1.0\",\"match\":\"^SN=(.*)$\"}],"
             "\"counters\":[{\"key\":\"scan\",\"unit\":\"scans\","
             "\"sum\":[\"1.3.6.1.4.1.99999.2.0\",\"1.3.6.1.4.1.99999.3.0\"]}]}";
    static const char device[] = "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.7\n"
                                 "1.3.6.1.2.1.43.10.2.1.3.1.1|2|7\n"
                                 "1.3.6.1.2.1.43.10.2.1.4.1.1|65|20\n"
                                 "1.3.6.1.2.1.43.11.1.1.5.1.1|2|4\n"
                                 "1.3.6.1.2.1.43.11.1.1.8.1.1|2|100\n"
                                 "1.3.6.1.2.1.43.11.1.1.9.1.1|2|30\n"
                                 "1.3.6.1.4.1.99999.1.0|4|SN=T0815\n"
                                 "1.3.6.1.4.1.99999.2.0|2|4\n"
                                 "1.3.6.1.4.1.99999.3.0|2|5\n";
    char folder[] = "/tmp/printer-mib-XXXXXX";
    platen_error err = PLATEN_ERROR_INIT;
    (void)state;
    folder_make(folder);
    file_write(folder, "test.json", text);
    testkit *kit = testkit_open(PLUGIN_FILE, folder, &err);
    assert_non_null(kit);
    assert_int_equal(testkit_load(kit, &err), PLATEN_OK);
    assert_int_equal(testkit_device_text(kit, device, &err), PLATEN_OK);
    const testkit_report *report = kit_run(kit, PLATEN_WORK_INFORMATION);
    kit_same("manufacturer", testkit_text_at(report, PLATEN_FIELD_MANUFACTURER, 0), "Test");
    kit_same("serial", testkit_text_at(report, PLATEN_FIELD_SERIAL, 0), "T0815");
    kit_same("unit", testkit_text_at(report, PLATEN_FIELD_PAGE_UNIT, 0), "sheets");
    report = kit_run(kit, PLATEN_WORK_STATUS);
    assert_int_equal(report->supplies[0].percent, 70); /* the room left */
    assert_int_equal(report->supplies[0].level, 30);   /* as the device tells it */
    report = kit_run(kit, PLATEN_WORK_COUNTERS);
    assert_int_equal(testkit_counter_of(report, "scan")->value, 9);
    kit_same("source", testkit_counter_of(report, "scan")->source, "vendor:test");
    kit_close(kit);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles__shipped_ones_fit_the_schema),
        cmocka_unit_test(test_profiles__broken_ones_are_refused_by_name),
        cmocka_unit_test(test_profiles__a_folder_without_profiles_is_refused),
        cmocka_unit_test(test_profiles__a_new_vendor_is_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
