/* See v3_crypto.h. Numbers of sections are RFC 3414's unless said otherwise. */
#include "core/snmp/v3_crypto.h"

#include <string.h>

#include <openssl/crypto.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

typedef struct auth_kind {
    const oid *protocol;
    uint32_t key;    /* octets of the hash */
    uint32_t digest; /* octets of it in a message */
} auth_kind;

static const auth_kind *auth_of(snmpeng_auth auth)
{
    static const auth_kind kinds[] = {
        [SNMPENG_AUTH_MD5] = {usmHMACMD5AuthProtocol, 16, 12},
        [SNMPENG_AUTH_SHA1] = {usmHMACSHA1AuthProtocol, 20, 12},
        [SNMPENG_AUTH_SHA256] = {usmHMAC192SHA256AuthProtocol, 32, 24},
        [SNMPENG_AUTH_SHA384] = {usmHMAC256SHA384AuthProtocol, 48, 32},
        [SNMPENG_AUTH_SHA512] = {usmHMAC384SHA512AuthProtocol, 64, 48},
    };
    return &kinds[auth];
}

#define PROTOCOL_ARCS 10u /* in the OID of every kind of authentication */

static const oid *priv_protocol(snmpeng_priv priv, size_t *arcs)
{
    int type = USM_CREATE_USER_PRIV_AES;
    switch (priv) {
    case SNMPENG_PRIV_DES:
        type = USM_CREATE_USER_PRIV_DES;
        break;
    case SNMPENG_PRIV_AES192:
    case SNMPENG_PRIV_AES192C: /* the kinds differ in how their keys are made, not in use */
        type = USM_CREATE_USER_PRIV_AES192;
        break;
    case SNMPENG_PRIV_AES256:
    case SNMPENG_PRIV_AES256C:
        type = USM_CREATE_USER_PRIV_AES256;
        break;
    case SNMPENG_PRIV_NONE:
    case SNMPENG_PRIV_AES128:
    default:
        break;
    }
    return sc_get_priv_oid(type, arcs);
}

static uint32_t priv_key_size(snmpeng_priv priv)
{
    switch (priv) {
    case SNMPENG_PRIV_DES:
    case SNMPENG_PRIV_AES128:
        return 16;
    case SNMPENG_PRIV_AES192:
    case SNMPENG_PRIV_AES192C:
        return 24;
    case SNMPENG_PRIV_AES256:
    case SNMPENG_PRIV_AES256C:
        return 32;
    case SNMPENG_PRIV_NONE:
    default:
        return 0;
    }
}

static uint32_t priv_lengths(snmpeng_priv priv)
{
    return priv == SNMPENG_PRIV_DES ? 8 : priv_key_size(priv);
}

bool v3_password_key(snmpeng_auth auth, const char *password, uint8_t key[V3_KEY], uint32_t *length)
{
    size_t size = V3_KEY;
    const auth_kind *kind = auth_of(auth);
    if (generate_Ku(kind->protocol, PROTOCOL_ARCS, (const u_char *)password, strlen(password), key,
                    &size) != SNMPERR_SUCCESS ||
        size != kind->key) {
        return false;
    }
    *length = (uint32_t)size;
    return true;
}

bool v3_local_key(snmpeng_auth auth, const uint8_t *key, uint32_t length, const uint8_t *engine_id,
                  uint32_t engine_id_length, uint8_t local[V3_KEY])
{
    size_t size = V3_KEY;
    return generate_kul(auth_of(auth)->protocol, PROTOCOL_ARCS, engine_id, engine_id_length, key,
                        length, local, &size) == SNMPERR_SUCCESS &&
           size == length;
}

/* draft-blumenthal-aes-usm-04, 3.1.2.1: append the hash of what there is. */
static bool extend_by_hash(snmpeng_auth auth, uint8_t *key, uint32_t have)
{
    size_t size = V3_KEY;
    return sc_hash(auth_of(auth)->protocol, PROTOCOL_ARCS, key, have, key + have, &size) ==
           SNMPERR_SUCCESS;
}

/* draft-reeder-snmpv3-usm-3desede-00, 2.1: append the key that the key makes as a password. */
static bool extend_by_key(snmpeng_auth auth, uint8_t *key, uint32_t have, const snmpeng_peer *peer)
{
    uint8_t longer[V3_KEY];
    size_t size = sizeof longer;
    bool good =
        generate_Ku(auth_of(auth)->protocol, PROTOCOL_ARCS, key, have, longer, &size) ==
            SNMPERR_SUCCESS &&
        v3_local_key(auth, longer, have, peer->engine_id, peer->engine_id_length, key + have);
    OPENSSL_cleanse(longer, sizeof longer);
    return good;
}

/* The hashes that are shorter than the longest privacy key have 16 or 20 octets: once is enough. */
bool v3_privacy_key(const snmpeng_credential *credential, const snmpeng_peer *peer,
                    uint8_t out[V3_KEY], uint32_t *length)
{
    uint8_t key[2 * V3_KEY];
    uint32_t have = credential->key_length;
    uint32_t need = priv_key_size(credential->priv);
    bool good = v3_local_key(credential->auth, credential->priv_key, have, peer->engine_id,
                             peer->engine_id_length, key);
    if (good && have < need) {
        good = credential->priv == SNMPENG_PRIV_AES192C || credential->priv == SNMPENG_PRIV_AES256C
                   ? extend_by_key(credential->auth, key, have, peer)
                   : extend_by_hash(credential->auth, key, have);
    }
    if (good) {
        memcpy(out, key, need);
        *length = need;
    }
    OPENSSL_cleanse(key, sizeof key);
    return good;
}

bool v3_localise(const snmpeng_credential *credential, snmpeng_peer *peer)
{
    if (peer->keyed == credential->serial) {
        return true;
    }
    peer->keyed = 0;
    peer->auth_length = 0;
    peer->priv_length = 0;
    if (credential->auth != SNMPENG_AUTH_NONE) {
        if (!v3_local_key(credential->auth, credential->auth_key, credential->key_length,
                          peer->engine_id, peer->engine_id_length, peer->auth_key)) {
            return false;
        }
        peer->auth_length = credential->key_length;
    }
    if (credential->priv != SNMPENG_PRIV_NONE &&
        !v3_privacy_key(credential, peer, peer->priv_key, &peer->priv_length)) {
        return false;
    }
    peer->keyed = credential->serial;
    return true;
}

uint32_t v3_digest_size(snmpeng_auth auth)
{
    return auth_of(auth)->digest;
}

bool v3_digest(const snmpeng_credential *credential, const snmpeng_peer *peer,
               const uint8_t *packet, size_t length, uint8_t digest[V3_KEY])
{
    const auth_kind *kind = auth_of(credential->auth);
    size_t size = kind->digest;
    return sc_generate_keyed_hash(kind->protocol, PROTOCOL_ARCS, peer->auth_key, peer->auth_length,
                                  packet, (u_int)length, digest, &size) == SNMPERR_SUCCESS &&
           size == kind->digest;
}

void v3_put_number(uint8_t out[4], uint32_t number)
{
    out[0] = (uint8_t)(number >> 24);
    out[1] = (uint8_t)(number >> 16);
    out[2] = (uint8_t)(number >> 8);
    out[3] = (uint8_t)number;
}

/* 8.1.1.1 for DES, RFC 3826 3.1.2.1 for AES. Returns the octets of the vector. */
static u_int initial_vector(const snmpeng_credential *credential, const snmpeng_peer *peer,
                            const v3_moment *moment, uint8_t vector[16])
{
    if (credential->priv == SNMPENG_PRIV_DES) {
        for (size_t i = 0; i < V3_SALT; i++) {
            vector[i] = peer->priv_key[8 + i] ^ moment->salt[i];
        }
        return 8;
    }
    v3_put_number(vector, moment->boots);
    v3_put_number(vector + 4, moment->time);
    memcpy(vector + 8, moment->salt, V3_SALT);
    return 16;
}

size_t v3_encipher(const snmpeng_credential *credential, const snmpeng_peer *peer,
                   const v3_moment *moment, const uint8_t *text, size_t length, uint8_t *out,
                   size_t capacity)
{
    uint8_t vector[16];
    uint8_t key[V3_KEY];
    size_t size = capacity;
    size_t arcs = 0;
    const oid *protocol = priv_protocol(credential->priv, &arcs);
    u_int vector_length = initial_vector(credential, peer, moment, vector);
    memcpy(key, peer->priv_key, sizeof key);
    bool good = sc_encrypt(protocol, arcs, key, priv_lengths(credential->priv), vector,
                           vector_length, text, (u_int)length, out, &size) == SNMPERR_SUCCESS;
    OPENSSL_cleanse(key, sizeof key);
    return good && size <= capacity ? size : 0;
}

size_t v3_decipher(const snmpeng_credential *credential, const snmpeng_peer *peer,
                   const v3_moment *moment, const uint8_t *text, size_t length, uint8_t *out,
                   size_t capacity)
{
    uint8_t vector[16];
    uint8_t key[V3_KEY];
    size_t size = capacity;
    size_t arcs = 0;
    if (length == 0 || (credential->priv == SNMPENG_PRIV_DES && length % 8 != 0)) {
        return 0;
    }
    const oid *protocol = priv_protocol(credential->priv, &arcs);
    u_int vector_length = initial_vector(credential, peer, moment, vector);
    memcpy(key, peer->priv_key, sizeof key);
    u_char *octets;
    memcpy(&octets, &text, sizeof octets); /* without const, but not written to */
    bool good = sc_decrypt(protocol, arcs, key, priv_lengths(credential->priv), vector,
                           vector_length, octets, (u_int)length, out, &size) == SNMPERR_SUCCESS;
    OPENSSL_cleanse(key, sizeof key);
    return good && size <= capacity ? size : 0;
}
