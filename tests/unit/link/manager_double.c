/* See manager_double.h. One thread accepts, one thread a connection. */
#include "manager_double.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/base/json.h"
#include "core/link/agent_gzip.h"

#define BODY_MAX (16u * 1024u * 1024u)

/* ---- certificates ---- */

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *signer)
{
    static long serial = 1;
    X509 *c = X509_new();
    X509_NAME *subject = X509_NAME_new();
    assert_true(c != NULL && subject != NULL);
    assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    X509_set_version(c, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(c), serial++);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), 86400);
    X509_set_subject_name(c, subject);
    X509_set_issuer_name(c, issuer != NULL ? X509_get_subject_name(issuer) : subject);
    X509_set_pubkey(c, key);
    X509_NAME_free(subject);
    if (issuer == NULL) {
        add_extension(c, c, NID_basic_constraints, "critical,CA:TRUE");
        add_extension(c, c, NID_key_usage, "critical,keyCertSign");
    } else if (strcmp(name, "server") == 0) {
        add_extension(c, issuer, NID_subject_alt_name, "IP:127.0.0.1,IP:127.0.0.2,DNS:localhost");
        add_extension(c, issuer, NID_ext_key_usage, "serverAuth");
    } else {
        add_extension(c, issuer, NID_ext_key_usage, "clientAuth");
    }
    assert_true(X509_sign(c, signer, EVP_sha256()) > 0);
    return c;
}

void double_init(manager_double *d)
{
    memset(d, 0, sizeof(*d));
    d->listener = -1;
    for (size_t i = 0; i < DOUBLE_CONNECTIONS; i++) {
        d->sockets[i] = -1;
    }
    (void)pthread_mutex_init(&d->mutex, NULL);
    (void)pthread_cond_init(&d->changed, NULL);
    d->ca_key = EVP_EC_gen("P-256");
    d->server_key = EVP_EC_gen("P-256");
    d->ca = make_certificate(d->ca_key, "test CA", NULL, d->ca_key);
    d->server = make_certificate(d->server_key, "server", d->ca, d->ca_key);
    d->context = SSL_CTX_new(TLS_server_method());
    assert_int_equal(SSL_CTX_use_certificate(d->context, d->server), 1);
    assert_int_equal(SSL_CTX_add1_chain_cert(d->context, d->ca), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(d->context, d->server_key), 1);
    assert_int_equal(X509_STORE_add_cert(SSL_CTX_get_cert_store(d->context), d->ca), 1);
    SSL_CTX_set_verify(d->context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_session_id_context(d->context, (const unsigned char *)"t", 1);
    d->jobs = cJSON_CreateArray();
    d->over = cJSON_CreateArray();
    d->cancels = cJSON_CreateArray();
    d->batches = cJSON_CreateArray();
    d->config = cJSON_CreateObject();
    cJSON_AddStringToObject(d->config, "version", "1");
}

void double_fini(manager_double *d)
{
    double_down(d);
    cJSON_Delete(d->jobs);
    cJSON_Delete(d->over);
    cJSON_Delete(d->cancels);
    cJSON_Delete(d->batches);
    cJSON_Delete(d->config);
    SSL_CTX_free(d->context);
    X509_free(d->ca);
    X509_free(d->server);
    EVP_PKEY_free(d->ca_key);
    EVP_PKEY_free(d->server_key);
    (void)pthread_cond_destroy(&d->changed);
    (void)pthread_mutex_destroy(&d->mutex);
}

void double_key(const manager_double *d, const char *secret, char text[256])
{
    unsigned char digest[32];
    unsigned size = 0;
    assert_int_equal(X509_digest(d->ca, EVP_sha256(), digest, &size), 1);
    int at = snprintf(text, 256, "plk_%s.", secret);
    for (unsigned i = 0; i < size; i++) {
        at += snprintf(text + at, 256 - (size_t)at, "%02x", digest[i]);
    }
}

void double_url(const manager_double *d, bool far, char text[64])
{
    (void)snprintf(text, 64, "https://%s:%u", far ? "127.0.0.2" : "127.0.0.1", d->port);
}

/* ---- the calls; the mutex is held ---- */

static char *pem_of(X509 *certificate)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
    long length = BIO_get_mem_data(bio, &data);
    char *text = strndup(data, (size_t)length);
    BIO_free(bio);
    return text;
}

static int answer_activate(manager_double *d, const cJSON *body, cJSON *answer)
{
    char key[256];
    double_key(d, d->secret, key);
    if (d->secret[0] == '\0' || strcmp(json_get_text(body, "key", ""), key) != 0) {
        cJSON_AddStringToObject(answer, "detail", "the key is not known");
        return 403;
    }
    BIO *bio = BIO_new_mem_buf(json_get_text(body, "csr", ""), -1);
    X509_REQ *request = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(request);
    EVP_PKEY *agent = X509_REQ_get0_pubkey(request);
    assert_int_equal(X509_REQ_verify(request, agent), 1);
    X509 *certificate = make_certificate(agent, "agent:7", d->ca, d->ca_key);
    char *pem = pem_of(certificate);
    char *ca = pem_of(d->ca);
    cJSON_AddStringToObject(answer, "agent", "7");
    cJSON_AddStringToObject(answer, "certificate", pem);
    cJSON_AddStringToObject(answer, "ca", ca);
    free(pem);
    free(ca);
    X509_free(certificate);
    X509_REQ_free(request);
    d->activations++;
    d->secret[0] = '\0'; /* once */
    return 200;
}

static int answer_hello(manager_double *d, const cJSON *body, cJSON *answer)
{
    d->hellos++;
    (void)snprintf(d->boot, sizeof(d->boot), "%s", json_get_text(body, "boot", ""));
    cJSON_AddStringToObject(answer, "agent", "7");
    cJSON_AddItemToObject(answer, "config", cJSON_Duplicate(d->config, true));
    return 200;
}

static int answer_jobs(manager_double *d, const cJSON *body, cJSON *answer)
{
    struct timespec until;
    d->polls++;
    d->last_room = json_get_i64(body, "room", -1);
    d->out_of_count = d->out_of_count || (json_get_i64(body, "number", 0) != 1 &&
                                          json_get_i64(body, "number", 0) <= d->last_number);
    d->last_number = json_get_i64(body, "number", 0);
    d->last_held = cJSON_GetArraySize(json_get_array(body, "jobs"));
    (void)pthread_cond_broadcast(&d->changed);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += json_get_i64(body, "wait_s", 0) > 2 ? 2 : json_get_i64(body, "wait_s", 0);
    while (!d->stopping && cJSON_GetArraySize(d->jobs) == 0 &&
           cJSON_GetArraySize(d->cancels) == 0 &&
           strcmp(json_get_text(body, "config_version", ""),
                  json_get_text(d->config, "version", "")) == 0 &&
           pthread_cond_timedwait(&d->changed, &d->mutex, &until) == 0) {
        /* woken for something else */
    }
    bool newer = strcmp(json_get_text(body, "config_version", ""),
                        json_get_text(d->config, "version", "")) != 0;
    cJSON_AddItemToObject(answer, "jobs", d->last_room > 0 ? d->jobs : cJSON_CreateArray());
    if (d->last_room > 0) {
        d->jobs = cJSON_CreateArray();
    }
    cJSON_AddItemToObject(answer, "over", d->over);
    d->over = cJSON_CreateArray();
    cJSON_AddItemToObject(answer, "cancel", d->cancels);
    d->cancels = cJSON_CreateArray();
    cJSON_AddItemToObject(answer, "config",
                          newer ? cJSON_Duplicate(d->config, true) : cJSON_CreateNull());
    return 200;
}

static int answer_devices(manager_double *d, const cJSON *body, cJSON *answer)
{
    cJSON *list = cJSON_AddArrayToObject(answer, "devices");
    const cJSON *id = NULL;
    d->questions++;
    cJSON_ArrayForEach(id, json_get_array(body, "ids"))
    {
        char text[32];
        cJSON *device = cJSON_CreateObject();
        (void)snprintf(text, sizeof(text), "%.0f", cJSON_GetNumberValue(id));
        cJSON_AddStringToObject(device, "id", text);
        cJSON_AddItemToArray(list, device);
    }
    return 200;
}

static int answer_results(manager_double *d, const cJSON *body, cJSON *answer)
{
    const cJSON *batch = NULL;
    double sequence = cJSON_GetNumberValue(cJSON_GetObjectItem(body, "seq"));
    if (d->results_refusals > 0) {
        d->results_refusals--;
        cJSON_AddStringToObject(answer, "detail", "not that one");
        return d->results_status;
    }
    bool known = false;
    cJSON_ArrayForEach(batch, d->batches)
    {
        known = known ||
                (cJSON_GetNumberValue(cJSON_GetObjectItem(batch, "seq")) == sequence &&
                 strcmp(json_get_text(batch, "boot", ""), json_get_text(body, "boot", "")) == 0);
    }
    if (known) {
        d->repeats++;
    } else {
        cJSON_AddItemToArray(d->batches, cJSON_Duplicate(body, true));
    }
    cJSON_AddNumberToObject(answer, "ack", sequence);
    if (d->lost_answers > 0) {
        d->lost_answers--;
        return 0;
    }
    return 200;
}

static int answer(manager_double *d, const char *path, const cJSON *body, bool certified,
                  cJSON *out)
{
    static const struct {
        const char *path;
        int (*answer)(manager_double *d, const cJSON *body, cJSON *answer);
    } calls[] = {{"/api/v1/link/activate", answer_activate},
                 {"/api/v1/link/hello", answer_hello},
                 {"/api/v1/link/jobs", answer_jobs},
                 {"/api/v1/link/devices", answer_devices},
                 {"/api/v1/link/results", answer_results}};
    d->requests++;
    if (!certified && strcmp(path, calls[0].path) != 0) {
        d->naked++;
        return 401;
    }
    if (d->deactivated && certified) {
        cJSON_AddStringToObject(out, "code", "agent-deactivated");
        cJSON_AddStringToObject(out, "detail", "agent 7 is deactivated");
        return 403;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].path, path) == 0) {
            return calls[i].answer(d, body, out);
        }
    }
    return 404;
}

/* ---- HTTP over TLS ---- */

typedef struct connection {
    manager_double *owner;
    int fd;
    size_t slot;
} connection;

static bool read_until(SSL *ssl, char *buffer, size_t capacity, size_t *used, size_t wanted,
                       const char *ending)
{
    while (ending != NULL ? strstr(buffer, ending) == NULL : *used < wanted) {
        if (*used + 1 >= capacity) {
            return false;
        }
        int n = SSL_read(ssl, buffer + *used, (int)(capacity - *used - 1));
        if (n <= 0) {
            return false;
        }
        *used += (size_t)n;
        buffer[*used] = '\0';
    }
    return true;
}

static const char *header(const char *head, const char *name, char value[128])
{
    const char *at = strcasestr(head, name);
    value[0] = '\0';
    if (at != NULL) {
        (void)sscanf(at + strlen(name), ": %127[^\r\n]", value);
    }
    return value;
}

static cJSON *parse_body(manager_double *d, const char *body, size_t length, bool packed)
{
    char *text = NULL;
    size_t text_length = 0;
    if (!packed) {
        return cJSON_ParseWithLength(body, length);
    }
    assert_int_equal(gzip_unpack(body, length, BODY_MAX, &text, &text_length, NULL), PLATEN_OK);
    cJSON *tree = cJSON_ParseWithLength(text, text_length);
    free(text);
    (void)pthread_mutex_lock(&d->mutex);
    d->packed++;
    (void)pthread_mutex_unlock(&d->mutex);
    return tree;
}

/* One request and its answer; false ends the connection. */
static bool serve(manager_double *d, SSL *ssl, char *buffer, size_t *used)
{
    char path[128] = "";
    char value[128];
    if (!read_until(ssl, buffer, BODY_MAX, used, 0, "\r\n\r\n")) {
        return false;
    }
    char *body = strstr(buffer, "\r\n\r\n") + 4;
    size_t head = (size_t)(body - buffer);
    body[-1] = '\0';
    assert_int_equal(sscanf(buffer, "POST %127s HTTP/1.1", path), 1);
    size_t length = strtoul(header(buffer, "Content-Length", value), NULL, 10);
    bool packed = strcmp(header(buffer, "Content-Encoding", value), "gzip") == 0;
    if (!read_until(ssl, buffer, BODY_MAX, used, head + length, NULL)) {
        return false;
    }
    cJSON *tree = parse_body(d, body, length, packed);
    assert_non_null(tree);
    *used = 0;
    buffer[0] = '\0';
    X509 *peer = SSL_get1_peer_certificate(ssl);
    cJSON *out = cJSON_CreateObject();
    (void)pthread_mutex_lock(&d->mutex);
    int status = answer(d, path, tree, peer != NULL, out);
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->mutex);
    X509_free(peer);
    cJSON_Delete(tree);
    char *text = cJSON_PrintUnformatted(out);
    cJSON_Delete(out);
    char top[256];
    int top_length = snprintf(top, sizeof(top),
                              "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                              "Content-Length: %zu\r\n\r\n",
                              status, strlen(text));
    bool good = status != 0 && SSL_write(ssl, top, top_length) == top_length &&
                SSL_write(ssl, text, (int)strlen(text)) == (int)strlen(text);
    free(text);
    return good;
}

static void *serve_connection(void *user)
{
    connection *c = user;
    manager_double *d = c->owner;
    SSL *ssl = SSL_new(d->context);
    char *buffer = malloc(BODY_MAX);
    size_t used = 0;
    buffer[0] = '\0';
    SSL_set_fd(ssl, c->fd);
    if (SSL_accept(ssl) == 1) {
        while (serve(d, ssl, buffer, &used)) {
            /* the next request of a connection that is kept */
        }
    }
    SSL_free(ssl);
    free(buffer);
    (void)pthread_mutex_lock(&d->mutex);
    (void)close(c->fd);
    d->sockets[c->slot] = -1;
    d->connections--;
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->mutex);
    free(c);
    return NULL;
}

static void take_connection(manager_double *d, int fd)
{
    size_t slot = 0;
    (void)pthread_mutex_lock(&d->mutex);
    while (slot < DOUBLE_CONNECTIONS && d->sockets[slot] >= 0) {
        slot++;
    }
    connection *c = slot < DOUBLE_CONNECTIONS && !d->stopping ? malloc(sizeof(*c)) : NULL;
    pthread_t thread;
    if (c != NULL) {
        *c = (connection){d, fd, slot};
        d->sockets[slot] = fd;
        d->connections++;
    }
    (void)pthread_mutex_unlock(&d->mutex);
    if (c == NULL) {
        (void)close(fd);
    } else if (pthread_create(&thread, NULL, serve_connection, c) == 0) {
        (void)pthread_detach(thread);
    }
}

static void *accept_all(void *user)
{
    manager_double *d = user;
    for (;;) {
        int fd = accept4(d->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            return NULL;
        }
        take_connection(d, fd);
    }
}

void double_up(manager_double *d)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)d->port)};
    socklen_t length = sizeof(sa);
    int one = 1;
    sa.sin_addr.s_addr = htonl(INADDR_ANY);
    d->stopping = false;
    d->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)setsockopt(d->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    assert_int_equal(bind(d->listener, (const struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(listen(d->listener, 16), 0);
    assert_int_equal(getsockname(d->listener, (struct sockaddr *)&sa, &length), 0);
    d->port = ntohs(sa.sin_port);
    assert_int_equal(pthread_create(&d->thread, NULL, accept_all, d), 0);
}

void double_down(manager_double *d)
{
    if (d->listener < 0) {
        return;
    }
    (void)pthread_mutex_lock(&d->mutex);
    d->stopping = true;
    (void)shutdown(d->listener, SHUT_RDWR);
    for (size_t i = 0; i < DOUBLE_CONNECTIONS; i++) {
        if (d->sockets[i] >= 0) {
            (void)shutdown(d->sockets[i], SHUT_RDWR);
        }
    }
    (void)pthread_cond_broadcast(&d->changed);
    (void)pthread_mutex_unlock(&d->mutex);
    (void)pthread_join(d->thread, NULL);
    (void)pthread_mutex_lock(&d->mutex);
    while (d->connections > 0) {
        (void)pthread_cond_wait(&d->changed, &d->mutex);
    }
    (void)pthread_mutex_unlock(&d->mutex);
    (void)close(d->listener);
    d->listener = -1;
}

bool double_wait(manager_double *d, bool (*done)(const manager_double *d, int64_t value),
                 int64_t value, int seconds)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += seconds;
    (void)pthread_mutex_lock(&d->mutex);
    int rc = 0;
    while (!done(d, value) && rc == 0) {
        rc = pthread_cond_timedwait(&d->changed, &d->mutex, &until);
    }
    bool reached = done(d, value);
    (void)pthread_mutex_unlock(&d->mutex);
    return reached;
}
