/*
 * TLS of the server: the context's rules and the certificate, which may change while the server
 * runs. tls_identity has a lock of its own; handshakes on all threads take it for a moment.
 */
#ifndef PLATEN_HTTP_TLS_H
#define PLATEN_HTTP_TLS_H

#include <stdbool.h>

#include "core/base/error.h"
#include "core/http/crowd.h"

struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

typedef struct tls_identity tls_identity; /* certificate chain and key */

/* The organisation by which a client asks for the own certificate (RFC 8446 section 4.2.4). */
#define TLS_OWN "Platen"

/* `site` (may be NULL) is one file with another certificate, its chain and its key: while it is
 * there everybody sees it who does not ask for the own one. */
platen_code tls_identity_new(const char *certificate, const char *key, const char *site,
                             tls_identity **out, platen_error *err);
void tls_identity_free(tls_identity *identity);
platen_code tls_identity_reload(tls_identity *identity, platen_error *err);

/* Whether a certificate in force is good for this name or address. */
bool tls_identity_serves(tls_identity *identity, const char *name);

/* TLS 1.2 and newer, strong ciphers, the identity at each handshake, and, with `client_ca`, client
 * certificates of that CA when the client has one. A connection counts in `people` from its first
 * moment; one too many ends before the handshake. */
platen_code tls_prepare(struct ssl_ctx_st *context, tls_identity *identity, const char *client_ca,
                        crowd *people, platen_error *err);

#endif
