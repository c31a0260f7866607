/* Loading and unloading. libltdl has no locks of its own: main thread only. */
#include "core/plug/plug.h"

#include <errno.h>
#include <ltdl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/text.h"
#include "core/plug/context.h"

#define LOG_SOURCE "plug"

#define ENABLED_MAX 64

/* ---- what a plugin may ask its host for ---- */

typedef struct iface {
    const char *name;
    const void *table; /* NULL: not in this role */
} iface;

#define OWN_IFACES 4
#define IFACES (OWN_IFACES + PLUG_OFFERS)

static size_t list_ifaces(const plug *p, iface list[IFACES])
{
    list[0] = (iface){"log/1", &iface_log_table};
    list[1] = (iface){"conf/1", p->conf != NULL ? &iface_conf_table : NULL};
    list[2] = (iface){"driver/1", p->has_drivers ? &p->driver_table : NULL};
    list[3] = (iface){"snmp/1", p->has_snmp ? &p->snmp_table : NULL};
    for (size_t i = 0; i < p->offer_count; i++) {
        list[OWN_IFACES + i] = (iface){p->offers[i].name, p->offers[i].table};
    }
    return OWN_IFACES + p->offer_count;
}

const void *context_iface(platen_ctx *ctx, const char *name)
{
    iface list[IFACES];
    size_t count = list_ifaces(ctx->owner, list);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return list[i].table;
        }
    }
    return NULL;
}

const char *context_iface_offered(const plug *p, const char *name)
{
    iface list[IFACES];
    size_t count = list_ifaces(p, list);
    size_t stem = strcspn(name, "/");
    for (size_t i = 0; i < count; i++) {
        if (list[i].table != NULL && strcspn(list[i].name, "/") == stem &&
            strncmp(list[i].name, name, stem) == 0) {
            return list[i].name;
        }
    }
    return NULL;
}

static const void *host_iface(platen_ctx *ctx, const char *name)
{
    return ctx != NULL && name != NULL ? context_iface(ctx, name) : NULL;
}

static platen_code host_fail(platen_error *err, platen_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static platen_code host_fail(platen_error *err, platen_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)error_set_va(err, code, format, args);
    va_end(args);
    return code;
}

/* ---- registrations ---- */

platen_code plug_own(platen_ctx *ctx, void (*withdraw)(platen_ctx *ctx, void *object), void *object,
                     platen_error *err)
{
    registration *r = malloc(sizeof(*r));
    if (r == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a registration of plugin '%s'",
                         ctx->name);
    }
    *r = (registration){ctx->newest, withdraw, object};
    ctx->newest = r;
    return PLATEN_OK;
}

void context_withdraw_all(platen_ctx *ctx)
{
    while (ctx->newest != NULL) {
        registration *r = ctx->newest;
        ctx->newest = r->older;
        r->withdraw(ctx, r->object);
        free(r);
    }
}

/* ---- one plugin ---- */

/* Code from a place that somebody else can write is somebody else's code. */
static platen_code check_owner(const char *what, const char *path, bool folder, platen_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        return error_sys(err, errno == ENOENT ? PLATEN_E_NOT_FOUND : PLATEN_E_IO, errno,
                         "cannot read %s '%s'", what, path);
    }
    if (folder ? !S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)) {
        return error_set(err, PLATEN_E_INVAL, "'%s' is no %s", path, what);
    }
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
        return error_set(err, PLATEN_E_FORBIDDEN,
                         "%s '%s' belongs to user %u, it must belong to root or to user %u", what,
                         path, (unsigned)st.st_uid, (unsigned)geteuid());
    }
    mode_t refused = folder ? S_IWGRP | S_IWOTH : S_IWOTH;
    if ((st.st_mode & refused) != 0) {
        return error_set(err, PLATEN_E_FORBIDDEN,
                         "%s '%s' has mode %04o, neither group nor others may write there", what,
                         path, (unsigned)(st.st_mode & 07777));
    }
    return PLATEN_OK;
}

static platen_code open_module(const char *path, const char *name, lt_dlhandle *out,
                               platen_error *err)
{
    lt_dladvise advise;
    if (lt_dladvise_init(&advise) != 0) {
        return error_set(err, PLATEN_E_NOMEM, "plugin '%s': %s", name, lt_dlerror());
    }
    lt_dlhandle handle = NULL;
    if (lt_dladvise_resident(&advise) == 0 && lt_dladvise_local(&advise) == 0) {
        handle = lt_dlopenadvise(path, advise);
    }
    platen_code rc = PLATEN_OK;
    if (handle == NULL) {
        const char *why = lt_dlerror();
        rc = error_set(err, PLATEN_E_IO, "plugin '%s' cannot be opened: %s", name,
                       why != NULL ? why : "unknown reason");
    }
    (void)lt_dladvise_destroy(&advise);
    *out = handle;
    return rc;
}

static platen_code find_descriptor(platen_ctx *ctx, const char *folder, const platen_plugin **out,
                                   platen_error *err)
{
    char file[PLUG_NAME + 4];
    char path[FILE_PATH];
    lt_dlhandle handle = NULL;
    (void)snprintf(file, sizeof(file), "%s.so", ctx->name);
    PLATEN_TRY(file_join(path, folder, file, err));
    PLATEN_TRY(file_join(ctx->folder, folder, ctx->name, err));
    PLATEN_TRY(check_owner("plugin file", path, false, err));
    PLATEN_TRY(open_module(path, ctx->name, &handle, err));
    const platen_plugin *d = lt_dlsym(handle, "platen_plugin_descriptor");
    if (d == NULL) {
        return error_set(err, PLATEN_E_INVAL, "plugin '%s' has no symbol platen_plugin_descriptor",
                         ctx->name);
    }
    *out = d;
    return PLATEN_OK;
}

/* The plugin's descriptor, or one that stands for it while its code runs in another process. */
static platen_code obtain(platen_ctx *ctx, const plug_options *o, const char *folder,
                          const platen_plugin **out, platen_error *err)
{
    PLATEN_TRY(check_owner("plugin folder", folder, true, err));
    if (o->elsewhere != NULL) {
        bool placed = strcmp(folder, o->folder) != 0;
        PLATEN_TRY(file_join(ctx->folder, folder, ctx->name, err));
        PLATEN_TRY(o->elsewhere(ctx->name, folder, placed, out, o->user, err));
        ctx->elsewhere = *out != NULL;
    }
    return *out != NULL ? PLATEN_OK : find_descriptor(ctx, folder, out, err);
}

static platen_code load(platen_ctx *ctx, const plug_options *o, const char *folder,
                        platen_error *err)
{
    const platen_plugin *descriptor = NULL;
    plug *p = ctx->owner;
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->plugins[i]->name, ctx->name) == 0) {
            return error_set(err, PLATEN_E_EXISTS, "plugin '%s' is enabled twice", ctx->name);
        }
    }
    if (!handshake_name_ok(ctx->name)) {
        return error_set(err, PLATEN_E_INVAL, "plugin name '%s' is not of a-z, 0-9 and '-'",
                         ctx->name);
    }
    PLATEN_TRY(obtain(ctx, o, folder, &descriptor, err));
    PLATEN_TRY(handshake(ctx, descriptor, err));
    if ((ctx->copy.roles & p->host.role) == 0) {
        log_debug("plugin is for the other role name=%s", ctx->name);
        if (o->conf != NULL) {
            conf_leave(o->conf, ctx->name); /* manager and local agent share a file */
        }
        return PLATEN_OK;
    }
    PLATEN_TRY(iface_conf_further(ctx, o, err));
    platen_error why = PLATEN_ERROR_INIT;
    ctx->loading = true;
    platen_code rc = ctx->copy.load(&p->host, ctx, &why);
    ctx->loading = false;
    if (rc != PLATEN_OK) {
        context_withdraw_all(ctx);
        why.text[sizeof(why.text) - 1] = '\0';
        return error_set(err, rc, "plugin '%s' cannot start: %s", ctx->name,
                         why.text[0] != '\0' ? why.text : error_word(rc));
    }
    ctx->info.loaded = true;
    log_info("plugin loaded name=%s version=%s", ctx->name, ctx->copy.version);
    return PLATEN_OK;
}

static void context_free(platen_ctx *ctx)
{
    iface_conf_fini(ctx);
    free(ctx);
}

static const char *place_of(const plug_options *o, const char *name)
{
    for (size_t i = 0; i < o->place_count; i++) {
        if (strcmp(o->places[i].name, name) == 0) {
            return o->places[i].folder;
        }
    }
    return o->folder;
}

/* Loads the plugin of that name and lists it, loaded or refused. */
static platen_code add_plugin(plug *p, const plug_options *o, const char *name, size_t length,
                              platen_error *err)
{
    platen_ctx *ctx = calloc(1, sizeof(*ctx));
    if (ctx == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for plugin '%.*s'", (int)length, name);
    }
    ctx->owner = p;
    memcpy(ctx->name, name, length <= PLUG_NAME ? length : PLUG_NAME);
    ctx->info = (plug_info){ctx->name, "", ctx->error, false};
    platen_error why = PLATEN_ERROR_INIT;
    platen_code rc = length <= PLUG_NAME ? load(ctx, o, place_of(o, ctx->name), &why)
                                         : error_set(&why, PLATEN_E_INVAL,
                                                     "plugin name '%s...' is too long", ctx->name);
    if (rc != PLATEN_OK) {
        memcpy(ctx->error, why.text, sizeof(ctx->error));
        log_error("%s", why.text);
    }
    p->plugins[p->count++] = ctx;
    if (rc != PLATEN_OK && text_has_word(o->required, ctx->name)) {
        return error_set(err, rc, "required %s", why.text);
    }
    return PLATEN_OK;
}

static platen_code load_enabled(plug *p, const plug_options *o, platen_error *err)
{
    const char *at = o->enabled + strspn(o->enabled, " \t,");
    while (*at != '\0') {
        size_t length = strcspn(at, " \t,");
        if (p->count == ENABLED_MAX) {
            return error_set(err, PLATEN_E_TOO_LARGE, "more than %d plugins are enabled",
                             ENABLED_MAX);
        }
        PLATEN_TRY(add_plugin(p, o, at, length, err));
        at += length;
        at += strspn(at, " \t,");
    }
    return PLATEN_OK;
}

/* A required name that nobody enabled would otherwise go unnoticed. */
static platen_code check_required(const plug_options *o, platen_error *err)
{
    for (const char *at = o->required != NULL ? o->required : ""; *at != '\0';) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, " \t,");
        char name[PLUG_NAME + 1] = "";
        memcpy(name, at, length <= PLUG_NAME ? length : PLUG_NAME);
        if (length > 0 && !text_has_word(o->enabled, name)) {
            return error_set(err, PLATEN_E_INVAL, "required plugin '%s' is not enabled", name);
        }
        at += length;
    }
    return PLATEN_OK;
}

static void take_offers(plug *p, const plug_options *o)
{
    for (size_t i = 0; i < o->offer_count; i++) {
        p->offers[p->offer_count++] = o->offers[i];
    }
    p->required = o->required;
    p->user = o->user;
}

platen_code plug_load_all(const plug_options *options, plug **out, platen_error *err)
{
    PLATEN_TRY(check_required(options, err));
    if (options->offer_count > PLUG_OFFERS) {
        return error_set(err, PLATEN_E_INTERNAL, "%zu interfaces are offered, %d can be",
                         options->offer_count, PLUG_OFFERS);
    }
    plug *p = calloc(1, sizeof(*p));
    platen_ctx **plugins = calloc(ENABLED_MAX, sizeof(*plugins));
    if (p == NULL || plugins == NULL) {
        free(p);
        free(plugins);
        return error_set(err, PLATEN_E_NOMEM, "no memory for the plugins");
    }
    if (lt_dlinit() != 0) {
        free(p);
        free(plugins);
        return error_set(err, PLATEN_E_IO, "libltdl: %s", lt_dlerror());
    }
    p->plugins = plugins;
    p->conf = options->conf;
    p->host = (platen_host){(uint32_t)sizeof(p->host), PLATEN_ABI, options->role,
                            options->version,          host_iface, host_fail};
    take_offers(p, options);
    iface_driver_init(p, options->drivers);
    iface_snmp_init(p, options->snmp);
    platen_code rc = load_enabled(p, options, err);
    if (rc != PLATEN_OK) {
        plug_unload_all(p);
        return rc;
    }
    *out = p;
    return PLATEN_OK;
}

static void unload(platen_ctx *ctx)
{
    context_withdraw_all(ctx);
    if (ctx->info.loaded && ctx->copy.unload != NULL) {
        ctx->copy.unload(ctx);
    }
    /* Plans made by unload() itself, or later than the first round. */
    context_withdraw_all(ctx);
    ctx->info.loaded = false;
}

platen_code plug_refuse(platen_ctx *ctx, platen_code code, const char *reason, platen_error *err)
{
    platen_error why = PLATEN_ERROR_INIT;
    if (!ctx->info.loaded) {
        return PLATEN_OK;
    }
    unload(ctx);
    (void)error_set(&why, code, "plugin '%s' cannot be used: %s", ctx->name, reason);
    memcpy(ctx->error, why.text, sizeof(ctx->error));
    log_error("%s", why.text);
    return text_has_word(ctx->owner->required, ctx->name)
               ? error_set(err, code, "required %s", why.text)
               : PLATEN_OK;
}

void plug_unload_all(plug *p)
{
    if (p == NULL) {
        return;
    }
    for (size_t i = p->count; i-- > 0;) {
        unload(p->plugins[i]);
    }
    for (size_t i = p->count; i-- > 0;) {
        context_free(p->plugins[i]);
    }
    free(p->plugins);
    free(p);
    /* No lt_dlexit(): modules are resident, and libltdl would lose, not free, their handles. */
}

/* ---- what is there ---- */

size_t plug_count(const plug *p)
{
    return p->count;
}

const plug_info *plug_get(const plug *p, size_t index)
{
    return index < p->count ? &p->plugins[index]->info : NULL;
}

platen_ctx *plug_ctx(const plug *p, size_t index)
{
    return index < p->count ? p->plugins[index] : NULL;
}

const char *plug_name(const platen_ctx *ctx)
{
    return ctx->name;
}

const char *plug_version(const platen_ctx *ctx)
{
    return ctx->info.version;
}

const char *plug_folder(const platen_ctx *ctx)
{
    return ctx->folder;
}

bool plug_loading(const platen_ctx *ctx)
{
    return ctx->loading;
}

bool plug_loaded(const platen_ctx *ctx)
{
    return ctx->info.loaded;
}

void *plug_user(const platen_ctx *ctx)
{
    return ctx->owner->user;
}

size_t plug_driver_count(const plug *p)
{
    return p->driver_count;
}

const plug_driver *plug_driver_get(const plug *p, size_t index)
{
    return index < p->driver_count ? &p->drivers[index]->public : NULL;
}

void plug_write(const plug *p, json_writer *w, const char *key)
{
    json_array(w, key);
    for (size_t i = 0; i < p->count; i++) {
        const plug_info *info = &p->plugins[i]->info;
        json_object(w, NULL);
        json_text(w, "name", info->name);
        json_text(w, "version", info->version);
        json_text(w, "error", info->error);
        json_object_end(w);
    }
    json_array_end(w);
}
