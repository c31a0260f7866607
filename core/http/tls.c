/*
 * TLS of the server. The identity is swapped under its mutex, which guards the three pointers;
 * each handshake takes references of its own.
 */
#include "core/http/tls.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

struct tls_identity {
    pthread_mutex_t lock; /* certificate, chain, key */
    char *certificate_path;
    char *key_path;
    X509 *certificate;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
};

static platen_code openssl_error(platen_error *err, platen_code code, const char *what,
                                 const char *path)
{
    char text[160] = "";
    unsigned long number = ERR_get_error();
    if (number != 0) {
        ERR_error_string_n(number, text, sizeof(text));
    }
    ERR_clear_error();
    return error_set(err, code, "%s '%s'%s%s", what, path, text[0] != '\0' ? ": " : "", text);
}

/* The first certificate of the file is the server's, the others lead to its CA. */
static platen_code read_chain(const char *path, X509 **certificate, STACK_OF(X509) * chain,
                              platen_error *err)
{
    BIO *file = BIO_new_file(path, "r");
    if (file == NULL) {
        return openssl_error(err, PLATEN_E_IO, "cannot read certificate", path);
    }
    platen_code code = PLATEN_OK;
    *certificate = PEM_read_bio_X509(file, NULL, NULL, NULL);
    if (*certificate == NULL) {
        code = openssl_error(err, PLATEN_E_CORRUPT, "no certificate in", path);
    }
    X509 *next = NULL;
    while (code == PLATEN_OK && (next = PEM_read_bio_X509(file, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(chain, next) == 0) {
            X509_free(next);
            code = error_set(err, PLATEN_E_NOMEM, "no memory for certificate '%s'", path);
        }
    }
    ERR_clear_error(); /* the end of the file is an error to PEM */
    BIO_free(file);
    return code;
}

static platen_code read_key(const char *path, EVP_PKEY **key, platen_error *err)
{
    BIO *file = BIO_new_file(path, "r");
    if (file == NULL) {
        return openssl_error(err, PLATEN_E_IO, "cannot read key", path);
    }
    char none[1] = ""; /* never asks at a terminal */
    *key = PEM_read_bio_PrivateKey(file, NULL, NULL, none);
    BIO_free(file);
    return *key != NULL ? PLATEN_OK : openssl_error(err, PLATEN_E_CORRUPT, "no key in", path);
}

platen_code tls_identity_reload(tls_identity *identity, platen_error *err)
{
    X509 *certificate = NULL;
    EVP_PKEY *key = NULL;
    STACK_OF(X509) *chain = sk_X509_new_null();
    platen_code code = PLATEN_OK;
    if (chain == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for certificates");
    }
    code = read_chain(identity->certificate_path, &certificate, chain, err);
    if (code == PLATEN_OK) {
        code = read_key(identity->key_path, &key, err);
    }
    if (code == PLATEN_OK && X509_check_private_key(certificate, key) != 1) {
        ERR_clear_error();
        code = error_set(err, PLATEN_E_CORRUPT, "certificate '%s' does not belong to key '%s'",
                         identity->certificate_path, identity->key_path);
    }
    if (code == PLATEN_OK) {
        (void)pthread_mutex_lock(&identity->lock);
        X509 *old_certificate = identity->certificate;
        EVP_PKEY *old_key = identity->key;
        STACK_OF(X509) *old_chain = identity->chain;
        identity->certificate = certificate;
        identity->key = key;
        identity->chain = chain;
        (void)pthread_mutex_unlock(&identity->lock);
        certificate = old_certificate;
        key = old_key;
        chain = old_chain;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    return code;
}

platen_code tls_identity_new(const char *certificate, const char *key, tls_identity **out,
                             platen_error *err)
{
    tls_identity *identity = calloc(1, sizeof(*identity));
    if (identity == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the server's certificate");
    }
    (void)pthread_mutex_init(&identity->lock, NULL);
    identity->certificate_path = strdup(certificate);
    identity->key_path = strdup(key);
    platen_code code = identity->certificate_path == NULL || identity->key_path == NULL
                           ? error_set(err, PLATEN_E_NOMEM, "no memory for paths")
                           : tls_identity_reload(identity, err);
    if (code != PLATEN_OK) {
        tls_identity_free(identity);
        return code;
    }
    *out = identity;
    return PLATEN_OK;
}

void tls_identity_free(tls_identity *identity)
{
    if (identity == NULL) {
        return;
    }
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
    sk_X509_pop_free(identity->chain, X509_free);
    free(identity->certificate_path);
    free(identity->key_path);
    (void)pthread_mutex_destroy(&identity->lock);
    free(identity);
}

/* OpenSSL's callback at each handshake. */
static int use_identity(SSL *ssl, void *user)
{
    tls_identity *identity = user;
    (void)pthread_mutex_lock(&identity->lock);
    int done = SSL_use_cert_and_key(ssl, identity->certificate, identity->key, identity->chain, 1);
    (void)pthread_mutex_unlock(&identity->lock);
    return done;
}

platen_code tls_prepare(SSL_CTX *context, tls_identity *identity, const char *client_ca,
                        platen_error *err)
{
    static const unsigned char session_context[] = "platen";
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL") != 1 ||
        SSL_CTX_set_session_id_context(context, session_context, sizeof(session_context) - 1) !=
            1) {
        ERR_clear_error();
        return error_set(err, PLATEN_E_INTERNAL, "OpenSSL does not take the server's TLS rules");
    }
    (void)SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* An idle connection gives its 34 KiB of buffers back. */
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    /* Tickets suffice; a server-side cache of sessions is memory for nothing. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_cert_cb(context, use_identity, identity);
    if (client_ca == NULL) {
        return PLATEN_OK;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(client_ca);
    if (names == NULL || SSL_CTX_load_verify_locations(context, client_ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return openssl_error(err, PLATEN_E_IO, "cannot read the CA of client certificates",
                             client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL); /* when there is one, it must be good */
    SSL_CTX_set_verify_depth(context, 2);
    return PLATEN_OK;
}
