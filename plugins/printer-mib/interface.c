/* MAC addresses from the interfaces group. Functions on a visit; SNMP thread. */
#include "interface.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "plans.h"

#define MACS 16u

typedef struct mac {
    uint8_t octets[6];
    int rank; /* lower is better */
} mac;

/* "00:1b:a9:..", "00-1B-A9-..", "001BA9..": some agents write the address as text. */
static bool octets_of_text(const platen_snmp_binding *value, uint8_t *out)
{
    char digits[13];
    size_t count = 0;
    for (uint32_t i = 0; i < value->octet_count; i++) {
        unsigned char c = value->octets[i];
        if (isxdigit(c) && count < 12u) {
            digits[count++] = (char)c;
        } else if (c != ':' && c != '-' && c != '.') {
            return false;
        }
    }
    digits[count] = '\0';
    unsigned int parts[6];
    if (count != 12u || sscanf(digits, "%2x%2x%2x%2x%2x%2x", &parts[0], &parts[1], &parts[2],
                               &parts[3], &parts[4], &parts[5]) != 6) {
        return false;
    }
    for (size_t i = 0; i < 6u; i++) {
        out[i] = (uint8_t)parts[i];
    }
    return true;
}

/* Six octets of a station: not zero, not a group address. */
static bool octets_of(const platen_snmp_binding *value, uint8_t *out)
{
    static const uint8_t none[6] = {0};
    if (value == NULL || value->type != PLATEN_SNMP_OCTETS || value->octets == NULL) {
        return false;
    }
    if (value->octet_count == 6u) {
        memcpy(out, value->octets, 6);
    } else if (value->octet_count < 12u || value->octet_count > 17u ||
               !octets_of_text(value, out)) {
        return false;
    }
    return memcmp(out, none, 6) != 0 && (out[0] & 1u) == 0;
}

/* Up before down, wired before wireless before the rest, given by the maker before self-made. */
static int rank_of(const table_row *row, const uint8_t *octets)
{
    int rank = 0;
    switch (cell_integer(row, 0, 6)) {
    case 6:   /* ethernetCsmacd */
    case 7:   /* iso88023Csmacd */
    case 26:  /* ethernet3Mbit */
    case 62:  /* fastEther */
    case 69:  /* fastEtherFX */
    case 117: /* gigabitEthernet */
        break;
    case 71: /* ieee80211 */
        rank = 1;
        break;
    default:
        rank = 2;
        break;
    }
    if (cell_integer(row, 2, 1) != 1) {
        rank += 4;
    }
    return (octets[0] & 2u) != 0 ? rank + 8 : rank;
}

static void add(mac *found, uint32_t *count, const uint8_t *octets, int rank)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < *count; i++) {
        if (memcmp(found[i].octets, octets, 6) == 0) {
            return;
        }
        at += found[i].rank <= rank ? 1u : 0u;
    }
    if (*count == MACS) {
        return;
    }
    memmove(&found[at + 1u], &found[at], (*count - at) * sizeof(*found));
    memcpy(found[at].octets, octets, 6);
    found[at].rank = rank;
    (*count)++;
}

void interface_report(visit *of, const answer *read)
{
    static const uint32_t entry[] = {IF_ENTRY_ARCS};
    static const uint32_t columns[] = {3, 6, 8};
    mac found[MACS];
    uint32_t count = 0;
    table_read(&of->owner->rows, read, entry, 9, 1, columns, 3);
    for (uint32_t i = 0; i < of->owner->rows.count; i++) {
        const table_row *row = &of->owner->rows.row[i];
        uint8_t octets[6];
        if (cell_integer(row, 0, 6) != 24 && octets_of(row->cell[1], octets)) {
            add(found, &count, octets, rank_of(row, octets));
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *o = found[i].octets;
        char text[18];
        (void)snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", o[0], o[1], o[2], o[3],
                       o[4], o[5]);
        of->owner->drivers->text(of->work, PLATEN_FIELD_MAC, text, SIZE_MAX);
    }
}
