/*
 * The server itself: starting and stopping civetweb, ports, counting, and the door from civetweb's
 * request to the handler. Threads: civetweb's workers call begin(); the counters are atomics. TLS
 * is tls.c's.
 */
#include "core/http/http.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <civetweb.h>

#include <openssl/ssl.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/strbuf.h"
#include "core/http/crowd.h"
#include "core/http/redirect.h"
#include "core/http/stream.h"
#include "core/http/tls.h"

#define LOG_SOURCE "http"
#define PRESET_THREADS 1536
#define PRESET_STREAMS 256
#define PRESET_IDLE_S 60
/* Of request line and header fields together: a Kerberos ticket has up to 48,000 bytes, 64,000 as
 * text. */
#define HEAD_BYTES "73728"
#define TARGET_BYTES 16384           /* of path and query: a long filter, and no more */
#define DROP_BYTES ((size_t)8 << 20) /* of a refused body */
#define DROP_MS 2000
#define REDIRECTS "16" /* threads of the plain port */

struct http_server {
    struct mg_context *context;
    struct mg_context *plain; /* the port that redirects, with threads of its own; or NULL */
    crowd *crowd;
    tls_identity *identity;
    void (*handle)(http_exchange *x, void *user);
    const char *(*public_name)(void *user);
    void *user;
    void *name_user;
    char client_ca[4096];
    bool http_serves;
    int https_port;
    int http_port;
    unsigned threads;
    unsigned stream_limit;
    atomic_uint_fast64_t connections;
    atomic_uint_fast64_t streams;
    atomic_uint_fast64_t accepted;
    atomic_uint_fast64_t handshakes_failed;
    atomic_bool stopping;
    char trouble[PLATEN_ERROR_TEXT]; /* civetweb's last words while it starts; one thread then */
    atomic_bool started;
};

typedef struct live_exchange {
    http_exchange exchange; /* first: transport functions cast back */
    struct mg_connection *connection;
    unsigned char *der;
    size_t der_length;
} live_exchange;

/* ---- the transport ---- */

static live_exchange *live(http_exchange *x)
{
    return (live_exchange *)(void *)x;
}

static const char *live_header(http_exchange *x, const char *name)
{
    return mg_get_header(live(x)->connection, name);
}

static const char *live_line(http_exchange *x, const char *name, size_t index)
{
    const struct mg_request_info *info = mg_get_request_info(live(x)->connection);
    for (int i = 0; i < info->num_headers; i++) {
        if (strcasecmp(info->http_headers[i].name, name) == 0 && index-- == 0) {
            return info->http_headers[i].value;
        }
    }
    return NULL;
}

static int live_read(http_exchange *x, void *data, size_t length)
{
    return mg_read(live(x)->connection, data, length);
}

static bool live_write(http_exchange *x, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        size_t piece = length < (1u << 30) ? length : (1u << 30);
        int sent = mg_write(live(x)->connection, at, piece);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        length -= (size_t)sent;
    }
    return true;
}

static const void *live_certificate(http_exchange *x, size_t *length)
{
    live_exchange *self = live(x);
    const struct mg_request_info *info = mg_get_request_info(self->connection);
    if (self->der == NULL && info->client_cert != NULL && info->client_cert->peer_cert != NULL) {
        int got = i2d_X509(info->client_cert->peer_cert, &self->der);
        if (got <= 0) {
            self->der = NULL;
            return NULL;
        }
        self->der_length = (size_t)got;
    }
    *length = self->der_length;
    return self->der;
}

static const http_transport live_transport = {
    .header = live_header,
    .line = live_line,
    .read = live_read,
    .write = live_write,
    .certificate = live_certificate,
};

/* ---- requests ---- */

static bool header_twice(const struct mg_request_info *info, const char *name)
{
    int count = 0;
    for (int i = 0; i < info->num_headers; i++) {
        count += strcasecmp(info->http_headers[i].name, name) == 0 ? 1 : 0;
    }
    return count > 1;
}

/* The length of the body; a way of saying it that two readers could understand differently is
 * refused, and chunked requests are too (411): civetweb's reader of them trusts their sizes. */
static int body_length(http_exchange *x, const struct mg_request_info *info)
{
    const char *text = http_header(x, "Content-Length");
    if (http_header(x, "Transfer-Encoding") != NULL) {
        return 411;
    }
    if (text == NULL) {
        x->body_length = 0;
        return 0;
    }
    if (header_twice(info, "Content-Length") || text[0] == '\0' ||
        strspn(text, "0123456789") != strlen(text) || strlen(text) > 18) {
        return 400;
    }
    x->body_length = strtoll(text, NULL, 10);
    return 0;
}

/* RFC 9112, 3.2: one Host, which HTTP/1.0 may leave out. */
static bool names_one_host(http_exchange *x, const struct mg_request_info *info)
{
    const char *host = http_header(x, "Host");
    return host != NULL ? !header_twice(info, "Host") : strcmp(info->http_version, "1.1") != 0;
}

static void log_exchange(const http_exchange *x, int64_t began)
{
    if (log_enabled(LOG_LEVEL_DEBUG)) {
        log_debug("%s %s status=%d bytes=%llu ms=%lld remote=%s", x->method, x->path, x->status,
                  (unsigned long long)x->sent, (long long)(clock_mono() - began), x->remote);
    }
}

/*
 * A client that is refused in the middle of its body would be cut off while it sends and lose the
 * answer: what it sends after the answer is taken and dropped, so much and no more.
 */
static void drop_body(struct mg_connection *connection, const http_exchange *x)
{
    char room[16384];
    size_t dropped = 0;
    int64_t end = clock_mono() + DROP_MS;
    while (x->body_length > 0 && dropped < DROP_BYTES && clock_mono() < end) {
        int count = mg_read(connection, room, sizeof(room));
        if (count <= 0) {
            return;
        }
        dropped += (size_t)count;
    }
}

/* civetweb's callback for every request that parsed. */
static int begin(struct mg_connection *connection)
{
    const struct mg_request_info *info = mg_get_request_info(connection);
    http_server *s = info->user_data;
    live_exchange self = {.connection = connection};
    http_exchange *x = &self.exchange;
    int64_t began = clock_mono();
    x->transport = &live_transport;
    x->server = s;
    x->method = info->request_method;
    x->path = info->local_uri_raw;
    x->query = info->query_string != NULL ? info->query_string : "";
    x->remote = info->remote_addr;
    x->tls = info->is_ssl != 0;
    /* IPv4 clients of a socket for both families. */
    if (strncasecmp(x->remote, "::ffff:", 7) == 0 && strchr(x->remote, '.') != NULL) {
        x->remote += 7;
    }
    const char *wish = http_header(x, "Connection");
    x->close = (wish != NULL && strcasestr(wish, "close") != NULL) ||
               (strcmp(info->http_version, "1.1") != 0 &&
                (wish == NULL || strcasestr(wish, "keep-alive") == NULL)) ||
               /* When threads run short an idle connection must not hold one. */
               atomic_load(&s->connections) > s->threads - s->threads / 8;
    int refused = strlen(x->path) + strlen(x->query) > TARGET_BYTES ? 414 : body_length(x, info);
    if (refused != 0) {
        x->close = true;
        (void)http_answer(x, refused, "", NULL, 0);
    } else if (!names_one_host(x, info)) {
        x->close = true;
        (void)http_answer(x, 400, "", NULL, 0);
    } else if (!x->tls && !s->http_serves) {
        const char *name = s->public_name != NULL ? s->public_name(s->name_user) : "";
        const redirect_rules rules = {s->https_port, name, s->identity};
        redirect_answer(x, &rules);
    } else {
        s->handle(x, s->user);
    }
    if (x->status == 0) { /* a handler that answers nothing is a defect */
        (void)http_answer(x, 500, "", NULL, 0);
    }
    if (x->close) {
        mg_disable_connection_keep_alive(connection);
        drop_body(connection, x);
    }
    log_exchange(x, began);
    OPENSSL_free(self.der);
    return x->status;
}

/* ---- civetweb's other callbacks ---- */

/* Requests that did not parse: no exchange exists, the answer is as small as it can be. */
static int refuse(struct mg_connection *connection, int status, const char *message)
{
    const char *text = http_status_text(status);
    char body[160];
    (void)message;
    int length = snprintf(body, sizeof(body),
                          "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
                          "\"code\":\"malformed\"}",
                          text, status);
    (void)mg_printf(connection,
                    "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\n"
                    "Cache-Control: no-store\r\n" HTTP_SECURITY HTTP_DATA_POLICY
                    "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
                    status, text, length, body);
    mg_disable_connection_keep_alive(connection);
    return 0;
}

static int take_message(const struct mg_connection *connection, const char *message)
{
    http_server *s = mg_get_user_data(mg_get_context(connection));
    if (s != NULL && !atomic_load(&s->started)) {
        (void)snprintf(s->trouble, sizeof(s->trouble), "%s", message);
        return 1;
    }
    if (s != NULL && (strstr(message, "sslize") != NULL || strstr(message, "SSL") != NULL)) {
        atomic_fetch_add(&s->handshakes_failed, 1);
    }
    log_debug("%s", message);
    return 1;
}

static int opened(const struct mg_connection *connection, void **data)
{
    http_server *s = mg_get_user_data(mg_get_context(connection));
    atomic_fetch_add(&s->connections, 1);
    atomic_fetch_add(&s->accepted, 1);
    *data = s; /* marks it as counted: failed handshakes are closed without having been opened */
    return 0;
}

static void closed(const struct mg_connection *connection)
{
    http_server *s = mg_get_user_data(mg_get_context(connection));
    if (mg_get_user_connection_data(connection) != NULL) {
        mg_set_user_connection_data(connection, NULL);
        atomic_fetch_sub(&s->connections, 1);
    }
}

static int prepare_tls(void *context, void *user)
{
    http_server *s = user;
    platen_error err = PLATEN_ERROR_INIT;
    if (tls_prepare(context, s->identity, s->client_ca[0] != '\0' ? s->client_ca : NULL, s->crowd,
                    &err) != PLATEN_OK) {
        (void)snprintf(s->trouble, sizeof(s->trouble), "%s", err.text);
        return -1;
    }
    return 1;
}

/* ---- ports ---- */

static bool have_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool works = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    return works;
}

/* Tries the port itself first, since civetweb says only that something went wrong. */
static platen_code port_try(const char *address, bool ipv6, int port, platen_error *err)
{
    struct sockaddr_storage storage = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&storage;
    socklen_t length = sizeof(*v4);
    int on = 1;
    int off = 0;
    storage.ss_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    if (strchr(address, ':') != NULL || (address[0] == '\0' && ipv6)) {
        storage.ss_family = AF_INET6;
        length = sizeof(*v6);
        v6->sin6_port = htons((uint16_t)port);
        if (address[0] != '\0' && inet_pton(AF_INET6, address, &v6->sin6_addr) != 1) {
            return error_set(err, PLATEN_E_INVAL, "'%s' is no address to listen on", address);
        }
    } else if (address[0] != '\0' && inet_pton(AF_INET, address, &v4->sin_addr) != 1) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no address to listen on", address);
    }
    int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return error_sys(err, PLATEN_E_IO, errno, "cannot open a socket for port %d", port);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (storage.ss_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, address[0] == '\0' ? &off : &on,
                         sizeof(on));
    }
    int failed =
        bind(fd, (struct sockaddr *)&storage, length) == 0 && listen(fd, 1) == 0 ? 0 : errno;
    (void)close(fd);
    switch (failed) {
    case 0:
        return PLATEN_OK;
    case EADDRINUSE:
        return error_sys(err, PLATEN_E_STATE, failed, "port %d is taken by another program", port);
    case EACCES:
        return error_sys(err, PLATEN_E_STATE, failed,
                         "port %d needs the right to bind ports below 1024", port);
    case EADDRNOTAVAIL:
        return error_sys(err, PLATEN_E_STATE, failed, "address '%s' is not one of this host",
                         address);
    default:
        return error_sys(err, PLATEN_E_STATE, failed, "cannot listen on port %d", port);
    }
}

static platen_code port_add(strbuf *list, const char *address, bool ipv6, int port, bool tls,
                            platen_error *err)
{
    if (port < 0) {
        return PLATEN_OK;
    }
    if (port > 65535) {
        return error_set(err, PLATEN_E_INVAL, "port %d is over 65535", port);
    }
    if (port != 0) {
        PLATEN_TRY(port_try(address, ipv6, port, err));
    }
    strbuf_append(list, list->length > 0 ? "," : "");
    if (address[0] == '\0') {
        strbuf_appendf(list, "%s%d%s", ipv6 ? "+" : "", port, tls ? "s" : "");
    } else {
        bool bracket = strchr(address, ':') != NULL;
        strbuf_appendf(list, "%s%s%s:%d%s", bracket ? "[" : "", address, bracket ? "]" : "", port,
                       tls ? "s" : "");
    }
    return list->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the ports") : PLATEN_OK;
}

static int port_of(struct mg_context *context)
{
    struct mg_server_port ports[4];
    return context != NULL && mg_get_server_ports(context, 4, ports) > 0 ? ports[0].port : -1;
}

/* ---- start and stop ---- */

static platen_code listen_on(http_server *s, const http_options *o, bool tls,
                             struct mg_context **out, platen_error *err)
{
    static const struct mg_callbacks callbacks = {
        .begin_request = begin,
        .http_error = refuse,
        .log_message = take_message,
        .init_ssl = prepare_tls,
        .init_connection = opened,
        .connection_close = closed, /* connection_closed comes when the data is gone */
    };
    char threads[16];
    char idle[16];
    strbuf ports;
    strbuf_init(&ports);
    platen_code code = port_add(&ports, o->address != NULL ? o->address : "", have_ipv6(),
                                tls ? o->https_port : o->http_port, tls, err);
    if (code == PLATEN_OK && ports.length > 0) {
        (void)snprintf(threads, sizeof(threads), "%u", s->threads);
        (void)snprintf(idle, sizeof(idle), "%u",
                       (o->idle_s != 0 ? o->idle_s : PRESET_IDLE_S) * 1000u);
        const char *options[] = {
            "listening_ports", ports.data, "num_threads", tls ? threads : REDIRECTS,
            "connection_queue", "256", "listen_backlog", "1024", "tcp_nodelay", "1",
            "enable_keep_alive", "yes", "keep_alive_timeout_ms", idle,
            /* The first request and every piece of a body or an answer must move this fast. */
            "request_timeout_ms", tls ? "20000" : "5000", "max_request_size", HEAD_BYTES,
            "decode_url", "no", "enable_auth_domain_check", "no", NULL};
        *out = mg_start(&callbacks, s, options);
        if (*out == NULL) {
            code = error_set(err, PLATEN_E_STATE, "the HTTP server does not start on %s: %s",
                             ports.data, s->trouble);
        }
    }
    strbuf_fini(&ports);
    return code;
}

/* The plain port has a few threads of its own: whoever keeps those busy hinders nobody else. */
static platen_code server_run(http_server *s, const http_options *o, platen_error *err)
{
    s->crowd = crowd_new(o->per_address);
    if (s->crowd == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the HTTP server");
    }
    PLATEN_TRY(listen_on(s, o, true, &s->context, err));
    return listen_on(s, o, false, &s->plain, err);
}

platen_code http_server_start(const http_options *options, http_server **out, platen_error *err)
{
    http_server *s = calloc(1, sizeof(*s));
    if (s == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the HTTP server");
    }
    s->handle = options->handle;
    s->user = options->user;
    s->public_name = options->public_name;
    s->name_user = options->name_user;
    s->threads = options->threads != 0 ? options->threads : PRESET_THREADS;
    s->stream_limit = options->streams != 0 ? options->streams : PRESET_STREAMS;
    s->http_serves = options->http_serves;
    s->https_port = -1;
    s->http_port = -1;
    (void)mg_init_library(MG_FEATURES_TLS | MG_FEATURES_IPV6 | MG_FEATURES_COMPRESSION);
    platen_code code =
        options->https_port >= 0
            ? tls_identity_new(options->certificate, options->key, options->site, &s->identity, err)
            : PLATEN_OK;
    if (code == PLATEN_OK && options->client_ca != NULL) {
        int length = snprintf(s->client_ca, sizeof(s->client_ca), "%s", options->client_ca);
        if (length < 0 || (size_t)length >= sizeof(s->client_ca)) {
            code = error_set(err, PLATEN_E_INVAL, "the path of the client CA is too long");
        }
    }
    if (code == PLATEN_OK) {
        code = server_run(s, options, err);
    }
    if (code != PLATEN_OK) {
        http_server_stop(s);
        return code;
    }
    atomic_store(&s->started, true);
    s->https_port = port_of(s->context);
    s->http_port = port_of(s->plain);
    *out = s;
    return PLATEN_OK;
}

void http_server_stop(http_server *s)
{
    if (s == NULL) {
        return;
    }
    atomic_store(&s->stopping, true);
    if (s->plain != NULL) {
        mg_stop(s->plain);
    }
    if (s->context != NULL) {
        mg_stop(s->context);
    }
    crowd_free(s->crowd);
    (void)mg_exit_library();
    tls_identity_free(s->identity);
    free(s);
}

int http_server_port(const http_server *s, bool tls)
{
    return tls ? s->https_port : s->http_port;
}

platen_code http_server_reload(http_server *s, platen_error *err)
{
    return tls_identity_reload(s->identity, err);
}

void http_server_counts(const http_server *s, http_counts *counts)
{
    counts->connections = atomic_load(&s->connections);
    counts->streams = atomic_load(&s->streams);
    counts->accepted = atomic_load(&s->accepted);
    counts->handshakes_failed = atomic_load(&s->handshakes_failed);
    counts->threads = s->threads;
    counts->stream_limit = s->stream_limit;
    counts->https_port = s->https_port;
    counts->http_port = s->plain != NULL ? s->http_port : 0;
}

bool http_server_stopping(const http_server *s)
{
    return s != NULL && atomic_load(&s->stopping);
}

bool http_stream_enter(http_server *s)
{
    if (s == NULL) {
        return true;
    }
    if (atomic_fetch_add(&s->streams, 1) >= s->stream_limit || atomic_load(&s->stopping)) {
        atomic_fetch_sub(&s->streams, 1);
        return false;
    }
    return true;
}

void http_stream_leave(http_server *s)
{
    if (s != NULL) {
        atomic_fetch_sub(&s->streams, 1);
    }
}
