/*
 * snmp/1: reading devices over SNMP. A *plan* is compiled once and read from thousands of devices;
 * addresses, versions, credentials, retries and packet sizes are the host's business.
 */
#ifndef PLATEN_SNMP_H
#define PLATEN_SNMP_H

#include <platen/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_SNMP_GET 1u /* one instance, exactly this OID */
#define PLATEN_SNMP_WALK                                                                           \
    2u /* all instances below this OID; neighbours in the plan that have the                       \
          same `table` number are walked side by side in one request */

typedef struct platen_snmp_item {
    uint32_t size;
    uint32_t op;     /* PLATEN_SNMP_GET or PLATEN_SNMP_WALK */
    uint32_t table;  /* of WALK: 0 alone, else the columns to walk together */
    uint32_t limit;  /* of WALK: most rows to read, 0 for the host's limit (1,000) */
    const char *oid; /* dotted numbers, "1.3.6.1.2.1.1.5.0" */
} platen_snmp_item;

#define PLATEN_SNMP_ITEM_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_snmp_item), PLATEN_SNMP_GET, 0, 0, NULL                            \
    }

typedef struct platen_snmp_plan platen_snmp_plan; /* immutable; usable for many reads at once */

/* The BER type octet of a value (RFC 3416). */
#define PLATEN_SNMP_INTEGER 0x02u
#define PLATEN_SNMP_OCTETS 0x04u
#define PLATEN_SNMP_NULL 0x05u
#define PLATEN_SNMP_OID 0x06u
#define PLATEN_SNMP_IPADDRESS 0x40u
#define PLATEN_SNMP_COUNTER32 0x41u
#define PLATEN_SNMP_GAUGE32 0x42u
#define PLATEN_SNMP_TIMETICKS 0x43u
#define PLATEN_SNMP_OPAQUE 0x44u
#define PLATEN_SNMP_COUNTER64 0x46u

/*
 * One instance that the device has. Exceptions (noSuchObject, ...) do not appear: what is absent is
 * absent. Exactly one of integer, octets and arcs is meant, by type.
 */
typedef struct platen_snmp_binding {
    const uint32_t *oid; /* the instance */
    uint32_t oid_count;  /* arcs in it */
    uint32_t type;       /* PLATEN_SNMP_... */
    int64_t integer;     /* of the number types; COUNTER64 over INT64_MAX is clamped */
    const uint8_t *octets;
    uint32_t octet_count;
    uint32_t arc_count; /* of an OID value */
    const uint32_t *arcs;
} platen_snmp_binding;

/* Borrowed during the callback. `bindings` is sorted by OID, without doubles. */
typedef struct platen_snmp_result {
    uint32_t size;
    uint32_t code;  /* platen_code: OK, TIMEOUT, UNREACHABLE, AUTH, PROTOCOL, DEVICE, CANCELLED */
    uint32_t count; /* bindings: what was read before a failure is there too */
    uint32_t binding_size; /* sizeof(platen_snmp_binding) at the host's build: the stride */
    const platen_snmp_binding *bindings;
    const platen_error *error; /* NULL when code is OK */
} platen_snmp_result;

typedef struct platen_snmp {
    uint32_t size;

    /* Compiles a plan of 1 to 256 items. load() or any later time, SNMP thread. The host frees it
     * after unload(). `items` is an array of structs of items[0].size bytes each. */
    platen_code (*plan)(platen_ctx *ctx, const platen_snmp_item *items, uint32_t count,
                        platen_snmp_plan **plan, platen_error *err);

    /* Starts to read the plan from the work's device. `done` is called exactly once, on the SNMP
     * thread, also at the work's deadline or cancel; not from within this call. On failure of
     * this call it is not called. One read at a time a work. */
    platen_code (*read)(platen_work *work, const platen_snmp_plan *plan,
                        void (*done)(platen_work *work, const platen_snmp_result *result,
                                     void *user),
                        void *user, platen_error *err);
} platen_snmp;

#ifdef __cplusplus
}
#endif

#endif
