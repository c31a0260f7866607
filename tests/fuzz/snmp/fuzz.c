/* See fuzz.h. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define DATAGRAMS 8

static const uint8_t place[6] = {0x02, 0x04, 'P', 'L', 'T', 'N'};

snmpeng *fuzz_engine(void)
{
    snmpeng_options options = {.in_flight = 4, .window = 2};
    snmpeng *e = NULL;
    if (snmpeng_new(&options, &e, NULL) != PLATEN_OK) {
        abort();
    }
    return e;
}

snmpeng_plan *fuzz_plan(void)
{
    static const char *const oids[] = {"1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0",
                                       "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.43.11.1.1.8",
                                       "1.3.6.1.2.1.43.11.1.1.9"};
    platen_snmp_item items[5];
    snmpeng_plan *plan = NULL;
    for (uint32_t i = 0; i < 5; i++) {
        items[i] = (platen_snmp_item)PLATEN_SNMP_ITEM_INIT;
        items[i].oid = oids[i];
        items[i].op = i < 3 ? PLATEN_SNMP_GET : PLATEN_SNMP_WALK;
        items[i].table = i < 3 ? 0 : 1;
        items[i].limit = 50;
    }
    if (snmpeng_plan_new(items, 5, &plan, NULL) != PLATEN_OK) {
        abort();
    }
    return plan;
}

static uint64_t sum;
uint64_t fuzz_bindings;

/* Touches all that a result points to, so that a sanitizer sees what does not exist. */
static void look_at(const platen_snmp_result *result, snmpeng_version version, void *user)
{
    (void)version;
    fuzz_bindings += result->count;
    for (uint32_t i = 0; i < result->count; i++) {
        const platen_snmp_binding *b = &result->bindings[i];
        for (uint32_t k = 0; k < b->oid_count; k++) {
            sum += b->oid[k];
        }
        for (uint32_t k = 0; k < b->octet_count; k++) {
            sum += b->octets[k];
        }
        for (uint32_t k = 0; k < b->arc_count; k++) {
            sum += b->arcs[k];
        }
        if (i > 0 && wire_oid_compare(b[-1].oid, b[-1].oid_count, b->oid, b->oid_count) >= 0) {
            abort(); /* not sorted */
        }
    }
    *(bool *)user = true;
}

/* Of the request that has been in flight longest. */
static uint32_t id_in_flight(const snmpeng_read *read)
{
    uint32_t id = 0x40000000u;
    for (const flight *f = read->flights; f != NULL; f = f->sibling) {
        id = f->id;
    }
    return id;
}

static void put_id(uint8_t *packet, size_t length, uint32_t id)
{
    for (size_t i = 0; i + sizeof place <= length; i++) {
        if (memcmp(packet + i, place, sizeof place) == 0) {
            packet[i + 2] = (uint8_t)(id >> 24);
            packet[i + 3] = (uint8_t)(id >> 16);
            packet[i + 4] = (uint8_t)(id >> 8);
            packet[i + 5] = (uint8_t)id;
        }
    }
}

static snmpeng_read *take_read(snmpeng *e)
{
    snmpeng_read *read = e->inbox.reads.first;
    read_list_remove(&e->inbox.reads, read);
    return read;
}

void fuzz_read(snmpeng *e, const snmpeng_request *request, const uint8_t *data, size_t size)
{
    bool ended = false;
    snmpeng_request mine = *request;
    mine.done = look_at;
    mine.user = &ended;
    if (snmpeng_submit(e, &mine, NULL, NULL) != PLATEN_OK) {
        abort();
    }
    snmpeng_read *read = take_read(e);
    read_start(e, read);
    for (int i = 0; i < DATAGRAMS && size >= 2 && read->state == READ_ACTIVE; i++) {
        size_t length = (size_t)data[0] << 8 | data[1];
        data += 2;
        size -= 2;
        length = length > size ? size : length;
        uint8_t *packet = malloc(length == 0 ? 1 : length); /* of exactly this size */
        if (packet == NULL) {
            abort();
        }
        memcpy(packet, data, length);
        put_id(packet, length, id_in_flight(read));
        flight_received(packet, length, &read->target, e);
        flight_refused(packet, length, &read->target, 0, e);
        free(packet);
        data += length;
        size -= length;
    }
    if (read->state == READ_ACTIVE) {
        read_fail(e, read, PLATEN_E_CANCELLED, "the input ends");
    }
    read = e->ended.first;
    read_list_remove(&e->ended, read);
    read_finish(e, read);
    if (!ended || e->active != 0 || e->free_count != e->slot_count) {
        abort();
    }
}
