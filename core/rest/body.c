/*
 * The body of a request: read up to a limit, unpacked up to the same limit, parsed, validated
 * against the route's schema. Hostile bytes. Runs on the request's thread.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/http/compress.h"
#include "core/rest/request.h"

#define BODY_LIMIT ((size_t)1 << 20)
#define SMALL_LIMIT ((size_t)1 << 16)
#define LARGE_LIMIT ((size_t)64 << 20)
#define RAW_LIMIT ((size_t)8 << 20)
#define FILE_LIMIT ((size_t)12 << 20)
#define PIECE 65536u

static bool is_json(const char *type)
{
    static const char *const types[] = {"application/json", "application/merge-patch+json"};
    for (size_t i = 0; type != NULL && i < 2; i++) {
        size_t length = strlen(types[i]);
        if (strncasecmp(type, types[i], length) == 0 &&
            (type[length] == '\0' || type[length] == ';' || type[length] == ' ')) {
            return true;
        }
    }
    return false;
}

static void say_go_on(rest_request *r)
{
    const char *expect = http_header(r->exchange, "Expect");
    if (expect != NULL && strcasecmp(expect, "100-continue") == 0) {
        (void)r->exchange->transport->write(r->exchange, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    }
}

static platen_code read_all(rest_request *r, strbuf *into, platen_error *err)
{
    size_t left = (size_t)r->exchange->body_length;
    say_go_on(r);
    while (left > 0 && !into->failed) {
        size_t piece = left < PIECE ? left : PIECE;
        strbuf_reserve(into, piece + 1);
        if (into->failed) {
            break;
        }
        int got = r->exchange->transport->read(r->exchange, into->data + into->length, piece);
        if (got <= 0) {
            r->exchange->close = true;
            return error_set(err, PLATEN_E_MALFORMED, "the body ended %zu bytes early", left);
        }
        into->length += (size_t)got;
        into->data[into->length] = '\0';
        left -= (size_t)got;
    }
    return into->failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the body") : PLATEN_OK;
}

static platen_code read_unpacked(rest_request *r, size_t limit, strbuf *raw, platen_error *err)
{
    const char *coding = http_header(r->exchange, "Content-Encoding");
    if (coding == NULL || strcasecmp(coding, "identity") == 0) {
        return read_all(r, raw, err);
    }
    if (strcasecmp(coding, "gzip") != 0) {
        return error_set(err, PLATEN_E_MEDIA_TYPE, "the content coding is not gzip");
    }
    strbuf packed;
    strbuf_init(&packed);
    platen_code code = read_all(r, &packed, err);
    if (code == PLATEN_OK) {
        code = compress_gunzip(packed.data, packed.length, limit, raw, err);
    }
    strbuf_fini(&packed);
    return code;
}

static void report(const char *pointer, const char *code, const char *text, void *user)
{
    rest_invalid(user, pointer, code, text);
}

/* ---- octets ---- */

static platen_code take_raw(rest_request *r, platen_error *err)
{
    http_exchange *x = r->exchange;
    const char *type = http_header(x, "Content-Type");
    const char *coding = http_header(x, "Content-Encoding");
    if (x->body_length <= 0) {
        return error_set(err, PLATEN_E_MALFORMED, "the request has no body, one is needed");
    }
    x->close = true; /* until the handler has read it all */
    if ((uint64_t)x->body_length > RAW_LIMIT) {
        return error_set(err, PLATEN_E_TOO_LARGE, "a body of %lld bytes, at most %zu are taken",
                         (long long)x->body_length, RAW_LIMIT);
    }
    if (type == NULL || strcasecmp(type, "application/octet-stream") != 0 || coding != NULL) {
        return error_set(err, PLATEN_E_MEDIA_TYPE, "the body is not application/octet-stream");
    }
    r->raw_left = x->body_length;
    return PLATEN_OK;
}

int64_t rest_body_length(rest_request *r)
{
    return r->exchange->body_length;
}

int rest_body_read(rest_request *r, void *buffer, size_t length)
{
    if (r->raw_left <= 0) {
        return 0;
    }
    if (r->raw_left == r->exchange->body_length) {
        say_go_on(r);
    }
    size_t most = (int64_t)length < r->raw_left ? length : (size_t)r->raw_left;
    int got = r->exchange->transport->read(r->exchange, buffer, most);
    r->raw_left -= got > 0 ? got : 0;
    if (r->raw_left == 0) {
        r->exchange->close = false;
    }
    return got;
}

platen_code body_take(rest_request *r, const route_entry *entry, platen_error *err)
{
    unsigned flags = entry->route->flags;
    bool small = (flags & REST_SMALL_BODY) != 0 || r->identity.way == ACCESS_NOBODY;
    size_t limit = (flags & REST_LARGE_BODY) != 0  ? LARGE_LIMIT
                   : small                         ? SMALL_LIMIT
                   : (flags & REST_FILE_BODY) != 0 ? FILE_LIMIT
                                                   : BODY_LIMIT;
    http_exchange *x = r->exchange;
    if ((flags & REST_RAW_BODY) != 0) {
        return take_raw(r, err);
    }
    if (x->body_length == 0) {
        return entry->body != NULL
                   ? error_set(err, PLATEN_E_MALFORMED, "the request has no body, one is needed")
                   : PLATEN_OK;
    }
    if (x->body_length < 0 || (uint64_t)x->body_length > limit) {
        x->close = true; /* what is not read would be taken for the next request */
        return error_set(err, PLATEN_E_TOO_LARGE, "a body of %lld bytes, at most %zu are taken",
                         (long long)x->body_length, limit);
    }
    if ((entry->route->flags & REST_NO_BODY) != 0 || strcmp(x->method, "GET") == 0 ||
        strcmp(x->method, "HEAD") == 0) {
        x->close = true;
        return error_set(err, PLATEN_E_MALFORMED, "the request takes no body");
    }
    if (!is_json(http_header(x, "Content-Type"))) {
        x->close = true;
        return error_set(err, PLATEN_E_MEDIA_TYPE, "the body is not application/json");
    }
    strbuf raw;
    strbuf_init(&raw);
    platen_code code = read_unpacked(r, limit, &raw, err);
    if (code == PLATEN_OK) {
        code = json_parse(raw.data, raw.length, &r->body, err);
    }
    strbuf_fini(&raw);
    if (code == PLATEN_OK && entry->body != NULL &&
        !schema_check(entry->body, r->body, report, r)) {
        code = error_set(err, PLATEN_E_INVAL, "the body does not fit its schema");
    }
    return code;
}
