/*
 * Help for the SNMP tests: an engine, reads that are waited for, and a device on a loopback address
 * that answers from a list of values or does what a test's hook says.
 */
#ifndef PLATEN_TEST_SNMP_SUPPORT_H
#define PLATEN_TEST_SNMP_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/snmp/snmp.h"
#include "core/snmp/wire.h"

/* What became of a read. `text` has a line a binding: "1.3.6.1.2.1.1.5.0 s:name". */
typedef struct outcome {
    platen_code code;
    snmpeng_version version;
    uint32_t count;
    char error[PLATEN_ERROR_TEXT];
    char text[64 * 1024];
    int calls;
} outcome;

/* The request most tests send: v2c, to `address` and `port`. */
snmpeng_request request_to(const char *address, uint16_t port, snmpeng_credential *credential,
                           const snmpeng_plan *plan);
snmpeng *engine_begin(const snmpeng_options *options); /* NULL: 400 ms, 3 tries */
void engine_end(snmpeng *e);
snmpeng_credential *community(const char *name);
/* "g1.2.3" is a GET, "w1.2.3" a WALK, "t1.2.3" a WALK in table 1; ends with NULL. */
snmpeng_plan *plan_of(const char *first, ...) __attribute__((sentinel));
/* Submits, waits, and writes the outcome to `out`. */
void read_wait(snmpeng *e, const snmpeng_request *request, outcome *out);
/* The same in two steps. */
typedef struct pending pending;
pending *read_begin(snmpeng *e, const snmpeng_request *request);
void read_end_wait(pending *p, outcome *out);
snmpeng_read *pending_handle(pending *p);

typedef struct fake_value {
    const char *oid;
    uint8_t type;
    int64_t integer;
    const char *text; /* of OCTETS and, dotted, of OID */
} fake_value;

typedef struct fake_request {
    int64_t version;
    int64_t id;
    uint8_t tag;
    int64_t a;
    int64_t b;
    uint32_t count;
    const wire_bind *binds;
    char community[64];
    const uint8_t *raw; /* the binds as they came */
    size_t raw_length;
} fake_request;

typedef struct fake fake;
/* Writes a reply of its own and returns true; *length 0: says nothing. False: the usual one. */
typedef bool (*fake_hook)(fake *f, const fake_request *request, uint8_t *reply, size_t *length);

fake *fake_begin(const char *address, const fake_value *values, size_t count, fake_hook hook);
void fake_end(fake *f);
uint16_t fake_port(const fake *f);
int fake_requests(const fake *f); /* so far */
/* From within a hook: */
int fake_number(const fake *f); /* of this request, from 1 */
size_t fake_reply(const fake_request *request, int64_t version, uint8_t tag, int64_t id,
                  int64_t status, int64_t index, const uint8_t *binds, size_t binds_length,
                  uint8_t *out);
size_t fake_answer(fake *f, const fake_request *request, uint8_t *out); /* the usual one */
void fake_send(fake *f, const uint8_t *data, size_t length);            /* one more datagram */
void fake_send_from(fake *f, const char *address, const uint8_t *data, size_t length);
void put_bind(wire_writer *writer, const char *oid, uint8_t type, int64_t integer,
              const char *text);

#endif
