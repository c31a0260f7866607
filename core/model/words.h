/* The small enumerations of devices: numbers in the database, words outside. */
#ifndef PLATEN_MODEL_WORDS_H
#define PLATEN_MODEL_WORDS_H

#include <stdint.h>

/* DEV-87 to DEV-90. */
typedef enum device_power {
    DEVICE_ON = 0,
    DEVICE_OFF = 1,
    DEVICE_NO_RESPONSE = 2,
    DEVICE_CONFLICT = 3,
    DEVICE_POWER_UNKNOWN = 4,
} device_power;

/* DEV-118, worst last. */
typedef enum device_severity {
    DEVICE_NORMAL = 0,
    DEVICE_WARNING = 1,
    DEVICE_ERROR = 2,
    DEVICE_SERVICE = 3,
} device_severity;

#define DEVICE_POWER_WORDS "on|off|no-response|conflict|unknown"
#define DEVICE_SEVERITY_WORDS "normal|warning|error|service"

const char *device_power_word(int64_t power);       /* "unknown" for a number that is none */
const char *device_severity_word(int64_t severity); /* "normal" for a number that is none */
device_power device_power_from(const char *word);
device_severity device_severity_from(const char *word);

const char *alert_severity_word(int64_t severity); /* PrtAlertSeverityLevelTC: "critical", ... */
const char *alert_training_word(int64_t training); /* PrtAlertTrainingLevelTC (DEV-126 to 132) */

#endif
