/*
 * Paper sources, output bins, covers, lines of the panel and finishers. SNMP thread.
 */
#include "status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "plans.h"

typedef struct part_texts {
    char key[32];
    char name[TEXT_SIZE];
    char description[TEXT_SIZE];
    char media[TEXT_SIZE];
} part_texts;

static void part_begin(platen_part *part, part_texts *texts, uint32_t kind, const table_row *row)
{
    *part = (platen_part)PLATEN_PART_INIT;
    memset(texts, 0, sizeof(*texts));
    (void)snprintf(texts->key, sizeof(texts->key), "%" PRIu32 ".%" PRIu32, row->index[0],
                   row->index[1]);
    part->part = kind;
    part->key = texts->key;
    part->name = texts->name;
    part->description = texts->description;
    part->media = texts->media;
}

/* "Auto Select" and its like are a way to choose a tray, not a tray: they hold nothing. */
static bool is_choice(const platen_part *part)
{
    static const char *const names[] = {"auto select", "auto tray", "auto paper", "automatic",
                                        "auto"};
    if (part->capacity > 0 || part->level >= 0 || part->level == PLATEN_LEVEL_SOME) {
        return false;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (text_leads(part->name, names[i]) || text_leads(part->description, names[i])) {
            return true;
        }
    }
    return false;
}

/* Nothing left is plainer than the status: some agents call an empty tray broken. */
static const char *level_state(const platen_part *part, int64_t status, const char *at_zero)
{
    return part->level == 0 && part->capacity != 0 ? at_zero : names_part_state(status);
}

uint32_t part_report_inputs(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 8, 2, 1};
    static const uint32_t columns[] = {2, 8, 9, 10, 11, 12, 13, 18};
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 8);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        platen_part part;
        part_texts texts;
        uint32_t clamped = 0;
        int64_t unit = cell_integer(row, 1, 0);
        part_begin(&part, &texts, PLATEN_PART_INPUT, row);
        part.type = names_input_type(cell_integer(row, 0, 0));
        part.unit = names_capacity_unit(unit);
        part.capacity = level_cell(row, 2);
        part.level = level_cell(row, 3);
        part.percent =
            level_percent(part.capacity, part.level, unit == SUPPLY_UNIT_PERCENT, &clamped);
        part.state = level_state(&part, cell_integer(row, 4, -1), "empty");
        (void)value_text(row->cell[5], texts.media, sizeof(texts.media));
        (void)value_text(row->cell[6], texts.name, sizeof(texts.name));
        (void)value_text(row->cell[7], texts.description, sizeof(texts.description));
        if (!is_choice(&part)) {
            of->owner->drivers->part(of->work, &part);
        }
    }
    return of->owner->rows.count > 0 ? STATUS_INPUTS : 0;
}

uint32_t part_report_outputs(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 9, 2, 1};
    static const uint32_t columns[] = {2, 3, 4, 5, 6, 7, 12};
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 7);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        platen_part part;
        part_texts texts;
        uint32_t clamped = 0;
        int64_t unit = cell_integer(row, 1, 0);
        part_begin(&part, &texts, PLATEN_PART_OUTPUT, row);
        part.type = names_output_type(cell_integer(row, 0, 0));
        part.unit = names_capacity_unit(unit);
        part.capacity = level_cell(row, 2);
        part.level = level_cell(row, 3); /* the room left */
        part.percent =
            level_percent(part.capacity, part.level, unit == SUPPLY_UNIT_PERCENT, &clamped);
        part.state = level_state(&part, cell_integer(row, 4, -1), "full");
        (void)value_text(row->cell[5], texts.name, sizeof(texts.name));
        (void)value_text(row->cell[6], texts.description, sizeof(texts.description));
        of->owner->drivers->part(of->work, &part);
    }
    return of->owner->rows.count > 0 ? STATUS_OUTPUTS : 0;
}

uint32_t part_report_covers(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 6, 1, 1};
    static const uint32_t columns[] = {2, 3};
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 2);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        platen_part part;
        part_texts texts;
        part_begin(&part, &texts, PLATEN_PART_COVER, row);
        part.state = names_cover_state(cell_integer(row, 1, 0));
        (void)value_text(row->cell[0], texts.description, sizeof(texts.description));
        of->owner->drivers->part(of->work, &part);
    }
    return of->owner->rows.count > 0 ? STATUS_COVERS : 0;
}

uint32_t part_report_console(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 16, 5, 1};
    static const uint32_t columns[] = {2};
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 1);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        platen_part part;
        part_texts texts;
        part_begin(&part, &texts, PLATEN_PART_CONSOLE, row);
        if (value_text(row->cell[0], texts.description, sizeof(texts.description)) > 0) {
            of->owner->drivers->part(of->work, &part);
        }
    }
    return of->owner->rows.count > 0 ? STATUS_CONSOLE : 0;
}

uint32_t part_report_finishers(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 30, 1, 1};
    static const uint32_t columns[] = {2, 4, 5, 6, 9, 10};
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 6);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        platen_part part;
        part_texts texts;
        uint32_t clamped = 0;
        int64_t unit = cell_integer(row, 1, 0);
        part_begin(&part, &texts, PLATEN_PART_FINISHER, row);
        part.type = names_finisher_type(cell_integer(row, 0, 0));
        part.unit = names_capacity_unit(unit);
        part.capacity = level_cell(row, 2);
        part.level = level_cell(row, 3);
        part.percent =
            level_percent(part.capacity, part.level, unit == SUPPLY_UNIT_PERCENT, &clamped);
        part.state = names_part_state(cell_integer(row, 4, -1));
        (void)value_text(row->cell[5], texts.description, sizeof(texts.description));
        of->owner->drivers->part(of->work, &part);
    }
    return of->owner->rows.count > 0 ? STATUS_FINISHERS : 0;
}
