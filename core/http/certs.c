/*
 * The manager's certificate authority. Everything is read from and written to files each time:
 * certificates are issued a few times a day at most. No state, no lock.
 */
#include "core/http/certs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/log.h"
#include "core/base/text.h"

#define LOG_SOURCE "certs"
#define DAY 86400L
#define CA_DAYS 3650L
#define SERVER_DAYS 397L /* browsers refuse server certificates that live longer */
#define AGENT_DAYS 730L
#define RENEW_DAYS 30
#define PEM_LIMIT 65536u
#define CSR_LIMIT 16384u
#define AGENT_PREFIX "agent:"
#define NAMES_MAX 64u

typedef struct issue {
    X509 *issuer; /* NULL: self-signed */
    EVP_PKEY *issuer_key;
    EVP_PKEY *key; /* of the subject */
    const char *common_name;
    long days;
    const char *basic;    /* basicConstraints */
    const char *usage;    /* keyUsage */
    const char *extended; /* extendedKeyUsage or NULL */
    GENERAL_NAMES *names; /* subjectAltName or NULL */
} issue;

static platen_code failed(platen_error *err, platen_code code, const char *what)
{
    char text[160] = "";
    unsigned long number = ERR_get_error();
    if (number != 0) {
        ERR_error_string_n(number, text, sizeof(text));
    }
    ERR_clear_error();
    return error_set(err, code, "%s%s%s", what, text[0] != '\0' ? ": " : "", text);
}

/* ---- reading and writing ---- */

platen_code certs_paths(const char *data_dir, certs_files *files, platen_error *err)
{
    char folder[FILE_PATH];
    PLATEN_TRY(file_join(folder, data_dir, "certs", err));
    PLATEN_TRY(file_join(files->ca, folder, "ca.pem", err));
    PLATEN_TRY(file_join(files->ca_key, folder, "ca.key", err));
    PLATEN_TRY(file_join(files->certificate, folder, "server.pem", err));
    PLATEN_TRY(file_join(files->names, folder, "names", err));
    PLATEN_TRY(file_join(files->site, folder, "site.pem", err));
    return file_join(files->key, folder, "server.key", err);
}

static platen_code read_certificate(const char *path, X509 **out, platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, PEM_LIMIT, &text, &length, err));
    BIO *memory = BIO_new_mem_buf(text, (int)length);
    *out = memory != NULL ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
    BIO_free(memory);
    free(text);
    if (*out == NULL) {
        ERR_clear_error();
        return error_set(err, PLATEN_E_CORRUPT, "'%s' holds no certificate", path);
    }
    return PLATEN_OK;
}

static platen_code read_key(const char *path, EVP_PKEY **out, platen_error *err)
{
    char none[1] = "";
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, PEM_LIMIT, &text, &length, err));
    BIO *memory = BIO_new_mem_buf(text, (int)length);
    *out = memory != NULL ? PEM_read_bio_PrivateKey(memory, NULL, NULL, none) : NULL;
    BIO_free(memory);
    OPENSSL_cleanse(text, length);
    free(text);
    if (*out == NULL) {
        ERR_clear_error();
        return error_set(err, PLATEN_E_CORRUPT, "'%s' holds no key", path);
    }
    return PLATEN_OK;
}

static platen_code write_memory(const char *path, BIO *memory, mode_t mode, platen_error *err)
{
    char *text = NULL;
    long length = BIO_get_mem_data(memory, &text);
    return file_write(path, text, (size_t)length, mode, err);
}

static platen_code write_key(const char *path, const EVP_PKEY *key, platen_error *err)
{
    BIO *memory = BIO_new(BIO_s_secmem());
    platen_code code = PLATEN_OK;
    if (memory == NULL || PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1) {
        code = failed(err, PLATEN_E_INTERNAL, "cannot write a key");
    } else {
        code = write_memory(path, memory, 0600, err);
    }
    BIO_free(memory);
    return code;
}

/* `second` (may be NULL) follows the first: the chain. */
static platen_code write_certificates(const char *path, X509 *first, X509 *second,
                                      platen_error *err)
{
    BIO *memory = BIO_new(BIO_s_mem());
    platen_code code = PLATEN_OK;
    if (memory == NULL || PEM_write_bio_X509(memory, first) != 1 ||
        (second != NULL && PEM_write_bio_X509(memory, second) != 1)) {
        code = failed(err, PLATEN_E_INTERNAL, "cannot write a certificate");
    } else {
        code = write_memory(path, memory, 0644, err);
    }
    BIO_free(memory);
    return code;
}

/* ---- issuing ---- */

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
    bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

static bool set_serial(X509 *certificate)
{
    unsigned char bytes[16];
    BIGNUM *number = NULL;
    bool done = false;
    if (RAND_bytes(bytes, sizeof(bytes)) == 1) {
        bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); /* positive, never zero */
        number = BN_bin2bn(bytes, sizeof(bytes), NULL);
        done = number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    }
    BN_free(number);
    return done;
}

static bool fill(X509 *certificate, const issue *with)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509 *issuer = with->issuer != NULL ? with->issuer : certificate;
    X509V3_CTX context;
    if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
        /* a day back: clocks of agents and devices are not always right */
        X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY) == NULL ||
        X509_gmtime_adj(X509_getm_notAfter(certificate), with->days * DAY) == NULL ||
        X509_set_pubkey(certificate, with->key) != 1 ||
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const unsigned char *)"Platen", -1,
                                   -1, 0) != 1 ||
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                   (const unsigned char *)with->common_name, -1, -1, 0) != 1 ||
        X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) != 1) {
        return false;
    }
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    return add_extension(certificate, &context, NID_basic_constraints, with->basic) &&
           add_extension(certificate, &context, NID_key_usage, with->usage) &&
           add_extension(certificate, &context, NID_subject_key_identifier, "hash") &&
           (with->issuer == NULL ||
            add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always")) &&
           (with->extended == NULL ||
            add_extension(certificate, &context, NID_ext_key_usage, with->extended)) &&
           (with->names == NULL ||
            X509_add1_ext_i2d(certificate, NID_subject_alt_name, with->names, 0, 0) == 1);
}

static platen_code issue_certificate(const issue *with, X509 **out, platen_error *err)
{
    X509 *certificate = X509_new();
    EVP_PKEY *signer = with->issuer != NULL ? with->issuer_key : with->key;
    if (certificate == NULL || !fill(certificate, with) ||
        X509_sign(certificate, signer, EVP_sha256()) == 0) {
        X509_free(certificate);
        return failed(err, PLATEN_E_INTERNAL, "cannot issue a certificate");
    }
    *out = certificate;
    return PLATEN_OK;
}

/* ---- the authority ---- */

static platen_code make_authority(const certs_files *files, platen_error *err)
{
    unsigned char number[4];
    char name[64] = "Platen CA ";
    X509 *certificate = NULL;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    platen_code code = PLATEN_OK;
    if (key == NULL || RAND_bytes(number, sizeof(number)) != 1) {
        code = failed(err, PLATEN_E_INTERNAL, "cannot make the key of the CA");
    } else {
        /* Two installations must not look alike in a browser's list. */
        text_hex(name + strlen(name), number, sizeof(number));
        issue with = {.key = key,
                      .common_name = name,
                      .days = CA_DAYS,
                      .basic = "critical,CA:TRUE,pathlen:0",
                      .usage = "critical,keyCertSign,cRLSign"};
        code = issue_certificate(&with, &certificate, err);
    }
    if (code == PLATEN_OK) { /* the key first: a certificate without key would be kept */
        code = write_key(files->ca_key, key, err);
    }
    if (code == PLATEN_OK) {
        code = write_certificates(files->ca, certificate, NULL, err);
    }
    if (code == PLATEN_OK) {
        log_notice("made certificate authority '%s' file=%s", name, files->ca);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return code;
}

typedef struct authority {
    X509 *certificate;
    EVP_PKEY *key;
} authority;

static void authority_fini(authority *ca)
{
    X509_free(ca->certificate);
    EVP_PKEY_free(ca->key);
}

static platen_code authority_load(const certs_files *files, authority *ca, platen_error *err)
{
    PLATEN_TRY(read_certificate(files->ca, &ca->certificate, err));
    platen_code code = read_key(files->ca_key, &ca->key, err);
    if (code == PLATEN_OK && X509_check_private_key(ca->certificate, ca->key) != 1) {
        ERR_clear_error();
        code = error_set(err, PLATEN_E_CORRUPT, "CA '%s' does not belong to key '%s'", files->ca,
                         files->ca_key);
    }
    if (code != PLATEN_OK) {
        authority_fini(ca);
        *ca = (authority){0};
    }
    return code;
}

/* ---- the server certificate ---- */

static bool valid_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 254 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               length;
}

static bool push_name(GENERAL_NAMES *names, const char *name)
{
    unsigned char bytes[16];
    size_t length = inet_pton(AF_INET, name, bytes) == 1    ? 4
                    : inet_pton(AF_INET6, name, bytes) == 1 ? 16
                                                            : 0;
    GENERAL_NAME *entry = GENERAL_NAME_new();
    ASN1_STRING *value = ASN1_STRING_type_new(length > 0 ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    bool done = entry != NULL && value != NULL &&
                ASN1_STRING_set(value, length > 0 ? (const void *)bytes : name,
                                length > 0 ? (int)length : -1) == 1;
    if (done) {
        GENERAL_NAME_set0_value(entry, length > 0 ? GEN_IPADD : GEN_DNS, value);
        value = NULL;
        done = sk_GENERAL_NAME_push(names, entry) > 0;
    }
    ASN1_STRING_free(value);
    if (!done) {
        GENERAL_NAME_free(entry);
    }
    return done;
}

typedef struct name_list {
    const char *all[NAMES_MAX];
    size_t count;
} name_list;

static platen_code add_name(name_list *list, const char *name, platen_error *err)
{
    unsigned char bytes[16];
    if (!valid_name(name) && inet_pton(AF_INET6, name, bytes) != 1) {
        return error_set(err, PLATEN_E_INVAL, "'%.100s' is no host name or address", name);
    }
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal_fold(list->all[i], name)) {
            return PLATEN_OK;
        }
    }
    if (list->count == NAMES_MAX) {
        return error_set(err, PLATEN_E_INVAL, "a certificate gets %u names at most", NAMES_MAX);
    }
    list->all[list->count++] = name;
    return PLATEN_OK;
}

/* Cuts the lines in place; the list borrows them. */
static platen_code add_lines(name_list *list, char *lines, platen_error *err)
{
    while (*lines != '\0') {
        char *end = lines + strcspn(lines, "\r\n");
        bool more = *end != '\0';
        *end = '\0';
        if (end > lines) {
            PLATEN_TRY(add_name(list, lines, err));
        }
        lines = more ? end + 1 : end;
    }
    return PLATEN_OK;
}

platen_code certs_names_check(const char *lines, platen_error *err)
{
    name_list list = {.count = 0};
    char *copy = strdup(lines);
    platen_code code = copy != NULL ? add_lines(&list, copy, err)
                                    : error_set(err, PLATEN_E_NOMEM, "no memory for names");
    free(copy);
    return code;
}

static platen_code make_names(const name_list *list, GENERAL_NAMES **out, platen_error *err)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    for (size_t i = 0; names != NULL && i < list->count; i++) {
        if (!push_name(names, list->all[i])) {
            GENERAL_NAMES_free(names);
            names = NULL;
        }
    }
    if (names == NULL) {
        return failed(err, PLATEN_E_NOMEM, "no memory for the certificate's names");
    }
    *out = names;
    return PLATEN_OK;
}

/* In a fixed order and each once, so that two sets can be compared by their DER. */
static platen_code collect_names(const certs_files *files, const char *const *extra,
                                 GENERAL_NAMES **out, platen_error *err)
{
    char host[256] = "";
    char *lines = NULL;
    size_t length = 0;
    name_list list = {{"localhost", "127.0.0.1", "::1"}, 3};
    platen_code code = PLATEN_OK;
    if (gethostname(host, sizeof(host) - 1) == 0 && valid_name(host)) {
        (void)add_name(&list, host, NULL);
    }
    for (; code == PLATEN_OK && extra != NULL && *extra != NULL; extra++) {
        code = add_name(&list, *extra, err);
    }
    if (code == PLATEN_OK && file_exists(files->names)) {
        code = file_read(files->names, PEM_LIMIT, &lines, &length, err);
    }
    if (code == PLATEN_OK && lines != NULL) {
        code = add_lines(&list, lines, err);
        if (code != PLATEN_OK) {
            error_note(err, code, "'%s'", files->names);
        }
    }
    if (code == PLATEN_OK) {
        code = make_names(&list, out, err);
    }
    free(lines);
    return code;
}

static bool same_names(const X509 *certificate, GENERAL_NAMES *wanted)
{
    unsigned char *a = NULL;
    unsigned char *b = NULL;
    GENERAL_NAMES *has = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int a_length = has != NULL ? i2d_GENERAL_NAMES(has, &a) : -1;
    int b_length = i2d_GENERAL_NAMES(wanted, &b);
    bool same = a_length > 0 && a_length == b_length && memcmp(a, b, (size_t)a_length) == 0;
    OPENSSL_free(a);
    OPENSSL_free(b);
    GENERAL_NAMES_free(has);
    return same;
}

/* Why the certificate that lies there cannot stay, NULL when it can. */
static const char *why_renew(const certs_files *files, const authority *ca, GENERAL_NAMES *names)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    const char *why = NULL;
    time_t soon = time(NULL) + RENEW_DAYS * DAY;
    if (!file_exists(files->certificate) || !file_exists(files->key)) {
        why = "there is none";
    } else if (read_certificate(files->certificate, &certificate, NULL) != PLATEN_OK ||
               read_key(files->key, &key, NULL) != PLATEN_OK ||
               X509_check_private_key(certificate, key) != 1) {
        why = "certificate and key do not fit";
    } else if (X509_verify(certificate, X509_get0_pubkey(ca->certificate)) != 1) {
        why = "it is not of this CA";
    } else if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) < 0) {
        why = "it ends soon";
    } else if (!same_names(certificate, names)) {
        why = "the names have changed";
    }
    ERR_clear_error();
    X509_free(certificate);
    EVP_PKEY_free(key);
    return why;
}

static platen_code make_server(const certs_files *files, const authority *ca, GENERAL_NAMES *names,
                               platen_error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    platen_code code = PLATEN_OK;
    if (key == NULL) {
        return failed(err, PLATEN_E_INTERNAL, "cannot make the server's key");
    }
    issue with = {.issuer = ca->certificate,
                  .issuer_key = ca->key,
                  .key = key,
                  .common_name = "Platen manager",
                  .days = SERVER_DAYS,
                  .basic = "critical,CA:FALSE",
                  .usage = "critical,digitalSignature",
                  .extended = "serverAuth",
                  .names = names};
    code = issue_certificate(&with, &certificate, err);
    if (code == PLATEN_OK) {
        code = write_key(files->key, key, err);
    }
    if (code == PLATEN_OK) {
        code = write_certificates(files->certificate, certificate, ca->certificate, err);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return code;
}

platen_code certs_prepare(const char *data_dir, const char *const *names, certs_files *files,
                          bool *renewed, platen_error *err)
{
    char folder[FILE_PATH];
    authority ca = {0};
    GENERAL_NAMES *wanted = NULL;
    PLATEN_TRY(certs_paths(data_dir, files, err));
    PLATEN_TRY(file_join(folder, data_dir, "certs", err));
    PLATEN_TRY(file_make_dir(folder, 0700, err));
    /* A key without its certificate is what a kill in the middle leaves; a certificate without its
     * key is a loss that only a person can judge: agents trust that CA. */
    if (!file_exists(files->ca)) {
        PLATEN_TRY(make_authority(files, err));
    }
    PLATEN_TRY(authority_load(files, &ca, err));
    platen_code code = collect_names(files, names, &wanted, err);
    const char *why = code == PLATEN_OK ? why_renew(files, &ca, wanted) : NULL;
    if (why != NULL) {
        code = make_server(files, &ca, wanted, err);
        if (code == PLATEN_OK) {
            log_notice("made a server certificate: %s", why);
        }
    }
    if (code == PLATEN_OK && renewed != NULL) {
        *renewed = why != NULL;
    }
    GENERAL_NAMES_free(wanted);
    authority_fini(&ca);
    return code;
}

/* ---- agents ---- */

/* The request's key, when the request is signed with it and the key is of a kind we take. */
static platen_code read_request(const char *pem, EVP_PKEY **key, platen_error *err)
{
    size_t length = strlen(pem);
    if (length > CSR_LIMIT) {
        return error_set(err, PLATEN_E_TOO_LARGE, "certificate request of %zu bytes", length);
    }
    BIO *memory = BIO_new_mem_buf(pem, (int)length);
    X509_REQ *request = memory != NULL ? PEM_read_bio_X509_REQ(memory, NULL, NULL, NULL) : NULL;
    EVP_PKEY *found = request != NULL ? X509_REQ_get_pubkey(request) : NULL;
    platen_code code = PLATEN_OK;
    if (found == NULL) {
        code = error_set(err, PLATEN_E_INVAL, "the certificate request does not parse");
    } else if (EVP_PKEY_get_security_bits(found) < 112) {
        code =
            error_set(err, PLATEN_E_INVAL,
                      "the key of the certificate request has %d bits of strength, 112 are needed",
                      EVP_PKEY_get_security_bits(found));
    } else if (X509_REQ_verify(request, found) != 1) {
        code = error_set(err, PLATEN_E_INVAL, "the certificate request is not signed by its key");
    }
    ERR_clear_error();
    X509_REQ_free(request);
    BIO_free(memory);
    if (code != PLATEN_OK) {
        EVP_PKEY_free(found);
        return code;
    }
    *key = found;
    return PLATEN_OK;
}

platen_code certs_sign_agent(const char *data_dir, const char *csr_pem, const char *agent_id,
                             strbuf *out_pem, platen_error *err)
{
    char name[64];
    certs_files files;
    authority ca = {0};
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    size_t length = strlen(agent_id);
    if (length == 0 || length + sizeof(AGENT_PREFIX) > sizeof(name) || !valid_name(agent_id)) {
        return error_set(err, PLATEN_E_INVAL, "'%.40s' is no agent id", agent_id);
    }
    memcpy(name, AGENT_PREFIX, sizeof(AGENT_PREFIX) - 1);
    memcpy(name + sizeof(AGENT_PREFIX) - 1, agent_id, length + 1);
    PLATEN_TRY(certs_paths(data_dir, &files, err));
    PLATEN_TRY(authority_load(&files, &ca, err));
    platen_code code = read_request(csr_pem, &key, err);
    if (code == PLATEN_OK) {
        issue with = {.issuer = ca.certificate,
                      .issuer_key = ca.key,
                      .key = key,
                      .common_name = name,
                      .days = AGENT_DAYS,
                      .basic = "critical,CA:FALSE",
                      .usage = "critical,digitalSignature",
                      .extended = "clientAuth"};
        code = issue_certificate(&with, &certificate, err);
    }
    if (code == PLATEN_OK) {
        char *text = NULL;
        BIO *memory = BIO_new(BIO_s_mem());
        if (memory == NULL || PEM_write_bio_X509(memory, certificate) != 1) {
            code = failed(err, PLATEN_E_NOMEM, "cannot write the agent's certificate");
        } else {
            long size = BIO_get_mem_data(memory, &text);
            strbuf_append_n(out_pem, text, (size_t)size);
        }
        BIO_free(memory);
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    authority_fini(&ca);
    return code;
}

void certs_fingerprint(const void *der, size_t length, char hex[65])
{
    unsigned char digest[32] = {0};
    (void)EVP_Digest(der, length, digest, NULL, EVP_sha256(), NULL);
    text_hex(hex, digest, sizeof(digest));
}

platen_code certs_ca_fingerprint(const char *data_dir, char hex[65], platen_error *err)
{
    certs_files files;
    X509 *certificate = NULL;
    unsigned char *der = NULL;
    PLATEN_TRY(certs_paths(data_dir, &files, err));
    PLATEN_TRY(read_certificate(files.ca, &certificate, err));
    int length = i2d_X509(certificate, &der);
    X509_free(certificate);
    if (length <= 0) {
        return failed(err, PLATEN_E_NOMEM, "cannot encode the CA certificate");
    }
    certs_fingerprint(der, (size_t)length, hex);
    OPENSSL_free(der);
    return PLATEN_OK;
}

bool certs_agent_of(const void *der, size_t length, char *id, size_t capacity)
{
    const unsigned char *at = der;
    char name[64] = "";
    X509 *certificate = d2i_X509(NULL, &at, (long)length);
    if (certificate == NULL) {
        ERR_clear_error();
        return false;
    }
    int got = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name,
                                        sizeof(name));
    X509_free(certificate);
    size_t prefix = sizeof(AGENT_PREFIX) - 1;
    if (got <= (int)prefix || strncmp(name, AGENT_PREFIX, prefix) != 0 ||
        strlen(name) != (size_t)got || strlen(name + prefix) >= capacity) {
        return false;
    }
    memcpy(id, name + prefix, strlen(name + prefix) + 1);
    return true;
}

platen_code certs_pem_fingerprint(const char *pem, char hex[65], platen_error *err)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    unsigned char *der = NULL;
    int length = certificate != NULL ? i2d_X509(certificate, &der) : -1;
    if (length > 0) {
        certs_fingerprint(der, (size_t)length, hex);
    }
    OPENSSL_free(der);
    X509_free(certificate);
    BIO_free(bio);
    return length > 0 ? PLATEN_OK : error_set(err, PLATEN_E_CORRUPT, "no certificate in PEM form");
}
