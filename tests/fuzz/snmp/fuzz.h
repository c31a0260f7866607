/* What the fuzz targets share: an engine that is driven without its thread and without a network.
 */
#ifndef PLATEN_FUZZ_SNMP_H
#define PLATEN_FUZZ_SNMP_H

#include <stddef.h>
#include <stdint.h>

#include "core/snmp/engine.h"

/* libFuzzer's entry, and replay.c's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bindings that reads have given so far: shows that inputs get as far as that. */
extern uint64_t fuzz_bindings;

/* An engine whose thread never runs: the caller is the SNMP thread. */
snmpeng *fuzz_engine(void);
snmpeng_plan *fuzz_plan(void);
/* Starts a read, gives it the datagrams of the input, and ends it. Each is preceded by two octets
 * of length; where it holds 02 04 "PLTN" the id of a request in flight is put. */
void fuzz_read(snmpeng *e, const snmpeng_request *request, const uint8_t *data, size_t size);

#endif
