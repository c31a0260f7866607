/* Taking tasks out of bodies (TSK-13 to TSK-35). */
#include "core/rest/rest_task_body.h"

#include <string.h>

#include "core/rest/reports.h"
#include "core/rest/schema.h"
#include "core/run/rollout.h"

static platen_code wrong(rest_request *r, const char *pointer, const char *code, const char *text,
                         platen_error *err)
{
    rest_invalid(r, pointer, code, text);
    return error_set(err, PLATEN_E_INVAL, "%s: %s", pointer, text);
}

bool rest_task_kind_writes(const task_kind *kind)
{
    return (kind->flags & KIND_WRITES) != 0 || kind->where == KIND_FLOW;
}

platen_code rest_task_body_kind(rest_request *r, const task_kind **kind, platen_error *err)
{
    *kind = kind_find(json_get_text(rest_body(r), "kind", ""));
    return *kind != NULL && ((*kind)->flags & KIND_HIDDEN) == 0
               ? PLATEN_OK
               : wrong(r, "/kind", "not-found", "there is no such task kind", err);
}

/* ---- members ---- */

static platen_code print(const cJSON *tree, char **out, platen_error *err)
{
    *out = cJSON_PrintUnformatted(tree);
    return *out != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a task");
}

static void report_setting(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "/settings%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "/settings", code, text);
}

static void report_inner(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "/settings/settings%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "/settings/settings", code, text);
}

/* A report by mail: that of a plugin has settings of its own. */
static platen_code check_report(rest_request *r, const cJSON *settings, platen_error *err)
{
    const char *word = json_get_text(settings, "report", "");
    const overview_source *source = overview_source_find(word);
    if (source != NULL) {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(settings, "settings");
        return overview_check(source, own, report_inner, r, err);
    }
    return strcmp(word, "audit-log") != 0 || rest_who(r)->role == REST_SYSTEM_MANAGER /* MON-85 */
               ? PLATEN_OK
               : error_set(err, PLATEN_E_FORBIDDEN, "the audit log is for system managers");
}

static platen_code take_settings(rest_request *r, const task_kind *kind, task_body *b,
                                 platen_error *err)
{
    schema *rules = NULL;
    const cJSON *settings = json_get_object(rest_body(r), "settings");
    PLATEN_TRY(schema_new(kind->settings, &rules, err));
    bool valid = schema_check(rules, settings, report_setting, r);
    schema_free(rules);
    if (strcmp(kind->id, "system.send-report") == 0) {
        PLATEN_TRY(check_report(r, settings, err));
    }
    return valid ? print(settings, &b->settings, err)
                 : error_set(err, PLATEN_E_INVAL, "the settings do not fit '%s'", kind->id);
}

static platen_code take_mail(rest_request *r, task_body *b, platen_error *err)
{
    const cJSON *mail = json_get_object(rest_body(r), "mail");
    const cJSON *to = json_get_array(mail, "to");
    if (strcmp(json_get_text(mail, "condition", "never"), "never") != 0 &&
        cJSON_GetArraySize(to) == 0) {
        return wrong(r, "/mail/to", "required", "who gets the mail?", err);
    }
    return print(mail, &b->mail, err);
}

static void report_rollout(const char *pointer, const char *code, const char *text, void *user)
{
    rest_request *r = user;
    const char *whole = arena_printf(rest_arena(r), "/rollout%s", pointer);
    rest_invalid(r, whole != NULL ? whole : "/rollout", code, text);
}

static platen_code take_rollout(rest_request *r, const task_kind *kind, task_body *b,
                                platen_error *err)
{
    rollout plan;
    const cJSON *tree = json_get_object(rest_body(r), "rollout");
    if (tree->child != NULL && !rest_task_kind_writes(kind)) {
        return wrong(r, "/rollout", "unsupported", "this kind of task changes no devices", err);
    }
    PLATEN_TRY(rollout_read(tree, report_rollout, r, &plan, err));
    return print(tree, &b->rollout, err);
}

static platen_code take_schedule(rest_request *r, task_body *b, platen_error *err)
{
    int64_t next = 0;
    const cJSON *schedule = json_get_object(rest_body(r), "schedule");
    PLATEN_TRY(rest_schedule_take(r, &b->schedule, &next, 1, err));
    b->fields.schedule = b->schedule.data;
    b->has_time = next != 0 || strcmp(json_get_text(schedule, "when", ""), "now") == 0;
    return b->schedule.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for a schedule")
                              : PLATEN_OK;
}

static platen_code take_targets(rest_request *r, const task_kind *kind, const task_row *old,
                                task_body *b, platen_error *err)
{
    bool given = json_get_array(rest_body(r), "regions") != NULL;
    b->regions.count = 0;
    if (old != NULL) {
        b->regions = old->regions;
    }
    if (old == NULL || given || json_get_object(rest_body(r), "targets") != NULL) {
        PLATEN_TRY(rest_task_take(r, kind, old == NULL, &b->regions, &b->targets, err));
    }
    b->fields.regions = old == NULL || given ? &b->regions : NULL;
    b->fields.targets = b->targets.length > 0 ? b->targets.data : NULL;
    return PLATEN_OK;
}

/* ---- all of them ---- */

static bool has(rest_request *r, const char *member)
{
    return json_get_object(rest_body(r), member) != NULL;
}

platen_code rest_task_body_take(rest_request *r, const task_kind *kind, const task_row *old,
                                task_body *out, platen_error *err)
{
    bool fresh = old == NULL;
    const cJSON *body = rest_body(r);
    *out = (task_body){.has_time = true};
    strbuf_init(&out->targets);
    strbuf_init(&out->schedule);
    out->fields.kind = kind->id;
    out->fields.name = json_get_text(body, "name", fresh ? kind->title : NULL);
    out->fields.active = !json_is_null_or_absent(body, "active")
                             ? json_get_bool(body, "active", true)
                         : fresh ? 1
                                 : -1;
    if (has(r, "settings")) {
        PLATEN_TRY(take_settings(r, kind, out, err));
    }
    PLATEN_TRY(take_targets(r, kind, old, out, err));
    if (has(r, "schedule")) {
        PLATEN_TRY(take_schedule(r, out, err));
    }
    if (has(r, "mail")) {
        PLATEN_TRY(take_mail(r, out, err));
    }
    if (has(r, "rollout")) {
        PLATEN_TRY(take_rollout(r, kind, out, err));
    }
    out->fields.settings = out->settings != NULL ? out->settings : fresh ? "{}" : NULL;
    out->fields.mail = out->mail;
    out->fields.rollout = out->rollout;
    return PLATEN_OK;
}

void rest_task_body_fini(task_body *b)
{
    strbuf_fini(&b->targets);
    strbuf_fini(&b->schedule);
    cJSON_free(b->settings);
    cJSON_free(b->mail);
    cJSON_free(b->rollout);
}
