/* Devices by id and by address. */
#include "core/agent/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/agent/settings.h"
#include "core/base/json.h"
#include "core/base/map.h"

struct registry {
    map *by_id;
    map *by_address;
    const plug *plugins;
    size_t drivers;
};

const char *device_protocol_word(device_protocol protocol)
{
    static const char *const words[] = {"", "snmpv1", "snmpv2c", "snmpv3"};
    return words[protocol];
}

static uint8_t protocol_of(const char *word)
{
    for (unsigned i = DEVICE_PROTOCOL_SNMPV1; i <= DEVICE_PROTOCOL_SNMPV3; i++) {
        if (strcmp(device_protocol_word((device_protocol)i), word) == 0) {
            return (uint8_t)i;
        }
    }
    return DEVICE_PROTOCOL_NONE;
}

registry *registry_new(const plug *plugins)
{
    registry *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    r->plugins = plugins;
    r->drivers = plug_driver_count(plugins);
    r->by_id = map_new();
    r->by_address = map_new();
    if (r->by_id == NULL || r->by_address == NULL) {
        registry_free(r);
        return NULL;
    }
    return r;
}

static void free_memos(char **memos, size_t count)
{
    for (size_t i = 0; memos != NULL && i < count; i++) {
        free(memos[i]);
    }
    free(memos);
}

static bool free_device(const void *key, size_t length, void *value, void *user)
{
    (void)key;
    (void)length;
    const registry *r = user;
    device *d = value;
    device_texts_unref(d->texts);
    snmpeng_peer_free(d->peer);
    free_memos(d->memos, r->drivers);
    free(d);
    return true;
}

void registry_free(registry *r)
{
    if (r == NULL) {
        return;
    }
    if (r->by_id != NULL) {
        map_each(r->by_id, free_device, r);
    }
    map_free(r->by_id, NULL);
    map_free(r->by_address, NULL);
    free(r);
}

device_texts *device_texts_ref(device_texts *texts)
{
    if (texts != NULL) {
        texts->references++;
    }
    return texts;
}

void device_texts_unref(device_texts *texts)
{
    if (texts != NULL && --texts->references == 0) {
        free(texts);
    }
}

static device_texts *texts_of(const cJSON *row)
{
    static const char *const keys[] = {"hostname", "manufacturer", "model", "serial",
                                       "sys_object_id"};
    enum { KEYS = sizeof(keys) / sizeof(keys[0]) };
    size_t lengths[KEYS];
    size_t total = 0;
    for (size_t i = 0; i < KEYS; i++) {
        lengths[i] = strlen(json_get_text(row, keys[i], "")) + 1;
        total += lengths[i];
    }
    device_texts *t = calloc(1, sizeof(*t) + total);
    if (t == NULL) {
        return NULL;
    }
    t->references = 1;
    const char **places[KEYS] = {&t->hostname, &t->manufacturer, &t->model, &t->serial,
                                 &t->sys_object_id};
    char *at = t->data;
    for (size_t i = 0; i < KEYS; i++) {
        memcpy(at, json_get_text(row, keys[i], ""), lengths[i]);
        *places[i] = at;
        at += lengths[i];
    }
    return t;
}

static void put_address(registry *r, device *d, const char *text)
{
    net_address address = {0};
    bool valid = net_parse(text, &address);
    if (d->has_address && (!valid || net_compare(&address, &d->address) != 0)) {
        if (map_get(r->by_address, &d->address, sizeof(d->address)) == d) {
            (void)map_remove(r->by_address, &d->address, sizeof(d->address));
        }
        snmpeng_peer_free(d->busy ? NULL : d->peer); /* another device answers there */
        d->peer = d->busy ? d->peer : NULL;
        d->power = (power_memory){0};
        d->silent = false;
    }
    d->has_address = valid;
    if (valid) {
        d->address = address;
        (void)map_set(r->by_address, &d->address, sizeof(d->address), d, NULL);
    }
}

static size_t driver_index(const registry *r, const char *id)
{
    size_t i = 0;
    while (i < r->drivers && strcmp(plug_driver_get(r->plugins, i)->driver.id, id) != 0) {
        i++;
    }
    return i;
}

static void put_drivers(registry *r, device *d, const cJSON *row)
{
    const cJSON *item = NULL;
    d->drivers = 0;
    cJSON_ArrayForEach(item, json_get_array(row, "drivers"))
    {
        const char *id = cJSON_GetStringValue(item);
        size_t index = id != NULL ? driver_index(r, id) : r->drivers;
        if (index < r->drivers) {
            d->drivers |= 1u << index;
        }
    }
    cJSON_ArrayForEach(item, json_get_object(row, "memo"))
    {
        size_t index = item->string != NULL ? driver_index(r, item->string) : r->drivers;
        if (index < r->drivers && cJSON_IsString(item)) {
            (void)registry_set_memo(r, d, index, item->valuestring);
        }
    }
}

static device *find_or_add(registry *r, int64_t id)
{
    device *d = registry_get(r, id);
    if (d != NULL) {
        return d;
    }
    d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return NULL;
    }
    d->id = id;
    if (!map_set(r->by_id, &d->id, sizeof(d->id), d, NULL)) {
        free(d);
        return NULL;
    }
    return d;
}

platen_code registry_put(registry *r, const cJSON *row, device **out, platen_error *err)
{
    int64_t id = settings_id(row, "id", 0);
    if (id <= 0) {
        return error_set(err, PLATEN_E_MALFORMED, "a device of the manager's answer has no id");
    }
    device_texts *texts = texts_of(row);
    device *d = texts != NULL ? find_or_add(r, id) : NULL;
    if (d == NULL) {
        device_texts_unref(texts);
        return error_set(err, PLATEN_E_NOMEM, "no memory for device %" PRId64, id);
    }
    device_texts_unref(d->texts);
    d->texts = texts;
    d->revision = settings_id(row, "revision", 0);
    d->credential = settings_id(row, "credential", 0);
    d->protocol = protocol_of(json_get_text(row, "protocol", ""));
    memset(d->acknowledged, 0, sizeof(d->acknowledged));
    put_address(r, d, json_get_text(row, "address", ""));
    put_drivers(r, d, row);
    *out = d;
    return PLATEN_OK;
}

device *registry_get(registry *r, int64_t id)
{
    return map_get(r->by_id, &id, sizeof(id));
}

device *registry_find(registry *r, const net_address *address)
{
    return map_get(r->by_address, address, sizeof(*address));
}

size_t registry_count(const registry *r)
{
    return map_count(r->by_id);
}

static bool forget(const void *key, size_t length, void *value, void *user)
{
    (void)key;
    (void)length;
    (void)user;
    device *d = value;
    memset(d->acknowledged, 0, sizeof(d->acknowledged));
    return true;
}

void registry_forget_acknowledged(registry *r)
{
    map_each(r->by_id, forget, NULL);
}

const char *registry_memo(const registry *r, const device *d, size_t driver)
{
    return d->memos != NULL && driver < r->drivers && d->memos[driver] != NULL ? d->memos[driver]
                                                                               : "";
}

bool registry_set_memo(registry *r, device *d, size_t driver, const char *memo)
{
    if (strcmp(registry_memo(r, d, driver), memo) == 0) {
        return true;
    }
    if (d->memos == NULL) {
        d->memos = calloc(r->drivers, sizeof(*d->memos));
    }
    char *copy = d->memos != NULL ? strndup(memo, REGISTRY_MEMO) : NULL;
    if (copy == NULL) {
        return false;
    }
    free(d->memos[driver]);
    d->memos[driver] = copy;
    return true;
}

unsigned device_wrong_left(const device *d, int32_t day, unsigned per_day)
{
    unsigned used = d->wrong_day == day ? d->wrong : 0;
    return used < per_day ? per_day - used : 0;
}

void device_wrong_add(device *d, int32_t day)
{
    if (d->wrong_day != day) {
        d->wrong_day = day;
        d->wrong = 0;
    }
    if (d->wrong < UINT16_MAX) {
        d->wrong++;
    }
}
