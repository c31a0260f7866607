/* Keys are made here and never leave the host; the manager only sees the request. */
#include "core/link/agent_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/base/text.h"

#define PEM_LIMIT 65536

platen_code agent_keys_init(agent_keys *keys, const char *folder, platen_error *err)
{
    PLATEN_TRY(file_join(keys->key, folder, "agent.key", err));
    PLATEN_TRY(file_join(keys->certificate, folder, "agent.crt", err));
    PLATEN_TRY(file_join(keys->ca, folder, "ca.pem", err));
    PLATEN_TRY(file_join(keys->activation, folder, "activation-key", err));
    return file_join(keys->activated, folder, "activated", err);
}

bool agent_keys_complete(const agent_keys *keys)
{
    return file_exists(keys->key) && file_exists(keys->certificate) && file_exists(keys->ca);
}

static bool digest_hex(const void *data, size_t length, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(data, length, digest, &size, EVP_sha256(), NULL) != 1 || size != 32) {
        return false;
    }
    text_hex(hex, digest, size);
    return true;
}

static bool was_used(const agent_keys *keys, const char *activation)
{
    char hex[65];
    char *stored = NULL;
    size_t length = 0;
    if (!agent_keys_complete(keys) || !digest_hex(activation, strlen(activation), hex) ||
        file_read(keys->activated, 256, &stored, &length, NULL) != PLATEN_OK) {
        return false;
    }
    bool used = strncmp(stored, hex, 64) == 0;
    free(stored);
    return used;
}

static bool usable(const agent_keys *keys, const char *given, char text[AGENT_ACTIVATION_KEY])
{
    (void)snprintf(text, AGENT_ACTIVATION_KEY, "%s", given);
    const char *trimmed = text_trim(text);
    memmove(text, trimmed, strlen(trimmed) + 1);
    return text[0] != '\0' && !was_used(keys, text);
}

bool agent_keys_activation(const agent_keys *keys, const char *configured,
                           char text[AGENT_ACTIVATION_KEY])
{
    char *stored = NULL;
    size_t length = 0;
    bool found = false;
    if (file_read(keys->activation, AGENT_ACTIVATION_KEY - 1, &stored, &length, NULL) ==
        PLATEN_OK) {
        found = usable(keys, stored, text);
        explicit_bzero(stored, length);
        free(stored);
    }
    return found || usable(keys, configured, text);
}

bool agent_keys_pin(const char *activation, char fingerprint[65])
{
    const char *dot = strrchr(activation, '.');
    if (strncmp(activation, "plk_", 4) != 0 || dot == NULL || strlen(dot + 1) != 64 ||
        strspn(dot + 1, "0123456789abcdef") != 64) {
        return false;
    }
    memcpy(fingerprint, dot + 1, 65);
    return true;
}

bool agent_keys_fingerprint(const X509 *certificate, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1 || size != 32) {
        return false;
    }
    text_hex(hex, digest, size);
    return true;
}

/* ---- making ---- */

static char *text_of(BIO *bio)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    return length > 0 ? strndup(data, (size_t)length) : NULL;
}

static X509_REQ *make_request(EVP_PKEY *key)
{
    static const unsigned char name[] = "platen-agent";
    X509_REQ *request = X509_REQ_new();
    X509_NAME *subject = X509_NAME_new();
    bool good = request != NULL && subject != NULL && X509_REQ_set_version(request, 0) == 1 &&
                X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name, -1, -1, 0) == 1 &&
                X509_REQ_set_subject_name(request, subject) == 1 &&
                X509_REQ_set_pubkey(request, key) == 1 &&
                X509_REQ_sign(request, key, EVP_sha256()) > 0;
    X509_NAME_free(subject);
    if (!good) {
        X509_REQ_free(request);
        return NULL;
    }
    return request;
}

platen_code agent_keys_make(char **key_pem, char **csr_pem, platen_error *err)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_REQ *request = key != NULL ? make_request(key) : NULL;
    BIO *key_bio = BIO_new(BIO_s_secmem());
    BIO *request_bio = BIO_new(BIO_s_mem());
    char *key_text = NULL;
    char *request_text = NULL;
    if (request != NULL && key_bio != NULL && request_bio != NULL &&
        PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) == 1 &&
        PEM_write_bio_X509_REQ(request_bio, request) == 1) {
        key_text = text_of(key_bio);
        request_text = text_of(request_bio);
    }
    BIO_free(key_bio);
    BIO_free(request_bio);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    if (key_text == NULL || request_text == NULL) {
        free(key_text);
        free(request_text);
        return error_set(err, PLATEN_E_INTERNAL, "cannot make a key for the agent");
    }
    *key_pem = key_text;
    *csr_pem = request_text;
    return PLATEN_OK;
}

/* ---- storing ---- */

static X509 *read_certificate(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)strnlen(pem, PEM_LIMIT));
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return certificate;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, (int)strnlen(pem, PEM_LIMIT));
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

static platen_code check(const char *activation, const char *key_pem, const char *certificate_pem,
                         const char *ca_pem, platen_error *err)
{
    char pin[65] = "";
    char fingerprint[65] = "";
    X509 *certificate = read_certificate(certificate_pem);
    X509 *ca = read_certificate(ca_pem);
    EVP_PKEY *key = read_key(key_pem);
    EVP_PKEY *ca_key = ca != NULL ? X509_get0_pubkey(ca) : NULL;
    platen_code rc = PLATEN_OK;
    if (certificate == NULL || ca == NULL || key == NULL || ca_key == NULL) {
        rc = error_set(err, PLATEN_E_MALFORMED, "the manager gave no certificate");
    } else if (!agent_keys_pin(activation, pin) || !agent_keys_fingerprint(ca, fingerprint) ||
               strcmp(pin, fingerprint) != 0) {
        rc = error_set(err, PLATEN_E_FORBIDDEN,
                       "the manager's CA has fingerprint %s, the activation key names %s",
                       fingerprint, pin);
    } else if (X509_verify(certificate, ca_key) != 1 ||
               X509_check_private_key(certificate, key) != 1) {
        rc = error_set(err, PLATEN_E_FORBIDDEN,
                       "the certificate is not of the manager's CA or not for this agent's key");
    }
    X509_free(certificate);
    X509_free(ca);
    EVP_PKEY_free(key);
    return rc;
}

static platen_code write_text(const char *path, const char *text, platen_error *err)
{
    return file_write(path, text, strlen(text), 0600, err);
}

platen_code agent_keys_store(const agent_keys *keys, const char *activation, const char *key_pem,
                             const char *certificate_pem, const char *ca_pem, platen_error *err)
{
    char hex[65];
    PLATEN_TRY(check(activation, key_pem, certificate_pem, ca_pem, err));
    if (!digest_hex(activation, strlen(activation), hex)) {
        return error_set(err, PLATEN_E_INTERNAL, "cannot hash the activation key");
    }
    PLATEN_TRY(write_text(keys->key, key_pem, err));
    PLATEN_TRY(write_text(keys->ca, ca_pem, err));
    PLATEN_TRY(write_text(keys->certificate, certificate_pem, err));
    PLATEN_TRY(write_text(keys->activated, hex, err));
    (void)unlink(keys->activation);
    return PLATEN_OK;
}
