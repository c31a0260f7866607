/* See rows.h. Four places where a table of a device may be, each the upper bits of its hash and,
 * in the lowest octet, what to ask for; 0 is an empty one. */
#include "core/snmp/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"

#define BUCKETS (1u << 18) /* of 50,000 devices with ten tables two lose one */
#define CELLS 4u
#define TAG 0xffffff00u

struct rows_memory {
    uint32_t cells[BUCKETS][CELLS];
};

platen_code rows_new(rows_memory **out, platen_error *err)
{
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for rows");
}

void rows_free(rows_memory *m)
{
    free(m);
}

uint64_t rows_device(const udp_address *target)
{
    struct {
        unsigned char address[16];
        uint16_t port;
        uint16_t family;
    } key;
    memset(&key, 0, sizeof(key));
    key.family = target->any.sa_family;
    if (target->any.sa_family == AF_INET) {
        memcpy(key.address, &target->v4.sin_addr, sizeof(target->v4.sin_addr));
        key.port = target->v4.sin_port;
    } else {
        memcpy(key.address, &target->v6.sin6_addr, sizeof(target->v6.sin6_addr));
        key.port = target->v6.sin6_port;
    }
    return hash_bytes(&key, sizeof(key));
}

static uint64_t mixed(uint64_t device, uint32_t table)
{
    uint64_t h = (device ^ table) * 0x9fb21c651e98df25u;
    return h ^ h >> 32;
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) & TAG;
}

uint32_t rows_wanted(const rows_memory *m, uint64_t device, uint32_t table)
{
    uint64_t hash = mixed(device, table);
    const uint32_t *cells = m->cells[hash % BUCKETS];
    for (unsigned i = 0; i < CELLS; i++) {
        if (cells[i] != 0 && (cells[i] & TAG) == tag_of(hash)) {
            return cells[i] & 0xffu;
        }
    }
    return 0;
}

void rows_note(rows_memory *m, uint64_t device, uint32_t table, uint32_t rows)
{
    uint64_t hash = mixed(device, table);
    uint32_t *cells = m->cells[hash % BUCKETS];
    unsigned at = 0;
    while (at < CELLS - 1 && cells[at] != 0 && (cells[at] & TAG) != tag_of(hash)) {
        at++;
    }
    memmove(&cells[1], &cells[0], at * sizeof(cells[0])); /* the newest first */
    cells[0] = rows > ROWS_MOST ? 0 : tag_of(hash) | (rows + 1);
}
