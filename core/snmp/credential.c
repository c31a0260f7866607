/* Credentials: checked once, counted, wiped at the end. Any thread. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "core/snmp/v3.h"

#define PASSWORD_MIN 8u
#define PASSWORD_MAX 1024u
#define COMMUNITY_MAX 255u

static atomic_uint_fast64_t next_serial = 1;

static platen_code check_password(const char *password, const char *field, platen_error *err)
{
    size_t length = password == NULL ? 0 : strlen(password);
    if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
        return error_set(err, PLATEN_E_INVAL, "%s has %zu characters, %u to %u are possible", field,
                         length, PASSWORD_MIN, PASSWORD_MAX);
    }
    return PLATEN_OK;
}

static platen_code check_kinds(const snmpeng_credential_spec *spec, platen_error *err)
{
    if (spec->auth == SNMPENG_AUTH_SHA224) {
        /* DEV-07 */
        return error_set(err, PLATEN_E_INVAL,
                         "auth: SHA-2 with a hash length of 224 bit is not supported, "
                         "256, 384 and 512 bit are");
    }
    if ((unsigned)spec->auth > SNMPENG_AUTH_SHA512) {
        return error_set(err, PLATEN_E_INVAL, "auth: unknown kind %u", (unsigned)spec->auth);
    }
    if ((unsigned)spec->priv > SNMPENG_PRIV_AES256C) {
        return error_set(err, PLATEN_E_INVAL, "priv: unknown kind %u", (unsigned)spec->priv);
    }
    if (spec->priv != SNMPENG_PRIV_NONE && spec->auth == SNMPENG_AUTH_NONE) {
        return error_set(err, PLATEN_E_INVAL, "priv: encryption needs authentication");
    }
    return PLATEN_OK;
}

static platen_code fill_user(snmpeng_credential *c, const snmpeng_credential_spec *spec,
                             platen_error *err)
{
    size_t length = spec->user == NULL ? 0 : strlen(spec->user);
    if (length == 0 || length > V3_NAME) {
        return error_set(err, PLATEN_E_INVAL, "user has %zu characters, 1 to %u are possible",
                         length, V3_NAME);
    }
    memcpy(c->user, spec->user, length);
    c->user_length = (uint8_t)length;
    length = spec->context == NULL ? 0 : strlen(spec->context);
    if (length > V3_CONTEXT) {
        return error_set(err, PLATEN_E_INVAL, "context has %zu characters, at most %u are possible",
                         length, V3_CONTEXT);
    }
    if (length > 0) {
        memcpy(c->context, spec->context, length);
    }
    c->context_length = (uint8_t)length;
    return PLATEN_OK;
}

static platen_code fill_v3(snmpeng_credential *c, const snmpeng_credential_spec *spec,
                           platen_error *err)
{
    PLATEN_TRY(check_kinds(spec, err));
    PLATEN_TRY(fill_user(c, spec, err));
    c->auth = spec->auth;
    c->priv = spec->priv;
    if (c->auth != SNMPENG_AUTH_NONE) {
        PLATEN_TRY(check_password(spec->auth_password, "auth_password", err));
        if (!v3_password_key(c->auth, spec->auth_password, c->auth_key, &c->key_length)) {
            return error_set(err, PLATEN_E_UNSUPPORTED,
                             "auth: the installed library cannot make keys of kind %u",
                             (unsigned)c->auth);
        }
    }
    if (c->priv != SNMPENG_PRIV_NONE) {
        uint32_t length;
        PLATEN_TRY(check_password(spec->priv_password, "priv_password", err));
        if (!v3_password_key(c->auth, spec->priv_password, c->priv_key, &length)) {
            return error_set(err, PLATEN_E_UNSUPPORTED,
                             "priv: the installed library cannot make keys of kind %u",
                             (unsigned)c->auth);
        }
    }
    return PLATEN_OK;
}

static platen_code fill_community(snmpeng_credential *c, const snmpeng_credential_spec *spec,
                                  platen_error *err)
{
    size_t length = spec->community == NULL ? 0 : strlen(spec->community);
    if (length == 0 || length > COMMUNITY_MAX) {
        return error_set(err, PLATEN_E_INVAL, "community has %zu characters, 1 to %u are possible",
                         length, COMMUNITY_MAX);
    }
    size_t size = wire_header_size(length) + length;
    c->community = malloc(size);
    if (c->community == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a credential");
    }
    wire_writer writer = {.at = c->community, .left = size};
    wire_put_octets(&writer, PLATEN_SNMP_OCTETS, spec->community, length);
    c->community_length = (uint32_t)size;
    return PLATEN_OK;
}

static void credential_free(snmpeng_credential *c)
{
    if (c->community != NULL) {
        OPENSSL_cleanse(c->community, c->community_length);
        free(c->community);
    }
    OPENSSL_cleanse(c, sizeof *c);
    free(c);
}

platen_code snmpeng_credential_new(const snmpeng_credential_spec *spec, snmpeng_credential **out,
                                   platen_error *err)
{
    snmpeng_credential *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a credential");
    }
    atomic_init(&c->references, 1);
    c->serial = atomic_fetch_add_explicit(&next_serial, 1, memory_order_relaxed);
    c->v3 = spec->v3;
    platen_code code = spec->v3 ? fill_v3(c, spec, err) : fill_community(c, spec, err);
    if (code != PLATEN_OK) {
        credential_free(c);
        return code;
    }
    *out = c;
    return PLATEN_OK;
}

snmpeng_credential *snmpeng_credential_ref(snmpeng_credential *c)
{
    atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void snmpeng_credential_unref(snmpeng_credential *c)
{
    if (c != NULL && atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) == 1) {
        credential_free(c);
    }
}

void snmpeng_peer_free(snmpeng_peer *peer)
{
    if (peer != NULL) {
        OPENSSL_cleanse(peer, sizeof *peer);
        free(peer);
    }
}
