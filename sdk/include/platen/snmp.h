/*
 * snmp/1: reading and writing devices over SNMP. A *plan* is compiled once and read from thousands
 * of devices; addresses, versions, credentials, retries and packet sizes are the host's business.
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

    /* Since 1.1: the error-status with which the device refused a SET (RFC 3416: 10 wrongValue, 17
     * notWritable; RFC 1157: 2 noSuchName, 3 badValue, 4 readOnly), 0 none; and which value it is
     * about, from 1, 0 not told. */
    uint32_t status;
    uint32_t index;
} platen_snmp_result;

/* A value to write, since 1.1. */
typedef struct platen_snmp_value {
    uint32_t size;
    uint32_t type;         /* PLATEN_SNMP_INTEGER, _OCTETS, _OID or _IPADDRESS */
    const char *oid;       /* the instance, dotted numbers */
    int64_t integer;       /* of INTEGER, 32 bits with sign */
    const uint8_t *octets; /* of OCTETS and IPADDRESS; of OID its dotted text */
    uint32_t octet_count;
} platen_snmp_value;

#define PLATEN_SNMP_VALUE_INIT                                                                     \
    {                                                                                              \
        (uint32_t)sizeof(platen_snmp_value), PLATEN_SNMP_OCTETS, NULL, 0, NULL, 0                  \
    }

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

    /*
     * Since 1.1, of PLATEN_WORK_ACT that is no preview: writes 1 to 24 values with one SET, which a
     * device does wholly or not at all. It is sent once: PLATEN_E_TIMEOUT means that the answer did
     * not come and the values may be written or not, so read them before anything else is tried.
     * Refusals: AUTH (noAccess, authorizationError, noSuchName: the credential may not write),
     * UNSUPPORTED (notWritable, readOnly, noCreation), INVAL (wrongValue, badValue, wrongType,
     * wrongLength, wrongEncoding, inconsistentValue, inconsistentName), TOO_LARGE (tooBig), DEVICE
     * (genErr and the rest); the result's `status` tells which. No bindings come back. Else as
     * read(). `values` is an array of structs of values[0].size bytes, copied.
     */
    platen_code (*set)(platen_work *work, const platen_snmp_value *values, uint32_t count,
                       void (*done)(platen_work *work, const platen_snmp_result *result,
                                    void *user),
                       void *user, platen_error *err);
} platen_snmp;

#ifdef __cplusplus
}
#endif

#endif
