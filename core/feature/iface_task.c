/* task/1: task kinds of features, their built-in tasks, and the words that are granted. */
#include "core/feature/iface_task.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/model/device.h"
#include "core/rest/schema.h"

#define KINDS_MAX 32 /* of a plugin */
#define WORDS_MAX 16
#define MINUTES_MAX 525600
#define BUILTIN_NAME 100
#define ACTION_MAX 63
#define KIND_SIZE_1_2 offsetof(platen_task_kind, choose) /* as it came into being */

/* ---- kinds ---- */

static platen_code check_calls(const platen_task_kind *k, platen_error *err)
{
    bool agent = k->action != NULL;
    size_t action = agent ? strnlen(k->action, ACTION_MAX + 1) : 1;
    if (action < 1 || action > ACTION_MAX ||
        (agent && strspn(k->action, "abcdefghijklmnopqrstuvwxyz0123456789.-") != action)) {
        return error_set(err, PLATEN_E_INVAL,
                         "task kind '%s' has no action of 1 to %d of a-z, 0-9, '.' and '-'", k->id,
                         ACTION_MAX);
    }
    if (k->targets != PLATEN_TASK_DEVICES && (agent || k->targets != PLATEN_TASK_NONE)) {
        return error_set(err, PLATEN_E_INVAL,
                         "task kind '%s' has targets %" PRIu32 ", that cannot be %s", k->id,
                         k->targets, agent ? "with an action" : "of any kind");
    }
    if (k->targets != PLATEN_TASK_DEVICES && k->choose != NULL) {
        return error_set(err, PLATEN_E_INVAL, "task kind '%s' has no targets to choose", k->id);
    }
    bool all = k->prepare != NULL && k->commit != NULL && k->finish != NULL;
    bool none = k->prepare == NULL && k->commit == NULL && k->finish == NULL;
    if (agent ? !none : (!all || k->plan != NULL || k->done != NULL)) {
        return error_set(err, PLATEN_E_INVAL,
                         agent ? "task kind '%s' has an action, and prepare(), commit() or finish()"
                               : "task kind '%s' has no action: it needs prepare(), commit() and "
                                 "finish() and has neither plan() nor done()",
                         k->id);
    }
    return PLATEN_OK;
}

static platen_code check_kind(const platen_task_kind *k, platen_error *err)
{
    const platen_action as = {.size = (uint32_t)sizeof(as),
                              .flags = k->flags,
                              .limit_s = k->limit_s,
                              .id = k->id,
                              .title = k->title,
                              .settings = k->settings};
    uint32_t known = k->targets == PLATEN_TASK_DEVICES ? PLATEN_TASK_AFTER_DISCOVERY : 0;
    known |= k->action != NULL ? PLATEN_TASK_WRITES | PLATEN_TASK_VERIFY | PLATEN_TASK_EACH : 0;
    PLATEN_TRY(plug_check_action("task kind", &as, known, err));
    return check_calls(k, err);
}

static task_entry *find_kind(const feature_plugin *p, const char *id)
{
    task_entry *e = p->tasks;
    while (e != NULL && strcmp(e->kind.id, id) != 0) {
        e = e->next;
    }
    return e;
}

static platen_code find_place(const feature_plugin *p, const platen_task_kind *k, platen_error *err)
{
    size_t count = 0;
    for (const task_entry *e = p->tasks; e != NULL; e = e->next) {
        count++;
    }
    if (count == KINDS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE, "task kind '%s' is one more than %d", k->id,
                         KINDS_MAX);
    }
    for (const feature_plugin *other = p->owner->plugins; other != NULL; other = other->next) {
        if (find_kind(other, k->id) != NULL) {
            return error_set(err, PLATEN_E_EXISTS, "task kind '%s' is plugin '%s's", k->id,
                             other->name);
        }
    }
    return PLATEN_OK;
}

static char *put_text(char **at, const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = memcpy(*at, text, length);
    *at += length;
    return copy;
}

static task_entry *make(feature_plugin *p, const platen_task_kind *k)
{
    const char *action = k->action != NULL ? k->action : "";
    task_entry *e = calloc(1, sizeof(*e) + strlen(k->id) + strlen(k->title) + strlen(k->settings) +
                                  strlen(action) + 4);
    if (e == NULL) {
        return NULL;
    }
    char *at = e->texts;
    e->owner = p;
    e->kind = *k;
    e->kind.id = put_text(&at, k->id);
    e->kind.title = put_text(&at, k->title);
    e->kind.settings = put_text(&at, k->settings);
    e->kind.action = k->action != NULL ? put_text(&at, action) : NULL;
    task_calls_init(e);
    return e;
}

static void withdraw_kind(platen_ctx *ctx, void *object)
{
    task_entry *e = object;
    (void)ctx;
    for (task_entry **at = &e->owner->tasks; *at != NULL; at = &(*at)->next) {
        if (*at == e) {
            *at = e->next;
            break;
        }
    }
    if (e->put) {
        kind_drop(e->kind.id);
    }
    if (e->kind.release != NULL) {
        e->kind.release(e->kind.user);
    }
    free(e->builtin_name);
    free(e);
}

static platen_code add_kind(platen_ctx *ctx, const platen_task_kind *given, platen_error *err)
{
    platen_task_kind k = PLATEN_TASK_KIND_INIT;
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_take_struct(&k, sizeof(k), KIND_SIZE_1_2, given, "task kind", err));
    PLATEN_TRY(feature_plugin_in(ctx, "task kinds", &p, err));
    k.size = (uint32_t)sizeof(k);
    PLATEN_TRY(check_kind(&k, err));
    PLATEN_TRY(find_place(p, &k, err));
    task_entry *e = make(p, &k);
    if (e == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for task kind '%s'", k.id);
    }
    platen_code rc = plug_own(ctx, withdraw_kind, e, err);
    if (rc != PLATEN_OK) {
        free(e);
        return rc;
    }
    task_entry **at = &p->tasks;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = e;
    return PLATEN_OK;
}

/* ---- built-in tasks ---- */

static platen_code add_builtin(platen_ctx *ctx, const platen_builtin *given, platen_error *err)
{
    platen_builtin own = PLATEN_BUILTIN_INIT;
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_take_struct(&own, sizeof(own), sizeof(own), given, "built-in task", err));
    PLATEN_TRY(feature_plugin_in(ctx, "built-in tasks", &p, err));
    task_entry *e = own.kind != NULL ? find_kind(p, own.kind) : NULL;
    size_t name = own.name != NULL ? strnlen(own.name, BUILTIN_NAME + 1) : 0;
    if (e == NULL) {
        return error_set(err, PLATEN_E_INVAL, "built-in task of '%.63s': no task kind of '%s'",
                         own.kind != NULL ? own.kind : "", p->name);
    }
    if (e->builtin_name != NULL) {
        return error_set(err, PLATEN_E_EXISTS, "task kind '%s' has a built-in task already",
                         e->kind.id);
    }
    if (own.minutes < 1 || own.minutes > MINUTES_MAX) {
        return error_set(err, PLATEN_E_INVAL,
                         "the built-in task of '%s' is every %" PRIu32 " minutes, 1 to %d can be",
                         e->kind.id, own.minutes, MINUTES_MAX);
    }
    if (name < 1 || name > BUILTIN_NAME || !text_is_utf8(own.name, name)) {
        return error_set(err, PLATEN_E_INVAL,
                         "the built-in task of '%s' has no name of 1 to %d bytes UTF-8", e->kind.id,
                         BUILTIN_NAME);
    }
    e->builtin_name = strdup(own.name);
    e->builtin_minutes = own.minutes;
    return e->builtin_name != NULL ? PLATEN_OK
                                   : error_set(err, PLATEN_E_NOMEM, "no memory for a task");
}

/* ---- words ---- */

static void withdraw_word(platen_ctx *ctx, void *object)
{
    feature_plugin *p = feature_plugin_of(ctx);
    word_entry *w = object;
    for (word_entry **at = &p->words; *at != NULL; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            break;
        }
    }
    function_remove(&w->word);
    free(w);
}

static bool menu_known(const char *menu)
{
    static const char *const menus[] = {"devices", "tasks", "data", "reports"};
    for (size_t i = 0; menu != NULL && i < sizeof(menus) / sizeof(menus[0]); i++) {
        if (strcmp(menus[i], menu) == 0) {
            return true;
        }
    }
    return false;
}

static platen_code check_word(const feature_plugin *p, const char *id, const char *menu,
                              platen_error *err)
{
    size_t length = id != NULL ? strnlen(id, FUNCTION_WORD_MAX + 1) : 0;
    size_t count = 0;
    if (length < 1 || length > FUNCTION_WORD_MAX ||
        strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != length) {
        return error_set(err, PLATEN_E_INVAL,
                         "function '%.48s' is no word of 1 to %d of a-z, 0-9 and '-'",
                         id != NULL ? id : "", FUNCTION_WORD_MAX);
    }
    if (!menu_known(menu)) {
        return error_set(err, PLATEN_E_INVAL, "function '%s' is of the unknown menu '%.20s'", id,
                         menu != NULL ? menu : "");
    }
    bool there = function_known(id);
    for (const feature_plugin *other = p->owner->plugins; other != NULL; other = other->next) {
        for (const word_entry *w = other->words; w != NULL; w = w->next) {
            there = there || strcmp(w->id, id) == 0;
            count += other == p;
        }
    }
    if (there) {
        return error_set(err, PLATEN_E_EXISTS, "the function '%s' is there already", id);
    }
    return count < WORDS_MAX ? PLATEN_OK
                             : error_set(err, PLATEN_E_TOO_LARGE,
                                         "function '%s' is one more than %d", id, WORDS_MAX);
}

static platen_code add_word(platen_ctx *ctx, const char *id, const char *menu, platen_error *err)
{
    feature_plugin *p = NULL;
    PLATEN_TRY(feature_plugin_in(ctx, "functions", &p, err));
    PLATEN_TRY(check_word(p, id, menu, err));
    word_entry *w = calloc(1, sizeof(*w));
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for function '%s'", id);
    }
    memcpy(w->id, id, strlen(id) + 1);
    memcpy(w->menu, menu, strlen(menu) + 1);
    w->word = (function_word){w->id, w->menu};
    platen_code rc = plug_own(ctx, withdraw_word, w, err);
    if (rc != PLATEN_OK) {
        free(w);
        return rc;
    }
    w->next = p->words;
    p->words = w;
    return PLATEN_OK;
}

/* ---- putting it to use ---- */

static platen_code check(feature_plugin *p, platen_error *err)
{
    for (const task_entry *e = p->tasks; e != NULL; e = e->next) {
        schema *rules = NULL;
        platen_error why = PLATEN_ERROR_INIT;
        const task_kind *there = kind_find(e->kind.id);
        if (there != NULL && !e->put) {
            return error_set(err, PLATEN_E_EXISTS, "'%s' is a task kind of the core", e->kind.id);
        }
        platen_code rc = schema_new(e->kind.settings, &rules, &why);
        schema_free(rules);
        if (rc != PLATEN_OK) {
            return error_set(err, rc, "the settings of task kind '%s': %.180s", e->kind.id,
                             why.text);
        }
    }
    for (word_entry *w = p->words; w != NULL; w = w->next) { /* routes name them */
        if (!w->put) {
            PLATEN_TRY(function_add(&w->word, err));
            w->put = true;
        }
    }
    return PLATEN_OK;
}

static platen_code put(task_entry *e, platen_error *err)
{
    const platen_task_kind *k = &e->kind;
    const task_kind kind = {
        .id = k->id,
        .title = k->title,
        .targets = k->targets == PLATEN_TASK_DEVICES ? KIND_DEVICES : KIND_NONE,
        .where = k->action != NULL ? KIND_ON_AGENT : KIND_ON_MANAGER,
        .flags = KIND_FEATURE | ((k->flags & PLATEN_TASK_WRITES) != 0 ? KIND_WRITES : 0) |
                 ((k->flags & PLATEN_TASK_VERIFY) != 0 ? KIND_VERIFY : 0) |
                 ((k->flags & PLATEN_TASK_EACH) != 0 ? KIND_EACH : 0) |
                 ((k->flags & PLATEN_TASK_AFTER_DISCOVERY) != 0 ? KIND_AFTER : 0),
        .settings = k->settings,
        .limit_ms = INT64_C(1000) * k->limit_s,
        .visit = DEVICE_VISIT_INFORMATION, /* the agent reads the device again after a change */
        .builtin_minutes = e->builtin_minutes,
        .builtin_name = e->builtin_name,
        .action = k->action,
        .hooks = &e->hooks};
    PLATEN_TRY(kind_put(&kind, err));
    e->put = true;
    return PLATEN_OK;
}

static platen_code apply(feature_plugin *p, platen_error *err)
{
    for (task_entry *e = p->tasks; e != NULL; e = e->next) {
        if (!e->put) {
            PLATEN_TRY(put(e, err));
        }
    }
    return PLATEN_OK;
}

static const platen_task table = {.size = (uint32_t)sizeof(platen_task),
                                  .kind = add_kind,
                                  .builtin = add_builtin,
                                  .function = add_word,
                                  .plan_set = task_calls_plan_set,
                                  .plan_skip = task_calls_plan_skip,
                                  .plan_fail = task_calls_plan_fail,
                                  .choose_devices = task_calls_choose_devices,
                                  .choose_group = task_calls_choose_group};

const feature_part feature_task = {
    .name = "task/1", .table = &table, .check = check, .apply = apply};
