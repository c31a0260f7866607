/* IEEE 1284 device ids: "MFG:HP;MDL:LaserJet;SN:1;". Pure functions on borrowed text. */
#include "deviceid.h"

#include <string.h>
#include <strings.h>

#include "text.h"

/* Spellings seen in the field, the standard's short form first. */
static const char *const spellings[][6] = {
    {"MFG", "MANUFACTURER", "MANUFACTURE", "MFR", NULL, NULL},
    {"MDL", "MODEL", NULL, NULL, NULL, NULL},
    {"SN", "SERN", "SER", "SERIALNUMBER", "SERIAL NUMBER", "S/N"},
    {"FW", "FWVER", "FIRMWARE", "FWV", "FIRMWAREVERSION", NULL},
    {"DES", "DESCRIPTION", NULL, NULL, NULL, NULL},
};

/* The pair "key:value" that starts at `at`; false at the end of the id. */
static bool pair_next(const char **at, const char **key, size_t *key_length, const char **value,
                      size_t *value_length)
{
    while (**at != '\0') {
        const char *start = *at + strspn(*at, " \t");
        size_t length = strcspn(start, ";");
        *at = start + length + (start[length] == ';' ? 1 : 0);
        const char *colon = memchr(start, ':', length);
        if (colon == NULL) {
            continue;
        }
        *key = start;
        *key_length = (size_t)(colon - start);
        *value = colon + 1;
        *value_length = length - *key_length - 1u;
        return true;
    }
    return false;
}

static bool find(const char *id, const char *wanted, char *out, size_t size)
{
    const char *at = id;
    const char *key = NULL;
    const char *value = NULL;
    size_t key_length = 0;
    size_t value_length = 0;
    while (pair_next(&at, &key, &key_length, &value, &value_length)) {
        if (key_length != strlen(wanted) || strncasecmp(key, wanted, key_length) != 0) {
            continue;
        }
        if (value_length >= size) {
            value_length = size - 1u;
        }
        memcpy(out, value, value_length);
        out[value_length] = '\0';
        text_trim(out);
        return out[0] != '\0';
    }
    return false;
}

bool deviceid_get(const char *id, const char *key, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        if (strcasecmp(spellings[i][0], key) != 0) {
            continue;
        }
        for (size_t j = 0; j < 6u && spellings[i][j] != NULL; j++) {
            if (find(id, spellings[i][j], out, size)) {
                return true;
            }
        }
        return false;
    }
    return find(id, key, out, size);
}

bool deviceid_valid(const char *id)
{
    char value[TEXT_SIZE];
    return deviceid_get(id, "MFG", value, sizeof(value)) ||
           deviceid_get(id, "MDL", value, sizeof(value));
}
