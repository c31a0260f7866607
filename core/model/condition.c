/* A pure function over a report. */
#include "core/model/condition.h"

#include <string.h>
#include <strings.h>

static const char *value_of(const char *field, const report *r, const char *address,
                            const char *hostname)
{
    static const struct {
        const char *name;
        uint32_t field;
    } fields[] = {{"manufacturer", PLATEN_FIELD_MANUFACTURER},
                  {"model", PLATEN_FIELD_MODEL},
                  {"name", PLATEN_FIELD_NAME},
                  {"location", PLATEN_FIELD_LOCATION},
                  {"serial", PLATEN_FIELD_SERIAL},
                  {"firmware", PLATEN_FIELD_FIRMWARE}};
    if (strcmp(field, "address") == 0) {
        return address;
    }
    if (strcmp(field, "hostname") == 0) {
        return hostname;
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].name, field) == 0) {
            return r->text[fields[i].field] != NULL ? r->text[fields[i].field] : "";
        }
    }
    return "";
}

static bool holds(const char *have, const char *op, const char *want)
{
    size_t have_length = strlen(have);
    size_t want_length = strlen(want);
    if (strcmp(op, "eq") == 0) {
        return strcasecmp(have, want) == 0;
    }
    if (strcmp(op, "ne") == 0) {
        return strcasecmp(have, want) != 0;
    }
    if (strcmp(op, "begins") == 0) {
        return strncasecmp(have, want, want_length) == 0;
    }
    if (strcmp(op, "ends") == 0) {
        return have_length >= want_length &&
               strcasecmp(have + have_length - want_length, want) == 0;
    }
    return strcmp(op, "contains") == 0 && strcasestr(have, want) != NULL;
}

bool condition_met(const cJSON *conditions, const report *r, const char *address,
                   const char *hostname)
{
    const cJSON *one = NULL;
    const cJSON *other = NULL;
    cJSON_ArrayForEach(one, conditions)
    {
        const char *field = json_get_text(one, "field", "");
        bool any = false;
        cJSON_ArrayForEach(other, conditions)
        {
            if (strcmp(json_get_text(other, "field", ""), field) == 0 &&
                holds(value_of(field, r, address, hostname), json_get_text(other, "op", ""),
                      json_get_text(other, "value", ""))) {
                any = true;
            }
        }
        if (!any) {
            return false;
        }
    }
    return true;
}
