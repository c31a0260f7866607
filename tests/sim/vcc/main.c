/*
 * platen-sim-vcc: devices that export and import their settings as a bundle, over HTTPS. One
 * process, a socket a device, a thread a connection; one mutex guards the devices. README.md of the
 * folder above.
 */
#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

enum { DEVICES = 1000, HEAD = 16384, BODY = 8 << 20, PATIENCE_S = 20 };

static struct device *devices;
static size_t device_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the devices */
static SSL_CTX *tls;
static char login[400]; /* "Basic ..." */

struct connection {
    int socket;
    struct device *device;
};

struct request {
    char head[HEAD + 1];
    char method[8];
    char path[512];
    uint8_t *body;
    size_t length;
};

static int64_t now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- HTTP ---- */

static void answer(SSL *ssl, const char *status, const char *type, const void *body, size_t length)
{
    char head[400];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                     "Connection: close\r\n\r\n",
                     status, type, length,
                     strncmp(status, "401", 3) == 0 ? "WWW-Authenticate: Basic realm=\"device\"\r\n"
                                                    : "");

    SSL_write(ssl, head, n);
    if (length > 0) {
        SSL_write(ssl, body, (int)length);
    }
}

static void say(SSL *ssl, const char *status, const char *text)
{
    answer(ssl, status, "text/plain", text, strlen(text));
}

static const char *header(const struct request *q, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = strstr(q->head, "\r\n"); at != NULL; at = strstr(at + 2, "\r\n")) {
        if (strncasecmp(at + 2, name, length) == 0 && at[2 + length] == ':') {
            return at + 3 + length + strspn(at + 3 + length, " ");
        }
    }
    return NULL;
}

static bool read_body(SSL *ssl, struct request *q, size_t have, const char *from)
{
    const char *told = header(q, "Content-Length");

    q->length = told != NULL ? strtoul(told, NULL, 10) : 0;
    if (q->length > BODY || have > q->length) {
        return false;
    }
    q->body = malloc(q->length + 1);
    if (q->body == NULL) {
        return false;
    }
    memcpy(q->body, from, have);
    while (have < q->length) {
        int got = SSL_read(ssl, q->body + have, (int)(q->length - have));
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
    }
    return true;
}

static bool read_request(SSL *ssl, struct request *q)
{
    size_t have = 0;
    char *end = NULL;
    char rest[HEAD];

    while (end == NULL && have < HEAD) {
        int got = SSL_read(ssl, q->head + have, (int)(HEAD - have));
        if (got <= 0) {
            return false;
        }
        have += (size_t)got;
        q->head[have] = '\0';
        end = strstr(q->head, "\r\n\r\n");
    }
    if (end == NULL || sscanf(q->head, "%7s %511s", q->method, q->path) != 2) {
        return false;
    }
    size_t more = have - (size_t)(end + 4 - q->head);
    memcpy(rest, end + 4, more);
    end[2] = '\0';
    return read_body(ssl, q, more, rest);
}

/* ---- /_sim: what tests ask and tell; under the lock ---- */

static void control(SSL *ssl, struct device *d, const char *path)
{
    char word[64] = "";
    char text[600];
    unsigned n = 0;

    if (sscanf(path, "mode/%63[a-z-]/%u", word, &n) >= 1 && mode_by_name(word) != MODES) {
        d->mode = mode_by_name(word);
        d->left = n;
        say(ssl, "200 OK", "ok\n");
    } else if (sscanf(path, "put/%63[A-Za-z0-9.]/%511s", word, text) == 2) {
        say(ssl, device_put(d, word, text) ? "200 OK" : "404 Not Found", "");
    } else if (strncmp(path, "value/", 6) == 0 && device_value(d, path + 6) != NULL) {
        snprintf(text, sizeof text, "%s\n", device_value(d, path + 6));
        say(ssl, "200 OK", text);
    } else if (strcmp(path, "counts") == 0) {
        snprintf(text, sizeof text, "gets=%u posts=%u posted=%u\n", d->gets, d->posts, d->posted);
        say(ssl, "200 OK", text);
    } else {
        say(ssl, "404 Not Found", "mode/NAME[/N] value/NAME put/NAME/VALUE counts\n");
    }
}

/* ---- the bundle; under the lock ---- */

static void export(SSL *ssl, struct device *d)
{
    struct buffer zip = {0};

    d->gets++;
    device_export(d, &zip);
    answer(ssl, "200 OK", "application/zip", zip.data, zip.length);
    buffer_free(&zip);
}

static void import(SSL *ssl, struct device *d, const struct request *q)
{
    d->posts++;
    if (d->mode == MODE_REFUSE || !device_import(d, q->body, q->length)) {
        say(ssl, "400 Bad Request", "the bundle cannot be imported\n");
        return;
    }
    if (d->mode == MODE_LOSE) {
        return;
    }
    if (d->mode == MODE_REBOOT) {
        d->away_until = now_ms() + (int64_t)d->left * 1000;
        d->mode = MODE_GOOD;
    }
    say(ssl, "200 OK", "");
}

static void bundles(SSL *ssl, struct device *d, const struct request *q)
{
    const char *who = header(q, "Authorization");
    size_t length = strlen(login);

    if (d->mode == MODE_NONE) {
        say(ssl, "404 Not Found", "");
    } else if (who == NULL || strncmp(who, login, length) != 0 || who[length] != '\r') {
        say(ssl, "401 Unauthorized", "");
    } else if (d->mode == MODE_BUSY) {
        if (d->left > 0 && --d->left == 0) {
            d->mode = MODE_GOOD;
        }
        say(ssl, "408 Request Timeout", "busy\n");
    } else if (strcmp(q->method, "GET") == 0) {
        export(ssl, d);
    } else if (strcmp(q->method, "POST") == 0) {
        import(ssl, d, q);
    } else {
        say(ssl, "405 Method Not Allowed", "");
    }
}

static void serve(SSL *ssl, struct device *d)
{
    static const char path[] = "/webservices/vcc/bundles";
    struct request *q = calloc(1, sizeof *q);

    if (q != NULL && read_request(ssl, q)) {
        pthread_mutex_lock(&lock);
        if (strncmp(q->path, "/_sim/", 6) == 0) {
            control(ssl, d, q->path + 6);
        } else if (strncmp(q->path, path, sizeof path - 1) == 0) {
            bundles(ssl, d, q);
        } else {
            say(ssl, "404 Not Found", "");
        }
        pthread_mutex_unlock(&lock);
    }
    if (q != NULL) {
        free(q->body);
    }
    free(q);
}

/* ---- connections ---- */

static void *run(void *user)
{
    struct connection *c = user;
    struct timeval patience = {.tv_sec = PATIENCE_S};
    SSL *ssl = SSL_new(tls);

    setsockopt(c->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(c->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (ssl != NULL && SSL_set_fd(ssl, c->socket) == 1 && SSL_accept(ssl) == 1) {
        serve(ssl, c->device);
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    close(c->socket);
    free(c);
    return NULL;
}

static void take_connection(struct device *d)
{
    pthread_t thread;
    struct connection *c = calloc(1, sizeof *c);
    int socket = accept(d->socket, NULL, NULL);

    pthread_mutex_lock(&lock);
    bool away = now_ms() < d->away_until;
    pthread_mutex_unlock(&lock);
    if (c == NULL || socket < 0 || away) {
        if (socket >= 0) {
            close(socket);
        }
        free(c);
        return;
    }
    c->socket = socket;
    c->device = d;
    if (pthread_create(&thread, NULL, run, c) == 0) {
        pthread_detach(thread);
    } else {
        close(socket);
        free(c);
    }
}

/* ---- start ---- */

/* A certificate that it signs itself, as devices do. */
static bool make_tls(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();

    tls = SSL_CTX_new(TLS_server_method());
    if (key == NULL || cert == NULL || tls == NULL) {
        return false;
    }
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                               (const unsigned char *)"device", -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_set_pubkey(cert, key);
    bool good = X509_sign(cert, key, EVP_sha256()) > 0 && SSL_CTX_use_certificate(tls, cert) == 1 &&
                SSL_CTX_use_PrivateKey(tls, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return good;
}

static bool make_login(const char *user)
{
    unsigned char coded[300];
    size_t length = strlen(user);

    if (length == 0 || length > 200) {
        return false;
    }
    EVP_EncodeBlock(coded, (const unsigned char *)user, (int)length);
    snprintf(login, sizeof login, "Basic %s", (const char *)coded);
    return true;
}

static bool open_device(struct device *d, uint32_t address, unsigned port, unsigned number)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(address)};
    int one = 1;

    device_init(d, number);
    inet_ntop(AF_INET, &at.sin_addr, d->address, sizeof d->address);
    d->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(d->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return bind(d->socket, (struct sockaddr *)&at, sizeof at) == 0 && listen(d->socket, 64) == 0;
}

static void stop(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static int usage(void)
{
    fputs("usage: platen-sim-vcc FIRST-ADDRESS COUNT PORT USER:PASSWORD\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct in_addr first;
    struct pollfd polls[DEVICES];
    unsigned long count = argc == 5 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long port = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;

    if (count < 1 || count > DEVICES || port < 1 || port > 65535 ||
        inet_pton(AF_INET, argv[1], &first) != 1 || !make_login(argv[4])) {
        return usage();
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    devices = calloc(count, sizeof *devices);
    device_count = count;
    if (devices == NULL || !make_tls()) {
        fputs("platen-sim-vcc: no memory\n", stderr);
        return 1;
    }
    for (unsigned i = 0; i < device_count; i++) {
        if (!open_device(&devices[i], ntohl(first.s_addr) + i, (unsigned)port, i)) {
            fprintf(stderr, "platen-sim-vcc: %s:%lu: %s\n", devices[i].address, port,
                    strerror(errno));
            return 1;
        }
        polls[i] = (struct pollfd){.fd = devices[i].socket, .events = POLLIN};
    }
    printf("ready devices=%zu port=%lu\n", device_count, port);
    fflush(stdout);
    while (poll(polls, device_count, -1) >= 0 || errno == EINTR) {
        for (size_t i = 0; i < device_count; i++) {
            if (polls[i].revents != 0) {
                take_connection(&devices[i]);
            }
        }
    }
    return 1;
}
