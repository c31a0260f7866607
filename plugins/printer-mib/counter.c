/*
 * PLATEN_WORK_COUNTERS: life counts of the markers and the counters of the vendor's profile. The
 * vendor's are shown only if mono and colour add up to the total. SNMP thread.
 */
#include "counter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "plans.h"

#define COUNTERS 128u
/* Above any life count; agents without a counter answer all ones. */
#define COUNT_LIMIT INT64_C(4294967295)

typedef struct tally {
    char key[PROFILE_WORD];
    const char *unit;
    int64_t value;
} tally;

typedef struct tallies {
    uint32_t count;
    tally at[COUNTERS];
} tallies;

static bool count_of(const platen_snmp_binding *value, int64_t *out)
{
    return value_integer(value, out) && *out >= 0 && *out < COUNT_LIMIT;
}

int64_t counter_life(const visit *of, const table *markers, const char **unit)
{
    int64_t best = -1;
    for (uint32_t i = 0; i < markers->count && best <= 0; i++) {
        int64_t count = 0;
        if (!count_of(markers->row[i].cell[1], &count) || count <= best) {
            continue;
        }
        best = count;
        if (unit != NULL) {
            *unit = names_counter_unit(cell_integer(&markers->row[i], 0, 0));
        }
    }
    if (unit != NULL && best >= 0 && of->vendor->count_unit_is_sheets) {
        *unit = "sheets";
    }
    return best;
}

void counter_report_life(const visit *of, const table *markers)
{
    const platen_drivers *drivers = of->owner->drivers;
    const char *unit = "";
    int64_t count = counter_life(of, markers, &unit);
    if (count < 0) {
        return;
    }
    drivers->integer(of->work, PLATEN_FIELD_PAGE_COUNT, count);
    if (unit[0] != '\0') {
        drivers->text(of->work, PLATEN_FIELD_PAGE_UNIT, unit, SIZE_MAX);
    }
}

/* Adds to a key that is there already: a profile may name several objects for one counter. */
static void tally_add(tallies *all, const char *key, const char *unit, int64_t value)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].key, key) == 0) {
            return; /* the profile's first source is the best one */
        }
    }
    if (all->count == COUNTERS) {
        return;
    }
    tally *one = &all->at[all->count++];
    text_copy(one->key, sizeof(one->key), key);
    one->unit = unit[0] != '\0' ? unit : "impressions";
    one->value = value;
}

static const tally *tally_find(const tallies *all, const char *key)
{
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->at[i].key, key) == 0) {
            return &all->at[i];
        }
    }
    return NULL;
}

static void read_scalars(const visit *of, const answer *read, tallies *all)
{
    for (uint32_t i = 0; i < of->vendor->scalar_count; i++) {
        const counter_scalar *one = &of->vendor->scalars[i];
        int64_t sum = 0;
        uint32_t found = 0;
        for (uint32_t j = 0; j < one->oid_count; j++) {
            int64_t value = 0;
            if (count_of(answer_get(read, one->oids[j].arcs, one->oids[j].count), &value)) {
                sum += value;
                found++;
            }
        }
        if (found > 0) {
            tally_add(all, one->key, one->unit, sum);
        }
    }
}

/* The value beside a row's kind: same index below the other column. */
static bool value_beside(const answer *read, const platen_snmp_binding *kind,
                         const counter_table *pair, int64_t *out)
{
    uint32_t object[128];
    uint32_t rest = kind->oid_count - pair->kind.count;
    if (pair->value.count + rest > 128u) {
        return false;
    }
    memcpy(object, pair->value.arcs, pair->value.count * sizeof(object[0]));
    memcpy(object + pair->value.count, kind->oid + pair->kind.count, rest * sizeof(object[0]));
    return count_of(answer_get(read, object, pair->value.count + rest), out);
}

static bool is_kind(const counter_row *row, const platen_snmp_binding *kind)
{
    char label[TEXT_SIZE];
    int64_t type = 0;
    if (row->matches) {
        return value_text(kind, label, sizeof(label)) > 0 &&
               regexec(&row->match, label, 0, NULL, 0) == 0;
    }
    if (!value_integer(kind, &type)) {
        return false;
    }
    for (uint32_t i = 0; i < row->type_count; i++) {
        if (row->types[i] == type) {
            return true;
        }
    }
    return false;
}

static void read_table(const answer *read, const counter_table *pair, tallies *all)
{
    for (uint32_t i = 0; i < pair->row_count; i++) {
        const counter_row *row = &pair->rows[i];
        int64_t sum = 0;
        uint32_t found = 0;
        uint32_t at = answer_seek(read, pair->kind.arcs, pair->kind.count);
        for (uint32_t seen = 0; at < read->count && seen < TABLE_ROWS; at++, seen++) {
            const platen_snmp_binding *kind = answer_at(read, at);
            int64_t value = 0;
            if (!oid_starts(kind->oid, kind->oid_count, pair->kind.arcs, pair->kind.count)) {
                break;
            }
            if (is_kind(row, kind) && value_beside(read, kind, pair, &value)) {
                sum += value;
                found++;
            }
        }
        if (found > 0) {
            tally_add(all, row->key, row->unit, sum);
        }
    }
}

static void read_records(const visit *of, const answer *read, tallies *all)
{
    for (uint32_t i = 0; i < of->vendor->counter_record_count; i++) {
        const record_set *set = &of->vendor->counter_records[i];
        const platen_snmp_binding *value = answer_get(read, set->object.arcs, set->object.count);
        for (uint32_t j = 0; value != NULL && j < set->row_count; j++) {
            int64_t number = 0;
            if (record_find(set, value, set->rows[j].code, &number) && number < COUNT_LIMIT) {
                tally_add(all, set->rows[j].key, set->rows[j].unit, number);
            }
        }
    }
}

/* Whether mono and colour make the total within 1 %; without all three there is nothing to check,
 * but no part may exceed the whole. */
static bool adds_up(const tallies *all, int64_t life)
{
    const tally *total = tally_find(all, "total");
    const tally *mono = tally_find(all, "mono");
    const tally *color = tally_find(all, "color");
    int64_t whole = total != NULL ? total->value : life;
    int64_t slack = whole / 100 + 1;
    if (whole < 0) {
        return true;
    }
    if (mono != NULL && color != NULL) {
        int64_t apart = mono->value + color->value - whole;
        return apart <= slack && apart >= -slack;
    }
    const tally *part = mono != NULL ? mono : color;
    return part == NULL || part->value <= whole + slack;
}

static void report(const visit *of, const char *key, const char *unit, const char *origin,
                   int64_t value)
{
    platen_counter counter = PLATEN_COUNTER_INIT;
    counter.key = key;
    counter.unit = unit;
    counter.source = origin;
    counter.value = value;
    of->owner->drivers->counter(of->work, &counter);
}

static void report_vendor(const visit *of, const tallies *all, bool with_total)
{
    char origin[sizeof("vendor:") + PROFILE_WORD];
    (void)snprintf(origin, sizeof(origin), "vendor:%s", of->vendor->id);
    for (uint32_t i = 0; i < all->count; i++) {
        if (with_total || strcmp(all->at[i].key, "total") != 0) {
            report(of, all->at[i].key, all->at[i].unit, origin, all->at[i].value);
        }
    }
}

/* Engines with several markers: the counts of each, beside that of the main one. */
static void report_markers(const visit *of, const table *markers)
{
    char key[40];
    if (markers->count < 2u) {
        return;
    }
    for (uint32_t i = 0; i < markers->count && i < 16u; i++) {
        const table_row *row = &markers->row[i];
        int64_t count = 0;
        if (count_of(row->cell[1], &count)) {
            (void)snprintf(key, sizeof(key), "marker.%" PRIu32, row->index[1]);
            report(of, key, names_counter_unit(cell_integer(row, 0, 0)), "prtMarkerLifeCount",
                   count);
        }
    }
}

static void counters_step(visit *of, const answer *read, platen_code code)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 10, 2, 1};
    static const uint32_t columns[] = {3, 4};
    tallies all;
    const char *unit = "";
    if (read->count == 0 && code != PLATEN_OK) {
        visit_end(of, code);
        return;
    }
    all.count = 0;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 2);
    table_keep_device(&of->owner->rows, of->known.row);
    int64_t life = counter_life(of, &of->owner->rows, &unit);
    if (life >= 0) {
        counter_report_life(of, &of->owner->rows);
        report(of, "total", unit, "prtMarkerLifeCount", life);
        report_markers(of, &of->owner->rows);
    }
    read_scalars(of, read, &all);
    for (uint32_t i = 0; i < of->vendor->table_count; i++) {
        read_table(read, &of->vendor->tables[i], &all);
    }
    read_records(of, read, &all);
    if (!adds_up(&all, life)) {
        of->owner->log->write(of->owner->ctx, PLATEN_LOG_DEBUG,
                              "profile %s: mono and color do not make the total", of->vendor->id);
    } else {
        report_vendor(of, &all, life < 0);
        const tally *total = tally_find(&all, "total");
        if (life < 0 && total != NULL) {
            of->owner->drivers->integer(of->work, PLATEN_FIELD_PAGE_COUNT, total->value);
            of->owner->drivers->text(of->work, PLATEN_FIELD_PAGE_UNIT, total->unit, SIZE_MAX);
        }
    }
    visit_end(of, code);
}

static void read_counters(visit *of)
{
    const platen_snmp_plan *plan = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code code = plans_counters(of->owner, of->vendor, &plan, &err);
    if (code != PLATEN_OK) {
        visit_fail(of, code, &err);
        return;
    }
    visit_read(of, plan, counters_step, "reading the counters");
}

void counters_run(visit *of)
{
    visit_vendor(of, read_counters);
}
