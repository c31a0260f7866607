/* Calling an operation: arguments, run(), answer. */
#include "core/feature/operation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/model/region_row.h"

#define ARGUMENTS_MAX ((size_t)12 << 20) /* with files in them */
#define FAULTS_MAX 100
#define DEPTH_MAX 8 /* operations that call each other in a row */

struct platen_call {
    const operation *operation;
    const operation_caller *caller;
    bool asked; /* somebody looked at the regions */
    bool answered;
    strbuf answer;
    size_t faults;
    char first[160]; /* of the faults: "/name: too long" */
};

static _Thread_local unsigned depth;

const operation *operation_find(const feature *f, const char *id)
{
    const operation *o = f->operations;
    while (o != NULL && strcmp(o->op.id, id) != 0) {
        o = o->next;
    }
    return o;
}

/* ---- arguments ---- */

static void fault(const char *pointer, const char *code, const char *text, void *user)
{
    platen_call *call = user;
    if (call->faults++ == 0) {
        (void)snprintf(call->first, sizeof(call->first), "%s: %s", pointer, text);
    }
    if (call->faults <= FAULTS_MAX && call->caller->fault != NULL) {
        call->caller->fault(pointer, code, text, call->caller->user);
    }
}

static platen_code invalid(const platen_call *call, platen_error *err)
{
    return error_set(err, PLATEN_E_INVAL, "operation '%s': %s", call->operation->op.id,
                     call->first);
}

static char *text_of(const cJSON *arguments, platen_error *err)
{
    char *text = arguments != NULL ? cJSON_PrintUnformatted(arguments) : strdup("{}");
    if (text == NULL) {
        (void)error_set(err, PLATEN_E_NOMEM, "no memory for arguments");
    }
    return text;
}

/* ---- running ---- */

/* Without all regions an operation on devices asks for each of them. */
static bool must_ask(const platen_call *call)
{
    const region_set *regions = call->caller->regions;
    return regions != NULL && !regions->all &&
           (call->operation->op.flags & PLATEN_OPERATION_NO_DEVICES) == 0;
}

static platen_code finish(platen_call *call, platen_code rc, platen_error *why, platen_error *err)
{
    const operation *o = call->operation;
    if (call->faults > 0 && (rc == PLATEN_OK || rc == PLATEN_E_INVAL)) {
        return invalid(call, err);
    }
    PLATEN_TRY(feature_result(o->plugin, rc, why, err));
    if (must_ask(call) && !call->asked) {
        return error_set(err, PLATEN_E_INTERNAL, "operation '%s' does not look at regions",
                         o->op.id);
    }
    if (call->answer.failed) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the answer of operation '%s'",
                         o->op.id);
    }
    if (call->caller->take != NULL) {
        call->caller->take(call->answered ? call->answer.data : "null", call->caller->user);
    }
    return PLATEN_OK;
}

platen_code operation_run(const operation *o, const cJSON *arguments,
                          const operation_caller *caller, platen_error *err)
{
    cJSON *none = arguments == NULL ? cJSON_CreateObject() : NULL;
    platen_call call = {.operation = o, .caller = caller};
    if (depth == DEPTH_MAX) {
        cJSON_Delete(none);
        return error_set(err, PLATEN_E_TOO_LARGE, "more than %d operations call each other",
                         DEPTH_MAX);
    }
    bool fits = schema_check(o->rules, arguments != NULL ? arguments : none, fault, &call);
    cJSON_Delete(none);
    if (!fits) {
        return invalid(&call, err);
    }
    char *text = text_of(arguments, err);
    if (text == NULL) {
        return PLATEN_E_NOMEM;
    }
    platen_error why = PLATEN_ERROR_INIT;
    strbuf_init(&call.answer);
    depth++;
    platen_code rc = o->op.run(&call, text, o->op.user, &why);
    depth--;
    rc = finish(&call, rc, &why, err);
    strbuf_fini(&call.answer);
    free(text);
    return rc;
}

platen_code operation_run_text(const operation *o, const char *arguments,
                               const operation_caller *caller, platen_error *err)
{
    cJSON *tree = NULL;
    size_t length = arguments != NULL ? strnlen(arguments, ARGUMENTS_MAX + 1) : 0;
    if (length > ARGUMENTS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the arguments have more than %zu bytes",
                         ARGUMENTS_MAX);
    }
    if (length > 0) {
        PLATEN_TRY(json_parse(arguments, length, &tree, err));
    }
    platen_code rc = operation_run(o, tree, caller, err);
    cJSON_Delete(tree);
    return rc;
}

/* ---- what run() may do ---- */

platen_code operation_answer(platen_call *call, const char *json, platen_error *err)
{
    if (call == NULL || json == NULL) {
        return error_set(err, PLATEN_E_INVAL, "an answer without a call or a text");
    }
    const char *id = call->operation->op.id;
    size_t length = strnlen(json, PLATEN_OPERATION_ANSWER_MAX + 1);
    if (call->answered) {
        return error_set(err, PLATEN_E_STATE, "operation '%s' has answered already", id);
    }
    if (length > PLATEN_OPERATION_ANSWER_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the answer of operation '%s' has over %u bytes",
                         id, PLATEN_OPERATION_ANSWER_MAX);
    }
    platen_error why = PLATEN_ERROR_INIT;
    if (json_check(json, length, &why) != PLATEN_OK) {
        return error_set(err, PLATEN_E_INVAL, "the answer of operation '%s' is no JSON: %.120s", id,
                         why.text);
    }
    strbuf_append_n(&call->answer, json, length);
    call->answered = true;
    return call->answer.failed ? error_set(err, PLATEN_E_NOMEM, "no memory") : PLATEN_OK;
}

void operation_who(platen_call *call, platen_who *out)
{
    if (call == NULL || out == NULL || out->size < sizeof(out->size)) {
        return;
    }
    uint32_t size = out->size;
    memcpy(out, &call->caller->who, size < sizeof(*out) ? size : sizeof(*out));
    out->size = size;
}

static bool device_is_of(const platen_call *call, const region_set *regions, int64_t device)
{
    int64_t region = 0;
    store_conn *conn = feature_tx_here(); /* in a transaction it is asked there */
    store_conn *own = NULL;
    platen_code rc = PLATEN_OK;
    if (conn == NULL) {
        rc = store_read(call->operation->plugin->owner->store, &own, NULL);
    }
    if (rc == PLATEN_OK) {
        rc = region_of_device(conn != NULL ? conn : own, device, &region, NULL);
    }
    if (own != NULL) {
        store_read_end(own);
    }
    return rc == PLATEN_OK && region_set_has(regions, region);
}

bool operation_in_regions(platen_call *call, int64_t device)
{
    if (call == NULL) {
        return false;
    }
    const region_set *regions = call->caller->regions;
    call->asked = true;
    /* What is of no device is for those of all regions, as devices of none are. */
    return regions == NULL || regions->all || (device > 0 && device_is_of(call, regions, device));
}

void operation_invalid(platen_call *call, const char *pointer, const char *code, const char *text)
{
    char kept[PLATEN_ERROR_TEXT];
    if (call == NULL || pointer == NULL || code == NULL || text == NULL) {
        return;
    }
    (void)snprintf(kept, sizeof(kept), "%s", text);
    fault(pointer, code, kept, call);
}
