/* The server on free ports: TLS over both families, redirects, client certificates, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/http/certs.h"
#include "core/http/http.h"
#include "tests/unit/http/tls_client.h"

#define TEXT 65536

typedef struct house {
    char folder[64];
    certs_files files;
    http_server *server;
    int port;
    int http_port;
    char text[TEXT];
} house;

static atomic_bool stream_goes_on;

/* Echoes what it understood. */
static void handle(http_exchange *x, void *user)
{
    char body[512];
    char agent[64] = "";
    char read[256] = "";
    size_t length = 0;
    (void)user;
    if (strcmp(x->path, "/stream") == 0) {
        if (!http_stream_begin(x, "Content-Type: text/plain\r\n")) {
            (void)http_answer(x, 503, "", NULL, 0);
            return;
        }
        while (atomic_load(&stream_goes_on) && http_stream_write(x, "tick\n", 5)) {
            (void)usleep(20000);
        }
        http_stream_end(x, true);
        return;
    }
    if (x->body_length > 0 && x->body_length < (int64_t)sizeof(read)) {
        (void)x->transport->read(x, read, (size_t)x->body_length);
    }
    const void *der = x->transport->certificate(x, &length);
    if (der != NULL) {
        (void)certs_agent_of(der, length, agent, sizeof(agent));
    }
    int size = snprintf(body, sizeof(body), "%s %s ?%s from %s agent=%s body=%s", x->method,
                        x->path, x->query, x->remote, agent, read);
    (void)http_answer(x, 200, "Content-Type: text/plain\r\n", body, (size_t)size);
}

static const char *site_name = "";
static unsigned per_address;

static const char *site(void *user)
{
    (void)user;
    return site_name;
}

static void start(house *h, unsigned threads, unsigned streams)
{
    platen_error err = PLATEN_ERROR_INIT;
    http_options options = {.http_port = 0,
                            .certificate = h->files.certificate,
                            .key = h->files.key,
                            .client_ca = h->files.ca,
                            .threads = threads,
                            .streams = streams,
                            .per_address = per_address,
                            .handle = handle,
                            .public_name = site};
    if (http_server_start(&options, &h->server, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    h->port = http_server_port(h->server, true);
    h->http_port = http_server_port(h->server, false);
    assert_true(h->port > 0 && h->http_port > 0);
}

static int open_house(void **state)
{
    house *h = calloc(1, sizeof(*h));
    assert_non_null(h);
    (void)snprintf(h->folder, sizeof(h->folder), "/tmp/platen-http-XXXXXX");
    assert_non_null(mkdtemp(h->folder));
    assert_int_equal(certs_prepare(h->folder, NULL, &h->files, NULL, NULL), PLATEN_OK);
    start(h, 16, 2);
    *state = h;
    return 0;
}

static int close_house(void **state)
{
    house *h = *state;
    char path[128];
    http_server_stop(h->server);
    static const char *const names[] = {"ca.pem",     "ca.key",    "server.pem",
                                        "server.key", "agent.pem", "agent.key"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/certs/%s", h->folder, names[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof(path), "%s/certs", h->folder);
    (void)rmdir(path);
    (void)rmdir(h->folder);
    free(h);
    return 0;
}

static int ask_once(house *h, const tls_client_options *options, const char *request)
{
    tls_client *c = tls_client_open(options);
    if (c == NULL) {
        return -1;
    }
    int status = tls_client_ask(c, request, h->text, sizeof(h->text));
    tls_client_close(c);
    return status;
}

static void test_http__serves_tls_on_both_families(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    house *h = *state;
    for (size_t i = 0; i < 2; i++) {
        tls_client_options options = {.address = addresses[i], .port = h->port, .ca = h->files.ca};
        assert_int_equal(ask_once(h, &options, "GET /a%20b?x=%31 HTTP/1.1\r\nHost: h\r\n\r\n"),
                         200);
        char expected[64];
        (void)snprintf(expected, sizeof(expected), "GET /a%%20b ?x=%%31 from %s ", addresses[i]);
        assert_non_null(strstr(h->text, expected));
        assert_non_null(strstr(h->text, "\r\nX-Content-Type-Options: nosniff\r\n"));
        assert_non_null(strstr(h->text, "\r\nDate: "));
    }
}

static void test_http__refuses_old_tls(void **state)
{
    house *h = *state;
    tls_client_options options = {
        .address = "127.0.0.1", .port = h->port, .max_version = TLS1_1_VERSION};
    assert_null(tls_client_open(&options));
    options.max_version = TLS1_2_VERSION;
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

static void test_http__keeps_connections(void **state)
{
    house *h = *state;
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    tls_client *c = tls_client_open(&options);
    http_counts counts;
    assert_non_null(c);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            tls_client_ask(c, "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody",
                           h->text, sizeof(h->text)),
            200);
        assert_non_null(strstr(h->text, "body=body"));
        assert_non_null(strstr(h->text, "\r\nConnection: keep-alive\r\n"));
    }
    http_server_counts(h->server, &counts);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(tls_client_ask(c, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                                    h->text, sizeof(h->text)),
                     200);
    assert_non_null(strstr(h->text, "\r\nConnection: close\r\n"));
    assert_int_equal(tls_client_read(c, h->text, sizeof(h->text)), 0);
    tls_client_close(c);
    for (int i = 0; i < 200 && counts.connections > 0; i++) {
        (void)usleep(20000);
        http_server_counts(h->server, &counts);
    }
    assert_int_equal(counts.connections, 0);
    assert_int_equal(counts.accepted, 1);
}

static void assert_redirect(house *h, const char *host, const char *wanted)
{
    char request[256];
    char expected[128];
    tls_client_options options = {.address = "::1", .port = h->http_port, .plain = true};
    (void)snprintf(request, sizeof(request), "GET /setup?token=a HTTP/1.1\r\nHost: %s\r\n\r\n",
                   host);
    int status = ask_once(h, &options, request);
    if (wanted == NULL) {
        assert_int_equal(status, 400);
        assert_null(strstr(h->text, "Location"));
        return;
    }
    assert_int_equal(status, 308);
    (void)snprintf(expected, sizeof(expected), "\r\nLocation: https://%s:%d/setup?token=a\r\n",
                   wanted, h->port);
    if (strstr(h->text, expected) == NULL) {
        fail_msg("no %s in %s", expected, h->text);
    }
    assert_non_null(strstr(h->text, "\r\nCache-Control: no-store\r\n"));
    assert_null(strstr(h->text, "Strict-Transport-Security"));
}

static void test_http__redirects_plain_requests(void **state)
{
    house *h = *state;
    char name[256] = "";
    assert_redirect(h, "localhost:8080", "localhost");
    assert_redirect(h, "LOCALHOST", "LOCALHOST");
    assert_redirect(h, "[::1]:80", "[::1]");
    assert_redirect(h, "127.0.0.1", "127.0.0.1");
    assert_int_equal(gethostname(name, sizeof(name) - 1), 0);
    assert_redirect(h, name, name);
}

/* Location holds what is this manager's and nothing else, whatever the request says. */
static void test_http__redirects_to_nobody_else(void **state)
{
    static const char *const foreign[] = {"evil.example",
                                          "evil.example:8080",
                                          "203.0.113.9",
                                          "[2001:db8::66]",
                                          "localhost.evil.example",
                                          "a/b@c",
                                          "",
                                          "localhost@evil.example",
                                          "localhost\\.evil.example"};
    house *h = *state;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        assert_redirect(h, foreign[i], NULL);
    }
    site_name = "printers.example";
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        assert_redirect(h, foreign[i], "printers.example");
    }
    assert_redirect(h, "printers.example:8080", "printers.example");
    site_name = "2001:db8::1";
    assert_redirect(h, "evil.example", "[2001:db8::1]");
    site_name = "";
    /* A path cannot leave the host either. */
    tls_client_options options = {.address = "::1", .port = h->http_port, .plain = true};
    (void)ask_once(h, &options, "GET //evil.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_non_null(strstr(h->text, "\r\nLocation: https://localhost:"));
    assert_null(strstr(h->text, "https://evil"));
    (void)ask_once(h, &options, "GET @evil.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_null(strstr(h->text, "Location"));
}

/* RFC 9112, 3.2 */
static void test_http__wants_one_host(void **state)
{
    house *h = *state;
    tls_client_options options = {.address = "127.0.0.1", .port = h->port};
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400);
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.0\r\n\r\n"), 200);
}

static void test_http__sends_headers_of_security(void **state)
{
    static const char *const headers[] = {
        "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nX-Frame-Options: DENY\r\n",
        "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nCross-Origin-Resource-Policy: same-origin\r\n",
        "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
        "\r\nPermissions-Policy: ",
        "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n",
    };
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "NONSENSE\r\n\r\n", /* what civetweb refuses by itself */
        "GET / HTTP/1.1\r\n\r\n",
    };
    house *h = *state;
    tls_client_options options = {.address = "127.0.0.1", .port = h->port};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_true(ask_once(h, &options, requests[i]) > 0);
        for (size_t j = 0; j < sizeof(headers) / sizeof(headers[0]); j++) {
            if (strstr(h->text, headers[j]) == NULL) {
                fail_msg("no %s in %s", headers[j], h->text);
            }
        }
        assert_null(strstr(h->text, "Server:"));
    }
    (void)ask_once(h, &options, "GET / HTTP/1.1\r\nHost: printers.example\r\n\r\n");
    assert_non_null(strstr(h->text, "\r\nStrict-Transport-Security: max-age=31536000\r\n"));
    (void)ask_once(h, &options, "GET / HTTP/1.1\r\nHost: localhost:8443\r\n\r\n");
    assert_null(strstr(h->text, "Strict-Transport-Security"));
    (void)ask_once(h, &options, "GET / HTTP/1.1\r\nHost: localhost.example\r\n\r\n");
    assert_non_null(strstr(h->text, "Strict-Transport-Security"));
}

/* Whoever opens connections and says nothing gets so many and no more; others are served. */
static void test_http__bounds_connections_of_an_address(void **state)
{
    house *h = *state;
    int held[4];
    http_server_stop(h->server);
    per_address = 4;
    start(h, 16, 2);
    per_address = 0;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)h->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (size_t i = 0; i < 4; i++) { /* not even a handshake */
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(held[i], (struct sockaddr *)&address, sizeof(address)), 0);
    }
    (void)usleep(300000);
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    assert_null(tls_client_open(&options));
    options.address = "::1";
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    for (size_t i = 0; i < 4; i++) {
        (void)close(held[i]);
    }
    options.address = "127.0.0.1";
    int status = -1;
    for (int i = 0; i < 100 && status != 200; i++) {
        (void)usleep(50000);
        status = ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    assert_int_equal(status, 200);
    /* Connections that come and go leave nothing behind. */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
        (void)usleep(20000);
    }
}

/* Silent connections to the plain port take nothing from the other one. */
static void test_http__keeps_the_plain_port_apart(void **state)
{
    house *h = *state;
    int held[40];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)h->http_port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    for (size_t i = 0; i < 40; i++) {
        held[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(held[i], (struct sockaddr *)&address, sizeof(address)), 0);
    }
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    int64_t began = clock_mono();
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    assert_true(clock_mono() - began < 3000);
    for (size_t i = 0; i < 40; i++) {
        (void)close(held[i]);
    }
}

static void test_http__refuses_doubtful_bodies(void **state)
{
    house *h = *state;
    tls_client_options options = {.address = "127.0.0.1", .port = h->port};
    assert_int_equal(
        ask_once(h, &options,
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        411);
    assert_int_equal(ask_once(h, &options,
                              "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                              "Content-Length: 2\r\n\r\nab"),
                     400);
    assert_int_equal(
        ask_once(h, &options, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2x\r\n\r\nab"), 400);
    assert_int_equal(
        ask_once(h, &options, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +2\r\n\r\nab"), 400);
    assert_int_equal(ask_once(h, &options, "NONSENSE\r\n\r\n"), 400);
    assert_non_null(strstr(h->text, "application/problem+json"));
}

static void write_text(const char *path, const strbuf *text)
{
    assert_int_equal(file_write(path, text->data, text->length, 0600, NULL), PLATEN_OK);
}

/* A key and a CSR as an agent makes them, the certificate as the manager answers it. */
static void make_agent(const house *h, const char *id, char *certificate, char *key)
{
    EVP_PKEY *pair = EVP_EC_gen("P-256");
    X509_REQ *request = X509_REQ_new();
    BIO *memory = BIO_new(BIO_s_mem());
    BIO *key_memory = BIO_new(BIO_s_mem());
    char *text = NULL;
    strbuf pem;
    strbuf key_pem;
    platen_error err = PLATEN_ERROR_INIT;
    (void)snprintf(certificate, 128, "%s/certs/agent.pem", h->folder);
    (void)snprintf(key, 128, "%s/certs/agent.key", h->folder);
    assert_int_equal(X509_REQ_set_pubkey(request, pair), 1);
    assert_true(X509_REQ_sign(request, pair, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509_REQ(memory, request), 1);
    assert_int_equal(PEM_write_bio_PrivateKey(key_memory, pair, NULL, NULL, 0, NULL, NULL), 1);
    assert_int_equal(BIO_write(memory, "", 1), 1);
    (void)BIO_get_mem_data(memory, &text);
    strbuf_init(&pem);
    strbuf_init(&key_pem);
    if (certs_sign_agent(h->folder, text, id, &pem, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
    write_text(certificate, &pem);
    long length = BIO_get_mem_data(key_memory, &text);
    strbuf_append_n(&key_pem, text, (size_t)length);
    write_text(key, &key_pem);
    strbuf_fini(&pem);
    strbuf_fini(&key_pem);
    BIO_free(memory);
    BIO_free(key_memory);
    X509_REQ_free(request);
    EVP_PKEY_free(pair);
}

static void test_http__knows_agents_by_certificate(void **state)
{
    house *h = *state;
    char certificate[128];
    char key[128];
    make_agent(h, "17", certificate, key);
    tls_client_options options = {.address = "127.0.0.1",
                                  .port = h->port,
                                  .ca = h->files.ca,
                                  .certificate = certificate,
                                  .key = key};
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    assert_non_null(strstr(h->text, "agent=17 "));
    options.certificate = NULL;
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    assert_non_null(strstr(h->text, "agent= "));
    /* The server's own certificate is of the same CA, but not for clients. */
    options.certificate = h->files.certificate;
    options.key = h->files.key;
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), -1);
}

static void test_http__refuses_certificates_of_others(void **state)
{
    house *h = *state;
    house other = {0};
    char certificate[128];
    char key[128];
    (void)snprintf(other.folder, sizeof(other.folder), "/tmp/platen-http-XXXXXX");
    assert_non_null(mkdtemp(other.folder));
    assert_int_equal(certs_prepare(other.folder, NULL, &other.files, NULL, NULL), PLATEN_OK);
    make_agent(&other, "17", certificate, key);
    tls_client_options options = {
        .address = "127.0.0.1", .port = h->port, .certificate = certificate, .key = key};
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), -1);
    void *box = calloc(1, sizeof(other));
    assert_non_null(box);
    memcpy(box, &other, sizeof(other));
    (void)close_house(&box);
}

static void test_http__takes_a_renewed_certificate(void **state)
{
    static const char *const names[] = {"printers.example", "192.0.2.33", NULL};
    house *h = *state;
    bool renewed = false;
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    tls_client *before = tls_client_open(&options);
    assert_non_null(before);
    assert_int_equal(certs_prepare(h->folder, names, &h->files, &renewed, NULL), PLATEN_OK);
    assert_true(renewed);
    assert_int_equal(http_server_reload(h->server, NULL), PLATEN_OK);
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    assert_int_equal(
        tls_client_ask(before, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", h->text, sizeof(h->text)), 200);
    tls_client_close(before);
    assert_int_equal(file_write(h->files.key, "nonsense", 8, 0600, NULL), PLATEN_OK);
    assert_int_not_equal(http_server_reload(h->server, NULL), PLATEN_OK); /* the old one stays */
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
}

static void test_http__names_the_port_that_is_taken(void **state)
{
    house *h = *state;
    platen_error err = PLATEN_ERROR_INIT;
    http_server *second = NULL;
    char port[16];
    http_options options = {.https_port = h->port,
                            .http_port = -1,
                            .certificate = h->files.certificate,
                            .key = h->files.key,
                            .threads = 2,
                            .handle = handle};
    assert_int_equal(http_server_start(&options, &second, &err), PLATEN_E_STATE);
    (void)snprintf(port, sizeof(port), "port %d ", h->port);
    assert_non_null(strstr(err.text, port));
    assert_null(second);
    options.https_port = 0;
    options.address = "192.0.2.1";
    options.https_port = 34567;
    assert_int_equal(http_server_start(&options, &second, &err), PLATEN_E_STATE);
    options.address = "nonsense";
    assert_int_equal(http_server_start(&options, &second, &err), PLATEN_E_INVAL);
}

static void test_http__bounds_streams_and_ends_them(void **state)
{
    house *h = *state;
    http_counts counts;
    tls_client *streams[2];
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    atomic_store(&stream_goes_on, true);
    for (size_t i = 0; i < 2; i++) {
        streams[i] = tls_client_open(&options);
        assert_non_null(streams[i]);
        assert_true(tls_client_send(streams[i], "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_true(tls_client_read(streams[i], h->text, sizeof(h->text)) > 0);
        assert_non_null(strstr(h->text, "Transfer-Encoding: chunked"));
    }
    assert_int_equal(ask_once(h, &options, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"), 503);
    http_server_counts(h->server, &counts);
    assert_int_equal(counts.streams, 2);
    assert_int_equal(ask_once(h, &options, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 200);
    /* a client that goes away frees its place */
    tls_client_close(streams[0]);
    for (int i = 0; i < 200 && counts.streams > 1; i++) {
        (void)usleep(20000);
        http_server_counts(h->server, &counts);
    }
    assert_int_equal(counts.streams, 1);
    /* stopping ends the other one at once */
    int64_t began = clock_mono();
    http_server_stop(h->server);
    h->server = NULL;
    assert_true(clock_mono() - began < 5000);
    tls_client_close(streams[1]);
}

static void test_http__closes_when_threads_run_short(void **state)
{
    house *h = *state;
    tls_client *held[15];
    tls_client_options options = {.address = "127.0.0.1", .port = h->port, .ca = h->files.ca};
    for (size_t i = 0; i < 15; i++) {
        held[i] = tls_client_open(&options);
        assert_non_null(held[i]);
        assert_int_equal(
            tls_client_ask(held[i], "GET / HTTP/1.1\r\nHost: h\r\n\r\n", h->text, sizeof(h->text)),
            200);
        /* of 16 threads the last two are not for keeping */
        assert_non_null(strstr(h->text, i < 14 ? "Connection: keep-alive" : "Connection: close"));
    }
    for (size_t i = 0; i < 15; i++) {
        tls_client_close(held[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_house, close_house)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_http__serves_tls_on_both_families),
        TEST(test_http__refuses_old_tls),
        TEST(test_http__keeps_connections),
        TEST(test_http__redirects_plain_requests),
        TEST(test_http__redirects_to_nobody_else),
        TEST(test_http__wants_one_host),
        TEST(test_http__sends_headers_of_security),
        TEST(test_http__bounds_connections_of_an_address),
        TEST(test_http__keeps_the_plain_port_apart),
        TEST(test_http__refuses_doubtful_bodies),
        TEST(test_http__knows_agents_by_certificate),
        TEST(test_http__refuses_certificates_of_others),
        TEST(test_http__takes_a_renewed_certificate),
        TEST(test_http__names_the_port_that_is_taken),
        TEST(test_http__bounds_streams_and_ends_them),
        TEST(test_http__closes_when_threads_run_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
