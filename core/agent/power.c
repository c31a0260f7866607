/* One lost packet, or a site whose line is down for a minute, must not read as "switched off". */
#include "core/agent/power.h"

power_state power_answered(power_memory *m)
{
    m->was_on = true;
    m->silent = 0;
    return POWER_ON;
}

power_state power_unanswered(power_memory *m, power_host host)
{
    if (host == POWER_HOST_ALIVE) {
        m->was_on = true;
        m->silent = 0;
        return POWER_NO_RESPONSE;
    }
    if (m->silent < UINT8_MAX) {
        m->silent++;
    }
    return m->was_on && m->silent >= POWER_OFF_POLLS ? POWER_OFF : POWER_UNKNOWN;
}

const char *power_word(power_state state)
{
    static const char *const words[] = {"unknown", "on", "off", "no-response"};
    return words[state];
}
