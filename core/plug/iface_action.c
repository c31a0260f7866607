/* driver/1, action(): actions that drivers declare as task kinds. The manager hears of them in
 * hello and holds them to the same bounds: it trusts no agent. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/strbuf.h"
#include "core/base/text.h"

#define FLAGS_KNOWN (PLATEN_ACTION_WRITES | PLATEN_ACTION_VERIFY)
#define TITLE_MAX 200
#define LIMIT_MAX_S 86400

/* Whether the settings can be read between these. */
static platen_code read_as(const char *before, const char *settings, const char *behind,
                           cJSON **tree, platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_append(&text, before);
    strbuf_append(&text, settings);
    strbuf_append(&text, behind);
    platen_code rc = text.failed ? error_set(err, PLATEN_E_NOMEM, "no memory")
                                 : json_parse(text.data, text.length, tree, err);
    strbuf_fini(&text);
    return rc;
}

/* Whether it is a schema for objects, and not too deep for its place in hello. */
static platen_code check_settings(const char *what, const platen_action *a, platen_error *err)
{
    cJSON *tree = NULL;
    cJSON *placed = NULL;
    platen_error why = PLATEN_ERROR_INIT;
    if (strlen(a->settings) > PLATEN_ACTION_SETTINGS_MAX) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "the settings of %s '%s' have %zu bytes, at most %u can be", what, a->id,
                         strlen(a->settings), PLATEN_ACTION_SETTINGS_MAX);
    }
    platen_code rc = read_as("", a->settings, "", &tree, &why);
    if (rc == PLATEN_OK) {
        rc = read_as("{\"kinds\":[{\"settings\":", a->settings, "}]}", &placed, &why);
    }
    if (rc != PLATEN_OK) {
        rc = error_set(err, rc == PLATEN_E_NOMEM ? rc : PLATEN_E_INVAL,
                       "the settings of %s '%s' are no JSON: %.120s", what, a->id, why.text);
    } else if (strcmp(json_get_text(tree, "type", ""), "object") != 0) {
        rc = error_set(err, PLATEN_E_INVAL, "the settings of %s '%s' are not of type \"object\"",
                       what, a->id);
    }
    cJSON_Delete(placed);
    cJSON_Delete(tree);
    return rc;
}

platen_code plug_check_action(const char *what, const platen_action *a, uint32_t flags,
                              platen_error *err)
{
    if (a->id == NULL || !text_is_action_id(a->id)) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s '%.63s' is not <group>.<name> of a-z, 0-9 and '-', or the core's",
                         what, a->id != NULL ? a->id : "");
    }
    if ((a->flags & ~flags) != 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s '%s' has flags 0x%" PRIx32 ", this host knows 0x%" PRIx32, what, a->id,
                         a->flags, flags);
    }
    if (a->limit_s < 1 || a->limit_s > LIMIT_MAX_S) {
        return error_set(err, PLATEN_E_INVAL,
                         "%s '%s' has a limit of %" PRIu32 " s, 1 to %d can be", what, a->id,
                         a->limit_s, LIMIT_MAX_S);
    }
    size_t title = a->title != NULL ? strnlen(a->title, TITLE_MAX + 1) : 0;
    if (title < 1 || title > TITLE_MAX || !text_is_utf8(a->title, title)) {
        return error_set(err, PLATEN_E_INVAL, "%s '%s' has no title of 1 to %d bytes UTF-8", what,
                         a->id, TITLE_MAX);
    }
    if (a->settings == NULL) {
        return error_set(err, PLATEN_E_INVAL, "%s '%s' has no settings", what, a->id);
    }
    return check_settings(what, a, err);
}

static void withdraw(platen_ctx *ctx, void *object)
{
    plug *p = ctx->owner;
    for (size_t i = 0; i < p->action_count; i++) {
        if (p->actions[i] == object) {
            memmove(&p->actions[i], &p->actions[i + 1],
                    (p->action_count - i - 1) * sizeof(p->actions[0]));
            p->action_count--;
            break;
        }
    }
    free(object);
}

static platen_code find_place(const plug *p, const platen_action *a, platen_error *err)
{
    for (size_t i = 0; i < p->action_count; i++) {
        if (strcmp(p->actions[i]->action.id, a->id) == 0) {
            return error_set(err, PLATEN_E_EXISTS, "action '%s' is declared by plugin '%s'", a->id,
                             p->actions[i]->ctx->name);
        }
    }
    if (p->action_count == PLUG_ACTIONS) {
        return error_set(err, PLATEN_E_TOO_LARGE, "action '%s' is one more than %d", a->id,
                         PLUG_ACTIONS);
    }
    return PLATEN_OK;
}

static action_entry *copy(const platen_ctx *ctx, const platen_action *a)
{
    size_t id = strlen(a->id) + 1;
    size_t title = strlen(a->title) + 1;
    size_t settings = strlen(a->settings) + 1;
    action_entry *entry = malloc(sizeof(*entry) + id + title + settings);
    if (entry != NULL) {
        entry->ctx = ctx;
        entry->action = *a;
        entry->action.id = memcpy(entry->texts, a->id, id);
        entry->action.title = memcpy(entry->texts + id, a->title, title);
        entry->action.settings = memcpy(entry->texts + id + title, a->settings, settings);
    }
    return entry;
}

platen_code iface_action_add(platen_ctx *ctx, const platen_action *given, platen_error *err)
{
    platen_action a = PLATEN_ACTION_INIT;
    if (ctx == NULL || given == NULL || given->size < sizeof(a)) {
        return error_set(err, PLATEN_E_INVAL, "an action of %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, sizeof(a));
    }
    a = *given;
    a.size = (uint32_t)sizeof(a);
    if (!ctx->loading) {
        return error_set(err, PLATEN_E_STATE, "actions are declared in load()");
    }
    plug *p = ctx->owner;
    PLATEN_TRY(plug_check_action("action", &a, FLAGS_KNOWN, err));
    PLATEN_TRY(find_place(p, &a, err));
    action_entry *entry = copy(ctx, &a);
    if (entry == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for action '%s'", a.id);
    }
    platen_code rc = plug_own(ctx, withdraw, entry, err);
    if (rc != PLATEN_OK) {
        free(entry);
        return rc;
    }
    p->actions[p->action_count++] = entry;
    return PLATEN_OK;
}

void plug_write_actions(const plug *p, json_writer *w, const char *key)
{
    json_array(w, key);
    for (size_t i = 0; i < p->action_count; i++) {
        const platen_action *a = &p->actions[i]->action;
        json_object(w, NULL);
        json_text(w, "id", a->id);
        json_text(w, "title", a->title);
        json_raw(w, "settings", a->settings);
        json_bool(w, "writes", (a->flags & PLATEN_ACTION_WRITES) != 0);
        json_bool(w, "verify", (a->flags & PLATEN_ACTION_VERIFY) != 0);
        json_i64(w, "limit_s", a->limit_s);
        json_object_end(w);
    }
    json_array_end(w);
}
