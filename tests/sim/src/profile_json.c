/* Reads a model's JSON file: identity, system group, host resources, interfaces and raw objects.
 * The Printer MIB groups are in profile_mib.c. The file format is described in README.md. */
#include "ber.h"
#include "jsonx.h"
#include "oid.h"
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_text(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    long size;

    if (f == NULL) {
        return NULL;
    }
    if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 && size < 4 * 1024 * 1024 &&
        fseek(f, 0, SEEK_SET) == 0) {
        text = calloc(1, (size_t)size + 1);
        if (text != NULL && fread(text, 1, (size_t)size, f) != (size_t)size) {
            free(text);
            text = NULL;
        }
    }
    fclose(f);
    return text;
}

bool jsonx_oid_value(struct profile_builder *b, const char *oid, const char *value)
{
    uint8_t bytes[OID_MAX_BYTES];
    size_t len = oid_parse(value, bytes, sizeof bytes);

    if (len == 0) {
        snprintf(b->error, sizeof b->error, "bad OID value '%s'", value);
        return false;
    }
    return builder_static(b, oid, BER_OID, bytes, len, 0);
}

static bool dynamic(struct profile_builder *b, const char *oid, enum value_kind kind, uint8_t tag,
                    int32_t arg)
{
    return builder_add(b, oid, (struct entry){.kind = (uint8_t)kind, .tag = tag, .arg = arg});
}

/* "printer", "network", ... to hrDeviceTypes */
static unsigned device_type(const char *name)
{
    static const struct {
        const char *name;
        unsigned last;
    } types[] = {{"printer", 5}, {"network", 4}, {"processor", 3}, {"other", 1},
                 {"disk", 6},    {"memory", 20}, {"modem", 14},    {"unknown", 2}};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (strcmp(types[i].name, name) == 0) {
            return types[i].last;
        }
    }
    return 1;
}

static bool add_system(struct profile_builder *b, const cJSON *s)
{
    const char *object = jsonx_text(s, "object_id", NULL);
    uint8_t oid[OID_MAX_BYTES];
    size_t n = object == NULL ? 0 : oid_parse(object, oid, sizeof oid);
    unsigned enterprise = 0;

    if (object != NULL && sscanf(object, "1.3.6.1.4.1.%u", &enterprise) == 1) {
        b->profile->enterprise = enterprise;
    }
    return (jsonx_text(s, "descr", NULL) == NULL ||
            builder_text(b, "1.3.6.1.2.1.1.1.0", jsonx_text(s, "descr", ""), 0)) &&
           (object == NULL || (n > 0 && jsonx_oid_value(b, "1.3.6.1.2.1.1.2.0", object))) &&
           dynamic(b, "1.3.6.1.2.1.1.3.0", V_UPTIME, BER_TIMETICKS, 0) &&
           builder_text(b, "1.3.6.1.2.1.1.4.0", jsonx_text(s, "contact", ""), 0) &&
           (jsonx_text(s, "name", NULL) == NULL ||
            builder_text(b, "1.3.6.1.2.1.1.5.0", jsonx_text(s, "name", ""), 0)) &&
           builder_text(b, "1.3.6.1.2.1.1.6.0", jsonx_text(s, "location", ""), 0) &&
           builder_int(b, "1.3.6.1.2.1.1.7.0", BER_INTEGER, jsonx_int(s, "services", 72), 0);
}

static bool add_hr_device(struct profile_builder *b, const cJSON *d)
{
    uint32_t index = (uint32_t)jsonx_int(d, "index", 1);
    const char *type = jsonx_text(d, "type", "printer");
    const char *descr = jsonx_text(d, "descr", NULL);
    bool printer = strcmp(type, "printer") == 0;
    char oid[64];
    char value[64];

    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.1", index, 0);
    if (!builder_int(b, oid, BER_INTEGER, index, 0)) {
        return false;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.2", index, 0);
    snprintf(value, sizeof value, "1.3.6.1.2.1.25.3.1.%u", device_type(type));
    if (strcmp(type, "none") != 0 && !jsonx_oid_value(b, oid, value)) {
        return false;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.3", index, 0);
    if (descr != NULL && !builder_text(b, oid, descr, 0)) {
        return false;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.4", index, 0);
    if (!jsonx_oid_value(b, oid, jsonx_text(d, "id", "0.0"))) {
        return false;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.5", index, 0);
    bool ok = printer ? dynamic(b, oid, V_DEVICE_STATUS, BER_INTEGER, 0)
                      : builder_int(b, oid, BER_INTEGER, 2, 0);
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.2.1.6", index, 0);
    return ok && builder_int(b, oid, BER_COUNTER32, 0, 0);
}

static bool add_host(struct profile_builder *b, const cJSON *json)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "hr_devices");
    const cJSON *d;
    char oid[64];

    if (list == NULL) {
        return true;
    }
    cJSON_ArrayForEach(d, list)
    {
        if (!add_hr_device(b, d)) {
            return false;
        }
    }
    if (!dynamic(b, "1.3.6.1.2.1.25.1.1.0", V_UPTIME, BER_TIMETICKS, 0) ||
        !dynamic(b, "1.3.6.1.2.1.25.1.2.0", V_DATE, BER_OCTETS, 0) ||
        !builder_int(b, "1.3.6.1.2.1.25.2.2.0", BER_INTEGER, jsonx_int(json, "memory_kb", 524288),
                     0)) {
        return false;
    }
    if (b->profile->decoy || !jsonx_bool(json, "hr_printer", true)) {
        return true;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.5.1.1", b->profile->hr, 0);
    if (!dynamic(b, oid, V_PRINTER_STATUS, BER_INTEGER, 0)) {
        return false;
    }
    jsonx_oid(oid, "1.3.6.1.2.1.25.3.5.1.2", b->profile->hr, 0);
    return dynamic(b, oid, V_ERROR_STATE, BER_OCTETS,
                   (int32_t)jsonx_int(json, "error_state_octets", 1));
}

static bool add_interface(struct profile_builder *b, const cJSON *i, int32_t number)
{
    uint32_t index = (uint32_t)jsonx_int(i, "index", number + 1);
    int64_t type = jsonx_int(i, "type", 6);
    bool has_mac = jsonx_bool(i, "mac", type == 6 || type == 71);
    char oid[12][64];

    for (unsigned c = 1; c < 12; c++) {
        snprintf(oid[c], sizeof oid[c], "1.3.6.1.2.1.2.2.1.%u.%u", c, index);
    }
    char in[64];
    char out[64];
    snprintf(in, sizeof in, "1.3.6.1.2.1.2.2.1.10.%u", index);
    snprintf(out, sizeof out, "1.3.6.1.2.1.2.2.1.16.%u", index);
    int32_t rate = type == 24 ? 0 : 731 + number * 97;
    return builder_int(b, oid[1], BER_INTEGER, index, 0) &&
           builder_text(b, oid[2], jsonx_text(i, "descr", "Ethernet"), 0) &&
           builder_int(b, oid[3], BER_INTEGER, type, 0) &&
           builder_int(b, oid[4], BER_INTEGER, jsonx_int(i, "mtu", 1500), 0) &&
           builder_int(b, oid[5], BER_GAUGE32, jsonx_int(i, "speed", 100000000), 0) &&
           (has_mac ? dynamic(b, oid[6], V_MAC, BER_OCTETS, (int32_t)jsonx_int(i, "offset", number))
                    : builder_static(b, oid[6], BER_OCTETS, "", 0, 0)) &&
           builder_int(b, oid[7], BER_INTEGER, 1, 0) &&
           builder_int(b, oid[8], BER_INTEGER, jsonx_bool(i, "up", true) ? 1 : 2, 0) &&
           builder_int(b, oid[9], BER_TIMETICKS, 0, 0) &&
           dynamic(b, in, V_TRAFFIC, BER_COUNTER32, rate) &&
           dynamic(b, out, V_TRAFFIC, BER_COUNTER32, rate / 2);
}

static bool add_interfaces(struct profile_builder *b, const cJSON *list)
{
    const cJSON *i;
    int32_t number = 0;

    if (list == NULL) {
        return true;
    }
    /* loopback and unplugged ports use no address of their own: offsets count the others */
    int32_t count = cJSON_GetArraySize(list);
    if (!builder_int(b, "1.3.6.1.2.1.2.1.0", BER_INTEGER, count, 0)) {
        return false;
    }
    cJSON_ArrayForEach(i, list)
    {
        if (!add_interface(b, i, number)) {
            return false;
        }
        number += jsonx_int(i, "type", 6) != 24;
    }
    return true;
}

static bool raw_number(struct profile_builder *b, const char *oid, uint8_t tag, const cJSON *value)
{
    if (cJSON_IsNumber(value)) {
        return builder_int(b, oid, tag, (int64_t)value->valuedouble, 0);
    }
    const char *text = cJSON_GetStringValue(value);
    int arg = 100;
    if (text == NULL) {
        return false;
    }
    if (strncmp(text, "${pages", 7) == 0) {
        (void)sscanf(text, "${pages:%d}", &arg);
        return dynamic(b, oid, V_PAGES, tag, arg);
    }
    if (sscanf(text, "${level:%d}", &arg) == 1 && arg >= 0 && arg < PROFILE_SLOTS) {
        return dynamic(b, oid, V_LEVEL_PERCENT, tag, arg);
    }
    if (strcmp(text, "${uptime}") == 0) {
        return dynamic(b, oid, V_UPTIME, tag, 0);
    }
    return builder_int(b, oid, tag, strtoll(text, NULL, 10), 0);
}

size_t jsonx_hex(const char *text, uint8_t *out, size_t cap)
{
    size_t n = 0;
    unsigned octet;
    int used;

    while (n < cap && sscanf(text, " %2x%n", &octet, &used) == 1) {
        out[n++] = (uint8_t)octet;
        text += used;
        text += *text == ':';
    }
    return n;
}

static bool add_raw(struct profile_builder *b, const cJSON *item)
{
    const char *oid = cJSON_GetStringValue(cJSON_GetArrayItem(item, 0));
    const char *type = cJSON_GetStringValue(cJSON_GetArrayItem(item, 1));
    const cJSON *value = cJSON_GetArrayItem(item, 2);
    const char *text = cJSON_GetStringValue(value);
    uint8_t bytes[1024];
    static const struct {
        const char *name;
        uint8_t tag;
    } numbers[] = {{"int", BER_INTEGER},
                   {"c32", BER_COUNTER32},
                   {"g32", BER_GAUGE32},
                   {"ticks", BER_TIMETICKS},
                   {"c64", BER_COUNTER64}};

    if (oid == NULL || type == NULL || value == NULL) {
        snprintf(b->error, sizeof b->error, "raw object needs [oid, type, value]");
        return false;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (strcmp(numbers[i].name, type) == 0) {
            return raw_number(b, oid, numbers[i].tag, value);
        }
    }
    if (text == NULL) {
        snprintf(b->error, sizeof b->error, "raw object '%s' needs a text value", oid);
        return false;
    }
    if (strcmp(type, "str") == 0) {
        return builder_text(b, oid, text, 0);
    }
    if (strcmp(type, "hex") == 0) {
        return builder_static(b, oid, BER_OCTETS, bytes, jsonx_hex(text, bytes, sizeof bytes), 0);
    }
    if (strcmp(type, "oid") == 0) {
        return jsonx_oid_value(b, oid, text);
    }
    if (strcmp(type, "null") == 0) {
        return builder_static(b, oid, BER_NULL, "", 0, 0);
    }
    if (strcmp(type, "mac") == 0) {
        return dynamic(b, oid, V_MAC, BER_OCTETS, 0);
    }
    if (strcmp(type, "brother") == 0) {
        int32_t what = strcmp(text, "counters") == 0 ? 0 : strcmp(text, "supplies") == 0 ? 1 : 2;
        return dynamic(b, oid, V_BROTHER, BER_OCTETS, what);
    }
    snprintf(b->error, sizeof b->error, "raw object '%s' has unknown type '%s'", oid, type);
    return false;
}

static bool add_raws(struct profile_builder *b, const cJSON *list)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (!add_raw(b, item)) {
            return false;
        }
    }
    return true;
}

static bool read_identity(struct profile_builder *b, const cJSON *json)
{
    struct profile *p = b->profile;
    const char *oui = jsonx_text(json, "oui", "02:00:5e");
    const char *serial = jsonx_text(json, "serial", NULL);
    const char *versions = jsonx_text(json, "versions", "1,2c,3");
    size_t digits = 0;

    p->decoy = strcmp(jsonx_text(json, "kind", "printer"), "decoy") == 0;
    p->settable = jsonx_bool(json, "set", true);
    p->weight = (uint32_t)jsonx_int(json, "weight", 1);
    p->hr = (uint32_t)jsonx_int(json, "hr_printer_index", 1);
    p->max_message = (uint32_t)jsonx_int(json, "max_message", 1472);
    p->start_pages = (uint32_t)jsonx_int(json, "start_pages", 200000);
    p->versions = (uint8_t)((strstr(versions, "1") != NULL ? VERSION_1 : 0) |
                            (strstr(versions, "2c") != NULL ? VERSION_2C : 0) |
                            (strstr(versions, "3") != NULL ? VERSION_3 : 0));
    if (jsonx_text(json, "community", NULL) != NULL) {
        p->community = arena_text(b->arena, jsonx_text(json, "community", ""));
    }
    b->latin1 = strcmp(jsonx_text(json, "encoding", "utf-8"), "latin-1") == 0;
    if (jsonx_hex(oui, p->oui, 3) != 3) {
        snprintf(b->error, sizeof b->error, "bad oui '%s'", oui);
        return false;
    }
    for (const char *c = serial; c != NULL && *c != '\0'; c++) {
        digits += *c == '#';
    }
    if (serial != NULL && digits < 7) {
        /* fewer would give two devices of a large fleet the same serial number */
        snprintf(b->error, sizeof b->error, "serial '%s' needs at least seven '#'", serial);
        return false;
    }
    p->serial = serial == NULL ? NULL : arena_text(b->arena, serial);
    return true;
}

struct profile *profile_load(struct arena *arena, const char *path)
{
    char *text = read_text(path);
    cJSON *json = text == NULL ? NULL : cJSON_Parse(text);
    struct profile *p = arena_alloc(arena, sizeof *p);
    struct profile_builder b;
    const char *slash = strrchr(path, '/');
    char name[128];

    free(text);
    if (json == NULL) {
        fprintf(stderr, "platen-sim: %s: not readable or not JSON\n", path);
        return NULL;
    }
    snprintf(name, sizeof name, "%s", slash == NULL ? path : slash + 1);
    char *dot = strrchr(name, '.');
    if (dot != NULL) {
        *dot = '\0';
    }
    builder_init(&b, arena, p);
    p->name = arena_text(arena, name);
    bool ok = read_identity(&b, json) &&
              add_system(&b, cJSON_GetObjectItemCaseSensitive(json, "system")) &&
              add_host(&b, json) &&
              add_interfaces(&b, cJSON_GetObjectItemCaseSensitive(json, "interfaces")) &&
              (p->decoy || profile_add_printer(&b, json)) &&
              add_raws(&b, cJSON_GetObjectItemCaseSensitive(json, "raw")) && builder_seal(&b);
    if (!ok) {
        fprintf(stderr, "platen-sim: %s: %s\n", path, b.error);
        free(b.entries);
    }
    cJSON_Delete(json);
    return ok ? p : NULL;
}
