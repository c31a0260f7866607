/* See certs_site.h. */
#include "core/http/certs_site.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/http/certs.h"

#define STRENGTH 112 /* bits: RSA 2048, EC 224; signatures with SHA-1 have less */
#define PEM_LIMIT ((size_t)256 * 1024)
#define CHAIN_LIMIT 16

static platen_code invalid(platen_error *err, const char *what)
{
    ERR_clear_error();
    return error_set(err, PLATEN_E_INVAL, "%s", what);
}

/* ---- telling ---- */

static void name_text(const X509_NAME *name, char out[CERTS_NAME])
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    out[0] = '\0';
    if (memory != NULL && X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253) >= 0) {
        long length = BIO_get_mem_data(memory, &text);
        (void)snprintf(out, CERTS_NAME, "%.*s", (int)length, text != NULL ? text : "");
    }
    BIO_free(memory);
    ERR_clear_error();
}

static void append_address(strbuf *out, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    int length = ASN1_STRING_length(address);
    if (length == 4 || length == 16) {
        (void)inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text,
                        sizeof(text));
        strbuf_appendf(out, "%s%s", out->length > 0 ? " " : "", text);
    }
}

static bool is_plain(const unsigned char *text, int length)
{
    for (int i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] > '~') {
            return false;
        }
    }
    return length > 0;
}

static void names_text(const X509 *certificate, strbuf *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = 0;
        const void *value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
        const ASN1_STRING *text = value;
        if (type == GEN_IPADD) {
            append_address(out, value);
        } else if (type == GEN_DNS &&
                   is_plain(ASN1_STRING_get0_data(text), ASN1_STRING_length(text))) {
            strbuf_appendf(out, "%s%.*s", out->length > 0 ? " " : "", ASN1_STRING_length(text),
                           (const char *)ASN1_STRING_get0_data(text));
        }
    }
    GENERAL_NAMES_free(names);
    ERR_clear_error();
}

static int64_t time_ms(const ASN1_TIME *time)
{
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) * 1000 : 0;
}

static void describe(X509 *certificate, certs_info *info)
{
    unsigned char *der = NULL;
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    const char *kind = key != NULL ? EVP_PKEY_get0_type_name(key) : NULL;
    int length = i2d_X509(certificate, &der);
    name_text(X509_get_subject_name(certificate), info->subject);
    name_text(X509_get_issuer_name(certificate), info->issuer);
    names_text(certificate, &info->names);
    (void)snprintf(info->key, sizeof(info->key), "%.16s %d", kind != NULL ? kind : "unknown",
                   key != NULL ? EVP_PKEY_get_bits(key) : 0);
    info->not_before = time_ms(X509_get0_notBefore(certificate));
    info->not_after = time_ms(X509_get0_notAfter(certificate));
    if (length > 0) {
        certs_fingerprint(der, (size_t)length, info->fingerprint);
    }
    OPENSSL_free(der);
}

void certs_info_fini(certs_info *info)
{
    strbuf_fini(&info->names);
}

static X509 *parse_certificate(const char *pem)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    X509 *certificate = memory != NULL ? PEM_read_bio_X509(memory, NULL, NULL, NULL) : NULL;
    BIO_free(memory);
    ERR_clear_error();
    return certificate;
}

platen_code certs_info_load(const char *data_dir, certs_info *info, platen_error *err)
{
    certs_files files;
    char *text = NULL;
    size_t length = 0;
    memset(info, 0, sizeof(*info));
    strbuf_init(&info->names);
    PLATEN_TRY(certs_paths(data_dir, &files, err));
    info->imported = file_exists(files.site);
    const char *path = info->imported ? files.site : files.certificate;
    PLATEN_TRY(file_read(path, PEM_LIMIT, &text, &length, err));
    X509 *certificate = parse_certificate(text);
    OPENSSL_cleanse(text, length);
    free(text);
    if (certificate == NULL) {
        return error_set(err, PLATEN_E_CORRUPT, "'%s' holds no certificate", path);
    }
    describe(certificate, info);
    X509_free(certificate);
    return info->names.failed ? error_set(err, PLATEN_E_NOMEM, "no memory") : PLATEN_OK;
}

/* ---- looking at what is brought ---- */

typedef struct site {
    X509 *certificate;
    EVP_PKEY *key;
    STACK_OF(X509) * given;  /* the chain in the order that it came in */
    STACK_OF(X509) * sorted; /* each signs the one before */
} site;

static void site_fini(site *s)
{
    X509_free(s->certificate);
    EVP_PKEY_free(s->key);
    sk_X509_pop_free(s->given, X509_free);
    sk_X509_free(s->sorted); /* borrows */
}

/* All certificates of a PEM text behind the first `skip`. */
static platen_code read_chain(site *s, const char *pem, int skip, platen_error *err)
{
    BIO *memory = BIO_new_mem_buf(pem, -1);
    platen_code rc = memory != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory");
    X509 *next = NULL;
    int found = 0;
    while (rc == PLATEN_OK && (next = PEM_read_bio_X509(memory, NULL, NULL, NULL)) != NULL) {
        if (found++ < skip) {
            X509_free(next);
        } else if (sk_X509_num(s->given) == CHAIN_LIMIT || sk_X509_push(s->given, next) == 0) {
            X509_free(next);
            rc = invalid(err, "the chain has more than 16 certificates");
        }
    }
    if (rc == PLATEN_OK && found == 0) {
        rc = invalid(err, "there is no certificate in the chain's file");
    }
    ERR_clear_error();
    BIO_free(memory);
    return rc;
}

/* An encrypted key is never asked for its password. */
static int no_password(char *out, int size, int writing, void *user)
{
    (void)out;
    (void)size;
    (void)writing;
    *(bool *)user = true;
    return -1;
}

static platen_code read_key(site *s, const char *pem, platen_error *err)
{
    bool encrypted = false;
    BIO *memory = BIO_new_mem_buf(pem, -1);
    s->key = memory != NULL ? PEM_read_bio_PrivateKey(memory, NULL, no_password, &encrypted) : NULL;
    BIO_free(memory);
    if (s->key == NULL) {
        return invalid(err, encrypted ? "the key is encrypted: decrypt it first (openssl pkey -in "
                                        "KEY -out PLAIN), it is kept in a file of mode 0600"
                                      : "there is no private key in PEM form in the key's file");
    }
    return PLATEN_OK;
}

static platen_code check_strength(const site *s, platen_error *err)
{
    int bits = 0;
    if (EVP_PKEY_get_security_bits(s->key) < STRENGTH) {
        return error_set(err, PLATEN_E_INVAL,
                         "the key has %d bits of strength, %d are needed (RSA 2048, EC P-256)",
                         EVP_PKEY_get_security_bits(s->key), STRENGTH);
    }
    if (X509_get_signature_info(s->certificate, NULL, NULL, &bits, NULL) == 1 && bits < STRENGTH &&
        !EVP_PKEY_is_a(s->key, "ED25519")) {
        return error_set(err, PLATEN_E_INVAL,
                         "the certificate's signature has %d bits of strength, %d are needed: it "
                         "is of an old kind such as SHA-1",
                         bits, STRENGTH);
    }
    return PLATEN_OK;
}

static platen_code check_dates(const site *s, platen_error *err)
{
    char text[CLOCK_TEXT];
    int64_t begins = time_ms(X509_get0_notBefore(s->certificate));
    int64_t ends = time_ms(X509_get0_notAfter(s->certificate));
    if (ends <= clock_now()) {
        return error_set(err, PLATEN_E_INVAL, "the certificate has ended at %s",
                         clock_format(ends, text));
    }
    return begins <= clock_now()
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INVAL, "the certificate is valid from %s on, not yet",
                           clock_format(begins, text));
}

static platen_code check_names(const site *s, const char *name, platen_error *err)
{
    strbuf names;
    strbuf_init(&names);
    names_text(s->certificate, &names);
    platen_code rc = PLATEN_OK;
    if (names.length == 0) {
        rc = invalid(err, "the certificate has no names (subjectAltName): browsers refuse it");
    } else if (name[0] != '\0' && X509_check_host(s->certificate, name, 0, 0, NULL) != 1 &&
               X509_check_ip_asc(s->certificate, name, 0) != 1) {
        rc = error_set(err, PLATEN_E_INVAL,
                       "the certificate is for %.300s and not for '%.100s', which is "
                       "http.site_address",
                       names.data, name);
    }
    ERR_clear_error();
    strbuf_fini(&names);
    return rc;
}

static platen_code check_use(const site *s, platen_error *err)
{
    if (X509_check_private_key(s->certificate, s->key) != 1) {
        return invalid(err, "the key is not the one of the certificate");
    }
    if (X509_check_ca(s->certificate) == 1 &&
        X509_check_purpose(s->certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
        return invalid(err, "the certificate is one of a CA: the server's comes first");
    }
    if (X509_check_purpose(s->certificate, X509_PURPOSE_SSL_SERVER, 0) != 1) {
        return invalid(err, "the certificate is not for servers (extendedKeyUsage serverAuth)");
    }
    return PLATEN_OK;
}

static X509 *issuer_of(const site *s, X509 *certificate)
{
    for (int i = 0; i < sk_X509_num(s->given); i++) {
        X509 *candidate = sk_X509_value(s->given, i);
        if (candidate != certificate && X509_check_issued(candidate, certificate) == X509_V_OK &&
            X509_verify(certificate, X509_get0_pubkey(candidate)) == 1) {
            return candidate;
        }
    }
    return NULL;
}

static platen_code sort_chain(site *s, platen_error *err)
{
    char stranger[CERTS_NAME];
    X509 *last = s->certificate;
    for (X509 *next = issuer_of(s, last);
         next != NULL && sk_X509_num(s->sorted) < sk_X509_num(s->given);
         next = issuer_of(s, last)) {
        if (sk_X509_push(s->sorted, next) == 0) {
            return error_set(err, PLATEN_E_NOMEM, "no memory");
        }
        last = next;
    }
    ERR_clear_error();
    for (int i = 0; i < sk_X509_num(s->given); i++) {
        X509 *one = sk_X509_value(s->given, i);
        if (sk_X509_find(s->sorted, one) < 0 && X509_cmp(one, s->certificate) != 0) {
            name_text(X509_get_subject_name(one), stranger);
            return error_set(err, PLATEN_E_INVAL,
                             "'%.200s' in the chain signs neither the certificate nor what leads "
                             "on from it",
                             stranger);
        }
        if (X509_cmp_current_time(X509_get0_notAfter(one)) <= 0) {
            name_text(X509_get_subject_name(one), stranger);
            return error_set(err, PLATEN_E_INVAL, "'%.200s' in the chain has ended", stranger);
        }
    }
    return PLATEN_OK;
}

static platen_code look_at(site *s, const char *certificate, const char *key, const char *chain,
                           const char *name, platen_error *err)
{
    s->certificate = parse_certificate(certificate);
    if (s->certificate == NULL) {
        return invalid(err, "there is no certificate in PEM form in the certificate's file");
    }
    PLATEN_TRY(read_key(s, key, err));
    PLATEN_TRY(check_use(s, err));
    PLATEN_TRY(check_strength(s, err));
    PLATEN_TRY(check_dates(s, err));
    PLATEN_TRY(check_names(s, name, err));
    PLATEN_TRY(read_chain(s, certificate, 1, err));
    if (chain != NULL) {
        PLATEN_TRY(read_chain(s, chain, 0, err));
    }
    return sort_chain(s, err);
}

/* ---- putting it in force ---- */

static platen_code write_site(const site *s, const char *path, platen_error *err)
{
    BIO *memory = BIO_new(BIO_s_secmem());
    char *text = NULL;
    bool done = memory != NULL && PEM_write_bio_X509(memory, s->certificate) == 1;
    for (int i = 0; done && i < sk_X509_num(s->sorted); i++) {
        done = PEM_write_bio_X509(memory, sk_X509_value(s->sorted, i)) == 1;
    }
    done = done && PEM_write_bio_PrivateKey(memory, s->key, NULL, NULL, 0, NULL, NULL) == 1;
    long length = done ? BIO_get_mem_data(memory, &text) : 0;
    platen_code rc = done ? file_write(path, text, (size_t)length, 0600, err)
                          : error_set(err, PLATEN_E_NOMEM, "cannot write the certificate");
    ERR_clear_error();
    BIO_free(memory);
    return rc;
}

platen_code certs_site_import(const char *data_dir, const char *certificate, const char *key,
                              const char *chain, const char *name, platen_error *err)
{
    certs_files files;
    char folder[FILE_PATH];
    site s = {.given = sk_X509_new_null(), .sorted = sk_X509_new_null()};
    platen_code rc = s.given == NULL || s.sorted == NULL
                         ? error_set(err, PLATEN_E_NOMEM, "no memory")
                         : look_at(&s, certificate, key, chain, name, err);
    if (rc == PLATEN_OK) {
        rc = certs_paths(data_dir, &files, err);
    }
    if (rc == PLATEN_OK) {
        rc = file_join(folder, data_dir, "certs", err);
    }
    if (rc == PLATEN_OK) {
        rc = file_make_dir(folder, 0700, err);
    }
    if (rc == PLATEN_OK) {
        rc = write_site(&s, files.site, err);
    }
    site_fini(&s);
    return rc;
}

static platen_code remove_file(const char *path, platen_error *err)
{
    return unlink(path) == 0 || errno == ENOENT
               ? PLATEN_OK
               : error_sys(err, PLATEN_E_IO, errno, "cannot remove '%s'", path);
}

platen_code certs_site_drop(const char *data_dir, const char *const *names, platen_error *err)
{
    certs_files files;
    strbuf text;
    PLATEN_TRY(certs_paths(data_dir, &files, err));
    strbuf_init(&text);
    for (; *names != NULL; names++) {
        strbuf_appendf(&text, "%s\n", *names);
    }
    platen_code rc = certs_names_check(text.data, err);
    if (rc == PLATEN_OK) {
        rc = text.length > 0 ? file_write(files.names, text.data, text.length, 0600, err)
                             : remove_file(files.names, err);
    }
    strbuf_fini(&text);
    return rc == PLATEN_OK ? remove_file(files.site, err) : rc;
}
