/* The parts in order, and the plugins that registered something. */
#include "core/feature/feature_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"

/* A part that needs what another one registers stands behind it. */
static const feature_part *const parts[] = {
    &feature_store, &feature_task,   &feature_op,     &feature_model,
    &feature_blob,  &feature_secret, &feature_notify, &feature_locale,
    &feature_http,  &feature_page,   &feature_report, &feature_panel,
    NULL,
};

platen_code feature_new(const feature_options *options, feature **out, platen_error *err)
{
    feature *f = calloc(1, sizeof(*f));
    if (f == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for what plugins are offered");
    }
    f->data = options->data;
    f->trial = options->trial;
    *out = f;
    return PLATEN_OK;
}

void feature_free(feature *f)
{
    if (f != NULL) {
        feature_notify_fini(f);
        free(f);
    }
}

void feature_offer(feature *f, plug_options *options)
{
    size_t count = 0;
    for (; parts[count] != NULL && count < PLUG_OFFERS; count++) {
        f->offers[count] = (plug_offer){parts[count]->name, parts[count]->table};
    }
    options->offers = f->offers;
    options->offer_count = count;
    options->user = f;
}

/* ---- plugins ---- */

feature_plugin *feature_plugin_of(platen_ctx *ctx)
{
    const feature *f = ctx != NULL ? plug_user(ctx) : NULL;
    feature_plugin *p = f != NULL ? f->plugins : NULL;
    while (p != NULL && p->ctx != ctx) {
        p = p->next;
    }
    return p;
}

static void withdraw_plugin(platen_ctx *ctx, void *object)
{
    feature_plugin *p = object;
    feature_plugin **at = &p->owner->plugins;
    (void)ctx;
    while (*at != p) {
        at = &(*at)->next;
    }
    *at = p->next;
    feature_blobs_fini(p);
    free(p);
}

static platen_code add_plugin(platen_ctx *ctx, feature_plugin **out, platen_error *err)
{
    feature *f = plug_user(ctx);
    feature_plugin *p = calloc(1, sizeof(*p));
    if (p == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for plugin '%s'", plug_name(ctx));
    }
    p->owner = f;
    p->ctx = ctx;
    p->name = plug_name(ctx);
    (void)snprintf(p->prefix, sizeof(p->prefix), "%s_", p->name);
    for (char *at = strchr(p->prefix, '-'); at != NULL; at = strchr(at, '-')) {
        *at = '_';
    }
    platen_code rc = plug_own(ctx, withdraw_plugin, p, err);
    if (rc != PLATEN_OK) {
        free(p);
        return rc;
    }
    feature_plugin **at = &f->plugins;
    while (*at != NULL) {
        at = &(*at)->next;
    }
    *at = p;
    *out = p;
    return PLATEN_OK;
}

platen_code feature_plugin_in(platen_ctx *ctx, const char *what, feature_plugin **out,
                              platen_error *err)
{
    if (ctx == NULL) {
        return error_set(err, PLATEN_E_INVAL, "%s of no plugin", what);
    }
    if (!plug_loading(ctx)) {
        return error_set(err, PLATEN_E_STATE, "%s are declared in load()", what);
    }
    *out = feature_plugin_of(ctx);
    return *out != NULL ? PLATEN_OK : add_plugin(ctx, out, err);
}

platen_code feature_plugin_ready(platen_ctx *ctx, const char *what, feature_plugin **out,
                                 platen_error *err)
{
    if (ctx == NULL) {
        return error_set(err, PLATEN_E_INVAL, "%s of no plugin", what);
    }
    if (plug_loading(ctx)) {
        return error_set(err, PLATEN_E_STATE, "%s cannot be called in load()", what);
    }
    const feature *f = plug_user(ctx);
    *out = feature_plugin_of(ctx);
    if (f == NULL || !f->ready || *out == NULL) {
        return error_set(err, PLATEN_E_STATE, "plugin '%s' has registered nothing for %s",
                         plug_name(ctx), what);
    }
    return PLATEN_OK;
}

platen_code feature_take_struct(void *own, size_t size, size_t least, const void *given,
                                const char *what, platen_error *err)
{
    uint32_t has = 0;
    if (given != NULL) {
        memcpy(&has, given, sizeof(has));
    }
    if (has < least) {
        return error_set(err, PLATEN_E_INVAL, "a %s of %" PRIu32 " bytes, at least %zu needed",
                         what, has, least);
    }
    memcpy(own, given, has < size ? has : size);
    return PLATEN_OK;
}

bool feature_own_id(const feature_plugin *p, const char *id)
{
    size_t name = strlen(p->name);
    if (id == NULL || strncmp(id, p->name, name) != 0 || id[name] != '.') {
        return false;
    }
    size_t word = strnlen(id + name + 1, 64);
    return word > 0 && word < 64 &&
           strspn(id + name + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") == word;
}

platen_code feature_result(const feature_plugin *p, platen_code rc, platen_error *why,
                           platen_error *err)
{
    if (rc == PLATEN_OK) {
        return rc;
    }
    why->text[sizeof(why->text) - 1] = '\0';
    bool known = (uint32_t)rc <= PLATEN_E_SECOND_FACTOR_REQUIRED;
    if (!known || !text_is_utf8(why->text, strlen(why->text))) {
        return error_set(err, PLATEN_E_INTERNAL, "plugin '%s' failed with code %d", p->name,
                         (int)rc);
    }
    return error_set(err, rc, "%s", why->text[0] != '\0' ? why->text : error_word(rc));
}

/* ---- putting it to use ---- */

typedef platen_code (*part_fn)(feature_plugin *p, platen_error *err);

static platen_code ask_parts(feature_plugin *p, bool apply, platen_error *err)
{
    for (size_t i = 0; parts[i] != NULL; i++) {
        part_fn fn = apply ? parts[i]->apply : parts[i]->check;
        if (fn != NULL) {
            PLATEN_TRY(fn(p, err));
        }
    }
    return PLATEN_OK;
}

/* One round over the plugins: `refused` tells whether one was. */
static platen_code round_over(feature *f, bool apply, bool *refused, platen_error *err)
{
    *refused = false;
    for (feature_plugin *p = f->plugins, *next = NULL; p != NULL; p = next) {
        platen_error why = PLATEN_ERROR_INIT;
        next = p->next;
        platen_code rc = ask_parts(p, apply, &why);
        if (rc != PLATEN_OK) {
            *refused = true;
            PLATEN_TRY(plug_refuse(p->ctx, rc, why.text, err)); /* frees p */
        }
    }
    return PLATEN_OK;
}

/* Those that registered nothing may use the host too. */
static platen_code add_silent(const plug *plugins, platen_error *err)
{
    platen_ctx *ctx = NULL;
    for (size_t i = 0; (ctx = plug_ctx(plugins, i)) != NULL; i++) {
        feature_plugin *p = feature_plugin_of(ctx);
        if (plug_loaded(ctx) && p == NULL) {
            PLATEN_TRY(add_plugin(ctx, &p, err));
        }
    }
    return PLATEN_OK;
}

platen_code feature_check(feature *f, plug *plugins, platen_error *err)
{
    bool refused = true;
    f->plug = plugins;
    PLATEN_TRY(add_silent(plugins, err));
    while (refused) {
        PLATEN_TRY(round_over(f, false, &refused, err));
    }
    return PLATEN_OK;
}

platen_code feature_apply(feature *f, plug *plugins, store *s, platen_error *err)
{
    bool refused = false;
    f->store = s;
    PLATEN_TRY(feature_check(f, plugins, err));
    PLATEN_TRY(round_over(f, true, &refused, err));
    if (refused) {
        PLATEN_TRY(feature_check(f, plugins, err));
    }
    f->ready = true;
    return PLATEN_OK;
}

platen_code feature_serve(feature *f, rest *r, services *given, platen_error *err)
{
    f->services = given;
    given->feature = f;
    for (size_t i = 0; parts[i] != NULL; i++) {
        if (parts[i]->serve != NULL) {
            PLATEN_TRY(parts[i]->serve(f, r, err));
        }
    }
    return PLATEN_OK;
}
