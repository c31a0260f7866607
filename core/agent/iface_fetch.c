/*
 * fetch/0: libcurl, one handle a request, driven in slices so that a work that is taken back leaves
 * at once. The URL's host is the device's numeric address: nothing is resolved, no other host
 * asked.
 */
#include "core/agent/reach.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "core/base/clock.h"
#include "core/base/net.h"
#include "core/base/strbuf.h"

#define REDIRECTS 5
#define METHOD_MAX 16
#define LINE_MAX_BYTES 4096 /* of a path or a header */
#define FLAGS_KNOWN (PLATEN_FETCH_TLS | PLATEN_FETCH_USER | PLATEN_FETCH_FOLLOW)

typedef struct exchange {
    CURL *curl;
    struct curl_slist *headers;
    strbuf head, body;
    size_t body_max;
    bool head_full, body_full;
    char trouble[CURL_ERROR_SIZE];
} exchange;

/* ---- what is asked for ---- */

static bool is_method(const char *text)
{
    size_t length = text != NULL ? strnlen(text, METHOD_MAX + 1) : 0;
    return length > 0 && length <= METHOD_MAX &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == length;
}

static bool is_path(const char *text)
{
    size_t length = text != NULL ? strnlen(text, LINE_MAX_BYTES + 1) : 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] <= ' ' || text[i] >= 0x7f) {
            return false;
        }
    }
    return length > 0 && length <= LINE_MAX_BYTES && text[0] == '/';
}

/* A header that the host does not make itself, on one line. */
static bool is_header(const char *line)
{
    static const char *const own[] = {"Host", "Content-Length", "Transfer-Encoding",
                                      "Authorization", "Connection"};
    size_t name = strcspn(line, ":");
    size_t length = strnlen(line, LINE_MAX_BYTES + 1);
    if (length > LINE_MAX_BYTES || name == 0 || line[name] != ':') {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c < ' ' || c == 0x7f || (i < name && (c == ' ' || c >= 0x7f))) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strlen(own[i]) == name && strncasecmp(own[i], line, name) == 0) {
            return false;
        }
    }
    return true;
}

static platen_code check_lengths(const platen_fetch_request *q, platen_error *err)
{
    if (q->timeout_ms == 0 || q->timeout_ms > PLATEN_TCP_TIMEOUT_MAX) {
        return error_set(err, PLATEN_E_INVAL, "a time of %" PRIu32 " ms, 1 to %u are possible",
                         q->timeout_ms, PLATEN_TCP_TIMEOUT_MAX);
    }
    if (q->answer_max == 0 || q->answer_max > PLATEN_FETCH_ANSWER_MAX) {
        return error_set(err, PLATEN_E_INVAL,
                         "an answer of %" PRIu32 " bytes, 1 to %u are possible", q->answer_max,
                         PLATEN_FETCH_ANSWER_MAX);
    }
    if (q->body_length > PLATEN_FETCH_BODY_MAX || (q->body == NULL && q->body_length > 0)) {
        return error_set(err, PLATEN_E_INVAL, "a body of %" PRIu64 " bytes, %u are possible",
                         q->body_length, PLATEN_FETCH_BODY_MAX);
    }
    return PLATEN_OK;
}

static platen_code check_request(const platen_fetch_request *q, platen_error *err)
{
    if ((q->flags & ~FLAGS_KNOWN) != 0 || q->port > 65535) {
        return error_set(err, PLATEN_E_INVAL,
                         "a request with flags 0x%" PRIx32 " to port %" PRIu32
                         ", known flags are 0x%x",
                         q->flags, q->port, FLAGS_KNOWN);
    }
    if (!is_method(q->method) || !is_path(q->path)) {
        return error_set(err, PLATEN_E_INVAL, "a request '%.16s %.80s' cannot be",
                         q->method != NULL ? q->method : "", q->path != NULL ? q->path : "");
    }
    size_t count = 0;
    for (; q->headers != NULL && q->headers[count] != NULL; count++) {
        if (count == PLATEN_FETCH_HEADERS || !is_header(q->headers[count])) {
            return error_set(err, PLATEN_E_INVAL, "header %zu of a request, '%.40s', cannot be",
                             count + 1, q->headers[count]);
        }
    }
    return check_lengths(q, err);
}

/* ---- libcurl's callbacks ---- */

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
    exchange *x = user;
    size_t more = size * count;
    if (more > x->body_max - x->body.length) {
        x->body_full = true;
        return 0;
    }
    strbuf_append_n(&x->body, data, more);
    return x->body.failed ? 0 : more;
}

static size_t take_head(char *data, size_t size, size_t count, void *user)
{
    exchange *x = user;
    size_t more = size * count;
    if (more >= 5 && strncmp(data, "HTTP/", 5) == 0) {
        strbuf_clear(&x->head); /* of an earlier answer: 100, 401, a redirect */
        return more;
    }
    if (more > PLATEN_FETCH_HEAD_MAX - x->head.length) {
        x->head_full = true;
        return 0;
    }
    size_t length = more;
    while (length > 0 && (data[length - 1] == '\n' || data[length - 1] == '\r')) {
        length--;
    }
    if (length > 0) {
        strbuf_append_n(&x->head, data, length);
        strbuf_append_char(&x->head, '\n');
    }
    return x->head.failed ? 0 : more;
}

/* ---- one request ---- */

#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(curl, option, value)

static CURLcode set_fixed(exchange *x)
{
    CURL *curl = x->curl;
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_ERRORBUFFER, x->trouble);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSL_ENABLE_ALPN, 0L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    /* Devices sign their own certificates, with short keys. */
    SET(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_HEADERFUNCTION, take_head);
    SET(CURLOPT_HEADERDATA, x);
    return rc;
}

static CURLcode set_request(exchange *x, const platen_fetch_request *q)
{
    CURL *curl = x->curl;
    CURLcode rc = CURLE_OK;
    if (strcmp(q->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (q->body != NULL || strcmp(q->method, "POST") == 0) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_length);
        SET(CURLOPT_POSTFIELDS, q->body != NULL ? q->body : "");
        SET(CURLOPT_CUSTOMREQUEST, q->method);
    } else {
        SET(CURLOPT_CUSTOMREQUEST, q->method);
    }
    SET(CURLOPT_HTTPHEADER, x->headers);
    return rc;
}

/* A password never crosses the network readable: basic inside TLS only. */
static CURLcode set_user(CURL *curl, const platen_fetch_request *q, const platen_target *target)
{
    CURLcode rc = CURLE_OK;
    if ((q->flags & PLATEN_FETCH_USER) != 0 && target->user[0] != '\0') {
        SET(CURLOPT_HTTPAUTH, (q->flags & PLATEN_FETCH_TLS) != 0
                                  ? (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST)
                                  : (long)CURLAUTH_DIGEST);
        SET(CURLOPT_USERNAME, target->user);
        SET(CURLOPT_PASSWORD, target->password);
    }
    return rc;
}

#undef SET

static bool make_headers(exchange *x, const platen_fetch_request *q)
{
    x->headers = curl_slist_append(NULL, "Expect:");
    bool complete = x->headers != NULL;
    for (size_t i = 0; complete && q->headers != NULL && q->headers[i] != NULL; i++) {
        complete = curl_slist_append(x->headers, q->headers[i]) != NULL;
    }
    return complete;
}

/* "https://[fe80::1%25eth0]:443/config" */
static bool make_url(strbuf *url, const platen_fetch_request *q, const char *address, uint16_t port)
{
    bool six = strchr(address, ':') != NULL;
    size_t bare = strcspn(address, "%");
    strbuf_appendf(url, "%s://%s%.*s%s%s%s:%u%s",
                   (q->flags & PLATEN_FETCH_TLS) != 0 ? "https" : "http", six ? "[" : "", (int)bare,
                   address, address[bare] != '\0' ? "%25" : "",
                   address[bare] != '\0' ? address + bare + 1 : "", six ? "]" : "", port, q->path);
    return !url->failed;
}

/* Runs the transfer to its end, in slices. */
static platen_code perform(exchange *x, const reach *r, int64_t until, CURLcode *result,
                           platen_error *err)
{
    CURLM *multi = curl_multi_init();
    if (multi == NULL || curl_multi_add_handle(multi, x->curl) != CURLM_OK) {
        (void)curl_multi_cleanup(multi);
        return error_set(err, PLATEN_E_NOMEM, "fetch: no memory");
    }
    platen_code rc = PLATEN_OK;
    int running = 1;
    int left = 0;
    while (rc == PLATEN_OK && curl_multi_perform(multi, &running) == CURLM_OK && running > 0) {
        (void)curl_multi_poll(multi, NULL, 0, REACH_SLICE_MS, NULL);
        rc = reach_check(r, until, "fetch", err);
    }
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    *result = message != NULL && message->msg == CURLMSG_DONE ? message->data.result
                                                              : CURLE_ABORTED_BY_CALLBACK;
    rc = message != NULL ? PLATEN_OK : rc;
    (void)curl_multi_remove_handle(multi, x->curl);
    (void)curl_multi_cleanup(multi);
    return rc;
}

static platen_code explain(const exchange *x, CURLcode result, platen_error *err)
{
    const char *said = x->trouble[0] != '\0' ? x->trouble : curl_easy_strerror(result);
    int width = (int)strcspn(said, "\r\n");
    if (x->body_full || x->head_full) {
        return error_set(err, PLATEN_E_TOO_LARGE, "fetch: the answer's %s is longer than %zu bytes",
                         x->body_full ? "body" : "head",
                         x->body_full ? x->body_max : (size_t)PLATEN_FETCH_HEAD_MAX);
    }
    switch ((int)result) {
    case CURLE_OUT_OF_MEMORY: /* libcurl says so of a header of more than 100 KiB, too */
    case CURLE_WRITE_ERROR:
        return error_set(err, PLATEN_E_NOMEM, "fetch: no memory, or an endless header");
    case CURLE_COULDNT_CONNECT:
        return error_set(err, PLATEN_E_UNREACHABLE, "fetch: %.*s", width, said);
    case CURLE_OPERATION_TIMEDOUT:
        return error_set(err, PLATEN_E_TIMEOUT, "fetch: %.*s", width, said);
    default:
        return error_set(err, PLATEN_E_PROTOCOL, "fetch: %.*s", width, said);
    }
}

static void hand_over(exchange *x, void (*take)(const platen_fetch_answer *answer, void *user),
                      void *user)
{
    char *type = NULL;
    long status = 0;
    (void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type);
    const platen_fetch_answer answer = {
        .size = (uint32_t)sizeof(answer),
        .status = (uint32_t)status,
        .type = type != NULL ? type : "",
        .headers = x->head.data,
        .body = x->body.data,
        .length = x->body.length,
    };
    take(&answer, user);
}

/* ---- redirects ---- */

static bool same_part(const char *a, const char *b, CURLUPart part)
{
    CURLU *one = curl_url();
    CURLU *two = curl_url();
    char *first = NULL;
    char *second = NULL;
    bool same = one != NULL && two != NULL && curl_url_set(one, CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(two, CURLUPART_URL, b, 0) == CURLUE_OK &&
                curl_url_get(one, part, &first, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_get(two, part, &second, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                strcasecmp(first, second) == 0;
    curl_free(first);
    curl_free(second);
    curl_url_cleanup(one);
    curl_url_cleanup(two);
    return same;
}

/* Whether the answer sends us to another place of the same device; it is put into `url` then. */
static bool follow(const exchange *x, const platen_fetch_request *q, strbuf *url)
{
    char *next = NULL;
    if ((q->flags & PLATEN_FETCH_FOLLOW) == 0 ||
        (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0) ||
        curl_easy_getinfo(x->curl, CURLINFO_REDIRECT_URL, &next) != CURLE_OK || next == NULL ||
        !same_part(url->data, next, CURLUPART_SCHEME) ||
        !same_part(url->data, next, CURLUPART_HOST) ||
        !same_part(url->data, next, CURLUPART_PORT)) {
        return false;
    }
    strbuf_clear(url);
    strbuf_append(url, next);
    return !url->failed;
}

static platen_code run(exchange *x, const reach *r, const platen_fetch_request *q, strbuf *url,
                       int64_t until, platen_error *err)
{
    CURLcode result = CURLE_OK;
    for (unsigned hop = 0;; hop++) {
        int64_t left = until - clock_mono();
        strbuf_clear(&x->head);
        strbuf_clear(&x->body);
        if (curl_easy_setopt(x->curl, CURLOPT_URL, url->data) != CURLE_OK ||
            curl_easy_setopt(x->curl, CURLOPT_TIMEOUT_MS, (long)(left > 0 ? left : 1)) !=
                CURLE_OK) {
            return error_set(err, PLATEN_E_NOMEM, "fetch: no memory");
        }
        PLATEN_TRY(perform(x, r, until, &result, err));
        if (result != CURLE_OK) {
            return explain(x, result, err);
        }
        if (hop == REDIRECTS || !follow(x, q, url)) {
            return PLATEN_OK;
        }
    }
}

static platen_code check_login(const exchange *x, const platen_fetch_request *q, platen_error *err)
{
    long status = 0;
    (void)curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    return status == 401 && (q->flags & PLATEN_FETCH_USER) != 0
               ? error_set(err, PLATEN_E_AUTH, "fetch: the device refuses the user (HTTP 401)")
               : PLATEN_OK;
}

static platen_code exchange_run(platen_work *work, const platen_fetch_request *q, uint16_t port,
                                int64_t until,
                                void (*take)(const platen_fetch_answer *answer, void *user),
                                void *user, platen_error *err)
{
    reach *r = reach_of(work);
    platen_target target = PLATEN_TARGET_INIT;
    exchange x = {.body_max = q->answer_max};
    strbuf url;
    r->calls->target(work, &target);
    strbuf_init(&url);
    strbuf_init(&x.head);
    strbuf_init(&x.body);
    x.curl = curl_easy_init();
    bool ready = x.curl != NULL && make_headers(&x, q) && make_url(&url, q, target.address, port) &&
                 set_fixed(&x) == CURLE_OK && set_request(&x, q) == CURLE_OK &&
                 set_user(x.curl, q, &target) == CURLE_OK;
    platen_code rc = ready ? run(&x, r, q, &url, until, err)
                           : error_set(err, PLATEN_E_NOMEM, "fetch: no memory");
    if (rc == PLATEN_OK) {
        rc = check_login(&x, q, err);
    }
    if (rc == PLATEN_OK) {
        hand_over(&x, take, user);
    }
    curl_easy_cleanup(x.curl);
    curl_slist_free_all(x.headers);
    strbuf_fini(&url);
    strbuf_fini(&x.head);
    strbuf_fini(&x.body);
    return rc;
}

static platen_code fetch(platen_work *work, const platen_fetch_request *given,
                         void (*take)(const platen_fetch_answer *answer, void *user), void *user,
                         platen_error *err)
{
    platen_fetch_request q = PLATEN_FETCH_REQUEST_INIT;
    PLATEN_TRY(reach_may_block(work, "fetch", err));
    if (given == NULL || given->size < sizeof(q) || take == NULL) {
        return error_set(err, PLATEN_E_INVAL,
                         "a request of %" PRIu32 " bytes, at least %zu and a callback are needed",
                         given != NULL ? given->size : 0, sizeof(q));
    }
    memcpy(&q, given, sizeof(q));
    PLATEN_TRY(check_request(&q, err));
    reach *r = reach_of(work);
    uint16_t port = (uint16_t)(q.port != 0 ? q.port : (q.flags & PLATEN_FETCH_TLS) != 0 ? 443 : 80);
    int64_t until = reach_until(r, q.timeout_ms);
    PLATEN_TRY(reach_take_turn(r, port, until, err));
    platen_code rc = exchange_run(work, &q, port, until, take, user, err);
    r->calls->give_turn(r, port);
    return rc;
}

const platen_fetch iface_fetch_table = {
    .size = (uint32_t)sizeof(platen_fetch),
    .fetch = fetch,
};
