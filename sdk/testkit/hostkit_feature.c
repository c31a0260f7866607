/* op/1, task/1, notify/1, blob/1 of the fake host. */
#include "hostkit_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

struct platen_call {
    hostkit *kit;
    char *answer;
    bool answered;
    bool invalid;
};

struct platen_plan {
    hostkit *kit;
    char *text;
    size_t size;
    size_t length;
};

struct platen_choice {
    hostkit *kit;
    char *text;
    size_t size;
    size_t length;
};

struct platen_blob {
    hostkit *kit;
    char *data;
    size_t length;
};

static const char digest_of_tests[] =
    "00000000000000000000000000000000000000000000000000000000000000ff";

platen_code hostkit_kept(const entry *e)
{
    return e != NULL ? PLATEN_OK : PLATEN_E_EXISTS;
}

platen_code hostkit_wrong(hostkit *kit, const char *what, const char *id, platen_error *err)
{
    hostkit_note(kit, "%s that cannot be: %s", what, id != NULL ? id : "(no id)");
    return hostkit_error(err, PLATEN_E_INVAL, "%s that cannot be: %s", what,
                         id != NULL ? id : "(no id)");
}

bool hostkit_is_text(const char *text, size_t most)
{
    return text != NULL && text[0] != '\0' && strlen(text) <= most;
}

/* ---- operations ---- */

static platen_code op_add(platen_ctx *ctx, const platen_operation *o, platen_error *err)
{
    hostkit *kit = ctx->kit;
    const uint32_t ways = o->flags & (PLATEN_OPERATION_READ | PLATEN_OPERATION_WRITE);
    const uint32_t known =
        PLATEN_OPERATION_READ | PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    PLATEN_TRY(hostkit_registering(ctx, o->size, sizeof(*o), err));
    if ((o->flags & ~known) != 0 ||
        (ways != PLATEN_OPERATION_READ && ways != PLATEN_OPERATION_WRITE) ||
        o->role < PLATEN_ACCESS_USER || o->role > PLATEN_ACCESS_SYSTEM_MANAGER ||
        !hostkit_own_id(kit, o->id) || !hostkit_is_text(o->title, 200) || o->run == NULL ||
        (o->role == PLATEN_ACCESS_DEVICE_MANAGER && o->function == NULL) ||
        (o->arguments != NULL && !hostkit_is_json(o->arguments, true)) ||
        (o->result != NULL && !hostkit_is_json(o->result, true))) {
        return hostkit_wrong(kit, "an operation", o->id, err);
    }
    entry *e = hostkit_keep(kit, HOSTKIT_OPERATION, o->id, o->arguments, NULL, err);
    if (e != NULL) {
        e->of.operation = *o;
        e->user = o->user;
        e->release = o->release;
    }
    return hostkit_kept(e);
}

platen_code hostkit_call(hostkit *kit, const char *id, const char *arguments, char *answer,
                         size_t size, platen_error *err)
{
    const entry *e = hostkit_find(kit, HOSTKIT_OPERATION, id);
    platen_call call = {kit, NULL, false, false};
    if (e == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no operation '%s'", id);
    }
    platen_code rc = e->of.operation.run(&call, arguments, e->user, err);
    if (call.invalid && rc != PLATEN_E_INVAL) {
        hostkit_note(kit, "operation '%s' calls invalid() and does not return INVAL", id);
    }
    if (answer != NULL) {
        (void)snprintf(answer, size, "%s", call.answer != NULL ? call.answer : "null");
    }
    free(call.answer);
    return rc;
}

static platen_code op_call(platen_ctx *ctx, const char *id, const char *arguments,
                           void (*take)(const char *result, void *user), void *user,
                           platen_error *err)
{
    char answer[65536];
    if (ctx->kit->loading || ctx->kit->within) {
        hostkit_note(ctx->kit, "op/1 call() in load(), or within a transaction");
        return hostkit_error(err, PLATEN_E_STATE, "no operation now");
    }
    if (hostkit_strikes(ctx->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    PLATEN_TRY(hostkit_call(ctx->kit, id, arguments, answer, sizeof(answer), err));
    if (take != NULL) {
        take(answer, user);
    }
    return PLATEN_OK;
}

static platen_code op_answer(platen_call *call, const char *json, platen_error *err)
{
    if (hostkit_strikes(call->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    if (call->answered || !hostkit_is_json(json, false)) {
        hostkit_note(call->kit, "an answer that is no JSON, or a second one");
        return hostkit_error(err, PLATEN_E_INVAL, "an answer that cannot be");
    }
    call->answered = true;
    call->answer = strdup(json);
    return PLATEN_OK;
}

static void fill_who(platen_who *out)
{
    uint32_t size = out->size;
    *out = (platen_who){size, PLATEN_ACCESS_SYSTEM_MANAGER, 1, "Administrator", "rest"};
}

static void op_who(platen_call *call, platen_who *out)
{
    (void)call;
    fill_who(out);
}

static bool op_in_regions(platen_call *call, int64_t device)
{
    (void)call;
    return device >= 0;
}

static void op_invalid(platen_call *call, const char *pointer, const char *code, const char *text)
{
    if (pointer == NULL || code == NULL || text == NULL) {
        hostkit_note(call->kit, "invalid() with a NULL");
    }
    call->invalid = true;
}

static const platen_op op_table = {
    (uint32_t)sizeof(platen_op), op_add, op_call, op_answer, op_who, op_in_regions, op_invalid};

/* ---- tasks ---- */

static platen_code task_kind(platen_ctx *ctx, const platen_task_kind *k, platen_error *err)
{
    hostkit *kit = ctx->kit;
    PLATEN_TRY(hostkit_registering(ctx, k->size, sizeof(*k), err));
    bool own = k->prepare != NULL && k->commit != NULL && k->finish != NULL;
    bool none = k->prepare == NULL && k->commit == NULL && k->finish == NULL;
    if ((k->flags & ~(PLATEN_TASK_WRITES | PLATEN_TASK_VERIFY | PLATEN_TASK_EACH |
                      PLATEN_TASK_AFTER_DISCOVERY)) != 0 ||
        (k->targets != PLATEN_TASK_DEVICES && k->targets != PLATEN_TASK_NONE) || k->limit_s < 1 ||
        k->limit_s > 86400 || k->id == NULL || strchr(k->id, '.') == NULL ||
        !hostkit_is_text(k->title, 200) || !hostkit_is_json(k->settings, true) ||
        ((k->flags & PLATEN_TASK_AFTER_DISCOVERY) != 0 && k->targets != PLATEN_TASK_DEVICES) ||
        (k->action != NULL ? !none || k->targets != PLATEN_TASK_DEVICES
                           : !own || (k->flags & ~PLATEN_TASK_AFTER_DISCOVERY) != 0 ||
                                 k->plan != NULL || k->done != NULL)) {
        return hostkit_wrong(kit, "a task kind", k->id, err);
    }
    entry *e = hostkit_keep(kit, HOSTKIT_KIND, k->id, k->settings, NULL, err);
    if (e != NULL) {
        e->of.kind = *k;
        e->user = k->user;
        e->release = k->release;
    }
    return hostkit_kept(e);
}

static platen_code task_builtin(platen_ctx *ctx, const platen_builtin *b, platen_error *err)
{
    PLATEN_TRY(hostkit_registering(ctx, b->size, sizeof(*b), err));
    if (b->kind == NULL || hostkit_find(ctx->kit, HOSTKIT_KIND, b->kind) == NULL ||
        b->minutes < 1 || b->minutes > 525600 || !hostkit_is_text(b->name, 100)) {
        return hostkit_wrong(ctx->kit, "a built-in task", b->kind, err);
    }
    return hostkit_kept(hostkit_keep(ctx->kit, HOSTKIT_BUILTIN, b->kind, b->name, NULL, err));
}

static platen_code task_function(platen_ctx *ctx, const char *id, const char *menu,
                                 platen_error *err)
{
    static const char *const menus[] = {"devices", "tasks", "data", "reports"};
    size_t i = 0;
    PLATEN_TRY(hostkit_registering(ctx, 4, 4, err));
    while (i < 4 && (menu == NULL || strcmp(menus[i], menu) != 0)) {
        i++;
    }
    if (i == 4 || !hostkit_is_text(id, 48) ||
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(id)) {
        return hostkit_wrong(ctx->kit, "a function", id, err);
    }
    return hostkit_kept(hostkit_keep(ctx->kit, HOSTKIT_FUNCTION, id, menu, NULL, err));
}

/* A line of what plan() or choose() says. */
static void say(char *text, size_t size, size_t *length, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void say(char *text, size_t size, size_t *length, const char *format, ...)
{
    va_list arguments;
    if (text == NULL || *length >= size) {
        return;
    }
    va_start(arguments, format);
    int written = vsnprintf(text + *length, size - *length, format, arguments);
    va_end(arguments);
    *length += written > 0 ? (size_t)written : 0;
}

static platen_code task_choose_devices(platen_choice *choice, const int64_t *ids, size_t count,
                                       platen_error *err)
{
    if (hostkit_strikes(choice->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        say(choice->text, choice->size, &choice->length, "device %lld\n", (long long)ids[i]);
    }
    return PLATEN_OK;
}

static platen_code task_choose_group(platen_choice *choice, int64_t group, const char *model,
                                     platen_error *err)
{
    if (hostkit_strikes(choice->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    say(choice->text, choice->size, &choice->length, "group %lld %s\n", (long long)group,
        model != NULL ? model : "");
    return PLATEN_OK;
}

static platen_code task_plan_set(platen_plan *plan, int64_t device, const char *json,
                                 platen_error *err)
{
    if (hostkit_strikes(plan->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    say(plan->text, plan->size, &plan->length, "%lld set %s\n", (long long)device, json);
    return device >= 1 && hostkit_is_json(json, true)
               ? PLATEN_OK
               : hostkit_error(err, PLATEN_E_INVAL, "settings that cannot be");
}

static platen_code plan_end(platen_plan *plan, int64_t device, const char *how, const char *code,
                            const char *text, platen_error *err)
{
    if (hostkit_strikes(plan->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    say(plan->text, plan->size, &plan->length, "%lld %s %s %s\n", (long long)device, how, code,
        text != NULL ? text : "");
    return device >= 1 && hostkit_is_text(code, 32)
               ? PLATEN_OK
               : hostkit_error(err, PLATEN_E_INVAL, "no such word");
}

static platen_code task_plan_skip(platen_plan *plan, int64_t device, const char *code,
                                  const char *text, platen_error *err)
{
    return plan_end(plan, device, "skip", code, text, err);
}

static platen_code task_plan_fail(platen_plan *plan, int64_t device, const char *code,
                                  const char *text, platen_error *err)
{
    return plan_end(plan, device, "fail", code, text, err);
}

static const platen_task task_table = {(uint32_t)sizeof(platen_task),
                                       task_kind,
                                       task_builtin,
                                       task_function,
                                       task_plan_set,
                                       task_plan_skip,
                                       task_plan_fail,
                                       task_choose_devices,
                                       task_choose_group};

typedef struct commit_step {
    const entry *e;
    void *work;
} commit_step;

static platen_code commit_work(platen_tx *tx, void *user, platen_error *err)
{
    commit_step *s = user;
    return s->e->of.kind.commit(tx, s->work, s->e->user, err);
}

platen_code hostkit_task(hostkit *kit, const char *id, const char *settings, platen_error *err)
{
    const entry *e = hostkit_find(kit, HOSTKIT_KIND, id);
    if (e == NULL || e->of.kind.prepare == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "the manager does no tasks of kind '%s'", id);
    }
    static const int64_t devices[] = {1, 2};
    platen_job job = {.size = (uint32_t)sizeof(job),
                      .run = 1,
                      .job = 1,
                      .kind = id,
                      .name = "test",
                      .settings = settings,
                      .devices = devices,
                      .count = e->of.kind.targets == PLATEN_TASK_DEVICES ? 2 : 0};
    commit_step s = {e, NULL};
    platen_code rc = e->of.kind.prepare(&job, &s.work, e->user, err);
    if (rc == PLATEN_OK) {
        rc = hostkit_transaction(kit, true, commit_work, &s, err);
    }
    e->of.kind.finish(s.work, rc == PLATEN_OK ? 1 : 0, e->user);
    return rc;
}

typedef struct done_step {
    const entry *e;
    platen_outcome outcome;
} done_step;

static platen_code done_work(platen_tx *tx, void *user, platen_error *err)
{
    done_step *s = user;
    return s->e->of.kind.done(tx, &s->outcome, s->e->user, err);
}

platen_code hostkit_done(hostkit *kit, const char *id, int64_t device, const char *state,
                         const char *data, platen_error *err)
{
    return hostkit_result(kit, id, "{}", device, state, data, err);
}

platen_code hostkit_result(hostkit *kit, const char *id, const char *settings, int64_t device,
                           const char *state, const char *data, platen_error *err)
{
    const entry *e = hostkit_find(kit, HOSTKIT_KIND, id);
    if (e == NULL || e->of.kind.done == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "kind '%s' has no done()", id);
    }
    done_step s = {e,
                   {.size = (uint32_t)sizeof(s.outcome),
                    .run = kit->clock + 1,
                    .job = 1,
                    .device = device,
                    .started = 1767225600000 + kit->clock * 60000,
                    .ended = 1767225601000 + kit->clock * 60000,
                    .settings = settings,
                    .kind = id,
                    .state = state,
                    .code = "ok",
                    .text = "",
                    .params = "{}",
                    .changes = "[]",
                    .data = data,
                    .data_length = (uint32_t)strlen(data)}};
    return hostkit_transaction(kit, true, done_work, &s, err);
}

void hostkit_clock(hostkit *kit, int64_t minutes)
{
    kit->clock = minutes;
}

typedef struct plan_step {
    const entry *e;
    platen_job job;
    platen_plan plan;
    platen_choice choice;
} plan_step;

static platen_code plan_work(platen_tx *tx, void *user, platen_error *err)
{
    plan_step *s = user;
    return s->e->of.kind.plan(&s->job, &s->plan, tx, s->e->user, err);
}

static platen_code choose_work(platen_tx *tx, void *user, platen_error *err)
{
    plan_step *s = user;
    return s->e->of.kind.choose(s->job.settings, &s->choice, tx, s->e->user, err);
}

platen_code hostkit_plan(hostkit *kit, const char *id, const char *settings, bool preview,
                         char *text, size_t size, platen_error *err)
{
    static const int64_t devices[] = {1, 2, 3};
    const entry *e = hostkit_find(kit, HOSTKIT_KIND, id);
    plan_step s = {.e = e,
                   .job = {.size = (uint32_t)sizeof(s.job),
                           .flags = preview ? PLATEN_JOB_PREVIEW : 0,
                           .run = kit->clock + 1,
                           .job = 1,
                           .kind = id,
                           .name = "",
                           .settings = settings,
                           .devices = devices,
                           .count = 3},
                   .plan = {.kit = kit, .text = text, .size = size}};
    if (e == NULL || e->of.kind.plan == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "kind '%s' has no plan()", id);
    }
    text[0] = '\0';
    return hostkit_transaction(kit, false, plan_work, &s, err);
}

platen_code hostkit_choose(hostkit *kit, const char *id, const char *settings, char *text,
                           size_t size, platen_error *err)
{
    const entry *e = hostkit_find(kit, HOSTKIT_KIND, id);
    plan_step s = {
        .e = e, .job = {.settings = settings}, .choice = {.kit = kit, .text = text, .size = size}};
    if (e == NULL || e->of.kind.choose == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "kind '%s' has no choose()", id);
    }
    text[0] = '\0';
    return hostkit_transaction(kit, false, choose_work, &s, err);
}

platen_code hostkit_ended(hostkit *kit, const char *id, const char *settings, platen_error *err)
{
    const entry *e = hostkit_find(kit, HOSTKIT_KIND, id);
    const platen_job run = {.size = (uint32_t)sizeof(run),
                            .run = kit->clock + 1,
                            .kind = id,
                            .name = "test",
                            .settings = settings};
    if (e == NULL || e->of.kind.ended == NULL) {
        return hostkit_error(err, PLATEN_E_NOT_FOUND, "kind '%s' has no ended()", id);
    }
    e->of.kind.ended(&run, e->user);
    return PLATEN_OK;
}

/* ---- events and contents ---- */

static platen_code event_add(platen_ctx *ctx, const platen_event *event, platen_error *err)
{
    PLATEN_TRY(hostkit_registering(ctx, event->size, sizeof(*event), err));
    if (event->flags != 0 || !hostkit_own_id(ctx->kit, event->type) ||
        !hostkit_is_text(event->title, 200)) {
        return hostkit_wrong(ctx->kit, "an event", event->type, err);
    }
    return hostkit_kept(hostkit_keep(ctx->kit, HOSTKIT_EVENT, event->type, NULL, NULL, err));
}

static platen_code tell_event(platen_ctx *ctx, const char *type, int64_t device, const char *params,
                              platen_error *err)
{
    hostkit *kit = ctx->kit;
    char line[1024];
    if (kit->loading || kit->within || hostkit_find(kit, HOSTKIT_EVENT, type) == NULL ||
        (params != NULL && !hostkit_is_json(params, true))) {
        hostkit_note(kit, "an event that cannot be (or not now): %s", type);
        return hostkit_error(err, PLATEN_E_STATE, "an event that cannot be");
    }
    if (hostkit_strikes(kit, err)) {
        return PLATEN_E_NOMEM;
    }
    (void)snprintf(line, sizeof(line), "%s %lld %s", type, (long long)device,
                   params != NULL ? params : "{}");
    if (kit->event_count < HOSTKIT_EVENTS) {
        kit->events[kit->event_count++] = strdup(line);
    }
    return PLATEN_OK;
}

static const platen_notify notify_table = {(uint32_t)sizeof(platen_notify), event_add, tell_event};

/* One content is kept, under a digest that is none: enough to see whether a feature reads back. */
static platen_code blob_put(platen_ctx *ctx, const void *data, size_t length,
                            char digest[PLATEN_BLOB_DIGEST], platen_error *err)
{
    if (hostkit_strikes(ctx->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    free(ctx->kit->blob);
    ctx->kit->blob = malloc(length + 1);
    ctx->kit->blob_length = length;
    memcpy(ctx->kit->blob, data, length);
    memcpy(digest, digest_of_tests, PLATEN_BLOB_DIGEST);
    return PLATEN_OK;
}

static platen_code blob_begin(platen_ctx *ctx, platen_blob **out, platen_error *err)
{
    if (hostkit_strikes(ctx->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    *out = calloc(1, sizeof(**out));
    (*out)->kit = ctx->kit;
    return PLATEN_OK;
}

static platen_code blob_append(platen_blob *blob, const void *data, size_t length,
                               platen_error *err)
{
    if (hostkit_strikes(blob->kit, err)) {
        return PLATEN_E_NOMEM;
    }
    blob->data = realloc(blob->data, blob->length + length + 1);
    memcpy(blob->data + blob->length, data, length);
    blob->length += length;
    return PLATEN_OK;
}

static void blob_cancel(platen_blob *blob)
{
    if (blob != NULL) {
        free(blob->data);
        free(blob);
    }
}

static platen_code blob_commit(platen_blob *blob, char digest[PLATEN_BLOB_DIGEST], int64_t *length,
                               platen_error *err)
{
    platen_code rc = blob_put(&blob->kit->ctx, blob->data, blob->length, digest, err);
    if (length != NULL) {
        *length = (int64_t)blob->length;
    }
    blob_cancel(blob);
    return rc;
}

static platen_code blob_there(const hostkit *kit, const char *digest, platen_error *err)
{
    return kit->blob != NULL && strcmp(digest, digest_of_tests) == 0
               ? PLATEN_OK
               : hostkit_error(err, PLATEN_E_NOT_FOUND, "there is no content %s", digest);
}

static platen_code blob_length(platen_ctx *ctx, const char *digest, int64_t *length,
                               platen_error *err)
{
    PLATEN_TRY(blob_there(ctx->kit, digest, err));
    *length = (int64_t)ctx->kit->blob_length;
    return PLATEN_OK;
}

static platen_code blob_read(platen_ctx *ctx, const char *digest, int64_t offset, void *buffer,
                             size_t capacity, size_t *got, platen_error *err)
{
    PLATEN_TRY(blob_there(ctx->kit, digest, err));
    size_t at = (size_t)offset < ctx->kit->blob_length ? (size_t)offset : ctx->kit->blob_length;
    size_t left = ctx->kit->blob_length - at;
    *got = left < capacity ? left : capacity;
    memcpy(buffer, ctx->kit->blob + at, *got);
    return PLATEN_OK;
}

static platen_code blob_drop(platen_ctx *ctx, const char *digest, platen_error *err)
{
    PLATEN_TRY(blob_there(ctx->kit, digest, err));
    free(ctx->kit->blob);
    ctx->kit->blob = NULL;
    return PLATEN_OK;
}

static const platen_blobs blob_table = {(uint32_t)sizeof(platen_blobs),
                                        blob_put,
                                        blob_begin,
                                        blob_append,
                                        blob_commit,
                                        blob_cancel,
                                        blob_length,
                                        blob_read,
                                        blob_drop};

const void *hostkit_feature_table(const char *name)
{
    const struct {
        const char *name;
        const void *table;
    } tables[] = {{"store/1", &hostkit_store},
                  {"model/1", &hostkit_model},
                  {"op/1", &op_table},
                  {"task/1", &task_table},
                  {"http/1", &hostkit_http},
                  {"page/1", &hostkit_pages},
                  {"report/1", &hostkit_reports},
                  {"panel/1", &hostkit_panels},
                  {"locale/1", &hostkit_locales},
                  {"notify/1", &notify_table},
                  {"blob/1", &blob_table},
                  {"secret/1", &hostkit_secrets}};
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        if (strcmp(tables[i].name, name) == 0) {
            return tables[i].table;
        }
    }
    return NULL;
}
