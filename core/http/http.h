/*
 * The HTTP server: civetweb behind a small door. HTTPS with optional client certificates, an HTTP
 * port that only redirects (or serves, where that is wanted), IPv4 and IPv6, a thread a connection.
 * What a request means is the handler's business (core/rest); it sees an http_exchange and nothing
 * of civetweb.
 *
 * The handler runs on one of the server's threads, many at a time; an exchange belongs to its
 * thread and ends with the handler's return.
 */
#ifndef PLATEN_HTTP_H
#define PLATEN_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

typedef struct http_server http_server;
typedef struct http_exchange http_exchange;

/* Where an exchange comes from: the server, or a test that plays one. */
typedef struct http_transport {
    const char *(*header)(http_exchange *x, const char *name); /* NULL when absent */
    int (*read)(http_exchange *x, void *data, size_t length);  /* 0: no more, -1: broken */
    bool (*write)(http_exchange *x, const void *data, size_t length);
    /* DER of the verified client certificate, or NULL; borrowed until the exchange ends. */
    const void *(*certificate)(http_exchange *x, size_t *length);
    /* The `index`-th line of that name; NULL behind the last. NULL: header() has the only one. */
    const char *(*line)(http_exchange *x, const char *name, size_t index);
} http_transport;

struct http_exchange {
    const http_transport *transport;
    http_server *server; /* NULL in tests */
    const char *method;  /* "GET", "HEAD", ... */
    const char *path;    /* as it came: percent-encoded, begins with '/' */
    const char *query;   /* as it came, without '?'; "" when there is none */
    const char *remote;  /* the client's address as text */
    int64_t body_length; /* by Content-Length, 0 when there is none */
    bool tls;
    bool close;     /* the connection ends after this answer */
    bool streaming; /* http_stream_begin() has succeeded */
    int status;     /* of the answer, 0 until there is one */
    uint64_t sent;  /* bytes of the answer's body */
};

typedef struct http_options {
    const char *address;     /* numeric; "" or NULL: all addresses of IPv4 and IPv6 */
    int https_port;          /* 0: a free one, -1: none, of a server whose HTTP port serves */
    int http_port;           /* redirects to https; 0: a free one, -1: none */
    bool http_serves;        /* the HTTP port does not redirect: `handle` gets its requests, too */
    const char *certificate; /* PEM file: server certificate and what leads to its CA */
    const char *key;         /* PEM file */
    const char *site;        /* PEM file, tls.h; may be absent or NULL */
    const char *client_ca;   /* PEM file: whose client certificates are accepted; NULL: none */
    unsigned threads;        /* connections at a time; 0: 1536 */
    unsigned streams;        /* streaming answers at a time; 0: 256 */
    unsigned per_address;    /* connections of one address at a time; 0: no bound */
    unsigned idle_s;         /* a kept connection ends after this; 0: 60 */
    void (*handle)(http_exchange *x, void *user);
    void *user;
    /* The name by which people reach the server, "" when it has none; NULL: none. Any thread. */
    const char *(*public_name)(void *name_user);
    void *name_user;
} http_options;

/* A port that is taken or not allowed is PLATEN_E_STATE with the port named. */
platen_code http_server_start(const http_options *options, http_server **out, platen_error *err);
/* Tells streams to end, waits for all handlers. Whatever else keeps handlers waiting
 * (events_stop) is told before. NULL is fine. */
void http_server_stop(http_server *s);
int http_server_port(const http_server *s, bool tls); /* -1 when there is none */

/* Reads certificate and key again; new connections get them. The old ones stay on failure. */
platen_code http_server_reload(http_server *s, platen_error *err);

typedef struct http_counts {
    uint64_t connections; /* open now */
    uint64_t streams;     /* of these streaming */
    uint64_t accepted;    /* since the start */
    uint64_t handshakes_failed;
    unsigned threads;
    unsigned stream_limit;
    int https_port; /* listened on */
    int http_port;  /* of redirects; 0: none */
} http_counts;
void http_server_counts(const http_server *s, http_counts *counts);
bool http_server_stopping(const http_server *s); /* false for NULL */

/* ---- one exchange ---- */

const char *http_header(http_exchange *x, const char *name); /* NULL when absent */
/* Headers that may stand several times: the `index`-th, NULL behind the last. */
const char *http_header_line(http_exchange *x, const char *name, size_t index);

/* Sends the whole answer in one piece. `headers` is "Name: value\r\n" lines or "". The server adds
 * Date, Content-Length, Connection and the headers of security. */
bool http_answer(http_exchange *x, int status, const char *headers, const void *body,
                 size_t length);

/* An answer in chunks. False when too many stream already (nothing has been sent then) or the
 * client is gone. Handlers write until http_stream_write() is false, then call http_stream_end().
 */
bool http_stream_begin(http_exchange *x, const char *headers);
bool http_stream_write(http_exchange *x, const void *data, size_t length);
void http_stream_end(http_exchange *x, bool complete);

const char *http_status_text(int status);

#endif
