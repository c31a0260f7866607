/* Tables of words. */
#include "core/model/words.h"

#include <stddef.h>
#include <string.h>

static const char *const powers[] = {"on", "off", "no-response", "conflict", "unknown"};
static const char *const severities[] = {"normal", "warning", "error", "service"};

#define POWER_COUNT (sizeof(powers) / sizeof(powers[0]))
#define SEVERITY_COUNT (sizeof(severities) / sizeof(severities[0]))

const char *device_power_word(int64_t power)
{
    return power >= 0 && (size_t)power < POWER_COUNT ? powers[power] : "unknown";
}

const char *device_severity_word(int64_t severity)
{
    return severity >= 0 && (size_t)severity < SEVERITY_COUNT ? severities[severity] : "normal";
}

device_power device_power_from(const char *word)
{
    for (size_t i = 0; i < POWER_COUNT; i++) {
        if (strcmp(powers[i], word) == 0) {
            return (device_power)i;
        }
    }
    return DEVICE_POWER_UNKNOWN;
}

device_severity device_severity_from(const char *word)
{
    for (size_t i = 0; i < SEVERITY_COUNT; i++) {
        if (strcmp(severities[i], word) == 0) {
            return (device_severity)i;
        }
    }
    return DEVICE_NORMAL;
}

const char *alert_severity_word(int64_t severity)
{
    switch (severity) {
    case 3:
        return "critical";
    case 4:
    case 5: /* a warning that is either there or not (binary change event) */
        return "warning";
    default:
        return "other";
    }
}

const char *alert_training_word(int64_t training)
{
    static const char *const words[] = {"unknown",    "other",          "unknown",
                                        "untrained",  "trained",        "field-service",
                                        "management", "no-intervention"};
    return training >= 0 && (size_t)training < sizeof(words) / sizeof(words[0]) ? words[training]
                                                                                : "unknown";
}
