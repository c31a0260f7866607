/*
 * What the device answered, read as values and as conceptual rows. Values are hostile: a wrong
 * type is no value, texts are bounded, at most TABLE_ROWS rows are kept. Borrowed memory only.
 */
#include "answer.h"

#include <string.h>

void answer_init(answer *read, const platen_snmp_result *result)
{
    read->bytes = (const unsigned char *)(const void *)result->bindings;
    read->stride = result->binding_size;
    read->count = result->count;
    /* A host whose bindings are shorter than those of this ABI cannot be read. */
    if (read->bytes == NULL || read->stride < sizeof(platen_snmp_binding)) {
        read->count = 0;
    }
}

const platen_snmp_binding *answer_at(const answer *read, uint32_t position)
{
    return (const platen_snmp_binding *)(const void *)(read->bytes +
                                                       (size_t)position * read->stride);
}

uint32_t answer_seek(const answer *read, const uint32_t *arcs, uint32_t count)
{
    uint32_t low = 0;
    uint32_t high = read->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        const platen_snmp_binding *there = answer_at(read, middle);
        if (oid_compare(there->oid, there->oid_count, arcs, count) < 0) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    return low;
}

const platen_snmp_binding *answer_get(const answer *read, const uint32_t *arcs, uint32_t count)
{
    uint32_t at = answer_seek(read, arcs, count);
    if (at == read->count) {
        return NULL;
    }
    const platen_snmp_binding *there = answer_at(read, at);
    if (there->type == PLATEN_SNMP_NULL ||
        oid_compare(there->oid, there->oid_count, arcs, count) != 0) {
        return NULL;
    }
    return there;
}

bool answer_any(const answer *read, const uint32_t *arcs, uint32_t count)
{
    for (uint32_t at = answer_seek(read, arcs, count); at < read->count; at++) {
        const platen_snmp_binding *there = answer_at(read, at);
        if (!oid_starts(there->oid, there->oid_count, arcs, count)) {
            return false;
        }
        if (there->type != PLATEN_SNMP_NULL) {
            return true;
        }
    }
    return false;
}

static bool digits_integer(const platen_snmp_binding *value, int64_t *out)
{
    int64_t number = 0;
    if (value->octets == NULL || value->octet_count == 0 || value->octet_count > 18u) {
        return false;
    }
    for (uint32_t i = 0; i < value->octet_count; i++) {
        if (value->octets[i] < '0' || value->octets[i] > '9') {
            return false;
        }
        number = number * 10 + (value->octets[i] - '0');
    }
    *out = number;
    return true;
}

bool value_integer(const platen_snmp_binding *value, int64_t *out)
{
    if (value == NULL) {
        return false;
    }
    switch (value->type) {
    case PLATEN_SNMP_INTEGER:
    case PLATEN_SNMP_COUNTER32:
    case PLATEN_SNMP_GAUGE32:
    case PLATEN_SNMP_TIMETICKS:
    case PLATEN_SNMP_COUNTER64:
        *out = value->integer;
        return true;
    case PLATEN_SNMP_OCTETS:
        return digits_integer(value, out);
    default:
        return false;
    }
}

static bool is_space(unsigned char c)
{
    return c <= ' ';
}

size_t value_text(const platen_snmp_binding *value, char *out, size_t size)
{
    out[0] = '\0';
    if (value == NULL || value->type != PLATEN_SNMP_OCTETS || value->octets == NULL) {
        return 0;
    }
    const unsigned char *from = value->octets;
    size_t length = value->octet_count;
    while (length > 0 && is_space(from[0])) {
        from++;
        length--;
    }
    const unsigned char *nul = memchr(from, 0, length);
    if (nul != NULL) {
        length = (size_t)(nul - from);
    }
    if (length >= size) {
        length = size - 1u;
        /* Not in the middle of a UTF-8 character. */
        while (length > 0 && (from[length] & 0xc0u) == 0x80u) {
            length--;
        }
    }
    while (length > 0 && is_space(from[length - 1u])) {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        out[i] = is_space(from[i]) ? ' ' : (char)from[i];
    }
    out[length] = '\0';
    return length;
}

/* The row of that index, made in its sorted place when it is new; NULL when the table is full. */
static table_row *row_of(table *rows, const uint32_t *index, uint32_t indexes)
{
    uint32_t low = 0;
    uint32_t high = rows->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2u;
        int order = oid_compare(rows->row[middle].index, indexes, index, indexes);
        if (order == 0) {
            return &rows->row[middle];
        }
        if (order < 0) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    if (rows->count == TABLE_ROWS) {
        return NULL;
    }
    memmove(&rows->row[low + 1u], &rows->row[low], (rows->count - low) * sizeof(rows->row[0]));
    memset(&rows->row[low], 0, sizeof(rows->row[0]));
    memcpy(rows->row[low].index, index, indexes * sizeof(*index));
    rows->count++;
    return &rows->row[low];
}

static void column_read(table *rows, const answer *read, const uint32_t *column,
                        uint32_t column_count, uint32_t indexes, uint32_t slot)
{
    for (uint32_t at = answer_seek(read, column, column_count); at < read->count; at++) {
        const platen_snmp_binding *there = answer_at(read, at);
        if (!oid_starts(there->oid, there->oid_count, column, column_count)) {
            return;
        }
        if (there->oid_count != column_count + indexes || there->type == PLATEN_SNMP_NULL) {
            continue;
        }
        table_row *row = row_of(rows, there->oid + column_count, indexes);
        if (row != NULL) {
            row->cell[slot] = there;
        }
    }
}

void table_read(table *rows, const answer *read, const uint32_t *entry, uint32_t entry_count,
                uint32_t indexes, const uint32_t *columns, uint32_t column_count)
{
    uint32_t column[OID_ARCS];
    rows->count = 0;
    memcpy(column, entry, entry_count * sizeof(*entry));
    for (uint32_t i = 0; i < column_count && i < TABLE_COLUMNS; i++) {
        column[entry_count] = columns[i];
        column_read(rows, read, column, entry_count + 1u, indexes, i);
    }
}

void table_keep_device(table *rows, uint32_t device)
{
    bool found = false;
    for (uint32_t i = 0; i < rows->count && !found; i++) {
        found = rows->row[i].index[0] == device;
    }
    uint32_t kept = found || rows->count == 0 ? device : rows->row[0].index[0];
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        if (rows->row[i].index[0] == kept) {
            if (count != i) {
                rows->row[count] = rows->row[i];
            }
            count++;
        }
    }
    rows->count = count;
}

int64_t cell_integer(const table_row *row, uint32_t column, int64_t otherwise)
{
    int64_t number = otherwise;
    return value_integer(row->cell[column], &number) ? number : otherwise;
}
