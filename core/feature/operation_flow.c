/* Operations that scripts call: what becomes of them is a JSON text for the journal. */
#include "core/feature/operation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/flow/flows.h"

#define ANSWER_MAX ((size_t)256 * 1024) /* what a script can hold of one value */

static void write_failure(strbuf *out, const char *code, const char *text)
{
    json_writer w;
    strbuf_clear(out);
    json_init(&w, out);
    json_object(&w, NULL);
    json_text(&w, "code", code);
    json_text(&w, "text", text);
    json_object_end(&w);
}

static void take(const char *result, void *user)
{
    strbuf *out = user;
    if (strlen(result) > ANSWER_MAX) {
        write_failure(out, "too-large", "the answer has over 256 KiB");
        return;
    }
    strbuf_append(out, "{\"value\":");
    strbuf_append(out, result);
    strbuf_append(out, "}");
}

static void run(const operation *o, const flow_operation *call, strbuf *out)
{
    char name[48];
    platen_error err = PLATEN_ERROR_INIT;
    const region_set regions = {call->regions == NULL, call->regions, call->region_count};
    (void)snprintf(name, sizeof(name), "run %" PRId64, call->run);
    const operation_caller caller = {
        .who = {(uint32_t)sizeof(platen_who), PLATEN_ACCESS_SYSTEM_MANAGER, 0, name, "flow"},
        .regions = &regions,
        .take = take,
        .user = out};
    platen_code rc = operation_run_text(o, call->arguments, &caller, &err);
    if (rc != PLATEN_OK) {
        write_failure(out, error_word(rc), err.text);
    }
}

char *feature_operate(const feature *f, const flow_operation *call)
{
    strbuf out;
    const operation *o = operation_find(f, call->id);
    strbuf_init(&out);
    bool writes = o != NULL && (o->op.flags & PLATEN_OPERATION_WRITE) != 0;
    if (o == NULL) {
        write_failure(&out, "not-found", "there is no such operation");
    } else if (writes && call->preview) {
        strbuf_append(&out, "{\"value\":null}"); /* nothing is changed */
    } else if (writes && call->again) {
        write_failure(&out, "unavailable",
                      "the manager ended during the operation: whether it was done is not known");
    } else {
        run(o, call, &out);
    }
    return strbuf_take(&out);
}
