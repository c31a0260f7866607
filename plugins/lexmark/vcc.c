/*
 * /webservices/vcc/bundles: GET answers a zip file of the settings, POST takes one. 408 says that
 * the device is busy: it is asked again. Nothing here writes but vcc_write().
 */
#include "driver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/webservices/vcc/bundles"
#define PATH_WRITE PATH "?filterLog=errorOnly" /* the answer then tells only what went wrong */
#define PROBE_MS 8000u
#define READ_MS 60000u
#define WRITE_MS 180000u
#define BUSY_PAUSE_MS 2000u
#define BUSY_MS 300000 /* that a device may be busy */
#define SAID 200u      /* bytes of an answer's text that people see */

typedef struct reply {
    uint32_t status;
    char *body;
    size_t length;
    bool no_memory;
} reply;

static void take(const platen_fetch_answer *answer, void *user)
{
    reply *r = user;
    r->status = answer->status;
    r->body = malloc((size_t)answer->length + 1);
    r->no_memory = r->body == NULL;
    if (r->body != NULL) {
        r->length = (size_t)answer->length;
        memcpy(r->body, answer->body, r->length);
        r->body[r->length] = '\0';
    }
}

static void reply_fini(reply *r)
{
    free(r->body);
    *r = (reply){0};
}

static bool is_busy(uint32_t status)
{
    return status == 408 || status == 503;
}

/* One request; once more while the device is busy, as long as there is time. */
static platen_code ask(visit *of, const platen_fetch_request *request, reply *out,
                       platen_error *err)
{
    const lexmark *driver = of->driver;
    int64_t begun = driver->now();
    for (unsigned tries = 1;; tries++) {
        reply_fini(out);
        PLATEN_TRY(driver->fetch->fetch(of->work, request, take, out, err));
        if (out->no_memory) {
            return driver->host->fail(err, PLATEN_E_NOMEM, "lexmark: no memory");
        }
        int64_t now = driver->now();
        if (!is_busy(out->status)) {
            return PLATEN_OK;
        }
        if (now - begun + BUSY_PAUSE_MS > BUSY_MS || now + BUSY_PAUSE_MS > of->target.deadline) {
            return driver->host->fail(err, PLATEN_E_DEVICE,
                                      "the device is busy (HTTP %" PRIu32 ", asked %u times): run "
                                      "it again when no job is reserved on it, nothing is printed "
                                      "and no other task runs",
                                      out->status, tries);
        }
        if (tries == 1) {
            note(of, PLATEN_ACT_INFO, "the device is busy: it is asked again");
        }
        driver->pause(BUSY_PAUSE_MS);
    }
}

/* The first line of what the device says, as far as it is text. */
static void said(const reply *r, char out[SAID])
{
    size_t length = 0;
    for (size_t i = 0; i < r->length && length + 1 < SAID; i++) {
        unsigned char c = (unsigned char)r->body[i];
        if (c >= ' ' && c < 0x7f) {
            out[length++] = (char)c;
        } else if (length > 0 && out[length - 1] != ' ') {
            out[length++] = ' ';
        }
    }
    out[length] = '\0';
}

/* What a status is that is not 2xx. */
static platen_code refused(const visit *of, const reply *r, platen_error *err)
{
    const platen_host *host = of->driver->host;
    char text[SAID];
    switch (r->status) {
    case 401:
    case 403:
        return host->fail(err, PLATEN_E_AUTH,
                          "the device refuses the user (HTTP %" PRIu32
                          "): register the user authentication of its administrator",
                          r->status);
    case 404:
    case 405:
    case 410:
    case 501:
        return host->fail(err, PLATEN_E_UNSUPPORTED,
                          "the device has no settings bundle (HTTP %" PRIu32
                          "): its export of settings is off, or its firmware is too old",
                          r->status);
    default:
        said(r, text);
        return host->fail(err, PLATEN_E_DEVICE, "the device answers HTTP %" PRIu32 "%s%.150s",
                          r->status, text[0] != '\0' ? ": " : "", text);
    }
}

static platen_fetch_request request_of(const visit *of, const char *method, const char *path,
                                       uint32_t timeout_ms)
{
    platen_fetch_request request = PLATEN_FETCH_REQUEST_INIT;
    request.flags = PLATEN_FETCH_TLS;
    request.port = of->target.port;
    request.method = method;
    request.path = path;
    request.timeout_ms = timeout_ms;
    request.answer_max = BUNDLE_BYTES;
    return request;
}

platen_code vcc_probe(visit *of, platen_error *err)
{
    reply r = {0};
    platen_fetch_request request = request_of(of, "GET", PATH, PROBE_MS);
    platen_code rc = of->driver->fetch->fetch(of->work, &request, take, &r, err);
    if (rc == PLATEN_OK && r.status != 200 && r.status != 401 && !is_busy(r.status)) {
        rc = refused(of, &r, err);
    }
    reply_fini(&r);
    return rc;
}

platen_code vcc_read(visit *of, bundle *out, platen_error *err)
{
    reply r = {0};
    char why[BUNDLE_WHY];
    platen_fetch_request request = request_of(of, "GET", PATH, READ_MS);
    request.flags |= PLATEN_FETCH_USER;
    platen_code rc = ask(of, &request, &r, err);
    if (rc == PLATEN_OK && r.status != 200) {
        rc = refused(of, &r, err);
    }
    if (rc == PLATEN_OK && !bundle_read(r.body, r.length, out, why)) {
        rc = of->driver->host->fail(err, PLATEN_E_PROTOCOL, "%s", why);
    }
    reply_fini(&r);
    return rc;
}

/* Whether a request that failed so may have been done all the same. */
static bool may_be_done(platen_code rc)
{
    return rc == PLATEN_E_TIMEOUT || rc == PLATEN_E_PROTOCOL || rc == PLATEN_E_TOO_LARGE ||
           rc == PLATEN_E_CANCELLED;
}

platen_code vcc_write(visit *of, const bundle_setting *settings, size_t count, bool *sent,
                      platen_error *err)
{
    static const char *const headers[] = {"Content-Type: application/zip", NULL};
    void *zip = NULL;
    size_t length = 0;
    char why[BUNDLE_WHY];
    char text[SAID];
    reply r = {0};
    *sent = false;
    if (!bundle_write(settings, count, &zip, &length, why)) {
        return of->driver->host->fail(err, PLATEN_E_NOMEM, "%s", why);
    }
    platen_fetch_request request = request_of(of, "POST", PATH_WRITE, WRITE_MS);
    request.flags |= PLATEN_FETCH_USER;
    request.headers = headers;
    request.body = zip;
    request.body_length = length;
    platen_code rc = ask(of, &request, &r, err);
    *sent = rc == PLATEN_OK ? r.status >= 200 && r.status < 300 : may_be_done(rc);
    if (rc == PLATEN_OK && !*sent) {
        rc = refused(of, &r, err);
    } else if (rc == PLATEN_OK) {
        said(&r, text);
        if (text[0] != '\0') {
            note(of, PLATEN_ACT_INFO, "the device says: %s", text);
        }
    }
    reply_fini(&r);
    free(zip);
    return rc;
}
