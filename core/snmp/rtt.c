/* See rtt.h. Kept as in RFC 6298: the smoothed time in eighths, its variation in quarters of a
 * millisecond, so that neither needs a fraction. */
#include "core/snmp/rtt.h"

#define LONGEST 60000 /* ms: the longest time-out there is */

bool rtt_is_known(const snmpeng_rtt *rtt)
{
    return rtt->eighths != 0;
}

uint32_t snmpeng_rtt_ms(const snmpeng_rtt *rtt)
{
    return rtt->eighths / 8;
}

bool rtt_is_long(const snmpeng_rtt *rtt)
{
    return snmpeng_rtt_ms(rtt) >= RTT_LONG;
}

void rtt_note(snmpeng_rtt *rtt, int64_t ms)
{
    int64_t r = ms < 1 ? 1 : ms > LONGEST ? LONGEST : ms;
    if (!rtt_is_known(rtt)) {
        *rtt = (snmpeng_rtt){(uint32_t)r * 8, (uint32_t)r * 2};
        return;
    }
    int64_t off = r - rtt->eighths / 8;
    int64_t smoothed = rtt->eighths + off;
    int64_t varied = rtt->quarters + (off < 0 ? -off : off) - rtt->quarters / 4;
    *rtt = (snmpeng_rtt){smoothed < 8 ? 8 : (uint32_t)smoothed, (uint32_t)varied};
}

uint32_t rtt_repeat(const snmpeng_rtt *rtt, uint32_t most)
{
    if (!rtt_is_known(rtt)) {
        return most;
    }
    uint32_t four = rtt->quarters; /* times the variation */
    uint32_t after = rtt->eighths / 8 + (four < RTT_SPARE ? RTT_SPARE : four);
    return after < most ? after : most;
}
