/* libcurl with OpenSSL. The manager is trusted because its CA is the one in the activation key. */
#include "core/link/agent_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/base/json.h"
#include "core/base/log.h"
#include "core/link/agent_gzip.h"

#define LOG_SOURCE "link"

#define ANSWER_LIMIT (64u * 1024u * 1024u)
#define PACK_FROM 1024 /* shorter bodies are not worth packing */
#define CONNECT_S 10L

struct agent_http {
    CURL *curl;
    char *url;
    char agent[64];
    const agent_keys *keys;
    const atomic_bool *stop;
    const atomic_bool *poke;
    char pin[65];
    bool near; /* the manager answered from this machine last: packing is not worth it */
    strbuf answer;
    char reason[CURL_ERROR_SIZE];
};

platen_code agent_http_new(const char *url, const char *version, const agent_keys *keys,
                           const atomic_bool *stop, const atomic_bool *poke, agent_http **out,
                           platen_error *err)
{
    agent_http *h = calloc(1, sizeof(*h));
    if (h == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the link");
    }
    strbuf_init(&h->answer);
    h->keys = keys;
    h->stop = stop;
    h->poke = poke;
    h->curl = curl_easy_init();
    h->url = strdup(url);
    (void)snprintf(h->agent, sizeof(h->agent), "platend/%.40s", version);
    if (h->curl == NULL || h->url == NULL) {
        agent_http_free(h);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the link");
    }
    size_t length = strlen(h->url);
    while (length > 0 && h->url[length - 1] == '/') {
        h->url[--length] = '\0';
    }
    *out = h;
    return PLATEN_OK;
}

void agent_http_free(agent_http *h)
{
    if (h == NULL) {
        return;
    }
    curl_easy_cleanup(h->curl);
    strbuf_fini(&h->answer);
    free(h->url);
    free(h);
}

void agent_http_pin(agent_http *h, const char *fingerprint)
{
    bool pinned = fingerprint != NULL;
    (void)snprintf(h->pin, sizeof(h->pin), "%s", pinned ? fingerprint : "");
    /* A connection under other rules must not be used again. */
    curl_easy_cleanup(h->curl);
    h->curl = curl_easy_init();
}

/* ---- trust in the manager before there is a stored CA ---- */

static X509 *find_pinned(STACK_OF(X509) * chain, const char *pin)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        X509 *candidate = sk_X509_value(chain, i);
        char fingerprint[65];
        if (agent_keys_fingerprint(candidate, fingerprint) && strcmp(fingerprint, pin) == 0) {
            return candidate;
        }
    }
    return NULL;
}

/* The chain must lead to the certificate with the fingerprint, and to nothing else. */
static bool leads_to(X509 *ca, X509 *leaf, STACK_OF(X509) * chain)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    bool good = store != NULL && check != NULL && X509_STORE_add_cert(store, ca) == 1 &&
                X509_STORE_CTX_init(check, store, leaf, chain) == 1 &&
                X509_STORE_CTX_set_purpose(check, X509_PURPOSE_SSL_SERVER) == 1 &&
                X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    return good;
}

static int verify_pinned(X509_STORE_CTX *context, void *user)
{
    const agent_http *h = user;
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_untrusted(context);
    X509 *leaf = X509_STORE_CTX_get0_cert(context);
    X509 *ca = chain != NULL ? find_pinned(chain, h->pin) : NULL;
    if (ca == NULL || leaf == NULL || !leads_to(ca, leaf, chain)) {
        X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
        return 0;
    }
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* A manager may show others a certificate of the site's. Agents know Platen's own CA, and say so
 * (certificate_authorities, RFC 8446 section 4.2.4). */
static bool ask_for_own(SSL_CTX *context)
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    X509_NAME *name = X509_NAME_new();
    bool done = names != NULL && name != NULL &&
                X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                                           (const unsigned char *)"Platen", -1, -1, 0) == 1 &&
                sk_X509_NAME_push(names, name) > 0;
    if (!done) {
        X509_NAME_free(name);
        sk_X509_NAME_free(names);
        return false;
    }
    SSL_CTX_set0_CA_list(context, names);
    return true;
}

static CURLcode set_context(CURL *curl, void *context, void *user)
{
    const agent_http *h = user;
    (void)curl;
    if (h->pin[0] != '\0') {
        SSL_CTX_set_cert_verify_callback(context, verify_pinned, user);
    }
    return ask_for_own(context) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

/* ---- a post ---- */

static size_t take_answer(char *data, size_t size, size_t count, void *user)
{
    agent_http *h = user;
    size_t length = size * count;
    if (h->answer.length + length > ANSWER_LIMIT) {
        return 0;
    }
    strbuf_append_n(&h->answer, data, length);
    return h->answer.failed ? 0 : length;
}

static int progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const agent_http *h = user;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return (h->stop != NULL && atomic_load(h->stop)) || (h->poke != NULL && atomic_load(h->poke));
}

static CURLcode set_up(agent_http *h, const char *url, unsigned timeout_s)
{
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc != CURLE_OK ? rc : curl_easy_setopt(h->curl, option, value)
    curl_easy_reset(h->curl);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "https");
    SET(CURLOPT_NOPROXY, "*"); /* agents reach their manager directly */
    SET(CURLOPT_USERAGENT, h->agent);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TCP_KEEPALIVE, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    SET(CURLOPT_TIMEOUT, (long)timeout_s);
    SET(CURLOPT_ACCEPT_ENCODING, "gzip");
    SET(CURLOPT_ERRORBUFFER, h->reason);
    SET(CURLOPT_WRITEFUNCTION, take_answer);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_XFERINFOFUNCTION, progress);
    SET(CURLOPT_XFERINFODATA, h);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSL_CTX_FUNCTION, set_context);
    SET(CURLOPT_SSL_CTX_DATA, h);
    if (h->pin[0] != '\0') {
        SET(CURLOPT_CAINFO, NULL);
    } else {
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, h->keys->ca);
        SET(CURLOPT_SSLCERT, h->keys->certificate);
        SET(CURLOPT_SSLKEY, h->keys->key);
    }
#undef SET
    return rc;
}

static platen_code code_of_status(long status)
{
    static const struct {
        long status;
        platen_code code;
    } table[] = {{401, PLATEN_E_UNAUTHENTICATED}, {403, PLATEN_E_FORBIDDEN},
                 {404, PLATEN_E_NOT_FOUND},       {409, PLATEN_E_STATE},
                 {413, PLATEN_E_TOO_LARGE},       {429, PLATEN_E_RATE_LIMITED},
                 {400, PLATEN_E_MALFORMED},       {422, PLATEN_E_INVAL}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].status == status) {
            return table[i].code;
        }
    }
    return status >= 400 && status < 500 ? PLATEN_E_INVAL : PLATEN_E_UNAVAILABLE;
}

/* problem+json, or whatever else came. */
static platen_code read_problem(agent_http *h, const char *call, long status, bool *deactivated,
                                platen_error *err)
{
    cJSON *tree = NULL;
    const char *detail = "";
    if (json_parse(h->answer.data, h->answer.length, &tree, NULL) == PLATEN_OK) {
        detail = json_get_text(tree, "detail", json_get_text(tree, "title", ""));
        *deactivated = strstr(json_get_text(tree, "code", ""), "deactivated") != NULL ||
                       strstr(detail, "deactivated") != NULL;
    }
    platen_code rc =
        error_set(err, code_of_status(status), "the manager answers %s with status %ld%s%.200s",
                  call, status, detail[0] != '\0' ? ": " : "", detail);
    cJSON_Delete(tree);
    return rc;
}

/* Both ends of the connection have one address. */
static bool is_near(CURL *curl)
{
    const char *ours = NULL;
    const char *theirs = NULL;
    return curl_easy_getinfo(curl, CURLINFO_LOCAL_IP, &ours) == CURLE_OK &&
           curl_easy_getinfo(curl, CURLINFO_PRIMARY_IP, &theirs) == CURLE_OK && ours != NULL &&
           theirs != NULL && ours[0] != '\0' && strcmp(ours, theirs) == 0;
}

static platen_code perform(agent_http *h, const char *call, long *status, platen_error *err)
{
    h->reason[0] = '\0';
    CURLcode rc = curl_easy_perform(h->curl);
    if (rc == CURLE_ABORTED_BY_CALLBACK) {
        return error_set(err, PLATEN_E_CANCELLED, "%s was ended", call);
    }
    if (rc != CURLE_OK) {
        return error_set(err, PLATEN_E_UNAVAILABLE,
                         "the manager at '%.150s' is not reached: %.100s", h->url,
                         h->reason[0] != '\0' ? h->reason : curl_easy_strerror(rc));
    }
    (void)curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, status);
    h->near = is_near(h->curl);
    return PLATEN_OK;
}

static platen_code post(agent_http *h, const char *call, const char *body, size_t length,
                        struct curl_slist *headers, unsigned timeout_s, long *status,
                        platen_error *err)
{
    char url[1024];
    int written = snprintf(url, sizeof(url), "%s/api/v1/link/%s", h->url, call);
    if (written < 0 || (size_t)written >= sizeof(url)) {
        return error_set(err, PLATEN_E_INVAL, "the manager's URL is longer than %zu bytes",
                         sizeof(url));
    }
    strbuf_clear(&h->answer);
    CURLcode rc = h->curl != NULL ? set_up(h, url, timeout_s) : CURLE_OUT_OF_MEMORY;
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, headers);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(h->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    }
    if (rc == CURLE_OK) {
        rc = curl_easy_setopt(h->curl, CURLOPT_POSTFIELDS, body);
    }
    if (rc != CURLE_OK) {
        return error_set(err, PLATEN_E_INTERNAL, "libcurl: %s", curl_easy_strerror(rc));
    }
    return perform(h, call, status, err);
}

static platen_code post_body(agent_http *h, const char *call, const char *body, size_t length,
                             unsigned timeout_s, cJSON **answer, bool *deactivated,
                             platen_error *err)
{
    char *packed = NULL;
    size_t packed_length = 0;
    long status = 0;
    bool pack = length >= PACK_FROM && !h->near;
    if (pack) {
        PLATEN_TRY(gzip_pack(body, length, &packed, &packed_length, err));
    }
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    if (pack) {
        headers = curl_slist_append(headers, "Content-Encoding: gzip");
    }
    platen_code rc = post(h, call, pack ? packed : body, pack ? packed_length : length, headers,
                          timeout_s, &status, err);
    curl_slist_free_all(headers);
    free(packed);
    if (rc != PLATEN_OK) {
        return rc;
    }
    if (status < 200 || status > 299) {
        return read_problem(h, call, status, deactivated, err);
    }
    rc = json_parse(h->answer.data, h->answer.length, answer, err);
    if (h->answer.capacity > 1024u * 1024u) { /* 50,000 targets need not stay in memory */
        strbuf_fini(&h->answer);
        strbuf_init(&h->answer);
    }
    return rc == PLATEN_OK
               ? rc
               : error_note(err, PLATEN_E_UNAVAILABLE, "the manager's answer to %s", call);
}

platen_code agent_http_post(agent_http *h, const char *call, strbuf *body, unsigned timeout_s,
                            cJSON **answer, bool *deactivated, platen_error *err)
{
    *deactivated = false;
    platen_code rc =
        body->failed
            ? error_set(err, PLATEN_E_NOMEM, "no memory for the body of %s", call)
            : post_body(h, call, body->data, body->length, timeout_s, answer, deactivated, err);
    if (body->data != NULL) { /* activation keys are such bodies, too */
        explicit_bzero(body->data, body->length);
    }
    strbuf_fini(body);
    return rc;
}
