/* A level that a device does not say is null outside, with a word for why (DECISIONS, Devices). */
#include "core/model/report_json.h"

#include <string.h>

static const char *level_state(int32_t percent, int64_t level)
{
    if (percent >= 0) {
        return "percent";
    }
    if (percent == PLATEN_LEVEL_SOME || level == PLATEN_LEVEL_SOME) {
        return "some";
    }
    if (percent == PLATEN_LEVEL_OTHER) {
        return "unlimited";
    }
    return "unknown";
}

static void write_level(json_writer *w, const char *key, int64_t level)
{
    if (level < 0) {
        json_null(w, key);
    } else {
        json_i64(w, key, level);
    }
}

static void write_levels(json_writer *w, int64_t capacity, int64_t level, int32_t percent)
{
    write_level(w, "capacity", capacity);
    write_level(w, "level", level);
    write_level(w, "percent", percent);
}

void report_json_supplies(const report *r, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    for (size_t i = 0; i < r->supply_count; i++) {
        const platen_supply *s = &r->supplies[i];
        json_object(&w, NULL);
        json_text(&w, "key", s->key);
        json_text(&w, "description", s->description);
        json_text(&w, "type", s->type);
        json_text(&w, "class", s->class_of == PLATEN_SUPPLY_RECEPTACLE ? "receptacle" : "consumed");
        json_text(&w, "color", s->color);
        json_text(&w, "unit", s->unit);
        write_levels(&w, s->capacity, s->level, s->percent);
        json_text(&w, "state", level_state(s->percent, s->level));
        json_text(&w, "source", s->source);
        json_text(&w, "part", s->part);
        json_text(&w, "serial", s->serial);
        if (s->clamped != 0) {
            json_bool(&w, "clamped", true);
        }
        json_object_end(&w);
    }
    json_array_end(&w);
}

static void write_console(const report *r, json_writer *w)
{
    for (size_t i = 0; i < r->part_count; i++) {
        if (r->parts[i].part == PLATEN_PART_CONSOLE) {
            json_text(w, NULL, r->parts[i].description);
        }
    }
}

void report_json_parts(const report *r, uint32_t part, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    if (part == PLATEN_PART_CONSOLE) {
        write_console(r, &w);
    }
    for (size_t i = 0; i < r->part_count && part != PLATEN_PART_CONSOLE; i++) {
        const platen_part *p = &r->parts[i];
        if (p->part != part) {
            continue;
        }
        json_object(&w, NULL);
        json_text(&w, "key", p->key);
        json_text(&w, "name", p->name);
        json_text(&w, "description", p->description);
        json_text(&w, "type", p->type);
        json_text(&w, "media", p->media);
        json_text(&w, "unit", p->unit);
        write_levels(&w, p->capacity, p->level, p->percent);
        json_text(&w, "level_state", level_state(p->percent, p->level));
        json_text(&w, "state", p->state);
        json_object_end(&w);
    }
    json_array_end(&w);
}

void report_json_firmware(const report *r, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    for (size_t i = 0; i < r->firmware_count; i++) {
        json_object(&w, NULL);
        json_text(&w, "component", r->firmware[i].component);
        json_text(&w, "version", r->firmware[i].version);
        json_object_end(&w);
    }
    json_array_end(&w);
}

void report_json_macs(const report *r, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    for (size_t i = 0; i < r->mac_count; i++) {
        json_text(&w, NULL, r->macs[i]);
    }
    json_array_end(&w);
}

void report_json_counters(const report *r, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    for (size_t i = 0; i < r->counter_count; i++) {
        json_i64(&w, r->counters[i].key, r->counters[i].value);
    }
    json_object_end(&w);
}

void report_json_counter_rows(const report *r, int64_t at, strbuf *out)
{
    json_writer w;
    json_init(&w, out);
    json_array(&w, NULL);
    for (size_t i = 0; i < r->counter_count; i++) {
        json_object(&w, NULL);
        json_text(&w, "key", r->counters[i].key);
        json_text(&w, "unit", r->counters[i].unit);
        json_text(&w, "source", r->counters[i].source);
        json_i64(&w, "value", r->counters[i].value);
        json_time(&w, "at", at);
        json_object_end(&w);
    }
    json_array_end(&w);
}
