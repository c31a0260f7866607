/*
 * The devices that the agent knows: what the manager told of them and what the agent learned, as
 * small as can be (an agent may have 50,000). SNMP thread.
 */
#ifndef PLATEN_AGENT_REGISTRY_H
#define PLATEN_AGENT_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/agent/power.h"
#include "core/base/net.h"
#include "core/plug/plug.h"
#include "core/snmp/snmp.h"

#define REGISTRY_KINDS 3 /* works whose reports are compared: information, status, counters */
#define REGISTRY_MEMO 255

typedef enum device_protocol {
    DEVICE_PROTOCOL_NONE,
    DEVICE_PROTOCOL_SNMPV1,
    DEVICE_PROTOCOL_SNMPV2C,
    DEVICE_PROTOCOL_SNMPV3,
} device_protocol;

const char *device_protocol_word(device_protocol protocol); /* "" for none */

/* What the manager knows of a device in words. Counted, so that a visit keeps it while the
 * registry already has a newer one. */
typedef struct device_texts {
    unsigned references;
    const char *hostname, *manufacturer, *model, *serial, *sys_object_id;
    char data[]; /* the texts */
} device_texts;

typedef struct device {
    int64_t id;
    int64_t revision;
    net_address address;
    bool has_address;
    bool busy;        /* a visit is under way */
    bool silent;      /* did not answer the last poll */
    bool heard;       /* answered a knock; its visit is to begin */
    uint8_t protocol; /* device_protocol that worked */
    power_memory power;
    uint32_t drivers;   /* bits by the index of plug_driver_get() */
    int64_t credential; /* id of the one that worked, 0: none */
    uint32_t candidate; /* while it is silent: the credential that is tried next, see sweep.c */
    uint16_t wrong;     /* credentials that failed on `wrong_day` */
    int32_t wrong_day;
    uint64_t acknowledged[REGISTRY_KINDS]; /* hash of what the manager has, 0: nothing */
    device_texts *texts;
    snmpeng_peer *peer;
    snmpeng_rtt rtt;
    char **memos; /* by driver index; NULL: none has any */
} device;

typedef struct registry registry;

registry *registry_new(const plug *plugins); /* NULL when there is no memory */
void registry_free(registry *r);

/* Takes over a device of the answer to /devices. PLATEN_E_MALFORMED when it has no id. What the
 * manager has acknowledged is forgotten: its record is another one now. */
platen_code registry_put(registry *r, const cJSON *row, device **out, platen_error *err);
device *registry_get(registry *r, int64_t id);                  /* NULL when unknown */
device *registry_find(registry *r, const net_address *address); /* NULL when unknown */
size_t registry_count(const registry *r);

/* After the agent said hello again: the manager may have come back from a backup. */
void registry_forget_acknowledged(registry *r);

const char *registry_memo(const registry *r, const device *d, size_t driver); /* "" for none */
/* False: no memory. */
bool registry_set_memo(registry *r, device *d, size_t driver, const char *memo);

device_texts *device_texts_ref(device_texts *texts);
void device_texts_unref(device_texts *texts); /* NULL is fine */

/* How many more wrong credentials the device may be shown on `day` (days since 1970). */
unsigned device_wrong_left(const device *d, int32_t day, unsigned per_day);
void device_wrong_add(device *d, int32_t day);

#endif
