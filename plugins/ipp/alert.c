/*
 * What stands wrong now: printer-alert (the device's alert table, PWG 5100.9) with its texts, and
 * those printer-state-reasons that it does not cover. Any thread.
 */
#include "facts.h"

#include <string.h>

#include "attribute.h"
#include "keyvalue.h"
#include "reason.h"

#define GROUPS 64

typedef struct covered {
    bool group[GROUPS];
    size_t alerts;
} covered;

static void take_pair(const keyvalue_pair *pair, platen_alert *alert)
{
    int64_t number = 0;
    bool is_number = keyvalue_integer(pair->value, &number);
    if (strcmp(pair->key, "code") == 0) {
        alert->code = reason_code(pair->value);
    } else if (strcmp(pair->key, "severity") == 0) {
        alert->severity = reason_severity(pair->value);
    } else if (strcmp(pair->key, "training") == 0) {
        alert->training = reason_training(pair->value);
    } else if (strcmp(pair->key, "group") == 0) {
        alert->group = reason_group(pair->value);
    } else if (strcmp(pair->key, "groupindex") == 0 && is_number) {
        alert->group_index = (int32_t)number;
    } else if (strcmp(pair->key, "location") == 0 && is_number) {
        alert->location = (int32_t)number;
    } else if (strcmp(pair->key, "time") == 0 && is_number && number >= 0) {
        alert->uptime = number * 10; /* TimeTicks */
    }
}

static bool read_alert(const char *octets, size_t length, platen_alert *alert)
{
    keyvalue list;
    keyvalue_pair pair;
    char code[KEYVALUE_VALUE];
    keyvalue_init(&list, octets, length, '=');
    if (!keyvalue_find(&list, "code", code)) {
        return false;
    }
    while (keyvalue_next(&list, &pair)) {
        take_pair(&pair, alert);
    }
    if (alert->group <= 2) {
        uint32_t group = reason_group_of_code(alert->code);
        alert->group = group == 1 ? alert->group : group;
    }
    return true;
}

static void say_alerts(const facts *f, covered *done)
{
    size_t count = attribute_count(f->answer, "printer-alert");
    for (size_t i = 0; i < count; i++) {
        platen_alert alert = PLATEN_ALERT_INIT;
        size_t length = 0;
        const char *octets = attribute_octets(f->answer, "printer-alert", i, &length);
        const char *text = attribute_text(f->answer, "printer-alert-description", i);
        if (octets == NULL || !read_alert(octets, length, &alert)) {
            continue;
        }
        alert.source = "ipp";
        alert.text = text == NULL ? "" : text;
        f->drivers->alert(f->work, &alert);
        done->alerts++;
        if (alert.group < GROUPS) {
            done->group[alert.group] = true;
        }
    }
}

static void say_reasons(const facts *f, const covered *done)
{
    size_t count = attribute_count(f->answer, "printer-state-reasons");
    for (size_t i = 0; i < count; i++) {
        const char *keyword = attribute_text(f->answer, "printer-state-reasons", i);
        reason found;
        if (keyword == NULL || !reason_parse(keyword, strlen(keyword), &found)) {
            continue;
        }
        /* The alert table says the same in more detail. */
        if (done->alerts > 0 && (found.group >= GROUPS || done->group[found.group])) {
            continue;
        }
        platen_alert alert = PLATEN_ALERT_INIT;
        alert.severity = found.severity;
        alert.group = found.group;
        alert.code = found.code;
        alert.text = found.keyword;
        alert.source = "ipp";
        f->drivers->alert(f->work, &alert);
    }
}

void facts_alerts(const facts *f)
{
    covered done = {{false}, 0};
    say_alerts(f, &done);
    say_reasons(f, &done);
}
