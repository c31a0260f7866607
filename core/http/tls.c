/*
 * TLS of the server. The identity is swapped under its mutex, which guards the three pointers;
 * each handshake takes references of its own. A connection's seat in the crowd is its own SSL's.
 */
#include "core/http/tls.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/base/file.h"

#define LOG_SOURCE "http"
#include "core/base/log.h"

/* A certificate, what leads on from it, and its key. */
typedef struct pair {
    X509 *certificate;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
} pair;

struct tls_identity {
    pthread_mutex_t lock; /* the two pairs */
    char *certificate_path;
    char *key_path;
    char *site_path; /* NULL or absent: everybody sees the own one */
    pair own;
    pair site;
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

static void pair_fini(pair *p)
{
    X509_free(p->certificate);
    EVP_PKEY_free(p->key);
    sk_X509_pop_free(p->chain, X509_free);
    *p = (pair){NULL, NULL, NULL};
}

static platen_code pair_load(pair *p, const char *certificate, const char *key, platen_error *err)
{
    p->chain = sk_X509_new_null();
    platen_code code = p->chain == NULL
                           ? error_set(err, PLATEN_E_NOMEM, "no memory for certificates")
                           : read_chain(certificate, &p->certificate, p->chain, err);
    if (code == PLATEN_OK) {
        code = read_key(key, &p->key, err);
    }
    if (code == PLATEN_OK && X509_check_private_key(p->certificate, p->key) != 1) {
        ERR_clear_error();
        code = error_set(err, PLATEN_E_CORRUPT, "certificate '%s' does not belong to key '%s'",
                         certificate, key);
    }
    return code;
}

platen_code tls_identity_reload(tls_identity *identity, platen_error *err)
{
    pair own = {NULL, NULL, NULL};
    pair site = {NULL, NULL, NULL};
    platen_code code = pair_load(&own, identity->certificate_path, identity->key_path, err);
    if (code == PLATEN_OK && identity->site_path != NULL && file_exists(identity->site_path)) {
        code = pair_load(&site, identity->site_path, identity->site_path, err);
    }
    if (code == PLATEN_OK) {
        (void)pthread_mutex_lock(&identity->lock);
        pair old_own = identity->own;
        pair old_site = identity->site;
        identity->own = own;
        identity->site = site;
        (void)pthread_mutex_unlock(&identity->lock);
        own = old_own;
        site = old_site;
    }
    pair_fini(&own);
    pair_fini(&site);
    return code;
}

/* A site's file that cannot be used must not keep the manager from starting. */
static platen_code load_first(tls_identity *identity, platen_error *err)
{
    platen_error trouble = PLATEN_ERROR_INIT;
    if (tls_identity_reload(identity, &trouble) == PLATEN_OK) {
        return PLATEN_OK;
    }
    PLATEN_TRY(pair_load(&identity->own, identity->certificate_path, identity->key_path, err));
    log_error("the imported certificate is not used, the own one is: %s", trouble.text);
    return PLATEN_OK;
}

platen_code tls_identity_new(const char *certificate, const char *key, const char *site,
                             tls_identity **out, platen_error *err)
{
    tls_identity *identity = calloc(1, sizeof(*identity));
    if (identity == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the server's certificate");
    }
    (void)pthread_mutex_init(&identity->lock, NULL);
    identity->certificate_path = strdup(certificate);
    identity->key_path = strdup(key);
    identity->site_path = site != NULL ? strdup(site) : NULL;
    platen_code code = identity->certificate_path == NULL || identity->key_path == NULL ||
                               (site != NULL && identity->site_path == NULL)
                           ? error_set(err, PLATEN_E_NOMEM, "no memory for paths")
                           : load_first(identity, err);
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
    pair_fini(&identity->own);
    pair_fini(&identity->site);
    free(identity->certificate_path);
    free(identity->key_path);
    free(identity->site_path);
    (void)pthread_mutex_destroy(&identity->lock);
    free(identity);
}

/* Does the client ask for a certificate of Platen's own CA? Agents do, for they know no other
 * (certificate_authorities, RFC 8446 section 4.2.4). */
static bool asks_for_own(SSL *ssl)
{
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        char organisation[16] = "";
        int length = X509_NAME_get_text_by_NID(sk_X509_NAME_value(names, i), NID_organizationName,
                                               organisation, sizeof(organisation));
        if (length == (int)strlen(TLS_OWN) && strcmp(organisation, TLS_OWN) == 0) {
            return true;
        }
    }
    return false;
}

/* OpenSSL's callback at each handshake. */
static int use_identity(SSL *ssl, void *user)
{
    tls_identity *identity = user;
    (void)pthread_mutex_lock(&identity->lock);
    const pair *p =
        identity->site.certificate != NULL && !asks_for_own(ssl) ? &identity->site : &identity->own;
    int done = SSL_use_cert_and_key(ssl, p->certificate, p->key, p->chain, 1);
    (void)pthread_mutex_unlock(&identity->lock);
    return done;
}

static bool serves(X509 *certificate, const char *name)
{
    bool good =
        certificate != NULL &&
        (X509_check_host(certificate, name, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1 ||
         X509_check_ip_asc(certificate, name, 0) == 1);
    ERR_clear_error();
    return good;
}

bool tls_identity_serves(tls_identity *identity, const char *name)
{
    (void)pthread_mutex_lock(&identity->lock);
    bool good = serves(identity->own.certificate, name) || serves(identity->site.certificate, name);
    (void)pthread_mutex_unlock(&identity->lock);
    return good;
}

/* ---- the crowd ---- */

typedef struct seat {
    crowd *people;
    crowd_place place;
} seat;

/* Where a connection keeps its seat, and a context its crowd. */
static int seat_index = -1;
static int crowd_index = -1;
static pthread_once_t index_once = PTHREAD_ONCE_INIT;

/* OpenSSL's, when a connection's SSL is freed. */
static void leave_seat(void *parent, void *data, CRYPTO_EX_DATA *all, int index, long number,
                       void *more)
{
    seat *s = data;
    (void)parent;
    (void)all;
    (void)index;
    (void)number;
    (void)more;
    if (s != NULL) {
        crowd_leave(s->people, &s->place);
        free(s);
    }
}

static void make_indexes(void)
{
    seat_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, leave_seat);
    crowd_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

/* Before the first byte is read: a client that says nothing has its seat too. What is one too many
 * finds its socket shut, and the handshake ends by itself. */
static void take_seat(const SSL *connection, int where, int value)
{
    SSL *ssl = (SSL *)(uintptr_t)connection; /* const in the callback's type alone */
    struct sockaddr_storage peer;
    socklen_t length = sizeof(peer);
    (void)value;
    if ((where & SSL_CB_HANDSHAKE_START) == 0 || SSL_get_ex_data(ssl, seat_index) != NULL) {
        return;
    }
    seat *s = calloc(1, sizeof(*s));
    if (s == NULL || SSL_set_ex_data(ssl, seat_index, s) != 1) {
        free(s);
        return;
    }
    s->people = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), crowd_index);
    int fd = SSL_get_fd(ssl);
    if (s->people != NULL && getpeername(fd, (struct sockaddr *)&peer, &length) == 0 &&
        !crowd_enter(s->people, (struct sockaddr *)&peer, &s->place)) {
        (void)shutdown(fd, SHUT_RDWR);
    }
}

platen_code tls_prepare(SSL_CTX *context, tls_identity *identity, const char *client_ca,
                        crowd *people, platen_error *err)
{
    static const unsigned char session_context[] = "platen";
    (void)pthread_once(&index_once, make_indexes);
    if (seat_index < 0 || crowd_index < 0 ||
        SSL_CTX_set_ex_data(context, crowd_index, people) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
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
    SSL_CTX_set_info_callback(context, take_seat);
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
