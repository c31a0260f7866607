/* What mails and webhooks have in common. */
#include "core/notify/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/clock.h"

#define CONNECT_S 15L
#define QUIT_MS 2000
#define HANDLE_S 60L /* a connection is used for a minute: servers limit mails on one */

/* ---- what must not wait ---- */

/* libcurl waits for the answers to the end of a mail and to QUIT inside of its multi interface too,
 * up to two minutes; it asks here once a second whether to go on. */
static int progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t e)
{
    const delivery *d = user;
    (void)a;
    (void)b;
    (void)c;
    (void)e;
    return (d->stop != NULL && atomic_load(d->stop)) ||
           (d->quitting && clock_mono() - d->quit_at > QUIT_MS);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    delivery_sockets *sockets = user;
    (void)purpose;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0 && sockets->count < DELIVERY_SOCKETS) {
        sockets->open[sockets->count++] = fd;
    }
    return fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    delivery_sockets *sockets = user;
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->open[i] == fd) {
            sockets->open[i] = sockets->open[--sockets->count];
            break;
        }
    }
    return close(fd);
}

void delivery_shut(const delivery_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++) {
        (void)shutdown(sockets->open[i], SHUT_RDWR);
    }
}

/* ---- making one ---- */

static CURLcode set_up(delivery *d, const delivery_options *options)
{
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(d->curl, option, value)
    SET(CURLOPT_PRIVATE, d);
    SET(CURLOPT_ERRORBUFFER, d->reason);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, ""); /* PRF-26, MON-40: whatever the environment says */
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    SET(CURLOPT_TIMEOUT, options->timeout_s);
    SET(CURLOPT_MAXLIFETIME_CONN, HANDLE_S);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (options->ca_file != NULL && options->ca_file[0] != '\0') {
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, options->ca_file);
    }
    SET(CURLOPT_FORBID_REUSE, options->last ? 1L : 0L);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, d);
    SET(CURLOPT_NOPROGRESS, 0L);
    if (options->sockets != NULL) {
        SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
        SET(CURLOPT_OPENSOCKETDATA, options->sockets);
        SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
        SET(CURLOPT_CLOSESOCKETDATA, options->sockets);
    }
#undef SET
    return rc;
}

platen_code delivery_new(const delivery_options *options, delivery **out, platen_error *err)
{
    delivery *d = calloc(1, sizeof(*d));
    if (d == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a message");
    }
    strbuf_init(&d->url);
    strbuf_init(&d->body);
    d->stop = options->stop;
    d->curl = curl_easy_init();
    CURLcode rc = d->curl != NULL ? set_up(d, options) : CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK) {
        delivery_free(d);
        return error_set(err, PLATEN_E_INTERNAL, "libcurl: %s", curl_easy_strerror(rc));
    }
    *out = d;
    return PLATEN_OK;
}

void delivery_free(delivery *d)
{
    if (d == NULL) {
        return;
    }
    curl_easy_cleanup(d->curl);
    curl_mime_free(d->mime);
    curl_slist_free_all(d->headers);
    curl_slist_free_all(d->recipients);
    strbuf_fini(&d->url);
    strbuf_fini(&d->body);
    free(d);
}

bool delivery_header(delivery *d, const char *format, ...)
{
    va_list args;
    strbuf line;
    strbuf_init(&line);
    va_start(args, format);
    strbuf_appendf_va(&line, format, args);
    va_end(args);
    struct curl_slist *longer = line.failed ? NULL : curl_slist_append(d->headers, line.data);
    d->headers = longer != NULL ? longer : d->headers;
    strbuf_fini(&line);
    return longer != NULL;
}

void delivery_say(delivery_verdict *v, delivery_outcome outcome, platen_code code,
                  const char *format, ...)
{
    va_list args;
    v->outcome = outcome;
    v->code = code;
    va_start(args, format);
    (void)vsnprintf(v->text, sizeof(v->text), format, args);
    va_end(args);
}

/* libcurl says that it could not connect, the system why. */
static void append_system_reason(const delivery *d, CURLcode rc, delivery_verdict *v)
{
    char text[64] = "";
    long number = 0;
    if (rc == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(d->curl, CURLINFO_OS_ERRNO, &number) == CURLE_OK && number > 0) {
        size_t length = strlen(v->text);
        const char *reason = strerror_r((int)number, text, sizeof(text));
        (void)snprintf(v->text + length, sizeof(v->text) - length, " (%s)", reason);
    }
}

void delivery_no_answer(const delivery *d, CURLcode rc, delivery_verdict *v)
{
    const char *reason = d->reason[0] != '\0' ? d->reason : curl_easy_strerror(rc);
    platen_code code = PLATEN_E_UNREACHABLE;
    switch ((int)rc) {
    case CURLE_OPERATION_TIMEDOUT:
        code = PLATEN_E_TIMEOUT;
        break;
    case CURLE_ABORTED_BY_CALLBACK:
        code = PLATEN_E_CANCELLED;
        reason = "Platen was stopped";
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_USE_SSL_FAILED:
    case CURLE_WEIRD_SERVER_REPLY:
        code = PLATEN_E_PROTOCOL;
        break;
    default:
        break;
    }
    delivery_say(v, DELIVERY_BLOCKED, code, "%.180s", reason);
    append_system_reason(d, rc, v);
}

void delivery_judge(const delivery *d, CURLcode rc, delivery_verdict *v)
{
    memset(v, 0, sizeof(*v));
    (void)curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &v->status);
    d->judge(d, rc, v);
}

void delivery_perform(delivery *d, delivery_verdict *v)
{
    delivery_judge(d, curl_easy_perform(d->curl), v);
}
