/*
 * A manager for tests of the client: answers scripted requests on a port of its own, in clear text
 * or TLS, and keeps what it was asked.
 */
#ifndef PLATEN_TEST_FAKE_SERVER_H
#define PLATEN_TEST_FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fake_answer {
    const char *method;
    const char *target; /* below /api/v1, as it is sent; ends with '*': a prefix */
    int status;
    const char *headers; /* "Name: value\r\n"..., or NULL */
    const char *type;    /* NULL: application/json */
    const char *body;
    size_t rows;   /* more than 0: that many ndjson objects {"id":"N","name":"printer N",...} */
    bool cut;      /* end the connection before the body is whole */
    bool repeated; /* may be given more than once */
} fake_answer;

typedef struct fake_server fake_server;

/* `script` ends with a NULL method and must outlive the server. Each answer is given once (unless
 * repeated), the first that fits; 599 when none does. */
fake_server *fake_server_start(const fake_answer *script, bool tls);
void fake_server_stop(fake_server *server);

const char *fake_server_url(const fake_server *server);
/* The file with the certificate that signs a TLS server's own; removed at the stop. */
const char *fake_server_ca(const fake_server *server);

/* Whether some request was "METHOD target" and, with `part`, had that text in headers or body. */
bool fake_server_asked(fake_server *server, const char *request, const char *part);
size_t fake_server_count(fake_server *server); /* requests so far */

#endif
