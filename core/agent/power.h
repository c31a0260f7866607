/* What is known of a device's power from whether it answers (DEV-87 to DEV-89). Pure functions. */
#ifndef PLATEN_AGENT_POWER_H
#define PLATEN_AGENT_POWER_H

#include <stdbool.h>
#include <stdint.h>

typedef enum power_state { POWER_UNKNOWN, POWER_ON, POWER_OFF, POWER_NO_RESPONSE } power_state;

/* What a look at the host's TCP ports said after the device did not answer. */
typedef enum power_host { POWER_HOST_ALIVE, POWER_HOST_SILENT } power_host;

typedef struct power_memory { /* zeroed: nothing known */
    bool was_on;              /* it has been seen alive since the agent started */
    uint8_t silent;           /* polls in a row without any sign of life, at most 255 */
} power_memory;

#define POWER_OFF_POLLS 2 /* silent polls until a device that was on counts as off */

power_state power_answered(power_memory *m);
power_state power_unanswered(power_memory *m, power_host host);
const char *power_word(power_state state); /* "on", "off", "no-response", "unknown" */

#endif
