/*
 * The search for a way to speak with a device, and the meaning of what it answers. A client belongs
 * to one work and its thread.
 */
#include "client.h"

#include <stdio.h>
#include <string.h>

#include <cups/cups.h>

#include "deadline.h"

#define MARGIN_MS 200     /* kept back to report before the deadline */
#define ATTEMPT_MS 20000L /* longest single exchange */
#define SEARCH_MS 8000L   /* longest exchange while other ways are still untried */

/* What to try after a failed exchange. */
typedef enum next_step {
    STEP_STOP,
    STEP_VERSION,
    STEP_PATH,
    STEP_SCHEME,
} next_step;

static const char *const scheme_words[] = {"tls", "clear"};
static const char *const paths[] = {"/ipp/print", "/ipp/printer", "/ipp", "/"};
static const uint32_t versions[] = {20, 11};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool client_way_read(const char *memo, client_way *way)
{
    char scheme[16];
    char path[CLIENT_PATH];
    unsigned major;
    unsigned minor;
    int end = 0;
    if (strlen(memo) >= CLIENT_MEMO ||
        sscanf(memo, "1 %15s %1u.%1u %63[!-~]%n", scheme, &major, &minor, path, &end) != 4 ||
        memo[end] != '\0' || path[0] != '/') {
        return false;
    }
    for (size_t i = 0; i < COUNT(scheme_words); i++) {
        for (size_t j = 0; j < COUNT(versions); j++) {
            if (strcmp(scheme, scheme_words[i]) == 0 && major * 10 + minor == versions[j]) {
                way->scheme = (transport_scheme)i;
                way->version = versions[j];
                memcpy(way->path, path, sizeof(path));
                return true;
            }
        }
    }
    return false;
}

void client_way_write(const client_way *way, char memo[CLIENT_MEMO])
{
    (void)snprintf(memo, CLIENT_MEMO, "1 %s %u.%u %s", scheme_words[way->scheme], way->version / 10,
                   way->version % 10, way->path);
}

platen_code client_open(client *c, const platen_host *host, const platen_target *target,
                        platen_error *err)
{
    message_thread_init();
    c->host = host;
    c->request_id = 0;
    PLATEN_TRY(transport_open(&c->transport, host, target, err));
    c->transport.deadline -= MARGIN_MS;
    return PLATEN_OK;
}

void client_close(client *c)
{
    transport_close(&c->transport);
}

/* "ipps://[fe80::1]:631/ipp/print": the zone of a link-local address is ours, not the device's. */
static void make_uri(const client *c, const client_way *way, char uri[256])
{
    const char *address = c->transport.address;
    bool six = strchr(address, ':') != NULL;
    (void)snprintf(uri, 256, "%s://%s%.*s%s:%u%s", way->scheme == TRANSPORT_TLS ? "ipps" : "ipp",
                   six ? "[" : "", (int)strcspn(address, "%"), address, six ? "]" : "",
                   c->transport.port, way->path);
}

/* "get-printer-attributes on /ipp/print: <what>" */
static platen_code fail(const client *c, const client_way *way, platen_code code, const char *what,
                        platen_error *err)
{
    return c->host->fail(err, code, "get-printer-attributes on %s (%s): %s", way->path,
                         scheme_words[way->scheme], what);
}

static platen_code judge_http(const client *c, const client_way *way, next_step *next,
                              platen_error *err)
{
    const transport *t = &c->transport;
    char what[160];
    long status = t->status;
    (void)snprintf(what, sizeof(what), "HTTP %ld%s%s", status, t->type[0] != '\0' ? ", " : "",
                   t->type);
    if (status == 401 || status == 403) {
        *next = STEP_STOP;
        return fail(c, way, PLATEN_E_AUTH, what, err);
    }
    if (status == 200) {
        *next = STEP_PATH;
        return fail(c, way, PLATEN_E_PROTOCOL, what, err);
    }
    if (status == 400 || status == 426 || (status >= 301 && status <= 308)) {
        /* Clear HTTP to a TLS port, or a device that insists on the other one. TLS by HTTP Upgrade
         * (426, RFC 2817) is print servers' and nothing that libcurl does. */
        *next = status == 400 ? STEP_PATH : STEP_SCHEME;
        return fail(c, way, PLATEN_E_UNSUPPORTED, what, err);
    }
    *next = STEP_PATH;
    if (status == 503 || status == 429) {
        *next = STEP_STOP;
        return fail(c, way, PLATEN_E_DEVICE, what, err);
    }
    return fail(c, way, status >= 500 ? PLATEN_E_DEVICE : PLATEN_E_UNSUPPORTED, what, err);
}

static platen_code judge_ipp(const client *c, const client_way *way, ipp_t *answer, next_step *next,
                             platen_error *err)
{
    int status = (int)ippGetStatusCode(answer);
    char what[120];
    if (status >= 0 && status <= 0xff) {
        return PLATEN_OK;
    }
    (void)snprintf(what, sizeof(what), "%.60s (0x%04x)", ippErrorString((ipp_status_t)status),
                   (unsigned)status & 0xffffu);
    *next = STEP_STOP;
    switch (status) {
    case IPP_STATUS_ERROR_FORBIDDEN:
    case IPP_STATUS_ERROR_NOT_AUTHENTICATED:
    case IPP_STATUS_ERROR_NOT_AUTHORIZED:
        return fail(c, way, PLATEN_E_AUTH, what, err);
    case IPP_STATUS_ERROR_VERSION_NOT_SUPPORTED:
    case IPP_STATUS_ERROR_BAD_REQUEST:
        *next = STEP_VERSION;
        return fail(c, way, PLATEN_E_UNSUPPORTED, what, err);
    case IPP_STATUS_ERROR_NOT_FOUND:
    case IPP_STATUS_ERROR_GONE:
    case IPP_STATUS_ERROR_NOT_POSSIBLE:
    case IPP_STATUS_ERROR_OPERATION_NOT_SUPPORTED:
        *next = STEP_PATH;
        return fail(c, way, PLATEN_E_UNSUPPORTED, what, err);
    default:
        return fail(c, way, PLATEN_E_DEVICE, what, err);
    }
}

static next_step after_failed_post(const client *c, platen_code rc)
{
    switch (c->transport.stage) {
    case TRANSPORT_NO_CONNECTION:
        return STEP_STOP;
    case TRANSPORT_NO_TLS:
        return STEP_SCHEME;
    case TRANSPORT_NO_ANSWER:
        return rc == PLATEN_E_TIMEOUT ? STEP_STOP : STEP_SCHEME;
    case TRANSPORT_ANSWERED:
        break;
    }
    return STEP_STOP;
}

/* One exchange. Sets `next` when it fails. */
static platen_code ask_once(client *c, const client_way *way, const char *const *attributes,
                            long limit_ms, ipp_t **answer, next_step *next, platen_error *err)
{
    char uri[256];
    uint8_t octets[MESSAGE_REQUEST];
    size_t length = 0;
    transport *t = &c->transport;
    message_request request = {way->version, ++c->request_id, uri, attributes};
    long left = deadline_left(t->deadline);
    platen_error trouble = PLATEN_ERROR_INIT;

    *next = STEP_STOP;
    make_uri(c, way, uri);
    platen_code rc = message_write(&request, octets, &length);
    if (rc != PLATEN_OK) {
        return fail(c, way, rc, "request does not fit into memory", err);
    }
    rc = transport_post(t, way->scheme, way->path, octets, length,
                        left < limit_ms ? left : limit_ms, &trouble);
    if (rc != PLATEN_OK) {
        *next = after_failed_post(c, rc);
        return fail(c, way, rc, trouble.text, err);
    }
    if (t->status != 200 || strcmp(t->type, "application/ipp") != 0) {
        return judge_http(c, way, next, err);
    }
    ipp_t *message = message_read(t->body, t->length);
    if (message == NULL) {
        *next = STEP_PATH;
        return fail(c, way, PLATEN_E_PROTOCOL, "answer is no whole ipp message", err);
    }
    rc = judge_ipp(c, way, message, next, err);
    if (rc == PLATEN_OK) {
        *answer = message;
    } else {
        ippDelete(message);
    }
    return rc;
}

/* The failure that tells people most about the device, of those met in a search. */
typedef struct best_failure {
    platen_error err;
    int weight;
} best_failure;

static int weight(uint32_t code, transport_stage stage)
{
    if (stage == TRANSPORT_NO_TLS) {
        return 1; /* one scheme less, no more */
    }
    switch ((int)code) {
    case PLATEN_E_AUTH:
        return 5;
    case PLATEN_E_DEVICE:
        return 4;
    case PLATEN_E_UNSUPPORTED:
        return 3; /* it speaks, and says no */
    default:
        return 2;
    }
}

static void keep_best(best_failure *best, const platen_error *trouble, transport_stage stage)
{
    int now = weight(trouble->code, stage);
    if (now > best->weight) {
        best->err = *trouble;
        best->weight = now;
    }
}

/* All paths and versions over one scheme; `next` says whether another scheme is worth a try. */
static platen_code search_scheme(client *c, client_way *way, const char *const *attributes,
                                 ipp_t **answer, next_step *next, best_failure *best)
{
    for (size_t i = 0; i < COUNT(paths); i++) {
        (void)snprintf(way->path, sizeof(way->path), "%s", paths[i]);
        for (size_t j = 0; j < COUNT(versions); j++) {
            platen_error trouble = PLATEN_ERROR_INIT;
            way->version = versions[j];
            platen_code rc = ask_once(c, way, attributes, SEARCH_MS, answer, next, &trouble);
            if (rc == PLATEN_OK) {
                return rc;
            }
            keep_best(best, &trouble, c->transport.stage);
            if (*next == STEP_STOP || *next == STEP_SCHEME) {
                return rc;
            }
            if (*next == STEP_PATH) {
                break;
            }
        }
    }
    /* The device understood the scheme and has nothing there; over another it may be different. */
    *next = STEP_SCHEME;
    return PLATEN_E_UNSUPPORTED;
}

static platen_code search(client *c, client_way *way, const char *const *attributes, ipp_t **answer,
                          platen_error *err)
{
    static const transport_scheme schemes[] = {TRANSPORT_TLS, TRANSPORT_CLEAR};
    best_failure best = {PLATEN_ERROR_INIT, 0};
    client_way found;
    for (size_t i = 0; i < COUNT(schemes); i++) {
        next_step next = STEP_STOP;
        found.scheme = schemes[i];
        if (search_scheme(c, &found, attributes, answer, &next, &best) == PLATEN_OK) {
            *way = found;
            return PLATEN_OK;
        }
        if (next == STEP_STOP || deadline_left(c->transport.deadline) == 0) {
            break;
        }
    }
    return c->host->fail(err, (platen_code)best.err.code, "%s", best.err.text);
}

platen_code client_ask(client *c, bool known, client_way *way, const char *const *attributes,
                       ipp_t **answer, platen_error *err)
{
    if (known) {
        next_step next = STEP_STOP;
        platen_code rc = ask_once(c, way, attributes, ATTEMPT_MS, answer, &next, err);
        if (rc == PLATEN_OK || next == STEP_STOP) {
            return rc;
        }
    }
    return search(c, way, attributes, answer, err);
}
