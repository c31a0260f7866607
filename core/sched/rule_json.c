/* The schedule of the REST API: read with every fault named, written as it was read. */
#include <stdio.h>
#include <string.h>

#include "core/sched/rule.h"

static const char *const weekday_words[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

typedef struct reading {
    const cJSON *schedule;
    sched_complain complain;
    void *user;
    bool wrong;
    sched_rule rule;
} reading;

static void fault(reading *r, const char *pointer, const char *code, const char *text)
{
    r->wrong = true;
    r->complain(pointer, code, text, r->user);
}

/* "HH:MM" in minutes of the day, or -1. */
static int minute_of(const char *text)
{
    char whole[CIVIL_TEXT];
    civil c;
    if (strlen(text) != 5) {
        return -1;
    }
    (void)snprintf(whole, sizeof(whole), "2000-01-01T%s", text);
    return civil_parse(whole, &c) ? c.minute : -1;
}

static bool read_civil(reading *r, const char *name, const char *pointer, civil *out)
{
    const char *text = json_get_text(r->schedule, name, NULL);
    if (text == NULL) {
        return false;
    }
    if (!civil_parse(text, out)) {
        fault(r, pointer, "format", "a local date and time is needed, as 2026-01-31T08:15");
        return false;
    }
    return true;
}

static void read_time(reading *r)
{
    const char *text = json_get_text(r->schedule, "time", NULL);
    r->rule.minute = text != NULL ? minute_of(text) : -1;
    if (text == NULL) {
        fault(r, "/time", "required", "at what time of day?");
    } else if (r->rule.minute < 0) {
        fault(r, "/time", "format", "a time of day is needed, as 08:15");
    }
}

static int weekday_of(const char *text)
{
    for (int i = 0; text != NULL && i < 7; i++) {
        if (strcmp(text, weekday_words[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_weekdays(reading *r)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(r->schedule, "weekdays"))
    {
        int day = weekday_of(cJSON_GetStringValue(each));
        if (day < 0) {
            fault(r, "/weekdays", "enum", "one of mon, tue, wed, thu, fri, sat, sun");
        } else {
            r->rule.weekdays |= 1u << day;
        }
    }
}

/* Numbers 1 to `most` as bits, "last" as bit 0. */
static uint32_t read_bits(reading *r, const char *name, const char *pointer, int most)
{
    uint32_t bits = 0;
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, json_get_array(r->schedule, name))
    {
        double number = cJSON_IsNumber(each) ? each->valuedouble : 0;
        const char *word = cJSON_GetStringValue(each);
        if (word != NULL && strcmp(word, "last") == 0) {
            bits |= 1u;
        } else if (number >= 1 && number <= most && number == (double)(int)number) {
            bits |= 1u << (int)number;
        } else {
            fault(r, pointer, "range", "a number that the month can have, or \"last\"");
        }
    }
    return bits;
}

static void read_every(reading *r)
{
    const char *unit = json_get_text(r->schedule, "unit", "");
    int64_t most = strcmp(unit, "minutes") == 0 ? SCHED_MINUTES_MAX : SCHED_STEP_MAX;
    int64_t step = json_get_i64(r->schedule, "step", 1);
    if (step < 1 || step > most) {
        fault(r, "/step", "range", "a step from 1 on that is not too large");
        step = 1;
    }
    r->rule.step = (int)step;
    if (strcmp(unit, "minutes") == 0) {
        r->rule.when = SCHED_MINUTES;
        return;
    }
    read_time(r);
    read_weekdays(r);
    if (strcmp(unit, "day") == 0) {
        r->rule.when = SCHED_DAYS;
    } else if (strcmp(unit, "week") == 0) {
        r->rule.when = SCHED_WEEKS;
        if (r->rule.weekdays == 0) {
            fault(r, "/weekdays", "required", "on which days of the week?");
        }
    } else if (strcmp(unit, "month") == 0) {
        r->rule.when = SCHED_MONTHS;
        r->rule.dates = read_bits(r, "dates", "/dates", 31);
        r->rule.nth = read_bits(r, "nth", "/nth", 5);
        if ((r->rule.dates == 0) == (r->rule.nth == 0)) {
            fault(r, "/dates", "required", "either dates or nth with weekdays");
        } else if (r->rule.nth != 0 && r->rule.weekdays == 0) {
            fault(r, "/weekdays", "required", "which day of the week?");
        }
    } else {
        fault(r, "/unit", "enum", "one of minutes, day, week, month");
    }
}

static void read_period(reading *r, const civil *today)
{
    r->rule.first = *today;
    (void)read_civil(r, "since", "/since", &r->rule.first);
    r->rule.has_from = read_civil(r, "start", "/start", &r->rule.from);
    r->rule.has_until = read_civil(r, "end", "/end", &r->rule.until);
    if (r->rule.has_from) {
        r->rule.first = r->rule.from;
    }
    if (r->rule.has_from && r->rule.has_until &&
        civil_minutes(&r->rule.from) > civil_minutes(&r->rule.until)) {
        fault(r, "/end", "range", "the end lies before the start");
    }
}

static void read_zone(reading *r, const char *preset)
{
    platen_error why = PLATEN_ERROR_INIT;
    const zone_time *zone = NULL;
    const char *name = json_get_text(r->schedule, "zone", preset);
    if (strcmp(name, SCHED_ZONE_TARGETS) != 0 && zone_time_get(name, &zone, &why) != PLATEN_OK) {
        fault(r, "/zone", "zone", why.text);
        return;
    }
    (void)snprintf(r->rule.zone, sizeof(r->rule.zone), "%s", name);
}

platen_code sched_rule_read(const cJSON *schedule, const civil *today, const char *zone,
                            sched_complain complain, void *user, sched_rule *out, platen_error *err)
{
    reading r = {.schedule = schedule, .complain = complain, .user = user};
    const char *when = json_get_text(schedule, "when", "now");
    r.rule.step = 1;
    read_zone(&r, zone);
    read_period(&r, today);
    if (strcmp(when, "now") == 0) {
        r.rule.when = SCHED_NOW;
    } else if (strcmp(when, "once") == 0) {
        r.rule.when = SCHED_ONCE;
        if (json_get_text(schedule, "at", NULL) == NULL) {
            fault(&r, "/at", "required", "at what date and time?");
        } else {
            (void)read_civil(&r, "at", "/at", &r.rule.first);
        }
    } else if (strcmp(when, "every") == 0) {
        read_every(&r);
    } else {
        fault(&r, "/when", "enum", "one of now, once, every");
    }
    if (r.wrong) {
        return error_set(err, PLATEN_E_INVAL, "the schedule is wrong");
    }
    *out = r.rule;
    return PLATEN_OK;
}

/* ---- writing ---- */

static void write_civil(json_writer *w, const char *key, const civil *c)
{
    char text[CIVIL_TEXT];
    json_text(w, key, civil_format(c, text));
}

static void write_bits(json_writer *w, const char *key, uint32_t bits, int most)
{
    json_array(w, key);
    for (int i = 1; i <= most; i++) {
        if ((bits >> i & 1u) != 0) {
            json_i64(w, NULL, i);
        }
    }
    if ((bits & 1u) != 0) {
        json_text(w, NULL, "last");
    }
    json_array_end(w);
}

static void write_every(const sched_rule *rule, json_writer *w)
{
    static const char *const units[] = {"", "", "minutes", "day", "week", "month"};
    char text[CIVIL_TEXT];
    const civil time = {2000, 1, 1, rule->minute};
    json_text(w, "unit", units[rule->when]);
    json_i64(w, "step", rule->step);
    if (rule->when != SCHED_MINUTES) {
        json_text(w, "time", civil_format(&time, text) + 11);
    }
    if (rule->weekdays != 0) {
        json_array(w, "weekdays");
        for (int i = 0; i < 7; i++) {
            if ((rule->weekdays >> i & 1u) != 0) {
                json_text(w, NULL, weekday_words[i]);
            }
        }
        json_array_end(w);
    }
    if (rule->dates != 0) {
        write_bits(w, "dates", rule->dates, 31);
    }
    if (rule->nth != 0) {
        write_bits(w, "nth", rule->nth, 5);
    }
}

void sched_rule_write(const sched_rule *rule, json_writer *w, const char *key)
{
    json_object(w, key);
    json_text(w, "when",
              rule->when == SCHED_NOW    ? "now"
              : rule->when == SCHED_ONCE ? "once"
                                         : "every");
    if (rule->when == SCHED_ONCE) {
        write_civil(w, "at", &rule->first);
    } else if (rule->when != SCHED_NOW) {
        write_every(rule, w);
    }
    if (rule->has_from) {
        write_civil(w, "start", &rule->from);
    } else if (rule->when > SCHED_ONCE) {
        write_civil(w, "since", &rule->first);
    }
    if (rule->has_until) {
        write_civil(w, "end", &rule->until);
    }
    json_text(w, "zone", rule->zone);
    json_object_end(w);
}
