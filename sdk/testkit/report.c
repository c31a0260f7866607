/* Collects what a driver reports: copies of everything. */
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* The array with room for one more item; NULL when there is no memory. */
static void *grow(void *array, size_t count, size_t size)
{
    return realloc(array, (count + 1u) * size);
}

/* Makes room before anything is copied, so that nothing is lost when there is none. */
#define ROOM(to, array, count)                                                                     \
    do {                                                                                           \
        void *grown = grow((to)->array, (to)->count, sizeof((to)->array[0]));                      \
        if (grown == NULL) {                                                                       \
            return false;                                                                          \
        }                                                                                          \
        (to)->array = grown;                                                                       \
    } while (0)

static const char *copy(const char *text)
{
    return strdup(text == NULL ? "(null)" : text);
}

/* Texts of the SDK's structs are const; the copies in a report are the report's own. */
static void drop(const char *text)
{
    union {
        const char *borrowed;
        char *owned;
    } both = {text};
    free(both.owned);
}

bool report_add_text(testkit_report *to, uint32_t field, const char *value, size_t length)
{
    ROOM(to, texts, text_count);
    testkit_text one = {field, length == SIZE_MAX ? strdup(value) : strndup(value, length)};
    to->texts[to->text_count++] = one;
    return one.value != NULL;
}

bool report_add_integer(testkit_report *to, uint32_t field, int64_t value)
{
    ROOM(to, integers, integer_count);
    testkit_integer one = {field, value};
    to->integers[to->integer_count++] = one;
    return true;
}

bool report_add_firmware(testkit_report *to, const char *component, const char *version)
{
    ROOM(to, firmwares, firmware_count);
    testkit_firmware one = {strdup(component), strdup(version)};
    to->firmwares[to->firmware_count++] = one;
    return one.component != NULL && one.version != NULL;
}

bool report_add_counter(testkit_report *to, const platen_counter *counter)
{
    ROOM(to, counters, counter_count);
    platen_counter one = *counter;
    one.key = copy(counter->key);
    one.unit = copy(counter->unit);
    one.source = copy(counter->source);
    to->counters[to->counter_count++] = one;
    return true;
}

bool report_add_supply(testkit_report *to, const platen_supply *supply)
{
    ROOM(to, supplies, supply_count);
    platen_supply one = *supply;
    one.key = copy(supply->key);
    one.description = copy(supply->description);
    one.type = copy(supply->type);
    one.color = copy(supply->color);
    one.unit = copy(supply->unit);
    one.part = copy(supply->part);
    one.serial = copy(supply->serial);
    one.source = copy(supply->source);
    to->supplies[to->supply_count++] = one;
    return true;
}

bool report_add_part(testkit_report *to, const platen_part *part)
{
    ROOM(to, parts, part_count);
    platen_part one = *part;
    one.key = copy(part->key);
    one.name = copy(part->name);
    one.description = copy(part->description);
    one.type = copy(part->type);
    one.media = copy(part->media);
    one.unit = copy(part->unit);
    one.state = copy(part->state);
    to->parts[to->part_count++] = one;
    return true;
}

bool report_add_alert(testkit_report *to, const platen_alert *alert)
{
    ROOM(to, alerts, alert_count);
    platen_alert one = *alert;
    one.text = copy(alert->text);
    one.source = copy(alert->source);
    to->alerts[to->alert_count++] = one;
    return true;
}

static void rows_clear(testkit_report *of)
{
    for (size_t i = 0; i < of->counter_count; i++) {
        drop(of->counters[i].key);
        drop(of->counters[i].unit);
        drop(of->counters[i].source);
    }
    for (size_t i = 0; i < of->supply_count; i++) {
        const platen_supply *one = &of->supplies[i];
        const char *texts[] = {one->key,  one->description, one->type,   one->color,
                               one->unit, one->part,        one->serial, one->source};
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
            drop(texts[j]);
        }
    }
    for (size_t i = 0; i < of->part_count; i++) {
        const platen_part *one = &of->parts[i];
        const char *texts[] = {one->key,   one->name, one->description, one->type,
                               one->media, one->unit, one->state};
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
            drop(texts[j]);
        }
    }
    for (size_t i = 0; i < of->alert_count; i++) {
        drop(of->alerts[i].text);
        drop(of->alerts[i].source);
    }
}

void report_clear(testkit_report *of)
{
    for (size_t i = 0; i < of->text_count; i++) {
        free(of->texts[i].value);
    }
    for (size_t i = 0; i < of->firmware_count; i++) {
        free(of->firmwares[i].component);
        free(of->firmwares[i].version);
    }
    rows_clear(of);
    free(of->why);
    free(of->data);
    free(of->texts);
    free(of->integers);
    free(of->firmwares);
    free(of->counters);
    free(of->supplies);
    free(of->parts);
    free(of->alerts);
    memset(of, 0, sizeof(*of));
}

const char *testkit_text_at(const testkit_report *report, uint32_t field, size_t nth)
{
    for (size_t i = 0; i < report->text_count; i++) {
        if (report->texts[i].field == field && nth-- == 0) {
            return report->texts[i].value;
        }
    }
    return NULL;
}

int64_t testkit_integer_of(const testkit_report *report, uint32_t field, int64_t otherwise)
{
    for (size_t i = 0; i < report->integer_count; i++) {
        if (report->integers[i].field == field) {
            return report->integers[i].value;
        }
    }
    return otherwise;
}

const platen_supply *testkit_supply_of(const testkit_report *report, const char *key)
{
    for (size_t i = 0; i < report->supply_count; i++) {
        if (strcmp(report->supplies[i].key, key) == 0) {
            return &report->supplies[i];
        }
    }
    return NULL;
}

const platen_counter *testkit_counter_of(const testkit_report *report, const char *key)
{
    for (size_t i = 0; i < report->counter_count; i++) {
        if (strcmp(report->counters[i].key, key) == 0) {
            return &report->counters[i];
        }
    }
    return NULL;
}

const platen_part *testkit_part_of(const testkit_report *report, uint32_t part, const char *key)
{
    for (size_t i = 0; i < report->part_count; i++) {
        if (report->parts[i].part == part && strcmp(report->parts[i].key, key) == 0) {
            return &report->parts[i];
        }
    }
    return NULL;
}

const testkit_change *testkit_change_of(const testkit_report *report, const char *path)
{
    for (size_t i = 0; i < report->change_count; i++) {
        if (strcmp(report->changes[i].path, path) == 0) {
            return &report->changes[i];
        }
    }
    return NULL;
}

const char *testkit_firmware_of(const testkit_report *report, const char *component)
{
    for (size_t i = 0; i < report->firmware_count; i++) {
        if (strcmp(report->firmwares[i].component, component) == 0) {
            return report->firmwares[i].version;
        }
    }
    return NULL;
}
