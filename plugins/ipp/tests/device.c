/* Threads of connections are detached and counted; stop waits until none is left. */
#include "device.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cups/cups.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct device {
    int listener;
    uint32_t port;
    device_tls tls;
    SSL_CTX *context;
    device_answer answer;
    void *user;
    pthread_t thread;
    atomic_bool stopping;
    atomic_size_t running;
    atomic_size_t requests;
    atomic_size_t connections;
};

struct device_connection {
    device *device;
    int fd;
    SSL *ssl;
};

bool device_sleep(device *d, long ms)
{
    for (; ms > 0 && !atomic_load(&d->stopping); ms -= 10) {
        (void)poll(NULL, 0, 10);
    }
    return !atomic_load(&d->stopping);
}

bool device_send(device_connection *c, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, at, (int)length)
                                   : send(c->fd, at, length, MSG_NOSIGNAL);
        if (n <= 0 || atomic_load(&c->device->stopping)) {
            return false;
        }
        at += n;
        length -= (size_t)n;
    }
    return true;
}

static ssize_t device_receive(device_connection *c, void *data, size_t length)
{
    return c->ssl != NULL ? SSL_read(c->ssl, data, (int)length) : recv(c->fd, data, length, 0);
}

static bool start_tls(device_connection *c)
{
    c->ssl = SSL_new(c->device->context);
    return c->ssl != NULL && SSL_set_fd(c->ssl, c->fd) == 1 && SSL_accept(c->ssl) == 1;
}

/* Head byte by byte, then the announced body. */
static bool receive_request(device_connection *c, device_request *r)
{
    size_t length = 0;
    r->connection = c;
    r->length = 0;
    r->tls = c->ssl != NULL;
    for (;;) {
        if (length + 1 >= sizeof(r->head) || device_receive(c, r->head + length, 1) != 1) {
            return false;
        }
        r->head[++length] = '\0';
        if (length >= 4 && memcmp(r->head + length - 4, "\r\n\r\n", 4) == 0) {
            break;
        }
    }
    const char *announced = strcasestr(r->head, "\r\nContent-Length:");
    size_t need = announced == NULL ? 0 : strtoul(announced + 17, NULL, 10);
    while (r->length < need && need <= sizeof(r->body)) {
        ssize_t n = device_receive(c, r->body + r->length, need - r->length);
        if (n <= 0) {
            return false;
        }
        r->length += (size_t)n;
    }
    return need <= sizeof(r->body);
}

/* The head of a long handshake record, then its bytes one by one. */
static void drip_tls(device_connection *c)
{
    static const unsigned char head[] = {0x16, 3, 3, 0x3f, 0xff, 2, 0, 0x3f, 0xfb};
    bool going = device_send(c, head, sizeof(head));
    while (going) {
        going = device_send(c, "\x03", 1) && device_sleep(c->device, 30);
    }
}

static void *serve(void *user)
{
    device_connection *c = user;
    device *d = c->device;
    device_request *r = calloc(1, sizeof(*r));
    unsigned char first = 0;
    bool going = r != NULL && recv(c->fd, &first, 1, MSG_PEEK) == 1;
    if (going && first == 0x16 && d->tls == DEVICE_DRIP_TLS) {
        drip_tls(c);
        going = false;
    } else if (going && first == 0x16) {
        going = d->tls != DEVICE_NO_TLS && start_tls(c);
    }
    while (going && receive_request(c, r)) {
        (void)atomic_fetch_add(&d->requests, 1);
        going = d->answer(d, r, d->user);
    }
    SSL_free(c->ssl);
    (void)close(c->fd);
    free(r);
    free(c);
    (void)atomic_fetch_sub(&d->running, 1);
    return NULL;
}

static void *listen_on(void *user)
{
    device *d = user;
    while (!atomic_load(&d->stopping)) {
        struct timeval patience = {10, 0};
        pthread_t thread;
        int fd = accept(d->listener, NULL, NULL);
        device_connection *c = fd < 0 ? NULL : calloc(1, sizeof(*c));
        if (c == NULL) {
            break;
        }
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        c->device = d;
        c->fd = fd;
        (void)atomic_fetch_add(&d->connections, 1);
        (void)atomic_fetch_add(&d->running, 1);
        if (pthread_create(&thread, NULL, serve, c) == 0) {
            (void)pthread_detach(thread);
        }
    }
    return NULL;
}

static SSL_CTX *make_context(device_tls tls)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = tls == DEVICE_WEAK_KEY ? EVP_RSA_gen(1024) : EVP_RSA_gen(2048);
    X509 *certificate = X509_new();
    X509_NAME *name = X509_get_subject_name(certificate);
    (void)SSL_CTX_set_cipher_list(context, "ALL@SECLEVEL=0");
    if (tls == DEVICE_OLD_TLS) {
        (void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        (void)SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    } else if (tls == DEVICE_WEAK_KEY) {
        (void)SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    }
    (void)ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    (void)X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    (void)X509_gmtime_adj(X509_getm_notAfter(certificate), -3600); /* expired, as many are */
    (void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"printer", -1,
                                     -1, 0);
    (void)X509_set_issuer_name(certificate, name);
    (void)X509_set_pubkey(certificate, key);
    (void)X509_sign(certificate, key, tls == DEVICE_WEAK_KEY ? EVP_sha1() : EVP_sha256());
    (void)SSL_CTX_use_certificate(context, certificate);
    (void)SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

device *device_start(device_tls tls, device_answer answer, void *user)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(address);
    device *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return NULL;
    }
    d->tls = tls;
    d->answer = answer;
    d->user = user;
    d->context = make_context(tls);
    d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(d->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(d->listener, 16) != 0 ||
        getsockname(d->listener, (struct sockaddr *)&address, &length) != 0 ||
        pthread_create(&d->thread, NULL, listen_on, d) != 0) {
        abort();
    }
    d->port = ntohs(address.sin_port);
    return d;
}

void device_stop(device *d)
{
    atomic_store(&d->stopping, true);
    (void)shutdown(d->listener, SHUT_RDWR);
    (void)pthread_join(d->thread, NULL);
    (void)close(d->listener);
    while (atomic_load(&d->running) > 0) {
        (void)poll(NULL, 0, 5);
    }
    SSL_CTX_free(d->context);
    free(d);
}

uint32_t device_port(const device *d)
{
    return d->port;
}

size_t device_requests(const device *d)
{
    return atomic_load(&d->requests);
}

size_t device_connections(const device *d)
{
    return atomic_load(&d->connections);
}

bool device_http(const device_request *r, int status, const char *headers, const char *type,
                 const void *body, size_t length)
{
    char head[512];
    int head_length = snprintf(head, sizeof(head),
                               "HTTP/1.1 %d Answer\r\nContent-Type: %s\r\nContent-Length: "
                               "%zu\r\n%s\r\n",
                               status, type, length, headers);
    (void)device_send(r->connection, head, (size_t)head_length);
    (void)device_send(r->connection, body, length);
    return true;
}

typedef struct memory {
    uint8_t data[65536];
    size_t length;
} memory;

static ssize_t put(void *context, ipp_uchar_t *octets, size_t length)
{
    memory *to = context;
    if (length > sizeof(to->data) - to->length) {
        return -1;
    }
    memcpy(to->data + to->length, octets, length);
    to->length += length;
    return (ssize_t)length;
}

bool device_ipp(const device_request *r, ipp_t *message)
{
    memory *to = calloc(1, sizeof(*to));
    if (to != NULL && ippWriteIO(to, put, 1, NULL, message) == IPP_STATE_DATA) {
        (void)device_http(r, 200, "", "application/ipp", to->data, to->length);
    }
    free(to);
    ippDelete(message);
    return true;
}

ipp_t *device_message(int status)
{
    cupsSetServer("localhost"); /* no client.conf */
    ipp_t *message = ippNew();
    (void)ippSetVersion(message, 2, 0);
    (void)ippSetRequestId(message, 1);
    (void)ippSetStatusCode(message, (ipp_status_t)status);
    (void)ippAddString(message, IPP_TAG_OPERATION, IPP_TAG_CHARSET, "attributes-charset", NULL,
                       "utf-8");
    (void)ippAddString(message, IPP_TAG_OPERATION, IPP_TAG_LANGUAGE, "attributes-natural-language",
                       NULL, "en");
    return message;
}

int device_version(const device_request *r)
{
    return r->length < 2 ? 0 : r->body[0] * 10 + r->body[1];
}
