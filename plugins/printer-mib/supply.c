/*
 * Consumables: prtMarkerSupplies with its colorants, finSupply, and the vendor's own percents for
 * what the standard calls only "some" or "unknown". RFC 3805 tells the level of a receptacle as the
 * room left in it, so percent means the same for both classes. SNMP thread.
 */
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "color.h"
#include "names.h"
#include "plans.h"

enum { COLORANT, CLASS, TYPE, DESCRIPTION, UNIT, CAPACITY, LEVEL };

#define CLASS_RECEPTACLE 4

typedef struct supply_texts {
    char description[TEXT_SIZE];
    char part[TEXT_SIZE];
    char serial[TEXT_SIZE];
    char color[TEXT_SIZE];
    char key[48];
    char source[sizeof("vendor:") + PROFILE_WORD];
} supply_texts;

int64_t level_cell(const table_row *row, uint32_t column)
{
    int64_t level = cell_integer(row, column, PLATEN_LEVEL_UNKNOWN);
    /* Integer32 in both MIBs: anything beyond is no level. */
    return level < PLATEN_LEVEL_SOME || level > INT32_MAX ? PLATEN_LEVEL_UNKNOWN : level;
}

int32_t level_percent(int64_t capacity, int64_t level, bool unit_is_percent, uint32_t *clamped)
{
    *clamped = 0;
    if (level < 0) {
        return (int32_t)level;
    }
    if (capacity <= 0) {
        return unit_is_percent && level <= 100 ? (int32_t)level : PLATEN_LEVEL_UNKNOWN;
    }
    if (level > capacity) {
        *clamped = 1;
        return 100;
    }
    return (int32_t)((level * 200 + capacity) / (capacity * 2));
}

/* The vendor's objects, in the order of the profile: percents, then the rows of the records. */
void supply_tells(visit *of, const answer *scalars)
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < SUPPLY_TELLS; i++) {
        of->told[i] = PLATEN_LEVEL_UNKNOWN;
    }
    for (uint32_t i = 0; i < of->vendor->percent_count && slot < SUPPLY_TELLS; i++, slot++) {
        const oid *object = &of->vendor->percents[i].object;
        int64_t number = 0;
        if (value_integer(answer_get(scalars, object->arcs, object->count), &number) &&
            number >= 0 && number <= 100) {
            of->told[slot] = (int32_t)number;
        }
    }
    for (uint32_t i = 0; i < of->vendor->percent_record_count; i++) {
        const record_set *set = &of->vendor->percent_records[i];
        const platen_snmp_binding *value = answer_get(scalars, set->object.arcs, set->object.count);
        for (uint32_t j = 0; j < set->row_count && slot < SUPPLY_TELLS; j++, slot++) {
            int64_t number = 0;
            if (value != NULL && record_find(set, value, set->rows[j].code, &number) &&
                number >= 0 && number <= 100) {
                of->told[slot] = (int32_t)number;
            }
        }
    }
}

static bool fits(const char *type, const char *color, const platen_supply *supply)
{
    return strncmp(supply->type, type, strlen(type)) == 0 &&
           (color[0] == '\0' || strcmp(supply->color, color) == 0);
}

/* Takes the vendor's percent for a supply of which the standard does not tell one. */
static void supply_told(const visit *of, platen_supply *supply, supply_texts *texts)
{
    uint32_t slot = 0;
    int32_t told = PLATEN_LEVEL_UNKNOWN;
    for (uint32_t i = 0; i < of->vendor->percent_count && slot < SUPPLY_TELLS; i++, slot++) {
        const percent_source *one = &of->vendor->percents[i];
        if (told < 0 && fits(one->type, one->color, supply)) {
            told = of->told[slot];
        }
    }
    for (uint32_t i = 0; i < of->vendor->percent_record_count; i++) {
        const record_set *set = &of->vendor->percent_records[i];
        for (uint32_t j = 0; j < set->row_count && slot < SUPPLY_TELLS; j++, slot++) {
            if (told < 0 && fits(set->rows[j].type, set->rows[j].color, supply)) {
                told = of->told[slot];
            }
        }
    }
    if (told >= 0) {
        supply->percent = told;
        (void)snprintf(texts->source, sizeof(texts->source), "vendor:%s", of->vendor->id);
        supply->source = texts->source;
    }
}

static bool says_waste(const char *text)
{
    return text_word(text, "waste") != NULL || text_contains(text, "maintenance box") ||
           text_contains(text, "resttoner") || text_contains(text, "alttoner");
}

/* The type by the words of the name, where the device gives none. */
static const char *type_by_words(const char *text)
{
    static const char *const types[][2] = {
        {"drum", "opc"},
        {"photoconductor", "opc"},
        {"imaging unit", "opc"},
        {"image unit", "opc"},
        {"fuser", "fuser"},
        {"fusing", "fuser"},
        {"transfer", "transferUnit"},
        {"developer", "developer"},
        {"staple", "staples"},
        {"ribbon", "inkRibbon"},
        {"toner", "toner"},
        {"ink", "ink"},
    };
    if (says_waste(text)) {
        return text_word(text, "ink") != NULL ? "wasteInk" : "wasteToner";
    }
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (text_word(text, types[i][0]) != NULL) {
            return types[i][1];
        }
    }
    return "";
}

static void capture(const char *text, const regmatch_t *part, char *out)
{
    if (part->rm_so < 0) {
        return;
    }
    size_t length = (size_t)(part->rm_eo - part->rm_so);
    memcpy(out, text + part->rm_so, length);
    out[length] = '\0';
    text_trim(out);
    /* "S/N:CRUM-" is the beginning of one that did not fit. */
    length = strlen(out);
    if (text_equal(out, "unknown") || text_equal(out, "none") ||
        (length > 0 && out[length - 1u] == '-')) {
        out[0] = '\0';
    }
}

/* Takes part and serial numbers out of the name. */
static bool split_text(const profile *by, supply_texts *texts)
{
    regmatch_t parts[5];
    for (uint32_t i = 0; i < by->text_count; i++) {
        const text_rule *rule = &by->texts[i];
        char whole[TEXT_SIZE];
        if (rule->literal[0] != '\0' && !text_contains(texts->description, rule->literal)) {
            continue;
        }
        text_copy(whole, sizeof(whole), texts->description);
        if (regexec(&rule->match, whole, 5, parts, 0) != 0) {
            continue;
        }
        if (rule->part > 0) {
            capture(whole, &parts[rule->part], texts->part);
        }
        if (rule->serial > 0) {
            capture(whole, &parts[rule->serial], texts->serial);
        }
        if (rule->description > 0) {
            capture(whole, &parts[rule->description], texts->description);
        }
        if (texts->description[0] == '\0') {
            text_copy(texts->description, sizeof(texts->description), whole);
        }
        return true;
    }
    return false;
}

/* The colour of colorant number `index` of the printer, "" without. */
static void colorant_text(const answer *read, uint32_t device, int64_t index, char *out)
{
    const uint32_t object[] = {PRINTER_ARCS, 12, 1, 1, 4, device, (uint32_t)index};
    char value[TEXT_SIZE];
    out[0] = '\0';
    if (index <= 0 || index > INT32_MAX ||
        value_text(answer_get(read, object, 13), value, sizeof(value)) == 0 ||
        text_equal(value, "none") || text_equal(value, "other") || text_equal(value, "unknown")) {
        return;
    }
    const char *known = color_of(value);
    text_copy(out, 64, known[0] != '\0' ? known : value);
}

static void supply_numbers(const visit *of, const table_row *row, platen_supply *supply,
                           const supply_texts *texts)
{
    int64_t type = cell_integer(row, TYPE, 0);
    int64_t unit = cell_integer(row, UNIT, 0);
    supply->type = names_supply_type(type);
    if (supply->type[0] == '\0') {
        supply->type = type_by_words(texts->description);
    }
    bool receptacle = cell_integer(row, CLASS, 0) == CLASS_RECEPTACLE || names_receptacle(type) ||
                      strncmp(supply->type, "waste", 5) == 0 ||
                      (type <= 2 && says_waste(texts->description));
    supply->class_of = receptacle ? PLATEN_SUPPLY_RECEPTACLE : PLATEN_SUPPLY_CONSUMED;
    supply->unit = names_supply_unit(unit);
    supply->capacity = level_cell(row, CAPACITY);
    supply->level = level_cell(row, LEVEL);
    supply->percent = level_percent(supply->capacity, supply->level, unit == SUPPLY_UNIT_PERCENT,
                                    &supply->clamped);
    if (receptacle && supply->percent >= 0 && of->vendor->waste_level_is_fill) {
        supply->percent = 100 - supply->percent;
    }
}

static void supply_row(const visit *of, const answer *read, const table_row *row, bool finisher,
                       bool *colored, bool *black)
{
    platen_supply supply = PLATEN_SUPPLY_INIT;
    supply_texts texts;
    memset(&texts, 0, sizeof(texts));
    (void)value_text(row->cell[DESCRIPTION], texts.description, sizeof(texts.description));
    (void)snprintf(texts.key, sizeof(texts.key), "%s.%" PRIu32 ".%" PRIu32,
                   finisher ? "finisher" : "marker", row->index[0], row->index[1]);
    if (!split_text(of->vendor, &texts)) {
        (void)split_text(of->book->generic, &texts);
    }
    supply.source = finisher ? "finSupply" : "prtMarkerSupplies";
    supply_numbers(of, row, &supply, &texts);
    if (!finisher) {
        colorant_text(read, row->index[0], cell_integer(row, COLORANT, 0), texts.color);
    }
    if (texts.color[0] == '\0' && supply.class_of == PLATEN_SUPPLY_CONSUMED) {
        text_copy(texts.color, sizeof(texts.color), color_of(texts.description));
    }
    supply.key = texts.key;
    supply.description = texts.description;
    supply.part = texts.part;
    supply.serial = texts.serial;
    supply.color = texts.color;
    if (supply.percent == PLATEN_LEVEL_SOME || supply.percent == PLATEN_LEVEL_UNKNOWN) {
        supply_told(of, &supply, &texts);
    }
    *black = *black || strcmp(supply.color, "black") == 0;
    *colored = *colored || strcmp(supply.color, "cyan") == 0 ||
               strcmp(supply.color, "magenta") == 0 || strcmp(supply.color, "yellow") == 0;
    of->owner->drivers->supply(of->work, &supply);
}

uint32_t supply_report(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 11, 1, 1};
    static const uint32_t columns[] = {3, 4, 5, 6, 7, 8, 9};
    static const uint32_t colorants[] = {PRINTER_ARCS, 12, 1, 1, 4};
    bool colored = false;
    bool black = false;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 7);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        supply_row(of, read, &of->owner->rows.row[i], false, &colored, &black);
    }
    if (colored || black) {
        of->owner->drivers->integer(of->work, PLATEN_FIELD_COLOR, colored ? 1 : 0);
    }
    return answer_any(read, colorants, 11) ? STATUS_COLORANTS : 0;
}

uint32_t supply_report_finisher(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 31, 1, 1};
    /* In the order of the marker's columns; finSupplyColorName stands in for the colorant, which
     * is no number and so counts as none. */
    static const uint32_t columns[] = {9, 3, 4, 5, 6, 7, 8};
    bool colored = false;
    bool black = false;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 7);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        supply_row(of, read, &of->owner->rows.row[i], true, &colored, &black);
    }
    return of->owner->rows.count > 0 ? STATUS_FINISHERS : 0;
}
