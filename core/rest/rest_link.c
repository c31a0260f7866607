/* /link: the calls of agents (docs/link.md). A certificate names the agent; whether it is the one
 * in force is checked with each call, so that a deactivated agent is out at once. */
#include "core/rest/rest_link.h"

#include <stdlib.h>

#include "core/http/certs.h"
#include "core/link/link_manager.h"
#include "core/rest/services.h"

static platen_code agent_of(rest_request *r, int64_t *agent, platen_error *err)
{
    char fingerprint[65];
    size_t length = 0;
    const void *der = rest_client_certificate(r, &length);
    if (der == NULL) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "an agent's certificate is required");
    }
    certs_fingerprint(der, length, fingerprint);
    *agent = strtoll(rest_who(r)->agent, NULL, 10);
    return link_check(rest_services(r)->link, *agent, fingerprint, err);
}

static platen_code activate(rest_request *r, platen_error *err)
{
    return link_activate(rest_services(r)->link, rest_body(r), rest_remote(r), rest_json(r, 200),
                         err);
}

static platen_code hello(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(agent_of(r, &agent, err));
    return link_hello(rest_services(r)->link, agent, rest_body(r), rest_remote(r),
                      rest_json(r, 200), err);
}

static platen_code jobs(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(agent_of(r, &agent, err));
    return link_jobs(rest_services(r)->link, agent, rest_body(r), rest_json(r, 200), err);
}

static platen_code devices(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(agent_of(r, &agent, err));
    return link_devices(rest_services(r)->link, rest_body(r), rest_json(r, 200), err);
}

static platen_code results(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(agent_of(r, &agent, err));
    return link_results(rest_services(r)->link, agent, rest_body(r), rest_json(r, 200), err);
}

static platen_code package(rest_request *r, platen_error *err)
{
    int64_t agent = 0;
    PLATEN_TRY(agent_of(r, &agent, err));
    return link_package(rest_services(r)->link, rest_body(r), rest_json(r, 200), err);
}

static const char activate_schema[] =
    "{\"type\":\"object\",\"required\":[\"key\",\"csr\"],\"properties\":{"
    "\"key\":{\"type\":\"string\",\"minLength\":20,\"maxLength\":200},"
    "\"csr\":{\"type\":\"string\",\"minLength\":50,\"maxLength\":8192},"
    "\"version\":{\"type\":\"string\",\"maxLength\":40}}}";

/* Agents are Platen's own: what they send is read member by member, and newer ones may say more. */
static const char open_schema[] = "{\"type\":\"object\",\"additionalProperties\":true}";

static const rest_route routes[] = {
    {"POST", "/link/activate", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_CSRF, activate,
     "An agent trades its activation key for a certificate", activate_schema, NULL},
    {"POST", "/link/hello", REST_AGENT, NULL, REST_REGION_NONE, REST_LARGE_BODY | REST_NO_AUDIT,
     hello, "An agent has started", open_schema, NULL},
    {"POST", "/link/jobs", REST_AGENT, NULL, REST_REGION_NONE, REST_NO_AUDIT, jobs,
     "An agent waits for work", open_schema, NULL},
    {"POST", "/link/devices", REST_AGENT, NULL, REST_REGION_NONE, REST_NO_AUDIT, devices,
     "An agent asks about devices", open_schema, NULL},
    {"POST", "/link/package", REST_AGENT, NULL, REST_REGION_NONE, REST_NO_AUDIT, package,
     "An agent gets a piece of an active package", open_schema, NULL},
    {"POST", "/link/results", REST_AGENT, NULL, REST_REGION_NONE, REST_LARGE_BODY | REST_NO_AUDIT,
     results, "An agent delivers results", open_schema, NULL},
};

platen_code rest_link_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
