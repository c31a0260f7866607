/* A device of a test: a listening socket and a thread that serves one client after the other. */
#ifndef PLATEN_TESTS_PEER_H
#define PLATEN_TESTS_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "core/agent/reach.h"

typedef struct peer {
    int fd;
    uint16_t port;
    void (*serve)(int client, struct peer *p);
    SSL_CTX *tls; /* made by peer_tls() */
    atomic_bool stopping;
    atomic_int clients;
    pthread_t thread;
} peer;

void peer_open(peer *p, void (*serve)(int client, peer *p));
void peer_tls(peer *p); /* a key and a certificate of the device's own making */
void peer_close(peer *p);

/* A work that only tcp/1 and fetch/0 look at. */
struct platen_work {
    reach reach;
    const char *user, *password;
    _Atomic int64_t deadline;
    atomic_bool taken, finished;
    struct turns *turns;
};

void peer_work(platen_work *work, struct turns *whose);

#endif
