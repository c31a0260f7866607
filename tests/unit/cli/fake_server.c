/* One thread, one connection at a time, one request a connection. The log is under `lock`. */
#include "fake_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define LOG_MOST 256
#define SCRIPT_MOST 64
#define REQUEST_MOST 65536

struct fake_server {
    const fake_answer *script;
    bool used[SCRIPT_MOST];
    int listener;
    char url[64];
    char ca[64];
    SSL_CTX *tls;
    pthread_t thread;
    pthread_mutex_t lock;
    char *log[LOG_MOST]; /* guarded by lock */
    size_t logged;       /* guarded by lock */
};

typedef struct connection {
    int fd;
    SSL *ssl;
} connection;

static bool send_all(connection *c, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, at, (int)length)
                                   : send(c->fd, at, length, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        at += n;
        length -= (size_t)n;
    }
    return true;
}

/* Reads head and body; the length of the whole, 0 when there is none. */
static size_t receive(connection *c, char *buffer, size_t capacity)
{
    size_t length = 0;
    size_t need = 0;
    while (length + 1 < capacity) {
        int room = (int)(capacity - length - 1);
        ssize_t n = c->ssl != NULL ? SSL_read(c->ssl, buffer + length, room)
                                   : recv(c->fd, buffer + length, (size_t)room, 0);
        if (n <= 0) {
            return 0;
        }
        length += (size_t)n;
        buffer[length] = '\0';
        const char *end = strstr(buffer, "\r\n\r\n");
        if (end != NULL && need == 0) {
            const char *announced = strcasestr(buffer, "Content-Length:");
            need = (size_t)(end - buffer) + 4;
            if (announced != NULL && announced < end) {
                need += strtoul(announced + 15, NULL, 10);
            }
        }
        if (need > 0 && length >= need) {
            return length;
        }
    }
    return 0;
}

static bool fits(const fake_answer *answer, const char *request)
{
    char want[512];
    int length = snprintf(want, sizeof(want), "%s /api/v1%s", answer->method, answer->target);
    if (length > 0 && want[length - 1] == '*') {
        return strncmp(request, want, (size_t)length - 1) == 0;
    }
    return strncmp(request, want, (size_t)length) == 0 && request[length] == ' ';
}

static void send_rows(connection *c, size_t rows)
{
    for (size_t i = 0; i < rows; i++) {
        char row[1200];
        char padding[900];
        memset(padding, 'x', sizeof(padding) - 1);
        padding[sizeof(padding) - 1] = '\0';
        int length =
            snprintf(row, sizeof(row),
                     "{\"id\":\"%zu\",\"name\":\"printer %zu\",\"address\":\"10.0.%zu.%zu\","
                     "\"page_count\":%zu,\"comment\":\"%s\"}\n",
                     i + 1, i + 1, i / 250, i % 250 + 1, i * 7, padding);
        if (!send_all(c, row, (size_t)length)) {
            return;
        }
    }
}

static void answer(fake_server *server, connection *c, const char *request)
{
    static const fake_answer none = {.status = 599, .body = "no such answer"};
    const fake_answer *found = &none;
    char head[1024];
    for (size_t i = 0; server->script[i].method != NULL; i++) {
        if (!server->used[i] && fits(&server->script[i], request)) {
            server->used[i] = !server->script[i].repeated;
            found = &server->script[i];
            break;
        }
    }
    const char *body = found->body != NULL ? found->body : "";
    const char *type = found->type != NULL ? found->type : "application/json";
    int length = snprintf(head, sizeof(head), "HTTP/1.1 %d x\r\nContent-Type: %s\r\n%s",
                          found->status, found->rows > 0 ? "application/x-ndjson" : type,
                          found->headers != NULL ? found->headers : "");
    if (found->rows == 0) {
        length += snprintf(head + length, sizeof(head) - (size_t)length, "Content-Length: %zu\r\n",
                           strlen(body) + (found->cut ? 100 : 0));
    }
    length += snprintf(head + length, sizeof(head) - (size_t)length, "Connection: close\r\n\r\n");
    if (send_all(c, head, (size_t)length) && send_all(c, body, strlen(body))) {
        send_rows(c, found->rows);
    }
}

static void serve(fake_server *server, connection *c, char *buffer)
{
    if (server->tls != NULL) {
        c->ssl = SSL_new(server->tls);
        if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 || SSL_accept(c->ssl) != 1) {
            return;
        }
    }
    if (receive(c, buffer, REQUEST_MOST) == 0) {
        return;
    }
    (void)pthread_mutex_lock(&server->lock);
    if (server->logged < LOG_MOST) {
        server->log[server->logged++] = strdup(buffer);
    }
    (void)pthread_mutex_unlock(&server->lock);
    answer(server, c, buffer);
    if (c->ssl != NULL) {
        (void)SSL_shutdown(c->ssl);
    }
}

static void *run(void *user)
{
    fake_server *server = user;
    char *buffer = malloc(REQUEST_MOST);
    for (;;) {
        connection c = {accept(server->listener, NULL, NULL), NULL};
        if (c.fd < 0 || buffer == NULL) {
            break;
        }
        serve(server, &c, buffer);
        SSL_free(c.ssl);
        (void)close(c.fd);
    }
    free(buffer);
    return NULL;
}

/* A self-signed certificate for localhost, its own authority. */
static SSL_CTX *make_tls(fake_server *server)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    (void)X509_set_version(certificate, X509_VERSION_3);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost",
                                     -1, -1, 0);
    (void)X509_set_issuer_name(certificate, name);
    (void)X509_set_pubkey(certificate, key);
    X509_EXTENSION *names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    X509_EXTENSION *basic = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");
    (void)X509_add_ext(certificate, names, -1);
    (void)X509_add_ext(certificate, basic, -1);
    X509_EXTENSION_free(names);
    X509_EXTENSION_free(basic);
    (void)X509_sign(certificate, key, EVP_sha256());
    (void)SSL_CTX_use_certificate(tls, certificate);
    (void)SSL_CTX_use_PrivateKey(tls, key);
    (void)snprintf(server->ca, sizeof(server->ca), "/tmp/platen-cli-ca-XXXXXX");
    int fd = mkstemp(server->ca);
    FILE *file = fdopen(fd, "w");
    (void)PEM_write_X509(file, certificate);
    (void)fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return tls;
}

fake_server *fake_server_start(const fake_answer *script, bool tls)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    fake_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return NULL;
    }
    server->script = script;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)pthread_mutex_init(&server->lock, NULL);
    if (bind(server->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(server->listener, 16) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &length) != 0) {
        free(server);
        return NULL;
    }
    (void)snprintf(server->url, sizeof(server->url), "%s://127.0.0.1:%u", tls ? "https" : "http",
                   ntohs(address.sin_port));
    server->tls = tls ? make_tls(server) : NULL;
    if (pthread_create(&server->thread, NULL, run, server) != 0) {
        free(server);
        return NULL;
    }
    return server;
}

void fake_server_stop(fake_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    for (size_t i = 0; i < server->logged; i++) {
        free(server->log[i]);
    }
    if (server->tls != NULL) {
        (void)unlink(server->ca);
    }
    SSL_CTX_free(server->tls);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *fake_server_url(const fake_server *server)
{
    return server->url;
}

const char *fake_server_ca(const fake_server *server)
{
    return server->ca;
}

bool fake_server_asked(fake_server *server, const char *request, const char *part)
{
    char want[512];
    bool found = false;
    size_t method = strcspn(request, " ");
    (void)snprintf(want, sizeof(want), "%.*s /api/v1%s ", (int)method, request,
                   request + method + 1);
    (void)pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->logged && !found; i++) {
        found = strncmp(server->log[i], want, strlen(want)) == 0 &&
                (part == NULL || strstr(server->log[i], part) != NULL);
    }
    (void)pthread_mutex_unlock(&server->lock);
    return found;
}

size_t fake_server_count(fake_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    size_t count = server->logged;
    (void)pthread_mutex_unlock(&server->lock);
    return count;
}
