/* Whose certificates are good, and saying what is wrong with one (SYS-70, ACC-22). */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/base/file.h"
#include "core/base/net.h"
#include "core/base/text.h"
#include "core/directory/session.h"

/* Where systems keep the CAs that they trust, in one file. */
static const char *const system_cas[] = {"/etc/ssl/certs/ca-certificates.crt",
                                         "/etc/pki/tls/certs/ca-bundle.crt",
                                         "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"};

static const char *system_file(void)
{
    for (size_t i = 0; i < sizeof(system_cas) / sizeof(system_cas[0]); i++) {
        if (file_exists(system_cas[i])) {
            return system_cas[i];
        }
    }
    return NULL;
}

/* libldap reads CAs from files only: the configured ones go into one that is nowhere on a disk. */
static int memory_file(const char *pem)
{
    size_t length = strlen(pem);
    int fd = memfd_create("platen-ca", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, pem, length) != (ssize_t)length) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool set_tls(LDAP *ld, const char *cas, bool verify)
{
    const int demand = verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    const int protocol = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    const int client = 0;
    /* What ldap.conf or the environment may say does not count here. */
    return ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTDIR, NULL) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, NULL) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE, NULL) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, cas) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &protocol) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) == LDAP_OPT_SUCCESS;
}

/* Adds the certificates of a PEM text to `to` (may be NULL); how many there are. */
static size_t read_certificates(const char *pem, X509_STORE *to)
{
    size_t count = 0;
    X509 *one = NULL;
    BIO *in = BIO_new_mem_buf(pem, -1);
    while (in != NULL && (one = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        count += to == NULL || X509_STORE_add_cert(to, one) == 1 ? 1 : 0;
        X509_free(one);
    }
    BIO_free(in);
    ERR_clear_error(); /* the end of the text is one */
    return count;
}

platen_code directory_check_ca(const char *pem, platen_error *err)
{
    return pem[0] == '\0' || read_certificates(pem, NULL) > 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_INVAL, "there is no certificate in PEM form");
}

platen_code trust_prepare(LDAP *ld, const directory_config *c, bool verify, platen_error *err)
{
    char path[64];
    const char *cas = c->ca[0] == '\0' ? system_file() : path;
    int fd = -1;
    if (directory_check_ca(c->ca, err) != PLATEN_OK) {
        return error_note(err, PLATEN_E_STATE, "the authorities for the directory");
    }
    if (c->ca[0] != '\0') {
        fd = memory_file(c->ca);
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    bool good = cas != NULL && (cas != path || fd >= 0) && set_tls(ld, cas, verify);
    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? PLATEN_OK
                : error_set(err, PLATEN_E_STATE,
                            "the certificates of authorities for the directory cannot be read");
}

/* ---- what is wrong ---- */

static bool is_for(X509 *x, const char *host)
{
    net_address address;
    return net_parse(host, &address) ? X509_check_ip_asc(x, host, 0) == 1
                                     : X509_check_host(x, host, 0, 0, NULL) == 1;
}

static void print_name(const X509_NAME *name, char *text, size_t size)
{
    strbuf clean;
    BIO *out = BIO_new(BIO_s_mem());
    char *data = NULL;
    strbuf_init(&clean);
    if (out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253) >= 0) {
        long length = BIO_get_mem_data(out, &data);
        text_from_device(&clean, data, length > 0 ? (size_t)length : 0);
    }
    (void)snprintf(text, size, "%s", clean.data);
    strbuf_fini(&clean);
    BIO_free(out);
}

/* OpenSSL's words for why `x` is not trusted, NULL when it finds nothing wrong. */
static const char *find_fault(X509 *x, const char *pem)
{
    const char *fault = NULL;
    X509_STORE *trusted = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    if (trusted != NULL && check != NULL) {
        if (pem[0] != '\0') {
            (void)read_certificates(pem, trusted);
        } else if (system_file() != NULL) {
            (void)X509_STORE_load_file(trusted, system_file());
        }
        if (X509_STORE_CTX_init(check, trusted, x, NULL) == 1 && X509_verify_cert(check) != 1) {
            fault = X509_verify_cert_error_string(X509_STORE_CTX_get_error(check));
        }
    }
    X509_STORE_CTX_free(check);
    X509_STORE_free(trusted);
    ERR_clear_error();
    return fault;
}

static bool explain(X509 *x, const directory_config *c, const char *host, char *text, size_t size)
{
    char subject[80];
    char issuer[80];
    const char *fault = find_fault(x, c->ca);
    print_name(X509_get_subject_name(x), subject, sizeof(subject));
    print_name(X509_get_issuer_name(x), issuer, sizeof(issuer));
    if (fault != NULL) {
        (void)snprintf(text, size, "%s, signed by %s: %.80s", subject, issuer, fault);
    } else if (!is_for(x, host)) {
        (void)snprintf(text, size, "%s is not for %.80s", subject, host);
    } else if (strcasecmp(host, "localhost") == 0) { /* libldap looks for another name then */
        (void)snprintf(text, size, "a server on this host is checked by the host's own name only");
    } else {
        return false;
    }
    return true;
}

void trust_explain(LDAP *ld, const directory_config *c, const char *host, const char *where,
                   platen_error *err)
{
    char text[280];
    struct berval der = {0, NULL};
    if (ldap_get_option(ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS ||
        der.bv_val == NULL) {
        return;
    }
    const unsigned char *at = (const unsigned char *)der.bv_val;
    X509 *x = d2i_X509(NULL, &at, (long)der.bv_len);
    ldap_memfree(der.bv_val);
    if (x != NULL && explain(x, c, host, text, sizeof(text))) {
        (void)error_set(err, PLATEN_E_UNREACHABLE, "the certificate of %.100s is refused: %s",
                        where, text);
    }
    X509_free(x);
}
