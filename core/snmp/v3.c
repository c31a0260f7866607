/* See v3.h. Numbers of sections are RFC 3414's unless said otherwise. */
#include "core/snmp/v3.h"

#include <string.h>

#include <openssl/crypto.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "core/snmp/v3_crypto.h"

#define FLAG_AUTH 1u
#define FLAG_PRIV 2u
#define FLAG_REPORTABLE 4u
#define SECURITY_MODEL_USM 3
#define TIME_WINDOW 150 /* s, 2.2.3 */

/* Taking apart */

static bool security_read(const wire_tlv *parameters, v3_message *message)
{
    wire_reader outer = {parameters->value, parameters->value + parameters->length};
    wire_reader inner;
    return wire_enter(&outer, WIRE_SEQUENCE, &inner) &&
           wire_expect(&inner, ASN_OCTET_STR, &message->engine_id) &&
           wire_integer(&inner, &message->boots) && wire_integer(&inner, &message->time) &&
           wire_expect(&inner, ASN_OCTET_STR, &message->user) &&
           wire_expect(&inner, ASN_OCTET_STR, &message->auth) &&
           wire_expect(&inner, ASN_OCTET_STR, &message->priv) && message->boots >= 0 &&
           message->boots <= INT32_MAX && message->time >= 0 && message->time <= INT32_MAX;
}

bool v3_read(wire_reader *rest, v3_message *message)
{
    wire_reader global;
    wire_tlv flags;
    wire_tlv parameters;
    int64_t size;
    int64_t model;
    if (!wire_enter(rest, WIRE_SEQUENCE, &global) || !wire_integer(&global, &message->id) ||
        !wire_integer(&global, &size) || !wire_expect(&global, ASN_OCTET_STR, &flags) ||
        flags.length != 1 || !wire_integer(&global, &model) || model != SECURITY_MODEL_USM ||
        !wire_expect(rest, ASN_OCTET_STR, &parameters)) {
        return false;
    }
    message->flags = flags.value[0] & (FLAG_AUTH | FLAG_PRIV);
    message->body = *rest;
    return message->flags != FLAG_PRIV && security_read(&parameters, message);
}

static bool scoped_read(wire_reader *body, wire_pdu *pdu)
{
    wire_reader scoped;
    wire_tlv engine_id;
    wire_tlv context;
    return wire_enter(body, WIRE_SEQUENCE, &scoped) &&
           wire_expect(&scoped, ASN_OCTET_STR, &engine_id) &&
           wire_expect(&scoped, ASN_OCTET_STR, &context) && wire_pdu_read(&scoped, pdu);
}

static bool decipher(const snmpeng_credential *credential, const snmpeng_peer *peer,
                     const v3_message *message, uint8_t *plain, wire_reader *body)
{
    wire_tlv cipher;
    wire_reader in = message->body;
    v3_moment moment = {(uint32_t)message->boots, (uint32_t)message->time, message->priv.value};
    if (message->priv.length != V3_SALT || !wire_expect(&in, ASN_OCTET_STR, &cipher)) {
        return false;
    }
    size_t size =
        v3_decipher(credential, peer, &moment, cipher.value, cipher.length, plain, WIRE_PACKET);
    body->at = plain;
    body->end = plain + size;
    return size > 0;
}

/* The digest is computed with its own field zeroed; the field is put back. */
static bool authentic(const snmpeng_credential *credential, const snmpeng_peer *peer,
                      const v3_message *message, uint8_t *packet, size_t length)
{
    uint8_t sent[V3_KEY];
    uint8_t computed[V3_KEY];
    uint32_t size = v3_digest_size(credential->auth);
    if (peer->keyed != credential->serial || message->auth.length != size) {
        return false;
    }
    uint8_t *field = packet + (message->auth.value - packet);
    memcpy(sent, field, size);
    memset(field, 0, size);
    bool good = v3_digest(credential, peer, packet, length, computed) &&
                CRYPTO_memcmp(sent, computed, size) == 0;
    memcpy(field, sent, size);
    return good;
}

static bool of_peer(const snmpeng_peer *peer, const v3_message *message)
{
    return message->engine_id.length == peer->engine_id_length &&
           memcmp(message->engine_id.value, peer->engine_id, peer->engine_id_length) == 0;
}

static void set_time(snmpeng_peer *peer, const v3_message *message, int64_t now, bool synced)
{
    peer->boots = (uint32_t)message->boots;
    peer->time = (uint32_t)message->time;
    peer->at = now;
    peer->synced = synced;
}

static int64_t time_of(const snmpeng_peer *peer, int64_t now)
{
    return (int64_t)peer->time + (now - peer->at) / 1000;
}

/* 3.2 7b: newer tells us the time, too old is a replay. */
static bool timely(snmpeng_peer *peer, const v3_message *message, int64_t now)
{
    int64_t boots = peer->boots;
    if (!peer->synced || message->boots > boots ||
        (message->boots == boots && message->time > peer->time)) {
        set_time(peer, message, now, true);
        return true;
    }
    return message->boots == boots && message->time + TIME_WINDOW >= time_of(peer, now);
}

/* Reports */

typedef enum report {
    REPORT_UNKNOWN_ENGINE,
    REPORT_TIME,
    REPORT_LEVEL,
    REPORT_USER,
    REPORT_DIGEST,
    REPORT_DECRYPTION,
    REPORT_CONTEXT,
    REPORT_OTHER,
} report;

static report report_of(const wire_pdu *pdu)
{
    /* The last arc but the instance's 0 tells the counters of one group apart. */
    static const uint32_t usm[] = {1, 3, 6, 1, 6, 3, 15, 1, 1};
    static const uint32_t targets[] = {1, 3, 6, 1, 6, 3, 12, 1};
    uint32_t arcs[WIRE_ARCS];
    uint32_t count;
    if (pdu->count == 0 || !wire_oid(&pdu->binds[0].name, arcs, &count)) {
        return REPORT_OTHER;
    }
    if (count >= 10 && memcmp(arcs, usm, sizeof usm) == 0) {
        switch (arcs[9]) {
        case 1:
            return REPORT_LEVEL;
        case 2:
            return REPORT_TIME;
        case 3:
            return REPORT_USER;
        case 4:
            return REPORT_UNKNOWN_ENGINE;
        case 5:
            return REPORT_DIGEST;
        case 6:
            return REPORT_DECRYPTION;
        default:
            return REPORT_OTHER;
        }
    }
    if (count >= 9 && memcmp(arcs, targets, sizeof targets) == 0 &&
        (arcs[8] == 4 || arcs[8] == 5)) {
        return REPORT_CONTEXT;
    }
    return REPORT_OTHER;
}

static v3_verdict discovered(snmpeng_peer *peer, const v3_message *message, int64_t now)
{
    if (message->engine_id.length == 0 || message->engine_id.length > V3_ENGINE_ID) {
        return V3_DROP;
    }
    if (!of_peer(peer, message)) {
        memcpy(peer->engine_id, message->engine_id.value, message->engine_id.length);
        peer->engine_id_length = message->engine_id.length;
        peer->keyed = 0;
        /* Nobody vouches for these, but they spare a round: a wrong guess is answered by an
         * authenticated report. */
        set_time(peer, message, now, false);
    }
    return V3_DISCOVERED;
}

/* Time is only taken from an authenticated report, unless what we have is a guess itself. */
static v3_verdict report_verdict(const snmpeng_credential *credential, snmpeng_peer *peer,
                                 const v3_message *message, const wire_pdu *pdu, int64_t now,
                                 const char **why)
{
    bool secure = (message->flags & FLAG_AUTH) != 0;
    switch (report_of(pdu)) {
    case REPORT_UNKNOWN_ENGINE:
        return discovered(peer, message, now);
    case REPORT_TIME:
        if (!of_peer(peer, message) || (!secure && peer->synced)) {
            return V3_DROP;
        }
        set_time(peer, message, now, secure);
        *why = "the device reports notInTimeWindow";
        return V3_RESYNCED;
    case REPORT_LEVEL:
        *why = "the device reports unsupportedSecLevel: the user may not use this security level";
        return V3_REFUSED;
    case REPORT_USER:
        *why = "the device reports unknownUserName";
        return V3_REFUSED;
    case REPORT_DIGEST:
        *why = "the device reports wrongDigest: authentication password or kind is wrong";
        return V3_REFUSED;
    case REPORT_DECRYPTION:
        *why = "the device reports decryptionError: encryption password or kind is wrong";
        return V3_REFUSED;
    case REPORT_CONTEXT:
        *why = "the device reports unknownContext: it has no context of that name";
        return secure || credential->auth == SNMPENG_AUTH_NONE ? V3_REFUSED : V3_DROP;
    case REPORT_OTHER:
    default:
        *why = "the device answers with a report of another kind";
        return secure || credential->auth == SNMPENG_AUTH_NONE ? V3_FAILED : V3_DROP;
    }
}

static uint8_t level_of(const snmpeng_credential *credential)
{
    return (uint8_t)((credential->auth != SNMPENG_AUTH_NONE ? FLAG_AUTH : 0) |
                     (credential->priv != SNMPENG_PRIV_NONE ? FLAG_PRIV : 0));
}

v3_verdict v3_open(const snmpeng_credential *credential, snmpeng_peer *peer, v3_message *message,
                   uint8_t *packet, size_t length, uint8_t *plain, int64_t now, wire_pdu *pdu,
                   const char **why)
{
    uint8_t level = level_of(credential);
    if ((message->flags & ~level) != 0) {
        return V3_DROP;
    }
    if ((message->flags & FLAG_AUTH) != 0 &&
        (!of_peer(peer, message) || !authentic(credential, peer, message, packet, length))) {
        return V3_DROP;
    }
    wire_reader body = message->body;
    if ((message->flags & FLAG_PRIV) != 0 && !decipher(credential, peer, message, plain, &body)) {
        return V3_DROP;
    }
    if (!scoped_read(&body, pdu)) {
        return V3_DROP;
    }
    if (pdu->tag == WIRE_REPORT) {
        return report_verdict(credential, peer, message, pdu, now, why);
    }
    if (message->flags != level || !of_peer(peer, message) ||
        message->user.length != credential->user_length ||
        memcmp(message->user.value, credential->user, credential->user_length) != 0) {
        return V3_DROP;
    }
    if (level != 0 && !timely(peer, message, now)) {
        return V3_DROP;
    }
    return V3_GOOD;
}

/* Putting together */

static size_t octets_size(size_t length)
{
    return wire_header_size(length) + length;
}

typedef struct envelope {
    const uint8_t *engine_id;
    uint32_t engine_id_length;
    uint32_t boots;
    uint32_t time;
    const char *user;
    uint32_t user_length;
    uint32_t digest;
    uint32_t salt_length;
    const uint8_t *salt;
    uint8_t flags;
} envelope;

/* Everything before the scoped PDU of `body` octets; gives the place of the digest. */
static void put_head(wire_writer *writer, uint32_t id, const envelope *e, size_t body,
                     uint8_t **digest)
{
    static const uint8_t zeros[V3_KEY];
    size_t security = octets_size(e->engine_id_length) + wire_integer_size(e->boots) +
                      wire_integer_size(e->time) + octets_size(e->user_length) +
                      octets_size(e->digest) + octets_size(e->salt_length);
    size_t global = 6 + wire_integer_size(V3_MAX_SIZE) + 3 + 3;
    size_t sum = 3 + octets_size(global) + octets_size(octets_size(security)) + body;
    uint8_t number[4];
    v3_put_number(number, id);
    wire_put_header(writer, WIRE_SEQUENCE, sum);
    wire_put_integer(writer, SNMP_VERSION_3);
    wire_put_header(writer, WIRE_SEQUENCE, global);
    wire_put_octets(writer, ASN_INTEGER, number, sizeof number);
    wire_put_integer(writer, V3_MAX_SIZE);
    wire_put_octets(writer, ASN_OCTET_STR, &e->flags, 1);
    wire_put_integer(writer, SECURITY_MODEL_USM);
    wire_put_header(writer, ASN_OCTET_STR, octets_size(security));
    wire_put_header(writer, WIRE_SEQUENCE, security);
    wire_put_octets(writer, ASN_OCTET_STR, e->engine_id, e->engine_id_length);
    wire_put_integer(writer, e->boots);
    wire_put_integer(writer, e->time);
    wire_put_octets(writer, ASN_OCTET_STR, e->user, e->user_length);
    wire_put_header(writer, ASN_OCTET_STR, e->digest);
    *digest = writer->at;
    wire_put_raw(writer, zeros, e->digest);
    wire_put_octets(writer, ASN_OCTET_STR, e->salt, e->salt_length);
}

static void put_scoped(wire_writer *writer, const snmpeng_credential *credential,
                       const snmpeng_peer *peer, const uint8_t *pdu, size_t length)
{
    size_t context = credential == NULL ? 0 : credential->context_length;
    size_t engine = peer == NULL ? 0 : peer->engine_id_length;
    wire_put_header(writer, WIRE_SEQUENCE, octets_size(engine) + octets_size(context) + length);
    wire_put_octets(writer, ASN_OCTET_STR, engine == 0 ? NULL : peer->engine_id, engine);
    wire_put_octets(writer, ASN_OCTET_STR, context == 0 ? NULL : credential->context, context);
    wire_put_raw(writer, pdu, length);
}

#define SCOPED_MAX 4096u

static void make_salt(const snmpeng_credential *credential, const envelope *e, uint64_t number,
                      uint8_t salt[V3_SALT])
{
    v3_put_number(salt, (uint32_t)(number >> 32));
    v3_put_number(salt + 4, (uint32_t)number);
    if (credential->priv == SNMPENG_PRIV_DES) { /* 8.1.1.1: boots, then a local number */
        v3_put_number(salt, e->boots);
    }
}

size_t v3_write(const snmpeng_credential *credential, const snmpeng_peer *peer, uint32_t id,
                const uint8_t *pdu, size_t pdu_length, uint64_t salt, int64_t now, uint8_t *out,
                size_t capacity)
{
    uint8_t scoped[SCOPED_MAX];
    uint8_t cipher[SCOPED_MAX + 8];
    uint8_t salt_octets[V3_SALT];
    bool secret = credential->priv != SNMPENG_PRIV_NONE;
    bool signs = credential->auth != SNMPENG_AUTH_NONE;
    envelope e = {
        .engine_id = peer->engine_id,
        .engine_id_length = peer->engine_id_length,
        .boots = signs ? peer->boots : 0,
        .time = signs ? (uint32_t)(time_of(peer, now) & INT32_MAX) : 0,
        .user = credential->user,
        .user_length = credential->user_length,
        .digest = signs ? v3_digest_size(credential->auth) : 0,
        .salt_length = secret ? V3_SALT : 0,
        .salt = salt_octets,
        .flags = (uint8_t)(level_of(credential) | FLAG_REPORTABLE),
    };
    wire_writer inner = {.at = scoped, .left = sizeof scoped};
    put_scoped(&inner, credential, peer, pdu, pdu_length);
    size_t scoped_length = (size_t)(inner.at - scoped);
    size_t cipher_length = 0;
    if (inner.failed) {
        return 0;
    }
    if (secret) {
        make_salt(credential, &e, salt, salt_octets);
        v3_moment moment = {e.boots, e.time, salt_octets};
        cipher_length =
            v3_encipher(credential, peer, &moment, scoped, scoped_length, cipher, sizeof cipher);
        if (cipher_length == 0) {
            return 0;
        }
    }
    wire_writer writer = {.at = out, .left = capacity};
    uint8_t *digest;
    put_head(&writer, id, &e, secret ? octets_size(cipher_length) : scoped_length, &digest);
    if (secret) {
        wire_put_octets(&writer, ASN_OCTET_STR, cipher, cipher_length);
    } else {
        wire_put_raw(&writer, scoped, scoped_length);
    }
    size_t length = (size_t)(writer.at - out);
    if (writer.failed) {
        return 0;
    }
    uint8_t computed[V3_KEY];
    if (signs) {
        if (!v3_digest(credential, peer, out, length, computed)) {
            return 0;
        }
        memcpy(digest, computed, e.digest);
    }
    return length;
}

size_t v3_write_discovery(uint32_t id, uint8_t *out, size_t capacity)
{
    uint8_t pdu[32];
    uint8_t scoped[64];
    wire_writer writer = {.at = pdu, .left = sizeof pdu};
    wire_put_pdu(&writer, WIRE_GET, id, 0, 0, NULL, 0);
    wire_writer inner = {.at = scoped, .left = sizeof scoped};
    put_scoped(&inner, NULL, NULL, pdu, (size_t)(writer.at - pdu));
    size_t length = (size_t)(inner.at - scoped);
    envelope e = {.flags = FLAG_REPORTABLE};
    uint8_t *digest;
    writer = (wire_writer){.at = out, .left = capacity};
    put_head(&writer, id, &e, length, &digest);
    wire_put_raw(&writer, scoped, length);
    return writer.failed || inner.failed ? 0 : (size_t)(writer.at - out);
}
