/*
 * What the plain HTTP port does: it sends to HTTPS, and to nobody else's. The Host header of a
 * request is believed only when it names this manager, for what it says goes into Location.
 */
#ifndef PLATEN_HTTP_REDIRECT_H
#define PLATEN_HTTP_REDIRECT_H

#include "core/http/http.h"
#include "core/http/tls.h"

typedef struct redirect_rules {
    int https_port;         /* -1: there is none */
    const char *site;       /* the name that the manager was given, or "" */
    tls_identity *identity; /* names in the certificate are the manager's */
} redirect_rules;

void redirect_answer(http_exchange *x, const redirect_rules *rules);

#endif
