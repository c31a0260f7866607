/* A small HTTPS client for tests and measurements: one connection, blocking, verifying. */
#ifndef PLATEN_TESTS_TLS_CLIENT_H
#define PLATEN_TESTS_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct tls_client tls_client;

typedef struct tls_client_options {
    const char *address; /* "127.0.0.1" or "::1" */
    int port;
    const char *ca;          /* PEM file; NULL: nothing is verified */
    const char *certificate; /* PEM files of the client, or NULL */
    const char *key;
    int max_version; /* TLS1_2_VERSION, ...; 0: any */
    bool plain;      /* no TLS */
} tls_client_options;

/* NULL when the connection or handshake fails. */
tls_client *tls_client_open(const tls_client_options *options);
void tls_client_close(tls_client *c);
int tls_client_fd(const tls_client *c);

bool tls_client_send(tls_client *c, const char *text);
/* Reads what is there, up to `size` - 1 bytes, NUL-terminated; 0 at the end, -1 on failure. */
int tls_client_read(tls_client *c, char *text, size_t size);

/* Sends and reads one answer with Content-Length (or without body); `text` gets all of it. Returns
 * the status, -1 on failure. */
int tls_client_ask(tls_client *c, const char *request, char *text, size_t size);

#endif
