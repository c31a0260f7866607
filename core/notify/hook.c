/* HTTP by libcurl: no proxy, no redirects, certificates verified. */
#include "core/notify/hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/base/json.h"
#include "core/base/text.h"

#define URL_MAX 2000
#define ANSWER_MAX (1024u * 1024u) /* what a receiver says is thrown away, but not without end */
#define RETRY_AFTER_MAX_S 3600

const char *hook_url_wrong(const char *url)
{
    static const CURLUPart none[] = {CURLUPART_USER, CURLUPART_PASSWORD};
    const char *wrong = strlen(url) > URL_MAX ? "is longer than 2,000 characters" : NULL;
    char *part = NULL;
    CURLU *parsed = curl_url();
    if (wrong == NULL && (parsed == NULL || curl_url_set(parsed, CURLUPART_URL, url, 0) != 0)) {
        wrong = "is not a URL";
    }
    if (wrong == NULL) {
        bool known = curl_url_get(parsed, CURLUPART_SCHEME, &part, 0) == CURLUE_OK &&
                     (strcmp(part, "https") == 0 || strcmp(part, "http") == 0);
        wrong = known ? NULL : "begins neither with https:// nor with http://";
        curl_free(part);
    }
    if (wrong == NULL && strstr(url, ":///") != NULL) {
        wrong = "names no host"; /* libcurl would take the path's first part for it */
    }
    for (size_t i = 0; i < 2 && wrong == NULL; i++) {
        part = NULL;
        if (curl_url_get(parsed, none[i], &part, 0) == CURLUE_OK) {
            wrong = "names a user; use the token";
        }
        curl_free(part);
    }
    for (const char *c = url; *c != '\0' && wrong == NULL; c++) {
        wrong = *c <= ' ' || *c > '~' ? "has characters that must be escaped" : NULL;
    }
    curl_url_cleanup(parsed);
    return wrong;
}

void hook_sign(strbuf *out, const char *token, int64_t now, const char *body, size_t length)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    strbuf text;
    strbuf_init(&text);
    strbuf_appendf(&text, "%" PRId64 ".", now / 1000);
    strbuf_append_n(&text, body, length);
    if (text.failed || HMAC(EVP_sha256(), token, (int)strlen(token),
                            (const unsigned char *)text.data, text.length, mac, &size) == NULL) {
        out->failed = true;
    } else {
        text_hex(hex, mac, size);
        strbuf_appendf(out, "t=%" PRId64 ",v1=%s", now / 1000, hex);
    }
    strbuf_fini(&text);
}

static void write_body(strbuf *out, const hook_request *r)
{
    json_writer w;
    json_init(&w, out);
    json_object(&w, NULL);
    json_text(&w, "id", r->mark);
    json_text(&w, "event", r->event);
    json_time(&w, "at", r->at);
    json_text(&w, "manager", r->manager);
    json_raw(&w, "data", r->data);
    json_object_end(&w);
}

static bool add_headers(delivery *d, const hook_request *r, const char *version)
{
    strbuf signature;
    strbuf_init(&signature);
    bool good = delivery_header(d, "User-Agent: Platen/%s", version) &&
                delivery_header(d, "Content-Type: application/json") &&
                delivery_header(d, "X-Platen-Event: %s", r->event) &&
                delivery_header(d, "X-Platen-Delivery: %s", r->mark) &&
                delivery_header(d, "Expect:");
    if (good && r->token[0] != '\0') {
        hook_sign(&signature, r->token, r->now, d->body.data, d->body.length);
        good = !signature.failed && delivery_header(d, "X-Platen-Token: %s", r->token) &&
               delivery_header(d, "X-Platen-Signature: %s", signature.data);
    }
    strbuf_fini(&signature);
    return good;
}

static size_t take_answer(char *data, size_t size, size_t count, void *user)
{
    delivery *d = user;
    (void)data;
    d->received += size * count;
    return d->received <= ANSWER_MAX ? size * count : 0;
}

static int64_t retry_after(const delivery *d)
{
    curl_off_t seconds = 0;
    (void)curl_easy_getinfo(d->curl, CURLINFO_RETRY_AFTER, &seconds);
    return (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int64_t)seconds) * 1000;
}

/* 429 and 5yz are about the receiver, other statuses about this request. None is the end: who set
 * a wrong token mends it within a day. */
static void judge(const delivery *d, CURLcode rc, delivery_verdict *v)
{
    if (v->status >= 200 && v->status <= 299) {
        delivery_say(v, DELIVERY_DONE, PLATEN_OK, "%ld", v->status);
    } else if (v->status >= 300 && v->status <= 399) {
        delivery_say(v, DELIVERY_LATER, PLATEN_E_DEVICE,
                     "the receiver answers with status %ld; redirects are not followed", v->status);
    } else if (v->status >= 400) {
        bool all = v->status == 429 || v->status >= 500;
        v->wait_ms = all ? retry_after(d) : 0;
        delivery_say(v, all ? DELIVERY_BLOCKED : DELIVERY_LATER, PLATEN_E_DEVICE,
                     "the receiver answers with status %ld", v->status);
    } else if (rc == CURLE_OK) {
        delivery_say(v, DELIVERY_BLOCKED, PLATEN_E_PROTOCOL, "the receiver gives no answer");
    } else {
        delivery_no_answer(d, rc, v);
    }
}

static CURLcode set_up(delivery *d, const char *url)
{
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(d->curl, option, value)
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTPHEADER, d->headers);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->body.length);
    SET(CURLOPT_POSTFIELDS, d->body.data);
    SET(CURLOPT_WRITEFUNCTION, take_answer);
    SET(CURLOPT_WRITEDATA, d);
#undef SET
    return rc;
}

platen_code hook_delivery(const hook_request *request, const delivery_options *options,
                          delivery **out, platen_error *err)
{
    delivery *d = NULL;
    PLATEN_TRY(delivery_new(options, &d, err));
    d->judge = judge;
    write_body(&d->body, request);
    bool made = !d->body.failed && add_headers(d, request, options->version);
    CURLcode rc = made ? set_up(d, request->url) : CURLE_OUT_OF_MEMORY;
    if (rc != CURLE_OK) {
        delivery_free(d);
        return error_set(err, PLATEN_E_INTERNAL, "libcurl: %s", curl_easy_strerror(rc));
    }
    *out = d;
    return PLATEN_OK;
}
