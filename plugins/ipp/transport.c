/*
 * libcurl carries the requests because it bounds a whole exchange in time, however slowly a device
 * drips its bytes. Devices sign their own certificates, so TLS here keeps readers out and does not
 * prove identity. No state outside the transport.
 */
#include "transport.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"
#include "socket.h"

#define BODY_FIRST ((size_t)16 << 10)

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    transport *t = user;
    size_t more = size * count;
    if (more > TRANSPORT_BODY_MOST - t->length) {
        return 0;
    }
    size_t need = t->length + more;
    if (need > t->capacity) {
        size_t capacity = t->capacity == 0 ? BODY_FIRST : t->capacity;
        while (capacity < need) {
            capacity *= 2;
        }
        uint8_t *body = realloc(t->body, capacity);
        if (body == NULL) {
            return 0;
        }
        t->body = body;
        t->capacity = capacity;
    }
    if (more > 0) {
        memcpy(t->body + t->length, data, more);
        t->length = need;
    }
    return more;
}

static size_t take_head(char *data, size_t size, size_t count, void *user)
{
    transport *t = user;
    size_t more = size * count;
    (void)data;
    if (more > TRANSPORT_HEAD_MOST - t->head_length) {
        return 0;
    }
    t->head_length += more;
    return more;
}

/* Called by libcurl for each new connection. */
static curl_socket_t open_connection(void *user, curlsocktype purpose,
                                     struct curl_sockaddr *address)
{
    transport *t = user;
    (void)purpose;
    (void)address; /* libcurl's reading of t->address */
    t->opened = true;
    int fd = socket_open(t->address, t->port, t->connect_deadline, &t->connect_failure);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int say_connected(void *user, curl_socket_t fd, curlsocktype purpose)
{
    (void)user;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Options that never change. libcurl ignores repeats, and its failures here mean no memory. */
static CURLcode set_options(transport *t)
{
    CURL *curl = t->curl;
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value)
    SET(CURLOPT_ERRORBUFFER, t->trouble);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_USERAGENT, "Platen IPP/2.0");
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* Devices have 1024 bit keys and SHA-1 signatures; that is still better than clear text. */
    SET(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_MAXFILESIZE, (long)TRANSPORT_BODY_MOST);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, t);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, t);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_connection);
    SET(CURLOPT_OPENSOCKETDATA, t);
    SET(CURLOPT_SOCKOPTFUNCTION, say_connected);
    return rc;
}

platen_code transport_open(transport *t, const platen_host *host, const platen_target *target,
                           platen_error *err)
{
    memset(t, 0, sizeof(*t));
    t->host = host;
    t->port = target->port;
    t->deadline = target->deadline;
    int length = snprintf(t->address, sizeof(t->address), "%s", target->address);
    if (length <= 0 || (size_t)length >= sizeof(t->address)) {
        return host->fail(err, PLATEN_E_INVAL, "address '%.80s' is none", target->address);
    }
    t->curl = curl_easy_init();
    CURLcode rc = t->curl == NULL ? CURLE_OUT_OF_MEMORY : set_options(t);
    t->has_user = target->user[0] != '\0';
    if (rc == CURLE_OK && t->has_user) {
        rc = curl_easy_setopt(t->curl, CURLOPT_USERNAME, target->user);
        if (rc == CURLE_OK) {
            rc = curl_easy_setopt(t->curl, CURLOPT_PASSWORD, target->password);
        }
    }
    if (rc == CURLE_OK) {
        return PLATEN_OK;
    }
    transport_close(t);
    return host->fail(err, PLATEN_E_NOMEM, "http client: %s", curl_easy_strerror(rc));
}

void transport_close(transport *t)
{
    curl_easy_cleanup(t->curl);
    t->curl = NULL;
    free(t->body);
    t->body = NULL;
}

/* "https://[fe80::1%25eth0]:631/ipp/print" */
static bool make_url(const transport *t, transport_scheme scheme, const char *path, char *url,
                     size_t capacity)
{
    const char *protocol = scheme == TRANSPORT_CLEAR ? "http" : "https";
    const char *zone = strchr(t->address, '%');
    int length;
    if (strchr(t->address, ':') == NULL) {
        length = snprintf(url, capacity, "%s://%s:%u%s", protocol, t->address, t->port, path);
    } else if (zone == NULL) {
        length = snprintf(url, capacity, "%s://[%s]:%u%s", protocol, t->address, t->port, path);
    } else {
        length = snprintf(url, capacity, "%s://[%.*s%%25%s]:%u%s", protocol,
                          (int)(zone - t->address), t->address, zone + 1, t->port, path);
    }
    return length > 0 && (size_t)length < capacity;
}

static CURLcode set_scheme(transport *t, transport_scheme scheme)
{
    CURLcode rc = CURLE_OK;
    t->scheme = scheme;
    if (t->has_user) {
        /* A password never crosses the network readable: Basic only inside TLS. */
        rc = curl_easy_setopt(t->curl, CURLOPT_HTTPAUTH,
                              scheme == TRANSPORT_CLEAR ? (long)CURLAUTH_DIGEST
                                                        : (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
    }
    return rc;
}

/*
 * OpenSSL writes to sockets that the device may have closed. A plugin sets no signal handlers and a
 * thread must not change the process's, so SIGPIPE is held back in this thread and taken away.
 */
static CURLcode perform_without_sigpipe(CURL *curl)
{
    const struct timespec at_once = {0, 0};
    sigset_t pipe_only;
    sigset_t before;
    sigset_t pending;
    (void)sigemptyset(&pipe_only);
    (void)sigaddset(&pipe_only, SIGPIPE);
    (void)sigpending(&pending);
    (void)pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    CURLcode rc = curl_easy_perform(curl);
    if (sigismember(&pending, SIGPIPE) == 0) {
        while (sigtimedwait(&pipe_only, NULL, &at_once) == -1 && errno == EINTR) {
            /* again */
        }
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static CURLcode perform(transport *t, const char *url, const void *request, size_t length,
                        long limit_ms)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/ipp");
    struct curl_slist *more = curl_slist_append(headers, "Expect:");
    if (headers == NULL || more == NULL) {
        curl_slist_free_all(headers);
        return CURLE_OUT_OF_MEMORY;
    }
    CURLcode rc = curl_easy_setopt(t->curl, CURLOPT_URL, url);
    CURL *curl = t->curl;
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_POSTFIELDSIZE, (long)length);
    SET(CURLOPT_POSTFIELDS, request);
    SET(CURLOPT_TIMEOUT_MS, limit_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, limit_ms > 1 ? limit_ms / 2 : 1L);
#undef SET
    if (rc == CURLE_OK) {
        rc = perform_without_sigpipe(curl);
    }
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(headers);
    return rc;
}

static void take_type(transport *t)
{
    char *type = NULL;
    t->type[0] = '\0';
    if (curl_easy_getinfo(t->curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK || type == NULL) {
        return;
    }
    size_t length = strcspn(type, "; \t\r\n");
    if (length >= sizeof(t->type)) {
        length = sizeof(t->type) - 1;
    }
    for (size_t i = 0; i < length; i++) {
        char c = type[i];
        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        t->type[i] = c > ' ' && c < 0x7f ? c : '?';
    }
    t->type[length] = '\0';
}

/* Which stage a failed exchange reached. */
static transport_stage failed_stage(const transport *t)
{
    curl_off_t secured = 0;
    if (t->connect_failure != 0) {
        return TRANSPORT_NO_CONNECTION;
    }
    (void)curl_easy_getinfo(t->curl, CURLINFO_APPCONNECT_TIME_T, &secured);
    return t->opened && secured == 0 && t->scheme != TRANSPORT_CLEAR ? TRANSPORT_NO_TLS
                                                                     : TRANSPORT_NO_ANSWER;
}

static platen_code explain_connect(const transport *t, platen_error *err)
{
    char text[128];
    return t->host->fail(
        err, t->connect_failure == ETIMEDOUT ? PLATEN_E_TIMEOUT : PLATEN_E_UNREACHABLE,
        "connect to port %u: %s", t->port, strerror_r(t->connect_failure, text, sizeof(text)));
}

static platen_code explain(const transport *t, CURLcode rc, platen_error *err)
{
    static const char *const steps[] = {"connect", "tls", "answer", "answer"};
    if (t->stage == TRANSPORT_NO_CONNECTION) {
        return explain_connect(t, err);
    }
    const char *step = steps[t->stage];
    const char *said = t->trouble[0] != '\0' ? t->trouble : curl_easy_strerror(rc);
    int width = (int)strcspn(said, "\r\n");
    width = width > 160 ? 160 : width;
    switch ((int)rc) {
    case CURLE_OUT_OF_MEMORY:
        return t->host->fail(err, PLATEN_E_NOMEM, "%s: no memory", step);
    case CURLE_OPERATION_TIMEDOUT:
        return t->host->fail(err, PLATEN_E_TIMEOUT, "%s: no end in time after %zu bytes", step,
                             t->length);
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return t->host->fail(err, PLATEN_E_PROTOCOL, "%s: longer than %zu bytes", step,
                             t->head_length > TRANSPORT_HEAD_MOST / 2 ? TRANSPORT_HEAD_MOST
                                                                      : TRANSPORT_BODY_MOST);
    default:
        return t->host->fail(err, PLATEN_E_PROTOCOL, "%s: %.*s", step, width, said);
    }
}

platen_code transport_post(transport *t, transport_scheme scheme, const char *path,
                           const void *request, size_t length, long limit_ms, platen_error *err)
{
    char url[256];
    t->length = 0;
    t->head_length = 0;
    t->status = 0;
    t->trouble[0] = '\0';
    t->opened = false;
    t->connect_failure = 0;
    t->stage = TRANSPORT_NO_CONNECTION;
    if (limit_ms <= 0) {
        return t->host->fail(err, PLATEN_E_TIMEOUT, "connect: no time left");
    }
    if (!make_url(t, scheme, path, url, sizeof(url))) {
        return t->host->fail(err, PLATEN_E_INVAL, "address '%s' is too long", t->address);
    }
    t->connect_deadline = deadline_now() + limit_ms / 2;
    CURLcode rc = set_scheme(t, scheme);
    if (rc == CURLE_OK) {
        rc = perform(t, url, request, length, limit_ms);
    }
    if (rc != CURLE_OK) {
        t->stage = failed_stage(t);
        return explain(t, rc, err);
    }
    t->stage = TRANSPORT_ANSWERED;
    (void)curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status);
    take_type(t);
    return PLATEN_OK;
}
