/* See peer.h. */
#include "peer.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/agent/turns.h"
#include "core/base/clock.h"

static void *serve(void *user)
{
    peer *p = user;
    while (!atomic_load(&p->stopping)) {
        struct pollfd listening = {.fd = p->fd, .events = POLLIN};
        if (poll(&listening, 1, 50) <= 0) {
            continue;
        }
        int client = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
        if (client >= 0) {
            atomic_fetch_add(&p->clients, 1);
            p->serve(client, p);
            (void)close(client);
        }
    }
    return NULL;
}

void peer_open(peer *p, void (*serve_one)(int client, peer *p))
{
    struct sockaddr_in place = {.sin_family = AF_INET};
    socklen_t length = sizeof(place);
    memset(p, 0, sizeof(*p));
    p->serve = serve_one;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(p->fd >= 0);
    assert_int_equal(bind(p->fd, (struct sockaddr *)&place, length), 0);
    assert_int_equal(getsockname(p->fd, (struct sockaddr *)&place, &length), 0);
    assert_int_equal(listen(p->fd, 8), 0);
    p->port = ntohs(place.sin_port);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p), 0);
}

void peer_tls(peer *p)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    assert_non_null(key);
    assert_non_null(certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    p->tls = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(p->tls, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(p->tls, key), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

void peer_close(peer *p)
{
    atomic_store(&p->stopping, true);
    (void)pthread_join(p->thread, NULL);
    (void)close(p->fd);
    SSL_CTX_free(p->tls);
}

/* ---- the work ---- */

static bool usable(const platen_work *work, const char *call)
{
    (void)call;
    return work != NULL && !atomic_load(&work->finished);
}

static bool taken(const reach *r)
{
    return atomic_load(&((const platen_work *)(const void *)r)->taken);
}

static int64_t deadline(const reach *r)
{
    return atomic_load(&((const platen_work *)(const void *)r)->deadline);
}

static void target(const platen_work *work, platen_target *t)
{
    t->address = "127.0.0.1";
    t->user = work->user;
    t->password = work->password;
}

static platen_code take_turn(reach *r, uint16_t port, platen_error *err)
{
    net_address address;
    assert_true(net_parse("127.0.0.1", &address));
    return turns_take(((platen_work *)(void *)r)->turns, &address, port, r, err);
}

static void give_turn(reach *r, uint16_t port)
{
    net_address address;
    assert_true(net_parse("127.0.0.1", &address));
    turns_give(((platen_work *)(void *)r)->turns, &address, port, r);
}

static const reach_calls calls = {usable, taken, deadline, target, take_turn, give_turn};

void peer_work(platen_work *work, struct turns *whose)
{
    memset(work, 0, sizeof(*work));
    work->reach = (reach){.calls = &calls, .driver = "test", .blocking = true};
    work->user = work->password = "";
    work->turns = whose;
    atomic_store(&work->deadline, clock_now() + 20000);
}
