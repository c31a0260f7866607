/* /operations: what plugins can do, and doing it. */
#include "core/feature/operation.h"

#include <inttypes.h>
#include <string.h>

#define BODY_MAX (INT64_C(1) << 20) /* of an operation that takes no files */

static feature *features; /* constant while the server runs */

/* ---- who may ---- */

static rest_access access_of(const operation *o)
{
    switch (o->op.role) {
    case PLATEN_ACCESS_SYSTEM_MANAGER:
        return REST_SYSTEM_MANAGER;
    case PLATEN_ACCESS_DEVICE_MANAGER:
        return REST_DEVICE_MANAGER;
    default:
        return REST_USER;
    }
}

static uint32_t role_of(const rest_identity *who)
{
    switch ((int)who->role) {
    case REST_SYSTEM_MANAGER:
        return PLATEN_ACCESS_SYSTEM_MANAGER;
    case REST_DEVICE_MANAGER:
        return PLATEN_ACCESS_DEVICE_MANAGER;
    default:
        return PLATEN_ACCESS_USER;
    }
}

bool operation_allowed(const operation *o, rest_request *r, platen_error *err)
{
    return rest_may(r, access_of(o), o->op.function, err) == PLATEN_OK;
}

/* ---- reading ---- */

static const char *access_word(const operation *o)
{
    static const char *const words[] = {"user", "device-manager", "system-manager"};
    return words[o->op.role - PLATEN_ACCESS_USER];
}

static void write_operation(const operation *o, json_writer *w)
{
    json_object(w, NULL);
    json_text(w, "id", o->op.id);
    json_text(w, "plugin", o->plugin->name);
    json_text(w, "title", o->op.title);
    json_bool(w, "writes", (o->op.flags & PLATEN_OPERATION_WRITE) != 0);
    json_bool(w, "devices", (o->op.flags & PLATEN_OPERATION_NO_DEVICES) == 0);
    json_text(w, "access", access_word(o));
    json_text(w, "function", o->op.function);
    json_raw(w, "arguments", o->op.arguments);
    if (o->op.result != NULL) {
        json_raw(w, "result", o->op.result);
    } else {
        json_null(w, "result");
    }
    json_object_end(w);
}

static platen_code get_operations(rest_request *r, platen_error *err)
{
    int64_t total = 0;
    json_writer *w = rest_json(r, 200);
    (void)err;
    json_object(w, NULL);
    json_array(w, "items");
    for (const operation *o = features->operations; o != NULL; o = o->next) {
        if (operation_allowed(o, r, NULL)) {
            write_operation(o, w);
            total++;
        }
    }
    json_array_end(w);
    json_i64(w, "total", total);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code find(rest_request *r, const operation **out, platen_error *err)
{
    const char *id = rest_param(r, "id");
    *out = operation_find(features, id);
    if (*out == NULL) {
        rest_audit_no_body(r);
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no operation '%.127s'", id);
    }
    rest_audit_rules(r, (*out)->rules); /* also of who may not */
    return operation_allowed(*out, r, err) ? PLATEN_OK : PLATEN_E_FORBIDDEN;
}

/* ---- calling ---- */

static void take(const char *result, void *user)
{
    json_raw(rest_json(user, 200), NULL, result);
}

static void tell_fault(const char *pointer, const char *code, const char *text, void *user)
{
    rest_invalid(user, pointer, code, text);
}

operation_caller operation_caller_of(rest_request *r)
{
    const rest_identity *who = rest_who(r);
    return (operation_caller){
        .who = {(uint32_t)sizeof(platen_who), role_of(who), who->user, who->name, "rest"},
        .regions = rest_regions_of(r),
        .request = r};
}

static platen_code post_operation(rest_request *r, platen_error *err)
{
    const operation *o = NULL;
    PLATEN_TRY(find(r, &o, err));
    if ((o->op.flags & PLATEN_OPERATION_READ) != 0) {
        rest_audit_none(r);
    } else {
        rest_audit_object(r, o->op.id, o->op.title);
    }
    if (rest_body_length(r) > BODY_MAX && !schema_has_file(o->rules)) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "arguments of %" PRId64 " bytes, operation '%s' takes %" PRId64,
                         rest_body_length(r), o->op.id, BODY_MAX);
    }
    operation_caller caller = operation_caller_of(r);
    caller.take = take;
    caller.fault = tell_fault;
    caller.user = r;
    return operation_run(o, rest_body(r), &caller, err);
}

static const rest_route routes[] = {
    {"GET", "/operations", REST_USER, NULL, REST_REGION_NONE, 0, get_operations,
     "Operations of functions that the asking one may call", NULL, NULL},
    {"POST", "/operations/{id}", REST_USER, NULL, REST_REGION_OWN, REST_FILE_BODY, post_operation,
     "Call an operation with the body as its arguments; the answer is the operation's", NULL, NULL},
};

platen_code rest_operations_add(feature *f, rest *r, platen_error *err)
{
    features = f;
    return rest_add(r, routes, sizeof(routes) / sizeof(routes[0]), err);
}
