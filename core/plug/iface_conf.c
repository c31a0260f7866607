/* conf/1: a plugin's settings are declared in the configuration's schema under the section that
 * has the plugin's name. Adding: main thread, in load(); reading: any thread. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf/conf.h"

/* What was declared: the schema's functions assert on anything else, a plugin gets NULL, 0, no. */
typedef struct conf_key {
    struct conf_key *next;
    uint32_t type;
    char key[PLUG_NAME + 1];
} conf_key;

static const conf_key *find(const platen_ctx *ctx, const char *key, uint32_t type)
{
    const conf_key *k = ctx != NULL && key != NULL ? ctx->conf_keys : NULL;
    while (k != NULL && (strcmp(k->key, key) != 0 || (type != 0 && k->type != type))) {
        k = k->next;
    }
    return k;
}

static bool key_ok(const char *key)
{
    size_t length = key != NULL ? strnlen(key, PLUG_NAME + 1) : 0;
    return length > 0 && length <= PLUG_NAME &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static platen_code declare(platen_ctx *ctx, const platen_conf_item *item, platen_error *err)
{
    conf_item core = {
        .section = ctx->name,
        .key = item->key,
        .type = item->type == PLATEN_CONF_INTEGER   ? CONF_INTEGER
                : item->type == PLATEN_CONF_BOOLEAN ? CONF_BOOLEAN
                                                    : CONF_TEXT,
        .preset = item->preset != NULL ? item->preset : "",
        .minimum = item->minimum,
        .maximum = item->maximum,
        .help = item->help != NULL ? item->help : "",
    };
    return conf_declare(ctx->owner->conf, &core, err);
}

static platen_code add(platen_ctx *ctx, const platen_conf_item *given, platen_error *err)
{
    platen_conf_item item = PLATEN_CONF_ITEM_INIT;
    if (ctx == NULL || given == NULL || given->size < sizeof(item)) {
        return error_set(err, PLATEN_E_INVAL, "a setting of %" PRIu32 " bytes, at least %zu needed",
                         given != NULL ? given->size : 0, sizeof(item));
    }
    memcpy(&item, given, sizeof(item));
    if (!ctx->loading) {
        return error_set(err, PLATEN_E_STATE, "settings are declared in load()");
    }
    if (!key_ok(item.key) || item.type < PLATEN_CONF_TEXT || item.type > PLATEN_CONF_BOOLEAN) {
        return error_set(err, PLATEN_E_INVAL, "setting '%.63s' of type %" PRIu32 " cannot be",
                         item.key != NULL ? item.key : "", item.type);
    }
    conf_key *k = calloc(1, sizeof(*k));
    if (k == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for setting '%s'", item.key);
    }
    platen_code rc = declare(ctx, &item, err);
    if (rc != PLATEN_OK) {
        free(k);
        return rc;
    }
    k->type = item.type;
    memcpy(k->key, item.key, strlen(item.key) + 1);
    k->next = ctx->conf_keys;
    ctx->conf_keys = k;
    return PLATEN_OK;
}

static const char *text(platen_ctx *ctx, const char *key)
{
    return find(ctx, key, 0) != NULL ? conf_text(ctx->owner->conf, ctx->name, key) : NULL;
}

static int64_t integer(platen_ctx *ctx, const char *key)
{
    return find(ctx, key, PLATEN_CONF_INTEGER) != NULL
               ? conf_integer(ctx->owner->conf, ctx->name, key)
               : 0;
}

static bool boolean(platen_ctx *ctx, const char *key)
{
    return find(ctx, key, PLATEN_CONF_BOOLEAN) != NULL &&
           conf_boolean(ctx->owner->conf, ctx->name, key);
}

static const char *folder(platen_ctx *ctx)
{
    return ctx != NULL ? ctx->folder : "";
}

/* ---- further folders ---- */

static const char *further(platen_ctx *ctx, uint32_t index)
{
    return ctx != NULL && index < ctx->further_count ? ctx->further[index] : NULL;
}

static platen_code on_change(platen_ctx *ctx,
                             platen_code (*change)(platen_ctx *ctx, void *user, platen_error *err),
                             void *user, platen_error *err)
{
    if (ctx == NULL || change == NULL) {
        return error_set(err, PLATEN_E_INVAL, "on_change() needs a function");
    }
    if (!ctx->loading || ctx->change != NULL) {
        return error_set(err, PLATEN_E_STATE, "on_change() is called once, in load()");
    }
    ctx->change = change;
    ctx->change_user = user;
    return PLATEN_OK;
}

static void free_folders(char **folders, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(folders[i]);
    }
    free(folders);
}

static platen_code copy_folders(const char *const *folders, size_t count, char ***out,
                                platen_error *err)
{
    char **copy = calloc(count + 1, sizeof(*copy));
    bool complete = copy != NULL;
    for (size_t i = 0; complete && i < count; i++) {
        copy[i] = strdup(folders[i]);
        complete = copy[i] != NULL;
    }
    if (!complete) {
        free_folders(copy, copy != NULL ? count : 0);
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu folders", count);
    }
    *out = copy;
    return PLATEN_OK;
}

/* The plugin's word on its new folders; the earlier ones come back when it refuses. */
static platen_code offer_folders(platen_ctx *ctx, char **fresh, size_t count, platen_error *err)
{
    char **before = ctx->further;
    size_t before_count = ctx->further_count;
    ctx->further = fresh;
    ctx->further_count = count;
    platen_code rc = ctx->info.loaded ? ctx->change(ctx, ctx->change_user, err) : PLATEN_OK;
    if (rc != PLATEN_OK) {
        ctx->further = before;
        ctx->further_count = before_count;
        free_folders(fresh, count);
        return error_note(err, rc, "plugin '%s'", ctx->name);
    }
    free_folders(before, before_count);
    return PLATEN_OK;
}

platen_code plug_further(plug *p, const char *plugin, const char *const *folders, size_t count,
                         platen_error *err)
{
    platen_ctx *ctx = NULL;
    char **fresh = NULL;
    for (size_t i = 0; ctx == NULL && i < p->count; i++) {
        ctx = strcmp(p->plugins[i]->name, plugin) == 0 ? p->plugins[i] : NULL;
    }
    if (ctx == NULL) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no plugin '%.63s'", plugin);
    }
    if (count > PLUG_FURTHER) {
        return error_set(err, PLATEN_E_TOO_LARGE, "plugin '%s' gets %zu further folders, %d can be",
                         plugin, count, PLUG_FURTHER);
    }
    if (ctx->info.loaded && ctx->change == NULL) {
        return error_set(err, PLATEN_E_UNSUPPORTED,
                         "plugin '%s' takes further folders at its next start", plugin);
    }
    PLATEN_TRY(copy_folders(folders, count, &fresh, err));
    return offer_folders(ctx, fresh, count, err);
}

platen_code iface_conf_further(platen_ctx *ctx, const plug_options *o, platen_error *err)
{
    const char *folders[PLUG_FURTHER];
    size_t count = 0;
    for (size_t i = 0; i < o->further_count; i++) {
        if (strcmp(o->further[i].name, ctx->name) == 0 && count < PLUG_FURTHER) {
            folders[count++] = o->further[i].folder;
        }
    }
    PLATEN_TRY(copy_folders(folders, count, &ctx->further, err));
    ctx->further_count = count;
    return PLATEN_OK;
}

void iface_conf_fini(platen_ctx *ctx)
{
    free_folders(ctx->further, ctx->further_count);
    ctx->further = NULL;
    ctx->further_count = 0;
    while (ctx->conf_keys != NULL) {
        conf_key *k = ctx->conf_keys;
        ctx->conf_keys = k->next;
        free(k);
    }
}

const platen_conf iface_conf_table = {
    (uint32_t)sizeof(platen_conf), add, text, integer, boolean, folder, further, on_change};
