/*
 * Alerts that stand now: prtAlertTable, and, where a device keeps none, the bits of
 * hrPrinterDetectedErrorState in the same words. SNMP thread.
 */
#include "status.h"

#include <string.h>

#include "plans.h"

#define DEVICE_DOWN 5

#define TRAINING_UNTRAINED 3u
#define TRAINING_TRAINED 4u
#define TRAINING_FIELD_SERVICE 5u

#define GROUP_GENERAL 5u
#define GROUP_COVER 6u
#define GROUP_INPUT 8u
#define GROUP_OUTPUT 9u
#define GROUP_SUPPLIES 11u
#define GROUP_MEDIA_PATH 13u

typedef struct error_bit {
    uint32_t bit;
    uint32_t severity; /* 0: critical when the device is down, else a warning */
    uint32_t training;
    uint32_t group;
    uint32_t code;
} error_bit;

/* In the order of the bits: low paper, no paper, low toner, no toner, door open, jammed, offline,
 * service requested; input tray missing, output tray missing, marker supply missing, output near
 * full, output full, input tray empty, preventive maintenance overdue. RFC 2790 counts bits from
 * the left: bit 0 is 0x80 of the first octet. */
static const error_bit error_bits[] = {
    {0x8000, PLATEN_SEVERITY_WARNING, TRAINING_UNTRAINED, GROUP_INPUT, 807},
    {0x4000, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_INPUT, 808},
    {0x2000, PLATEN_SEVERITY_WARNING, TRAINING_UNTRAINED, GROUP_SUPPLIES, 1104},
    {0x1000, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_SUPPLIES, 1101},
    {0x0800, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_COVER, 3},
    {0x0400, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_MEDIA_PATH, 8},
    {0x0200, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_GENERAL, 22},
    {0x0100, 0, TRAINING_FIELD_SERVICE, GROUP_GENERAL, 1},
    {0x0080, 0, TRAINING_UNTRAINED, GROUP_INPUT, 801},
    {0x0040, 0, TRAINING_UNTRAINED, GROUP_OUTPUT, 901},
    {0x0020, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_SUPPLIES, 9},
    {0x0010, PLATEN_SEVERITY_WARNING, TRAINING_UNTRAINED, GROUP_OUTPUT, 902},
    {0x0008, PLATEN_SEVERITY_CRITICAL, TRAINING_UNTRAINED, GROUP_OUTPUT, 903},
    {0x0004, PLATEN_SEVERITY_WARNING, TRAINING_UNTRAINED, GROUP_INPUT, 808},
    {0x0002, PLATEN_SEVERITY_WARNING, TRAINING_FIELD_SERVICE, GROUP_GENERAL, 11},
};

/* A cell as a positive number of a driver's field, `otherwise` for what cannot be one. */
static uint32_t positive(const table_row *row, uint32_t column, uint32_t otherwise)
{
    int64_t number = cell_integer(row, column, 0);
    return number > 0 && number <= INT32_MAX ? (uint32_t)number : otherwise;
}

static int32_t index_of(const table_row *row, uint32_t column)
{
    int64_t number = cell_integer(row, column, -1);
    return number >= 0 && number <= INT32_MAX ? (int32_t)number : -1;
}

static uint32_t severity_of(const table_row *row)
{
    uint32_t severity = positive(row, 0, PLATEN_SEVERITY_OTHER);
    return severity >= PLATEN_SEVERITY_CRITICAL && severity <= PLATEN_SEVERITY_WARNING_BINARY
               ? severity
               : PLATEN_SEVERITY_OTHER;
}

static void report_row(const visit *of, const table_row *row)
{
    platen_alert alert = PLATEN_ALERT_INIT;
    char text[TEXT_SIZE];
    int64_t ticks = cell_integer(row, 7, -1);
    (void)value_text(row->cell[6], text, sizeof(text));
    alert.severity = severity_of(row);
    alert.training = positive(row, 1, 2);
    if (alert.training > 7u) {
        alert.training = 2;
    }
    alert.group = positive(row, 2, 1);
    alert.group_index = index_of(row, 3);
    alert.location = index_of(row, 4);
    alert.code = positive(row, 5, 1);
    alert.uptime = ticks >= 0 && ticks <= UINT32_MAX ? ticks * 10 : -1;
    alert.text = text;
    alert.source = "prtAlert";
    of->owner->drivers->alert(of->work, &alert);
}

/* Printers that work with ink say "low toner" of it as well. */
static bool works_with_ink(visit *of, const answer *read)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 11, 1, 1};
    static const uint32_t columns[] = {5};
    bool ink = false;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 1);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        int64_t type = cell_integer(&of->owner->rows.row[i], 0, 0);
        if (type == 3 || type == 21) {
            return false;
        }
        ink = ink || type == 5 || type == 6;
    }
    return ink;
}

static void report_bits(visit *of, const answer *read)
{
    bool ink = (of->errors & 0x3000u) != 0 && works_with_ink(of, read);
    for (size_t i = 0; i < sizeof(error_bits) / sizeof(error_bits[0]); i++) {
        const error_bit *bit = &error_bits[i];
        platen_alert alert = PLATEN_ALERT_INIT;
        if ((of->errors & bit->bit) == 0) {
            continue;
        }
        alert.severity = bit->severity;
        if (alert.severity == 0) {
            alert.severity = of->device_status == DEVICE_DOWN ? PLATEN_SEVERITY_CRITICAL
                                                              : PLATEN_SEVERITY_WARNING;
        }
        alert.training = bit->training;
        alert.group = bit->group;
        alert.code = bit->code; /* the text stays empty: the device has no words for it */
        if (ink && (bit->bit & 0x3000u) != 0) {
            alert.code = bit->code + 1u; /* markerInkAlmostEmpty, markerInkEmpty */
        }
        alert.source = "hrPrinterDetectedErrorState";
        of->owner->drivers->alert(of->work, &alert);
    }
}

uint32_t alert_report(visit *of, const answer *read, bool derive)
{
    static const uint32_t entry[] = {PRINTER_ARCS, 18, 1, 1};
    static const uint32_t columns[] = {2, 3, 4, 5, 6, 7, 8, 9};
    uint32_t count = 0;
    table_read(&of->owner->rows, read, entry, 10, 2, columns, 8);
    visit_keep(of, &of->owner->rows);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        /* A row without severity, code and text is not one. */
        if (row->cell[0] != NULL || row->cell[5] != NULL || row->cell[6] != NULL) {
            report_row(of, row);
            count++;
        }
    }
    if (count == 0 && derive) {
        report_bits(of, read);
    }
    return count;
}
