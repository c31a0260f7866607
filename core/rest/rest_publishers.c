/* /publishers: whose signature makes a package one that may be installed (SYS-04, PRF-43). */
#include <string.h>

#include "core/base/clock.h"
#include "core/pack/active.h"
#include "core/pack/trust.h"
#include "core/rest/rest_functions.h"
#include "core/rest/services.h"

static platen_code open_trust(rest_request *r, trust **t, platen_error *err)
{
    char folder[FILE_PATH];
    char parent[FILE_PATH];
    const char *data = rest_services(r)->data_dir;
    PLATEN_TRY(file_join(parent, data, FUNCTIONS_FOLDER, err));
    PLATEN_TRY(file_make_dir(parent, 0700, err));
    PLATEN_TRY(active_path(data, "trust", folder, err));
    return trust_open(folder, t, err);
}

static void write_publisher(json_writer *w, const trust_publisher *p)
{
    json_object(w, NULL);
    json_text(w, "id", p->id);
    json_text(w, "name", p->name);
    json_text(w, "key", p->key);
    json_time(w, "added", p->added);
    json_time(w, "revoked", p->revoked);
    json_time(w, "expires", p->expires);
    json_text(w, "state", trust_state(p, clock_now()));
    json_object_end(w);
}

static platen_code get_publishers(rest_request *r, platen_error *err)
{
    trust *t = NULL;
    PLATEN_TRY(open_trust(r, &t, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "items");
    for (size_t i = 0; i < trust_count(t); i++) {
        write_publisher(w, trust_get(t, i));
    }
    json_array_end(w);
    json_i64(w, "total", (int64_t)trust_count(t));
    json_object_end(w);
    trust_close(t);
    return PLATEN_OK;
}

static platen_code post_publisher(rest_request *r, platen_error *err)
{
    const cJSON *body = rest_body(r);
    const trust_publisher *made = NULL;
    trust *t = NULL;
    char id[TRUST_ID];
    int64_t expires = 0;
    platen_error why = PLATEN_ERROR_INIT;
    const char *key = json_get_text(body, "key", "");
    const char *until = json_get_text(body, "expires", NULL);
    if (until != NULL && !clock_parse(until, &expires)) {
        rest_invalid(r, "/expires", "format", "this is no time");
        return error_set(err, PLATEN_E_INVAL, "'%.64s' is no time", until);
    }
    if (until != NULL && expires <= clock_now()) {
        rest_invalid(r, "/expires", "range", "is a time that has passed");
        return error_set(err, PLATEN_E_INVAL, "the trust would have ended at %.64s", until);
    }
    if (trust_id_of(key, id, &why) != PLATEN_OK) {
        rest_invalid(r, "/key", "format", "this is no public Ed25519 key in PEM form");
        return error_set(err, PLATEN_E_INVAL, "%s", why.text);
    }
    PLATEN_TRY(open_trust(r, &t, err));
    platen_code rc =
        trust_add(t, json_get_text(body, "name", ""), key, clock_now(), expires, &made, err);
    if (rc == PLATEN_OK) {
        rest_audit_object(r, id, made->name);
        write_publisher(rest_json(r, 201), made);
    }
    trust_close(t);
    return rc;
}

/* What it signed before stays installed; nothing more of it is taken. */
static platen_code delete_publisher(rest_request *r, platen_error *err)
{
    trust *t = NULL;
    PLATEN_TRY(open_trust(r, &t, err));
    const trust_publisher *p = trust_find(t, rest_param(r, "id"));
    platen_code rc = trust_revoke(t, rest_param(r, "id"), clock_now(), err);
    if (rc == PLATEN_OK) {
        rest_audit_object(r, NULL, p->name);
        rest_empty(r, 204);
    }
    trust_close(t);
    return rc;
}

#define PUBLISHER                                                                                  \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":"        \
    "\"string\"},\"key\":{\"type\":\"string\"},\"added\":{\"type\":\"string\"},\"revoked\":{"      \
    "\"type\":[\"string\",\"null\"]},\"expires\":{\"type\":[\"string\",\"null\"]},\"state\":{"     \
    "\"enum\":[\"trusted\",\"expired\",\"revoked\"]}}}"

static const rest_route routes[] = {
    {"GET", "/publishers", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, get_publishers,
     "Whose packages are taken.", NULL, NULL},
    {"POST", "/publishers", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_publisher,
     "From now on packages that are signed with this key are taken.",
     "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"key\"],"
     "\"properties\":{\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":200},"
     "\"key\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":4096},"
     "\"expires\":{\"type\":[\"string\",\"null\"]}}}",
     PUBLISHER},
    {"DELETE", "/publishers/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     delete_publisher, "Revokes a key: no package of it is taken any more.", NULL, NULL},
};

platen_code rest_publishers_add(rest *router, platen_error *err)
{
    return rest_add(router, routes, sizeof(routes) / sizeof(routes[0]), err);
}
