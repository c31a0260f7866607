/*
 * Whether two reports say the same, as a number. The rows of a table are added up, so their order
 * does not matter, and nothing is written out or sorted: every poll of every device comes by here.
 */
#include "core/model/report.h"

#include <string.h>

#include "core/base/map.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9fb21c651e98df25u;
    return hash ^ hash >> 32;
}

static uint64_t mix_texts(uint64_t hash, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = texts[i] != NULL ? strlen(texts[i]) : 0;
        hash = mix(hash, length == 0 ? i : hash_bytes(texts[i], length));
    }
    return hash;
}

static uint64_t mix_numbers(uint64_t hash, const int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hash = mix(hash, (uint64_t)numbers[i]);
    }
    return hash;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t of_supplies(const report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->supply_count; i++) {
        const platen_supply *s = &r->supplies[i];
        const char *const texts[] = {s->key,  s->description, s->type,   s->color,
                                     s->unit, s->part,        s->serial, s->source};
        const int64_t numbers[] = {s->class_of, s->capacity, s->level, s->percent, s->clamped != 0};
        sum += mix_numbers(mix_texts(1, texts, COUNT(texts)), numbers, COUNT(numbers));
    }
    return sum;
}

static uint64_t of_parts(const report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->part_count; i++) {
        const platen_part *p = &r->parts[i];
        const char *const texts[] = {p->key,   p->name, p->description, p->type,
                                     p->media, p->unit, p->state};
        const int64_t numbers[] = {p->part, p->capacity, p->level, p->percent};
        sum += mix_numbers(mix_texts(2, texts, COUNT(texts)), numbers, COUNT(numbers));
    }
    return sum;
}

static uint64_t of_alerts(const report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->alert_count; i++) {
        const platen_alert *a = &r->alerts[i];
        const char *const texts[] = {a->text, a->source};
        const int64_t numbers[] = {a->severity, a->training, a->group, a->group_index,
                                   a->code,     a->location, a->uptime};
        sum += mix_numbers(mix_texts(3, texts, COUNT(texts)), numbers, COUNT(numbers));
    }
    return sum;
}

static uint64_t of_counters(const report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->counter_count; i++) {
        const platen_counter *c = &r->counters[i];
        const char *const texts[] = {c->key, c->unit, c->source};
        sum += mix(mix_texts(4, texts, COUNT(texts)), (uint64_t)c->value);
    }
    return sum;
}

static uint64_t of_firmware(const report *r)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < r->firmware_count; i++) {
        const char *const texts[] = {r->firmware[i].component, r->firmware[i].version};
        sum += mix_texts(5, texts, COUNT(texts));
    }
    return sum;
}

uint64_t report_hash(const report *r)
{
    uint64_t hash = mix_texts(6, r->text, REPORT_FIELDS);
    for (uint32_t i = 0; i < REPORT_FIELDS; i++) {
        hash = mix(hash, i != PLATEN_FIELD_UPTIME ? (uint64_t)r->integer[i] : 0);
    }
    hash = mix(mix_texts(hash, r->macs, r->mac_count), r->mac_count);
    hash = mix(hash, of_supplies(r));
    hash = mix(hash, of_parts(r));
    hash = mix(hash, of_alerts(r));
    hash = mix(hash, of_counters(r));
    return mix(hash, of_firmware(r));
}
