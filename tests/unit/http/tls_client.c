/* The client; a connection belongs to one thread. */
#include "tests/unit/http/tls_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tls_client {
    SSL *ssl; /* NULL: plain */
    SSL_CTX *context;
    int fd;
};

static int open_socket(const tls_client_options *o)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)o->port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o->port)};
    bool six = inet_pton(AF_INET6, o->address, &v6.sin6_addr) == 1;
    struct timeval timeout = {.tv_sec = 30};
    int on = 1;
    if (!six && inet_pton(AF_INET, o->address, &v4.sin_addr) != 1) {
        return -1;
    }
    int fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (fd >= 0 && connect(fd, six ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4,
                           six ? sizeof(v6) : sizeof(v4)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool handshake(tls_client *c, const tls_client_options *o)
{
    c->context = SSL_CTX_new(TLS_client_method());
    if (c->context == NULL) {
        return false;
    }
    if (o->max_version != 0) {
        (void)SSL_CTX_set_security_level(c->context, 0); /* lets the client offer what is old */
        (void)SSL_CTX_set_min_proto_version(c->context, 0);
        (void)SSL_CTX_set_max_proto_version(c->context, o->max_version);
    }
    if (o->ca != NULL) {
        SSL_CTX_set_verify(c->context, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_load_verify_locations(c->context, o->ca, NULL) != 1) {
            return false;
        }
    }
    if (o->certificate != NULL &&
        (SSL_CTX_use_certificate_file(c->context, o->certificate, SSL_FILETYPE_PEM) != 1 ||
         SSL_CTX_use_PrivateKey_file(c->context, o->key, SSL_FILETYPE_PEM) != 1)) {
        return false;
    }
    c->ssl = SSL_new(c->context);
    return c->ssl != NULL && SSL_set_fd(c->ssl, c->fd) == 1 &&
           (o->ca == NULL ||
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c->ssl), o->address) == 1) &&
           SSL_connect(c->ssl) == 1;
}

tls_client *tls_client_open(const tls_client_options *options)
{
    tls_client *c = calloc(1, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    c->fd = open_socket(options);
    if (c->fd < 0 || (!options->plain && !handshake(c, options))) {
        tls_client_close(c);
        return NULL;
    }
    return c;
}

void tls_client_close(tls_client *c)
{
    if (c == NULL) {
        return;
    }
    if (c->ssl != NULL) {
        (void)SSL_shutdown(c->ssl);
    }
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    if (c->fd >= 0) {
        (void)close(c->fd);
    }
    free(c);
}

int tls_client_fd(const tls_client *c)
{
    return c->fd;
}

bool tls_client_send(tls_client *c, const char *text)
{
    size_t length = strlen(text);
    return c->ssl != NULL ? SSL_write(c->ssl, text, (int)length) == (int)length
                          : send(c->fd, text, length, MSG_NOSIGNAL) == (ssize_t)length;
}

int tls_client_read(tls_client *c, char *text, size_t size)
{
    int got = c->ssl != NULL ? SSL_read(c->ssl, text, (int)size - 1)
                             : (int)recv(c->fd, text, size - 1, 0);
    if (got > 0) {
        text[got] = '\0';
    } else if (c->ssl != NULL && SSL_get_error(c->ssl, got) == SSL_ERROR_ZERO_RETURN) {
        got = 0;
    }
    return got;
}

int tls_client_ask(tls_client *c, const char *request, char *text, size_t size)
{
    size_t length = 0;
    const char *end = NULL;
    size_t whole = 0;
    if (!tls_client_send(c, request)) {
        return -1;
    }
    text[0] = '\0';
    while (end == NULL || length < whole) {
        int got = length + 1 < size ? tls_client_read(c, text + length, size - length) : -1;
        if (got <= 0) {
            return -1;
        }
        length += (size_t)got;
        if (end == NULL && (end = strstr(text, "\r\n\r\n")) != NULL) {
            const char *field = strcasestr(text, "\r\nContent-Length:");
            whole = (size_t)(end + 4 - text);
            if (field != NULL && field < end && strncmp(request, "HEAD", 4) != 0) {
                whole += (size_t)strtoul(field + 17, NULL, 10);
            }
        }
    }
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : -1;
}
