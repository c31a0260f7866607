/*
 * Plays recordings to the driver and prints what it reports, as JSON in the form that the fleet's
 * own export has: for people, and for comparing with an oracle. show FOLDER-OF-PLUGIN FILE...
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "testkit.h"

static void add_text(cJSON *to, const char *key, const char *value)
{
    if (value != NULL) {
        (void)cJSON_AddStringToObject(to, key, value);
    }
}

static void add_identity(cJSON *to, const testkit_report *report)
{
    static const struct {
        uint32_t field;
        const char *key;
    } fields[] = {
        {PLATEN_FIELD_NAME, "name"},         {PLATEN_FIELD_MANUFACTURER, "manufacturer"},
        {PLATEN_FIELD_MODEL, "model"},       {PLATEN_FIELD_SERIAL, "serial"},
        {PLATEN_FIELD_FIRMWARE, "firmware"}, {PLATEN_FIELD_LOCATION, "location"},
        {PLATEN_FIELD_CONTACT, "contact"},   {PLATEN_FIELD_MAC, "mac"},
        {PLATEN_FIELD_LINK, "link"},         {PLATEN_FIELD_DESCRIPTION, "description"},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        add_text(to, fields[i].key, testkit_text_at(report, fields[i].field, 0));
    }
    cJSON *firmware = cJSON_AddObjectToObject(to, "components");
    for (size_t i = 0; i < report->firmware_count; i++) {
        add_text(firmware, report->firmwares[i].component, report->firmwares[i].version);
    }
}

static void add_supplies(cJSON *to, const testkit_report *report)
{
    cJSON *list = cJSON_AddArrayToObject(to, "supplies");
    for (size_t i = 0; i < report->supply_count; i++) {
        const platen_supply *one = &report->supplies[i];
        cJSON *item = cJSON_CreateObject();
        add_text(item, "key", one->key);
        add_text(item, "description", one->description);
        add_text(item, "type", one->type);
        add_text(item, "color", one->color);
        add_text(item, "unit", one->unit);
        add_text(item, "part", one->part);
        add_text(item, "serial", one->serial);
        add_text(item, "source", one->source);
        add_text(item, "class",
                 one->class_of == PLATEN_SUPPLY_RECEPTACLE ? "receptacle" : "consumed");
        (void)cJSON_AddNumberToObject(item, "capacity", (double)one->capacity);
        (void)cJSON_AddNumberToObject(item, "level", (double)one->level);
        if (one->percent >= 0) {
            (void)cJSON_AddNumberToObject(item, "percent", one->percent);
        } else {
            (void)cJSON_AddNullToObject(item, "percent");
            add_text(item, "state",
                     one->percent == PLATEN_LEVEL_SOME    ? "some"
                     : one->percent == PLATEN_LEVEL_OTHER ? "unlimited"
                                                          : "unknown");
        }
        (void)cJSON_AddItemToArray(list, item);
    }
}

static void add_parts(cJSON *to, const testkit_report *report)
{
    static const char *const kinds[] = {"", "input", "output", "cover", "finisher", "console"};
    cJSON *list = cJSON_AddArrayToObject(to, "parts");
    for (size_t i = 0; i < report->part_count; i++) {
        const platen_part *one = &report->parts[i];
        cJSON *item = cJSON_CreateObject();
        add_text(item, "part", kinds[one->part]);
        add_text(item, "key", one->key);
        add_text(item, "name", one->name);
        add_text(item, "description", one->description);
        add_text(item, "type", one->type);
        add_text(item, "media", one->media);
        add_text(item, "state", one->state);
        (void)cJSON_AddNumberToObject(item, "capacity", (double)one->capacity);
        (void)cJSON_AddNumberToObject(item, "level", (double)one->level);
        (void)cJSON_AddNumberToObject(item, "percent", one->percent);
        (void)cJSON_AddItemToArray(list, item);
    }
}

static void add_alerts(cJSON *to, const testkit_report *report)
{
    cJSON *list = cJSON_AddArrayToObject(to, "alerts");
    for (size_t i = 0; i < report->alert_count; i++) {
        const platen_alert *one = &report->alerts[i];
        cJSON *item = cJSON_CreateObject();
        (void)cJSON_AddNumberToObject(item, "severity", one->severity);
        (void)cJSON_AddNumberToObject(item, "training", one->training);
        (void)cJSON_AddNumberToObject(item, "group", one->group);
        (void)cJSON_AddNumberToObject(item, "code", one->code);
        add_text(item, "text", one->text);
        add_text(item, "source", one->source);
        (void)cJSON_AddItemToArray(list, item);
    }
}

static void add_counters(cJSON *to, const testkit_report *report)
{
    cJSON *list = cJSON_AddObjectToObject(to, "counters");
    for (size_t i = 0; i < report->counter_count; i++) {
        char key[80];
        const platen_counter *one = &report->counters[i];
        (void)snprintf(key, sizeof(key), "%s (%s)", one->key, one->source);
        (void)cJSON_AddNumberToObject(list, key, (double)one->value);
    }
}

static cJSON *device(testkit *kit, const char *path)
{
    cJSON *to = cJSON_CreateObject();
    const char *name = strrchr(path, '/');
    add_text(to, "address", name == NULL ? path : name + 1);
    const testkit_report *report = testkit_run(kit, PLATEN_WORK_PROBE);
    (void)cJSON_AddNumberToObject(to, "sureness", report->sureness);
    add_text(to, "why", report->why);
    report = testkit_run(kit, PLATEN_WORK_INFORMATION);
    add_identity(to, report);
    int64_t count = testkit_integer_of(report, PLATEN_FIELD_PAGE_COUNT, -1);
    if (count >= 0) {
        (void)cJSON_AddNumberToObject(to, "page_count", (double)count);
        add_text(to, "page_unit", testkit_text_at(report, PLATEN_FIELD_PAGE_UNIT, 0));
    }
    (void)cJSON_AddNumberToObject(to, "requests_information", report->requests);
    report = testkit_run(kit, PLATEN_WORK_STATUS);
    add_text(to, "state", testkit_text_at(report, PLATEN_FIELD_STATE, 0));
    (void)cJSON_AddNumberToObject(to, "color",
                                  (double)testkit_integer_of(report, PLATEN_FIELD_COLOR, -1));
    add_supplies(to, report);
    add_parts(to, report);
    add_alerts(to, report);
    (void)cJSON_AddNumberToObject(to, "requests_status_first", report->requests);
    report = testkit_run(kit, PLATEN_WORK_STATUS);
    (void)cJSON_AddNumberToObject(to, "requests_status", report->requests);
    report = testkit_run(kit, PLATEN_WORK_COUNTERS);
    add_counters(to, report);
    (void)cJSON_AddNumberToObject(to, "requests_counters", report->requests);
    add_text(to, "memo", testkit_memo(kit));
    add_text(to, "misuse", testkit_misuse(kit));
    return to;
}

int main(int argc, char **argv)
{
    platen_error err = PLATEN_ERROR_INIT;
    char path[4096];
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s FOLDER-OF-PLUGIN RECORDING...\n", argv[0]);
        return 2;
    }
    (void)snprintf(path, sizeof(path), "%s.so", argv[1]);
    testkit *kit = testkit_open(path, argv[1], &err);
    if (kit == NULL || testkit_load(kit, &err) != PLATEN_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        testkit_free(kit);
        return 1;
    }
    cJSON *list = cJSON_CreateArray();
    for (int i = 2; i < argc; i++) {
        if (testkit_device_file(kit, argv[i], &err) == PLATEN_OK) {
            (void)cJSON_AddItemToArray(list, device(kit, argv[i]));
        } else {
            (void)fprintf(stderr, "%s\n", err.text);
        }
    }
    char *text = cJSON_Print(list);
    if (text != NULL) {
        (void)puts(text);
    }
    cJSON_free(text);
    cJSON_Delete(list);
    testkit_free(kit);
    return 0;
}
