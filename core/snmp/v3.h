/*
 * SNMPv3 with the user-based security model (RFC 3412, 3414, 3826, 7860): messages are put together
 * and taken apart here, hashing and encryption are net-snmp's. No list of users and engines: what
 * is known of a device stands in its snmpeng_peer.
 *
 * Credentials are immutable and may be shared between threads; peers belong to the SNMP thread.
 */
#ifndef PLATEN_SNMP_V3_H
#define PLATEN_SNMP_V3_H

#include <stdatomic.h>

#include "core/snmp/snmp.h"
#include "core/snmp/wire.h"

#define V3_ENGINE_ID 32u /* most octets of an engine id (RFC 3411) */
#define V3_KEY 64u       /* octets of the longest hash */
#define V3_NAME 32u      /* most octets of a user name */
#define V3_CONTEXT 255u
#define V3_MAX_SIZE 65507

struct snmpeng_credential {
    atomic_uint references;
    uint64_t serial; /* tells keys in peers apart */
    bool v3;
    uint8_t *community; /* the encoded OCTET STRING */
    uint32_t community_length;
    snmpeng_auth auth;
    snmpeng_priv priv;
    uint8_t user_length;
    uint8_t context_length;
    char user[V3_NAME];
    char context[V3_CONTEXT];
    uint32_t key_length;
    uint8_t auth_key[V3_KEY]; /* Ku, not localised */
    uint8_t priv_key[V3_KEY];
};

struct snmpeng_peer {
    uint32_t engine_id_length; /* 0: not known */
    uint8_t engine_id[V3_ENGINE_ID];
    bool synced; /* boots and time come from an authenticated message */
    uint32_t boots;
    uint32_t time;  /* the device's, when it sent the newest message */
    int64_t at;     /* clock_mono() of then */
    uint64_t keyed; /* serial of the credential that the keys are of, 0: none */
    uint32_t auth_length;
    uint32_t priv_length;
    uint8_t auth_key[V3_KEY]; /* localised */
    uint8_t priv_key[V3_KEY];
};

/* A message as it came, nothing of it believed yet. All slices point into the packet. */
typedef struct v3_message {
    int64_t id;
    uint8_t flags;
    int64_t boots;
    int64_t time;
    wire_tlv engine_id;
    wire_tlv user;
    wire_tlv auth;
    wire_tlv priv;
    wire_reader body; /* the scoped PDU or its cipher text */
} v3_message;

typedef enum v3_verdict {
    V3_GOOD,       /* `pdu` is the answer, as secure as was asked for */
    V3_DROP,       /* not believable: as if it had not come */
    V3_DISCOVERED, /* the engine id is known now */
    V3_RESYNCED,   /* boots and time are right now */
    V3_REFUSED,    /* the device refuses the credential: see `why` */
    V3_FAILED,     /* the device reports something else: see `why` */
} v3_verdict;

/* `rest` stands behind the version (wire_message_read). */
bool v3_read(wire_reader *rest, v3_message *message);

/*
 * Checks a message against credential and peer and reads its PDU. `packet` is the datagram itself:
 * its authentication field is zeroed meanwhile. `plain` (WIRE_PACKET octets) takes what is
 * deciphered and must live as long as `pdu` is used. `why` is static text.
 */
v3_verdict v3_open(const snmpeng_credential *credential, snmpeng_peer *peer, v3_message *message,
                   uint8_t *packet, size_t length, uint8_t *plain, int64_t now, wire_pdu *pdu,
                   const char **why);

/* Keys for this credential and this engine; false when the library refuses. */
bool v3_localise(const snmpeng_credential *credential, snmpeng_peer *peer);

/* Writes a message around `pdu`, returns its length or 0 when it does not fit. `salt` must differ
 * from message to message. */
size_t v3_write(const snmpeng_credential *credential, const snmpeng_peer *peer, uint32_t id,
                const uint8_t *pdu, size_t pdu_length, uint64_t salt, int64_t now, uint8_t *out,
                size_t capacity);

/* The request that asks a device for its engine id. */
size_t v3_write_discovery(uint32_t id, uint8_t *out, size_t capacity);

/* Parts of the above that the known-answer tests call. */
bool v3_password_key(snmpeng_auth auth, const char *password, uint8_t key[V3_KEY],
                     uint32_t *length);
bool v3_local_key(snmpeng_auth auth, const uint8_t *key, uint32_t length, const uint8_t *engine_id,
                  uint32_t engine_id_length, uint8_t local[V3_KEY]);
bool v3_privacy_key(const snmpeng_credential *credential, const snmpeng_peer *peer,
                    uint8_t out[V3_KEY], uint32_t *length);

#endif
