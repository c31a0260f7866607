/*
 * What the manager tells an agent: ranges, ports, credentials, limits. Immutable once parsed and
 * counted, so that a job keeps what it began with. SNMP thread; the counter is not locked.
 */
#ifndef PLATEN_AGENT_SETTINGS_H
#define PLATEN_AGENT_SETTINGS_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"
#include "core/snmp/snmp.h"

typedef enum credential_kind {
    CREDENTIAL_COMMUNITY, /* SNMPv1 and v2c */
    CREDENTIAL_SNMPV3,
    CREDENTIAL_USER, /* name and password of protocols over TCP */
} credential_kind;

typedef struct credential {
    int64_t id;
    credential_kind kind;
    snmpeng_credential *snmp; /* of the SNMP kinds */
    char *user;               /* of CREDENTIAL_USER */
    char *password;           /* wiped when freed */
} credential;

typedef struct settings_port {
    char *name; /* "snmp", or a driver's id */
    uint16_t port;
} settings_port;

typedef struct settings {
    unsigned references;
    credential *credentials; /* in the order in which they are tried */
    size_t credential_count;
    settings_port *ports;
    size_t port_count;
    char **ranges;
    size_t range_count;
    char **hosts;
    size_t host_count;
    unsigned timeout_ms; /* 0: the engine's */
    unsigned tries;      /* 0: the engine's */
    unsigned packets_per_second;
    unsigned wrong_per_day;
} settings;

/* Reads a configuration (docs/link.md). A credential that cannot be is left out and logged. */
platen_code settings_read(const cJSON *tree, settings **out, platen_error *err);
settings *settings_ref(settings *s);
void settings_unref(settings *s); /* NULL is fine */

/* The port of that name, else `preset`. */
uint16_t settings_port_of(const settings *s, const char *name, uint16_t preset);
bool settings_names_port(const settings *s, const char *name);
const credential *settings_credential(const settings *s, int64_t id); /* NULL when gone */

/* An id that travels as a string (or a number); `fallback` when it is none. */
int64_t settings_id(const cJSON *object, const char *key, int64_t fallback);

#endif
