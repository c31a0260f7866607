/* Operations that scripts call: what becomes of them is a JSON text for the journal. */
#include "core/feature/operation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/flow/flows.h"
#include "core/model/audit.h"
#include "core/rest/audit_trail.h"

#define LOG_SOURCE "flow"
#include "core/base/log.h"

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

/* ---- the audit log ---- */

/* The entry goes into the transaction of the operation's first write, as those of requests do. */
typedef struct flow_trail {
    store_follower follower;
    audit_entry entry;
    strbuf after;
} flow_trail;

static platen_code append(store_conn *conn, void *user, platen_error *err)
{
    const flow_trail *t = user;
    return audit_append_in(conn, &t->entry, err);
}

static void trail_open(flow_trail *t, const operation *o, const char *name, const char *arguments)
{
    cJSON *tree = NULL;
    strbuf_init(&t->after);
    if (json_parse(arguments, strlen(arguments), &tree, NULL) == PLATEN_OK) {
        trail_mask(&t->after, o->rules, tree, NULL, 0);
    }
    cJSON_Delete(tree);
    t->entry = (audit_entry){.user_name = name,
                             .way = "system",
                             .category = "operations",
                             .action = "operations",
                             .object = o->op.id,
                             .object_name = o->op.title,
                             .after = t->after.length > 0 ? t->after.data : NULL};
    t->follower = (store_follower){.fn = append, .user = t};
    store_follow(&t->follower);
}

/* What wrote nothing, or failed, is told now. */
static void trail_close(flow_trail *t, const operation *o, platen_code rc)
{
    platen_error err = PLATEN_ERROR_INIT;
    store_follow(NULL);
    audit *log = audit_of(o->plugin->owner->store);
    t->entry.result = rc != PLATEN_OK ? error_word(rc) : NULL;
    if ((rc != PLATEN_OK || !t->follower.done) && log != NULL &&
        audit_append(log, &t->entry, &err) != PLATEN_OK) {
        log_error("operation '%s' of %s is not in the audit log: %s", o->op.id, t->entry.user_name,
                  err.text);
    }
    strbuf_fini(&t->after);
}

static void run(const operation *o, const flow_operation *call, strbuf *out)
{
    char name[48];
    flow_trail trail;
    bool writes = (o->op.flags & PLATEN_OPERATION_WRITE) != 0;
    platen_error err = PLATEN_ERROR_INIT;
    const region_set regions = {call->regions == NULL, call->regions, call->region_count};
    (void)snprintf(name, sizeof(name), "run %" PRId64, call->run);
    if (writes) {
        trail_open(&trail, o, name, call->arguments);
    }
    const operation_caller caller = {
        .who = {(uint32_t)sizeof(platen_who), PLATEN_ACCESS_SYSTEM_MANAGER, 0, name, "flow"},
        .regions = &regions,
        .take = take,
        .user = out};
    platen_code rc = operation_run_text(o, call->arguments, &caller, &err);
    if (writes) {
        trail_close(&trail, o, rc);
    }
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
