/* op/1: registering operations, and calling those of others. */
#include "core/feature/operation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/rest/function.h"

#define FLAGS_KNOWN (PLATEN_OPERATION_READ | PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES)
#define ID_MAX 127
#define TITLE_MAX 200
#define OPERATIONS_MAX 500

static const char no_arguments[] = "{\"type\":\"object\",\"properties\":{}}";

/* ---- what can be ---- */

static platen_code check_flags(const platen_operation *op, platen_error *err)
{
    uint32_t way = op->flags & (PLATEN_OPERATION_READ | PLATEN_OPERATION_WRITE);
    if ((op->flags & ~FLAGS_KNOWN) != 0 ||
        (way != PLATEN_OPERATION_READ && way != PLATEN_OPERATION_WRITE)) {
        return error_set(err, PLATEN_E_INVAL,
                         "operation '%s' has flags 0x%" PRIx32
                         ", one of READ and WRITE is needed and 0x%x is known",
                         op->id, op->flags, FLAGS_KNOWN);
    }
    if (op->role < PLATEN_ACCESS_USER || op->role > PLATEN_ACCESS_SYSTEM_MANAGER) {
        return error_set(err, PLATEN_E_INVAL, "operation '%s' has role %" PRIu32 ", 1 to 3 can be",
                         op->id, op->role);
    }
    if (op->function == NULL && op->role == PLATEN_ACCESS_DEVICE_MANAGER) {
        return error_set(err, PLATEN_E_INVAL,
                         "operation '%s' is for device managers and names no function", op->id);
    }
    return PLATEN_OK;
}

static platen_code check_schema(const platen_operation *op, const char *what, const char *text,
                                schema **out, platen_error *err)
{
    cJSON *tree = NULL;
    size_t length = strnlen(text, PLATEN_OPERATION_SCHEMA_MAX + 1);
    if (length > PLATEN_OPERATION_SCHEMA_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "the %s of operation '%s' have over %u bytes",
                         what, op->id, PLATEN_OPERATION_SCHEMA_MAX);
    }
    platen_code rc = json_parse(text, length, &tree, err);
    if (rc == PLATEN_OK && out != NULL && strcmp(json_get_text(tree, "type", ""), "object") != 0) {
        rc = error_set(err, PLATEN_E_INVAL, "they are not of type \"object\"");
    }
    if (rc == PLATEN_OK && out != NULL) {
        rc = schema_new_tree(tree, out, err);
    }
    cJSON_Delete(tree);
    return rc == PLATEN_OK ? rc
                           : error_note(err, rc == PLATEN_E_NOMEM ? rc : PLATEN_E_INVAL,
                                        "the %s of operation '%s'", what, op->id);
}

static platen_code check(const feature_plugin *p, const platen_operation *op, platen_error *err)
{
    if (!feature_own_id(p, op->id)) {
        return error_set(err, PLATEN_E_INVAL,
                         "operation '%.127s' is not '%s.' and a word of a-z, 0-9 and '-'",
                         op->id != NULL ? op->id : "", p->name);
    }
    PLATEN_TRY(check_flags(op, err));
    size_t title = op->title != NULL ? strnlen(op->title, TITLE_MAX + 1) : 0;
    if (title < 1 || title > TITLE_MAX || !text_is_utf8(op->title, title)) {
        return error_set(err, PLATEN_E_INVAL, "operation '%s' has no title of 1 to %d bytes UTF-8",
                         op->id, TITLE_MAX);
    }
    if (op->run == NULL) {
        return error_set(err, PLATEN_E_INVAL, "operation '%s' has no run()", op->id);
    }
    if (operation_find(p->owner, op->id) != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "operation '%s' is there already", op->id);
    }
    size_t count = 0;
    for (const operation *o = p->owner->operations; o != NULL; o = o->next) {
        count++;
    }
    return count < OPERATIONS_MAX
               ? PLATEN_OK
               : error_set(err, PLATEN_E_TOO_LARGE, "operation '%s' is one more than %d", op->id,
                           OPERATIONS_MAX);
}

/* ---- keeping ---- */

static const char *keep(char **at, const char *text)
{
    size_t length = text != NULL ? strlen(text) + 1 : 0;
    char *kept = length > 0 ? memcpy(*at, text, length) : NULL;
    *at += length;
    return kept;
}

static operation *copy(const feature_plugin *p, const platen_operation *op)
{
    const char *const texts[] = {op->id, op->function, op->title, op->arguments, op->result};
    size_t room = 0;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        room += texts[i] != NULL ? strlen(texts[i]) + 1 : 0;
    }
    operation *o = malloc(sizeof(*o) + room);
    if (o != NULL) {
        char *at = o->texts;
        *o = (operation){.op = *op, .plugin = p};
        o->op.size = (uint32_t)sizeof(o->op);
        o->op.id = keep(&at, op->id);
        o->op.function = keep(&at, op->function);
        o->op.title = keep(&at, op->title);
        o->op.arguments = keep(&at, op->arguments);
        o->op.result = keep(&at, op->result);
    }
    return o;
}

static void withdraw(platen_ctx *ctx, void *object)
{
    operation *o = object;
    operation **at = &feature_plugin_of(ctx)->owner->operations;
    while (*at != o) {
        at = &(*at)->next;
    }
    *at = o->next;
    if (o->op.release != NULL) {
        o->op.release(o->op.user);
    }
    schema_free(o->rules);
    free(o);
}

static platen_code add(platen_ctx *ctx, const platen_operation *given, platen_error *err)
{
    feature_plugin *p = NULL;
    schema *rules = NULL;
    platen_operation op = PLATEN_OPERATION_INIT;
    PLATEN_TRY(feature_plugin_in(ctx, "operations", &p, err));
    PLATEN_TRY(feature_take_struct(&op, sizeof(op), sizeof(op), given, "operation", err));
    PLATEN_TRY(check(p, &op, err));
    op.arguments = op.arguments != NULL ? op.arguments : no_arguments;
    if (op.result != NULL) {
        PLATEN_TRY(check_schema(&op, "results", op.result, NULL, err));
    }
    PLATEN_TRY(check_schema(&op, "arguments", op.arguments, &rules, err));
    operation *o = copy(p, &op);
    platen_code rc = o != NULL
                         ? plug_own(ctx, withdraw, o, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for operation '%s'", op.id);
    if (rc != PLATEN_OK) {
        schema_free(rules);
        free(o);
        return rc;
    }
    o->rules = rules;
    operation **at = &p->owner->operations;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = o;
    return PLATEN_OK;
}

/* Words may come from any part and any plugin, so they are looked at when all have loaded. */
static platen_code check_words(feature_plugin *p, platen_error *err)
{
    for (const operation *o = p->owner->operations; o != NULL; o = o->next) {
        if (o->plugin == p && o->op.function != NULL && !function_known(o->op.function)) {
            return error_set(err, PLATEN_E_INVAL,
                             "operation '%s' names the function '%.48s', there "
                             "is none",
                             o->op.id, o->op.function);
        }
    }
    return PLATEN_OK;
}

/* ---- calling ---- */

typedef struct taking {
    void (*take)(const char *result, void *user);
    void *user;
} taking;

static void hand_over(const char *result, void *user)
{
    const taking *t = user;
    if (t->take != NULL) {
        t->take(result, t->user);
    }
}

static platen_code call(platen_ctx *ctx, const char *id, const char *arguments,
                        void (*take)(const char *result, void *user), void *user, platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_ready(ctx, "call()", &p, err));
    PLATEN_TRY(feature_refuse_in_tx("call()", err));
    const operation *o = id != NULL ? operation_find(p->owner, id) : NULL;
    if (o == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no operation '%.127s'",
                         id != NULL ? id : "");
    }
    taking t = {take, user};
    const operation_caller caller = {
        .who = {(uint32_t)sizeof(platen_who), PLATEN_ACCESS_SYSTEM_MANAGER, 0, p->name, "plugin"},
        .take = hand_over,
        .user = &t};
    return operation_run_text(o, arguments, &caller, err);
}

static const platen_op table = {.size = (uint32_t)sizeof(platen_op),
                                .add = add,
                                .call = call,
                                .answer = operation_answer,
                                .who = operation_who,
                                .in_regions = operation_in_regions,
                                .invalid = operation_invalid};

const feature_part feature_op = {
    .name = "op/1", .table = &table, .check = check_words, .serve = rest_operations_add};
