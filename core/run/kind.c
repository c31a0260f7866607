/* The task kinds of the core (TSK-05, MON-04 to MON-06). */
#include "core/run/kind.h"

#include <string.h>

#include "core/model/device.h"

#define MINUTE INT64_C(60000)

static const char discover_settings[] =
    "{\"type\":\"object\",\"properties\":{"
    "\"addresses\":{\"type\":\"array\",\"maxItems\":1000,"
    "\"items\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}},"
    "\"register\":{\"type\":\"string\",\"enum\":[\"managed\",\"unmanaged\"]},"
    "\"conditions\":{\"type\":\"array\",\"maxItems\":100,\"items\":{\"type\":\"object\","
    "\"required\":[\"field\",\"op\",\"value\"],\"properties\":{"
    "\"field\":{\"type\":\"string\",\"enum\":[\"manufacturer\",\"model\",\"name\",\"location\","
    "\"serial\",\"firmware\",\"address\",\"hostname\"]},"
    "\"op\":{\"type\":\"string\",\"enum\":[\"eq\",\"ne\",\"begins\",\"ends\",\"contains\"]},"
    "\"value\":{\"type\":\"string\",\"maxLength\":255}}}}}}";

static const char no_settings[] = "{\"type\":\"object\",\"properties\":{}}";

static const task_kind kinds[] = {
    {"device.discover", "[Printer] Discover", KIND_AGENTS, discover_settings, 24 * 60 * MINUTE,
     DEVICE_VISIT_DISCOVERY, 0, NULL},
    {"device.information", "[Printer] Retrieve Printer Information", KIND_DEVICES, no_settings,
     60 * MINUTE, DEVICE_VISIT_INFORMATION, 1440, "Retrieve Printer Information"},
    {"device.monitor", "[Printer] Monitor Printers", KIND_DEVICES, no_settings, 30 * MINUTE,
     DEVICE_VISIT_STATUS, 5, "Monitor Printers"},
    {"device.counters", "[Printer] Retrieve Counter Information", KIND_DEVICES, no_settings,
     60 * MINUTE, DEVICE_VISIT_COUNTERS, 1440, "Retrieve Counter Information"},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const task_kind *kind_find(const char *id)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kinds[i].id, id) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const task_kind *kind_at(size_t index)
{
    return index < KIND_COUNT ? &kinds[index] : NULL;
}
