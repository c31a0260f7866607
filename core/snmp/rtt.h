/*
 * How long a device takes to answer, and with it how soon a request that was not answered is worth
 * repeating (the estimate of RFC 6298). No thread of its own: whoever owns the value calls.
 */
#ifndef PLATEN_SNMP_RTT_H
#define PLATEN_SNMP_RTT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/snmp/snmp.h"

#define RTT_SPARE 200 /* ms: what an answer may be later than usual, at least */
#define RTT_LONG 150  /* ms */

bool rtt_is_known(const snmpeng_rtt *rtt);
bool rtt_is_long(const snmpeng_rtt *rtt); /* RTT_LONG or more */
/* An answer came `ms` (0 or more) after its request was sent first. */
void rtt_note(snmpeng_rtt *rtt, int64_t ms);
/* After how many ms without an answer to repeat: the usual round trip and RTT_SPARE at least, and
 * `most` at most or when nothing is known. */
uint32_t rtt_repeat(const snmpeng_rtt *rtt, uint32_t most);

#endif
