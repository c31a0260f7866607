/*
 * Answers: the status line, the headers that every answer carries, whole bodies and chunks. Runs on
 * the exchange's thread.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/strbuf.h"
#include "core/http/http.h"
#include "core/http/stream.h"

/* An exception of HSTS is the name localhost: it would bind every other server of that host. */
#define HSTS "Strict-Transport-Security: max-age=31536000\r\n"
/* A page loads what is of its own origin and nothing that stands in the page itself. */
#define PAGE_POLICY                                                                                \
    "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; "           \
    "frame-ancestors 'none'; object-src 'none'\r\n"

const char *http_status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {409, "Conflict"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == status) {
            return texts[i].text;
        }
    }
    return "Unknown";
}

const char *http_header(http_exchange *x, const char *name)
{
    return x->transport->header(x, name);
}

const char *http_header_line(http_exchange *x, const char *name, size_t index)
{
    if (x->transport->line != NULL) {
        return x->transport->line(x, name, index);
    }
    return index == 0 ? http_header(x, name) : NULL;
}

static void add_date(strbuf *head)
{
    char text[64];
    struct tm parts;
    time_t now = time(NULL);
    if (gmtime_r(&now, &parts) != NULL &&
        strftime(text, sizeof(text), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts) > 0) {
        strbuf_append(head, text);
    }
}

static void add_head(http_exchange *x, strbuf *head, int status, const char *headers)
{
    const char *host = http_header(x, "Host");
    bool local = host != NULL && strncasecmp(host, "localhost", 9) == 0 &&
                 (host[9] == '\0' || host[9] == ':');
    strbuf_appendf(head, "HTTP/1.1 %d %s\r\n", status, http_status_text(status));
    add_date(head);
    strbuf_append(head, headers);
    strbuf_append(head, HTTP_SECURITY);
    strbuf_append(head, strstr(headers, "Content-Type: text/html") != NULL ? PAGE_POLICY
                                                                           : HTTP_DATA_POLICY);
    strbuf_append(head, x->tls && !local ? HSTS : "");
    strbuf_append(head, x->close ? "Connection: close\r\n" : "Connection: keep-alive\r\n");
}

bool http_answer(http_exchange *x, int status, const char *headers, const void *body, size_t length)
{
    strbuf out;
    strbuf_init(&out);
    strbuf_reserve(&out, 1024 + length);
    add_head(x, &out, status, headers);
    if (status != 204 && status != 304) {
        strbuf_appendf(&out, "Content-Length: %zu\r\n", length);
    }
    strbuf_append(&out, "\r\n");
    if (length > 0 && strcmp(x->method, "HEAD") != 0) {
        strbuf_append_n(&out, body, length); /* one write: one TLS record for what is small */
        x->sent = length;
    }
    x->status = status;
    bool sent = !out.failed && x->transport->write(x, out.data, out.length);
    if (!sent) {
        x->close = true;
    }
    strbuf_fini(&out);
    return sent;
}

bool http_stream_begin(http_exchange *x, const char *headers)
{
    strbuf head;
    if (!http_stream_enter(x->server)) {
        return false;
    }
    strbuf_init(&head);
    add_head(x, &head, 200, headers);
    strbuf_append(&head, "Transfer-Encoding: chunked\r\n\r\n");
    x->status = 200;
    x->streaming = true;
    bool sent = !head.failed && x->transport->write(x, head.data, head.length);
    strbuf_fini(&head);
    if (!sent) {
        http_stream_end(x, false);
    }
    return sent;
}

bool http_stream_write(http_exchange *x, const void *data, size_t length)
{
    strbuf chunk;
    if (!x->streaming || http_server_stopping(x->server)) {
        return false;
    }
    if (length == 0) { /* an empty chunk would be the end */
        return true;
    }
    strbuf_init(&chunk);
    strbuf_reserve(&chunk, length + 32);
    strbuf_appendf(&chunk, "%zx\r\n", length);
    strbuf_append_n(&chunk, data, length);
    strbuf_append(&chunk, "\r\n");
    bool sent = !chunk.failed && x->transport->write(x, chunk.data, chunk.length);
    strbuf_fini(&chunk);
    x->sent += sent ? length : 0;
    return sent;
}

void http_stream_end(http_exchange *x, bool complete)
{
    if (!x->streaming) {
        return;
    }
    x->streaming = false;
    /* Without the last chunk the client sees that something is missing. */
    if (!complete || !x->transport->write(x, "0\r\n\r\n", 5)) {
        x->close = true;
    }
    http_stream_leave(x->server);
}
