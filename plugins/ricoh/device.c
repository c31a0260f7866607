/* Who is a device of this maker, and can it import from a server: its own template says so. */
#include "driver.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define ENTERPRISE "1.3.6.1.4.1.367." /* Ricoh's, its brands' too */
#define TEMPLATE "/DH/directionsFormat.ini"
#define PROBE_MS 8000u
#define TEMPLATE_BYTES 65536u

typedef struct reply {
    uint32_t status;
    bool is_template;
} reply;

static void take(const platen_fetch_answer *answer, void *user)
{
    reply *r = user;
    r->status = answer->status;
    r->is_template =
        answer->status == 200 && memmem(answer->body, (size_t)answer->length, "[file1]", 7) != NULL;
}

/* The manufacturer, as far as anybody has said it yet: other makers' devices are not asked. */
static bool is_ours(const platen_target *target)
{
    static const char *const brands[] = {"Ricoh",     "Lanier",  "Savin",      "NRG",
                                         "Nashuatec", "Infotec", "Rex-Rotary", "Gestetner"};
    for (size_t i = 0; i < sizeof(brands) / sizeof(brands[0]); i++) {
        if (strncasecmp(target->manufacturer, brands[i], strlen(brands[i])) == 0) {
            return true;
        }
    }
    return strncmp(target->sys_object_id, ENTERPRISE, strlen(ENTERPRISE)) == 0;
}

static platen_code ask(visit *of, bool tls, reply *out, platen_error *err)
{
    platen_fetch_request request = PLATEN_FETCH_REQUEST_INIT;
    request.flags = PLATEN_FETCH_FOLLOW | (tls ? PLATEN_FETCH_TLS : 0);
    request.port = tls ? 0 : of->target.port;
    request.path = TEMPLATE;
    request.timeout_ms = PROBE_MS;
    request.answer_max = TEMPLATE_BYTES;
    return of->driver->fetch->fetch(of->work, &request, take, out, err);
}

platen_code device_probe(visit *of, platen_error *err)
{
    const platen_host *host = of->driver->host;
    reply r = {0};
    if (!is_ours(&of->target)) {
        return host->fail(err, PLATEN_E_UNSUPPORTED, "it is not known as a Ricoh");
    }
    platen_code rc = ask(of, false, &r, err);
    if (rc == PLATEN_OK && r.status >= 300 && r.status < 400) { /* it wants HTTPS */
        rc = ask(of, true, &r, err);
    }
    if (rc == PLATEN_OK && !r.is_template) {
        return host->fail(err, PLATEN_E_UNSUPPORTED,
                          "the device has no " TEMPLATE " (HTTP %" PRIu32
                          "): it cannot import device setting information from a server",
                          r.status);
    }
    return rc;
}
