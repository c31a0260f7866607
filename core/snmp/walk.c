/* Walks: columns side by side with GETBULK, or GETNEXT where that is all a device can. A column
 * ends behind its last row, at its limit, or when the device goes round in circles. SNMP thread. */
#include <string.h>

#define LOG_SOURCE "snmp"

#include "core/base/log.h"
#include "core/snmp/engine.h"

#define ERROR_TOO_BIG 1
#define ERROR_NO_SUCH_NAME 2

/* What answers should fill, and what a row of one column takes of it beside its name. */
#define ANSWER_OCTETS 1400u
#define CELL_OCTETS 12u
#define REPETITIONS_MIN 4u

/* How many rows are left of the longest of the flight's tables, when all are known of this device;
 * 0: not known. */
static uint32_t rows_left_of(const snmpeng *e, const flight *f)
{
    const snmpeng_read *read = f->read;
    const snmpeng_plan *plan = read->request.plan;
    const plan_step *step = &plan->steps[f->job.step];
    uint32_t table = 0;
    uint32_t wanted = 0;
    uint32_t most = 0;
    for (uint32_t mask = f->job.mask; mask != 0; mask &= mask - 1) {
        uint32_t item = step->first + (uint32_t)__builtin_ctz(mask);
        if (wanted == 0 || plan->items[item].table != table) {
            table = plan->items[item].table;
            wanted = rows_wanted(e->rows, read->device, table);
        }
        if (wanted <= read->chains[item].rows) { /* unknown, or it has grown */
            return 0;
        }
        uint32_t left = wanted - read->chains[item].rows;
        most = left > most ? left : most;
    }
    return most;
}

/* As many rows as there are, as far as they fit a packet; of a device whose tables are not known as
 * many as others with this plan needed lately. */
uint8_t walk_repetitions(const snmpeng *e, const flight *f)
{
    const snmpeng_read *read = f->read;
    const snmpeng_plan *plan = read->request.plan;
    const plan_step *step = &plan->steps[f->job.step];
    uint32_t octets = 1;
    uint32_t rows_left = 0;
    bool begun = false;
    for (uint32_t mask = f->job.mask; mask != 0; mask &= mask - 1) {
        uint32_t item = step->first + (uint32_t)__builtin_ctz(mask);
        uint32_t left = plan->items[item].limit - read->chains[item].rows;
        octets += plan->items[item].name_length + CELL_OCTETS;
        rows_left = left > rows_left ? left : rows_left;
        begun = begun || read->chains[item].head != 0;
    }
    uint32_t fit = ANSWER_OCTETS / octets;
    uint32_t hint = rows_left_of(e, f);
    uint32_t wanted = fit < REPETITIONS_MIN ? REPETITIONS_MIN : fit;
    if (hint == 0 && !begun) {
        hint = plan->row_hints[f->job.step];
    }
    wanted = hint != 0 && hint < wanted ? hint : wanted;
    wanted = wanted > f->limit ? f->limit : wanted;
    wanted = wanted > rows_left ? rows_left : wanted;
    return (uint8_t)(wanted == 0 ? 1 : wanted);
}

/* One more than the rows there are shows the end of the table. Of the plan, the hint goes up at
 * once and down slowly, so that one small device among large ones costs nothing. */
static void learn_rows(snmpeng *e, const snmpeng_read *read, const flight *f)
{
    const snmpeng_plan *plan = read->request.plan;
    const plan_step *step = &plan->steps[f->job.step];
    uint32_t rows = 0;
    uint32_t of_table = 0;
    for (uint32_t i = step->first; i < step->first + (uint32_t)step->count; i++) {
        uint32_t of_column = read->chains[i].rows;
        of_table = of_column > of_table ? of_column : of_table;
        rows = of_column > rows ? of_column : rows;
        bool last = i + 1 == step->first + (uint32_t)step->count ||
                    plan->items[i + 1].table != plan->items[i].table;
        if (last) {
            rows_note(e->rows, read->device, plan->items[i].table, of_table);
            of_table = 0;
        }
    }
    uint32_t hint = plan->row_hints[f->job.step];
    rows = rows > UINT8_MAX ? UINT8_MAX : rows + 1;
    hint = rows >= hint ? rows : hint - (hint - rows + 7) / 8;
    plan->row_hints[f->job.step] = (uint16_t)hint;
}

typedef enum place { PLACE_BELOW, PLACE_OUTSIDE, PLACE_NONE } place;

/* Decodes the name of a row and tells whether it is in the column. Mostly it begins with the very
 * octets of the column's own name, and only the rest is to be decoded. */
static place row_name(const plan_item *item, const wire_tlv *name, uint32_t arcs[WIRE_ARCS],
                      uint32_t *count)
{
    if (name->length > item->name_length &&
        memcmp(name->value, item->name, item->name_length) == 0) {
        memcpy(arcs, item->arcs, item->arc_count * sizeof *arcs);
        *count = item->arc_count;
        return wire_oid_rest(name, item->name_length, arcs, count) ? PLACE_BELOW : PLACE_NONE;
    }
    if (!wire_oid(name, arcs, count)) {
        return PLACE_NONE;
    }
    bool below =
        *count > item->arc_count && memcmp(arcs, item->arcs, item->arc_count * sizeof *arcs) == 0;
    return below ? PLACE_BELOW : PLACE_OUTSIDE;
}

typedef enum cell { CELL_TAKEN, CELL_END, CELL_STOPPED } cell;

/* Takes one value of a column, in the order of the device. */
static cell take(snmpeng *e, snmpeng_read *read, uint32_t index, const wire_bind *bind)
{
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    uint32_t last_count;
    const plan_item *item = &read->request.plan->items[index];
    answer_chain *chain = &read->chains[index];
    if (bind->value.tag >= WIRE_NO_SUCH_OBJECT && bind->value.tag <= WIRE_END_OF_MIB) {
        return CELL_END;
    }
    place where = row_name(item, &bind->name, arcs, &count);
    if (where == PLACE_NONE) {
        read_note(read, PLATEN_E_PROTOCOL, "a walk meets a name that is none");
        return CELL_END;
    }
    const uint32_t *last = answer_last(&read->answer, chain, &last_count);
    uint32_t skip = where == PLACE_BELOW ? item->arc_count : 0; /* the same in all rows */
    if (last == NULL) {
        last = item->arcs;
        last_count = item->arc_count;
    }
    if (wire_oid_compare(last + skip, last_count - skip, arcs + skip, count - skip) >= 0) {
        char text[NET_TEXT];
        read_note(read, PLATEN_E_PROTOCOL, "%s does not count upward in a walk",
                  read_address(read, text));
        return CELL_END;
    }
    if (where == PLACE_OUTSIDE) {
        return CELL_END;
    }
    if (!read_store(e, read, index, arcs, count, &bind->value)) {
        return CELL_STOPPED;
    }
    if (chain->rows >= item->limit) {
        char text[NET_TEXT];
        count_up(&e->stats.walks_cut);
        log_debug("a table is cut at its limit address=%s rows=%u", read_address(read, text),
                  chain->rows);
        return CELL_END;
    }
    return CELL_TAKEN;
}

static void walk_values(snmpeng *e, flight *f, const wire_pdu *pdu)
{
    snmpeng_read *read = f->read;
    const plan_step *step = &read->request.plan->steps[f->job.step];
    uint32_t asked = f->job.mask;
    uint32_t left = asked;
    uint32_t turn = asked;
    for (uint32_t i = 0; i < pdu->count && left != 0; i++) {
        uint32_t bit = turn & -turn;
        turn ^= bit;
        turn = turn == 0 ? asked : turn;
        if ((left & bit) == 0) {
            continue;
        }
        cell result = take(e, read, step->first + (uint32_t)__builtin_ctz(bit), &pdu->binds[i]);
        if (result == CELL_STOPPED) {
            return;
        }
        left &= result == CELL_END ? ~bit : left;
    }
    read->steps[f->job.step] |= STEP_ANSWERED;
    if (left == 0) {
        learn_rows(e, read, f);
    }
    f->job.mask = left;
    read_continue(e, f);
}

/* Asks for less: fewer rows, then fewer columns. False: it is one row of one column already. */
static bool ask_less(snmpeng *e, flight *f)
{
    if (f->repetitions > 1) {
        f->limit = f->repetitions / 2;
        flight_again(e, f);
        return true;
    }
    return read_split(e, f);
}

static void column_fails(snmpeng *e, flight *f, int64_t status, uint32_t bit)
{
    char text[NET_TEXT];
    read_note(f->read, PLATEN_E_DEVICE, "%s answers a walk with error %d",
              read_address(f->read, text), (int)status);
    f->job.mask &= ~bit;
    read_continue(e, f);
}

static void walk_error(snmpeng *e, flight *f, snmpeng_version version, const wire_pdu *pdu)
{
    int count = __builtin_popcount(f->job.mask);
    bool named = pdu->index >= 1 && pdu->index <= count;
    bool bulk = version != SNMPENG_V1 && !f->job.next;
    uint32_t bit = f->job.mask & -f->job.mask;
    if (pdu->status == ERROR_TOO_BIG) {
        if (!ask_less(e, f)) {
            column_fails(e, f, pdu->status, bit);
        }
        return;
    }
    if (bulk) { /* some devices answer GETBULK with an error where they could say more simply */
        f->job.next = true;
        f->repetitions = 0;
        flight_again(e, f);
        return;
    }
    for (int64_t i = 1; named && i < pdu->index; i++) {
        uint32_t after = f->job.mask & ~((bit << 1) - 1);
        bit = after & -after;
    }
    if (!named && count > 1) {
        (void)read_split(e, f);
    } else if (pdu->status == ERROR_NO_SUCH_NAME) { /* v1 says so at the end of everything */
        f->read->steps[f->job.step] |= STEP_ANSWERED;
        f->job.mask &= ~bit;
        read_continue(e, f);
    } else {
        column_fails(e, f, pdu->status, bit);
    }
}

void walk_answer(snmpeng *e, flight *f, snmpeng_version version, const wire_pdu *pdu)
{
    if (version == SNMPENG_V1 || f->job.next) {
        f->repetitions = 0;
    }
    if (pdu->status != 0) {
        walk_error(e, f, version, pdu);
    } else if (pdu->count == 0) { /* not one value fitted */
        if (!ask_less(e, f)) {
            column_fails(e, f, ERROR_TOO_BIG, f->job.mask & -f->job.mask);
        }
    } else {
        walk_values(e, f, pdu);
    }
}
