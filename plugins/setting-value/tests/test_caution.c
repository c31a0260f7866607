/* Cautions: each requirement has its text in six languages, and stands where people choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "hostkit.h"

#define BACK_UP "back-up"
#define DISTRIBUTE "distribute"
#define MONITOR "monitor"

/* A requirement, what must be chosen for it (NULL: nothing), and what its English text says. */
typedef struct expected {
    const char *id;
    const char *name;  /* of the condition, as share/cautions.json has it */
    const char *value; /* one of its words */
    const char *says;
} expected;

static const expected categories[] = {
    {"SET-08", "category", "address-book", "never with both"},              // SET-08
    {"SET-12", "category", "basic", "Ask the network administrator"},       // SET-12
    {"SET-12", "category", "network", "off the network"},                   // SET-12
    {"SET-13", "category", "basic", "boxes and forwarding"},                // SET-13
    {"SET-14", "category", "basic", "lock administrators and users out"},   // SET-14
    {"SET-15", "category", "basic", "security policy"},                     // SET-15
    {"SET-16", "category", "box", "cancel the PIN and set it again"},       // SET-16
    {"SET-17", "category", "forwarding", "a forwarding error are deleted"}, // SET-17
    {"SET-18", "category", "favourite", "stored files are deleted"},        // SET-18
    {"SET-19", "category", "department-id", "switch it on"},                // SET-19
    {"SET-20", "category", "shared-space-access", "unusable until"},        // SET-20
    {"SET-21", "category", "web-access", "send the basic information"},     // SET-21
    {"SET-22", "category", "home", "no effect on a device without them"},   // SET-22
    {"SET-22", "category", "main-menu", "platform version"},                // SET-22
    {"SET-22", "category", "quick-menu", "platform version"},               // SET-22
    {"SET-23", "category", "address-book",
     "destinations that the device had are deleted"},                       // SET-23
    {"SET-24", "category", "box", "Send these together"},                   // SET-24
    {"SET-24", "category", "function-flow", "check the device afterwards"}, // SET-24
    {"SET-25", "category", "address-book", "application on the device"},    // SET-25
    {"SET-26", "category", "security-policy", "category of its own"},       // SET-26
};

/* Of a task, whatever is chosen. */
static const struct {
    const char *kind, *member, *id, *says;
} tasks[] = {
    {BACK_UP, "categories", "SET-38", "some time after the task"},          // SET-38
    {BACK_UP, "categories", "SET-40", "no other task"},                     // SET-40
    {DISTRIBUTE, "data", "SET-38", "some time after the task"},             // SET-38
    {DISTRIBUTE, "data", "SET-40", "no other task"},                        // SET-40
    {DISTRIBUTE, "data", "SET-41", "stop a device from working correctly"}, // SET-41
    {DISTRIBUTE, "data", "SET-77", "back up the target devices"},           // SET-77
    {MONITOR, "standard", "SET-104", "associate devices"},                  // SET-104
};

/* Of devices that cannot do it (yet), by their type. */
static const expected devices[] = {
    {"SET-43", "type", "I", "key pair"},                     // SET-43
    {"SET-44", "type", "I", "always encrypted"},             // SET-44
    {"SET-45", "type", "I", "Restrict import/export"},       // SET-45
    {"SET-46", "type", "II", "Device settings management"},  // SET-46
    {"SET-47", "type", "III", "Device settings management"}, // SET-47
    {"SET-48", "type", "III", "Restart the device"},         // SET-48
};

static hostkit *kit;
static cJSON *file;
static cJSON *english;
static platen_error err = PLATEN_ERROR_INIT;

static cJSON *read_json(const char *folder, const char *name)
{
    char path[1200];
    char *text = calloc(1, 1u << 20);
    (void)snprintf(path, sizeof(path), "%s/%s.json", folder, name);
    FILE *in = fopen(path, "rbe");
    assert_non_null(in);
    assert_true(fread(text, 1, (1u << 20) - 1, in) > 0);
    (void)fclose(in);
    cJSON *tree = cJSON_Parse(text);
    assert_non_null(tree);
    free(text);
    return tree;
}

static int open_all(void **state)
{
    (void)state;
    kit = hostkit_open(PLUGIN_FILE, &err);
    file = read_json(SHARE, "cautions");
    english = read_json(LOCALES, "en");
    return kit != NULL && hostkit_load(kit, &err) == PLATEN_OK
               ? 0
               : (print_message("%s\n", err.text), 1);
}

static int close_all(void **state)
{
    (void)state;
    cJSON_Delete(file);
    cJSON_Delete(english);
    hostkit_free(kit);
    return 0;
}

static const cJSON *at(const cJSON *tree, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(tree, name);
}

static const char *text_at(const cJSON *tree, const char *name)
{
    const char *text = cJSON_GetStringValue(at(tree, name));
    return text != NULL ? text : "";
}

static bool has_word(const cJSON *list, const char *word)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        if (strcmp(each->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

/* The caution of a requirement whose condition takes the word: its text's key. */
static const char *key_of(const char *id, const char *name, const char *value)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, at(file, "cautions"))
    {
        const cJSON *words = name != NULL ? at(at(each, "when"), name) : NULL;
        if (strcmp(text_at(each, "id"), id) == 0 && (name == NULL || has_word(words, value))) {
            return text_at(each, "text");
        }
    }
    fail_msg("%s has no caution for '%s'", id, value != NULL ? value : "");
    return "";
}

/* Whether the list tells the text when `name` is `value`, or at once (`name` NULL). */
static bool tells(const cJSON *list, const char *key, const char *name, const char *value)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        const cJSON *when = at(each, "when");
        if (strcmp(text_at(each, "text"), key) == 0 &&
            (name == NULL ? when == NULL : has_word(at(when, name), value))) {
            return true;
        }
    }
    return false;
}

static void expect_says(const char *id, const char *key, const char *says)
{
    if (strstr(text_at(english, key), says) == NULL) {
        fail_msg("%s: '%s' does not say '%s'", id, text_at(english, key), says);
    }
}

static cJSON *schema_of(const char *kind)
{
    char id[64];
    (void)snprintf(id, sizeof(id), "setting-value.%s", kind);
    const char *text = hostkit_said(kit, HOSTKIT_KIND, id);
    assert_non_null(text);
    return cJSON_Parse(text);
}

static cJSON *page_of(const char *id)
{
    const char *text = hostkit_said(kit, HOSTKIT_PAGE, id);
    assert_non_null(text);
    return cJSON_Parse(text);
}

static const cJSON *cautions_of(const cJSON *schema, const char *member)
{
    return at(at(at(schema, "properties"), member), "x-cautions");
}

/* Where categories are chosen, where data with them is chosen, and on the pages of that data. */
static void categories_tell_what_they_can_do(void **state)
{
    cJSON *back_up = schema_of(BACK_UP);
    cJSON *distribute = schema_of(DISTRIBUTE);
    cJSON *monitor = schema_of(MONITOR);
    cJSON *data = page_of("distribution-data");
    cJSON *standards = page_of("monitoring-data");
    (void)state;
    for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++) {
        const expected *e = &categories[i];
        const char *key = key_of(e->id, e->name, e->value);
        expect_says(e->id, key, e->says);
        bool all = tells(cautions_of(back_up, "categories"), key, "categories", e->value) &&
                   tells(cautions_of(distribute, "data"), key, "categories", e->value) &&
                   tells(cautions_of(monitor, "standard"), key, "categories", e->value) &&
                   tells(cautions_of(monitor, "standard"), key, "on_difference", "overwrite") &&
                   tells(at(data, "cautions"), key, "categories", e->value) &&
                   tells(at(standards, "cautions"), key, "categories", e->value);
        if (!all) {
            fail_msg("%s: not told everywhere for '%s'", e->id, e->value);
        }
    }
    cJSON_Delete(back_up);
    cJSON_Delete(distribute);
    cJSON_Delete(monitor);
    cJSON_Delete(data);
    cJSON_Delete(standards);
}

static void tasks_tell_what_to_do_before(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++) {
        cJSON *schema = schema_of(tasks[i].kind);
        const char *key = key_of(tasks[i].id, NULL, NULL);
        expect_says(tasks[i].id, key, tasks[i].says);
        if (!tells(cautions_of(schema, tasks[i].member), key, NULL, NULL)) {
            fail_msg("%s: not told by %s", tasks[i].id, tasks[i].kind);
        }
        cJSON_Delete(schema);
    }
}

// SET-31
static void data_of_level_2_tells_how_to_get_level_1(void **state)
{
    cJSON *schema = schema_of(DISTRIBUTE);
    cJSON *data = page_of("distribution-data");
    const char *key = key_of("SET-31", "level", "2");
    (void)state;
    expect_says("SET-31", key, "security level 1 on the web page");
    assert_true(tells(cautions_of(schema, "data"), key, "level", "2"));
    assert_true(tells(at(data, "cautions"), key, "level", "2"));
    assert_false(tells(cautions_of(schema, "data"), key, "level", "1"));
    cJSON_Delete(schema);
    cJSON_Delete(data);
}

static void devices_tell_how_to_prepare_them(void **state)
{
    cJSON *page = page_of("devices");
    (void)state;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        const expected *e = &devices[i];
        const char *key = key_of(e->id, e->name, e->value);
        expect_says(e->id, key, e->says);
        if (!tells(at(page, "cautions"), key, NULL, NULL) ||
            !tells(at(page, "cautions"), key, "type", e->value) ||
            !tells(at(page, "cautions"), key, "type", "") || /* not known yet */
            !tells(at(page, "cautions"), key, "support", "no")) {
            fail_msg("%s: not told on the page of devices", e->id);
        }
        assert_false(tells(at(page, "cautions"), key, "support", "yes"));
        assert_false(tells(at(page, "cautions"), key, "type", "IV"));
    }
    cJSON_Delete(page);
}

static void each_text_is_there_in_six_languages(void **state)
{
    static const char *const languages[] = {"en", "fr", "de", "it", "es", "ja"};
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        cJSON *own = read_json(LOCALES, languages[i]);
        const cJSON *each = NULL;
        cJSON_ArrayForEach(each, at(file, "cautions"))
        {
            const char *key = text_at(each, "text");
            const char *title = text_at(each, "title");
            if (strlen(text_at(own, key)) < 20 || (title[0] && text_at(own, title)[0] == '\0')) {
                fail_msg("%s: no text '%s' (%s) in '%s'", text_at(each, "id"), key, title,
                         languages[i]);
            }
            if (i > 0 && strcmp(text_at(own, key), text_at(english, key)) == 0) {
                fail_msg("%s: '%s' is English in '%s'", text_at(each, "id"), key, languages[i]);
            }
        }
        cJSON_Delete(own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(categories_tell_what_they_can_do),
        cmocka_unit_test(tasks_tell_what_to_do_before),
        cmocka_unit_test(data_of_level_2_tells_how_to_get_level_1),
        cmocka_unit_test(devices_tell_how_to_prepare_them),
        cmocka_unit_test(each_text_is_there_in_six_languages),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
