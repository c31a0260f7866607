/* The life of a plugin on the fake host. See hostkit.h. */
#include "hostkit_private.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "need.h"

/* ---- small things ---- */

platen_code hostkit_error(platen_error *err, platen_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
        err->code = (uint32_t)code;
        err->sys = 0;
    }
    return code;
}

void hostkit_note(hostkit *kit, const char *format, ...)
{
    if (kit->misuse[0] == '\0') {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(kit->misuse, sizeof(kit->misuse), format, args);
        va_end(args);
    }
}

bool hostkit_strikes(hostkit *kit, platen_error *err)
{
    kit->calls++;
    if (kit->calls != kit->fail_at) {
        return false;
    }
    (void)hostkit_error(err, PLATEN_E_NOMEM, "this call was told to fail");
    return true;
}

platen_code hostkit_registering(platen_ctx *ctx, uint32_t size, size_t least, platen_error *err)
{
    hostkit *kit = ctx->kit;
    if (!kit->loading) {
        hostkit_note(kit, "a registration outside load()");
        return hostkit_error(err, PLATEN_E_STATE, "registrations are made in load()");
    }
    if (size < least) {
        hostkit_note(kit, "a struct of %u bytes: made without its _INIT macro?", (unsigned)size);
        return hostkit_error(err, PLATEN_E_INVAL, "a struct of the wrong size");
    }
    return hostkit_strikes(kit, err) ? PLATEN_E_NOMEM : PLATEN_OK;
}

bool hostkit_is_json(const char *text, bool object)
{
    cJSON *tree = text != NULL ? cJSON_ParseWithOpts(text, NULL, 1) : NULL;
    bool ok = tree != NULL && (!object || cJSON_IsObject(tree));
    cJSON_Delete(tree);
    return ok;
}

bool hostkit_own_id(const hostkit *kit, const char *id)
{
    size_t length = strlen(kit->plugin->name);
    return id != NULL && strncmp(id, kit->plugin->name, length) == 0 && id[length] == '.' &&
           id[length + 1] != '\0' &&
           strspn(id + length + 1, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
               strlen(id + length + 1);
}

/* ---- registrations ---- */

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

entry *hostkit_keep(hostkit *kit, hostkit_what what, const char *id, const char *text,
                    const char *extra, platen_error *err)
{
    if (id == NULL || id[0] == '\0') {
        (void)hostkit_error(err, PLATEN_E_INVAL, "a registration without a name");
        hostkit_note(kit, "a registration without a name");
        return NULL;
    }
    if (hostkit_find(kit, what, id) != NULL) {
        (void)hostkit_error(err, PLATEN_E_EXISTS, "'%s' is there already", id);
        hostkit_note(kit, "'%s' is registered twice", id);
        return NULL;
    }
    if (kit->count == HOSTKIT_ENTRIES) {
        (void)hostkit_error(err, PLATEN_E_TOO_LARGE, "too many registrations");
        return NULL;
    }
    entry *e = &kit->entries[kit->count++];
    memset(e, 0, sizeof(*e));
    e->what = what;
    e->id = copy(id);
    e->text = copy(text);
    e->extra = copy(extra);
    return e;
}

const entry *hostkit_find(const hostkit *kit, hostkit_what what, const char *id)
{
    for (size_t i = 0; i < kit->count; i++) {
        if (kit->entries[i].what == what && strcmp(kit->entries[i].id, id) == 0) {
            return &kit->entries[i];
        }
    }
    return NULL;
}

/* Last in, first out; each release once. */
static void withdraw(hostkit *kit)
{
    while (kit->count > 0) {
        entry *e = &kit->entries[--kit->count];
        if (e->release != NULL) {
            e->release(e->user);
        }
        free(e->id);
        free(e->text);
        free(e->extra);
    }
}

const char *hostkit_registered(const hostkit *kit, hostkit_what what, size_t nth)
{
    for (size_t i = 0; i < kit->count; i++) {
        if (kit->entries[i].what == what && nth-- == 0) {
            return kit->entries[i].id;
        }
    }
    return NULL;
}

const char *hostkit_said(const hostkit *kit, hostkit_what what, const char *id)
{
    const entry *e = hostkit_find(kit, what, id);
    return e != NULL ? e->text : NULL;
}

/* ---- the host ---- */

/* Lines go to standard error when HOSTKIT_LOG is set. */
__attribute__((format(printf, 3, 4))) static void write_log(platen_ctx *ctx, uint32_t level,
                                                            const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (level > PLATEN_LOG_DEBUG || strchr(line, '\n') != NULL) {
        hostkit_note(ctx->kit, "a log line with a line end, or of a level that is none");
    }
    if (getenv("HOSTKIT_LOG") != NULL) {
        (void)fprintf(stderr, "%s\n", line);
    }
}

static const platen_log log_table = {(uint32_t)sizeof(platen_log), write_log};

static const void *host_iface(platen_ctx *ctx, const char *name)
{
    hostkit *kit = ctx->kit;
    bool named = false;
    for (size_t i = 0; kit->plugin->needs != NULL && kit->plugin->needs[i] != NULL; i++) {
        const char *need = need_of_role(kit->plugin->needs[i], kit->role);
        named = named || (need != NULL && strcmp(need, name) == 0);
    }
    if (!named && kit->undeclared[0] == '\0') {
        (void)snprintf(kit->undeclared, sizeof(kit->undeclared), "%s", name);
    }
    if (strcmp(name, "log/1") == 0) {
        return &log_table;
    }
    const void *table = hostkit_driver_table(kit, name);
    if (table == NULL && !kit->old && kit->role == PLATEN_ROLE_MANAGER) {
        table = hostkit_feature_table(name);
    }
    return table;
}

static platen_host host_of(const hostkit *kit)
{
    return (platen_host){(uint32_t)sizeof(platen_host),
                         kit->old ? PLATEN_ABI_MAJOR << 16 : PLATEN_ABI,
                         kit->role,
                         "0.0.0",
                         host_iface,
                         hostkit_error};
}

static platen_code check_needs(hostkit *kit, platen_error *err)
{
    for (size_t i = 0; kit->plugin->needs != NULL && kit->plugin->needs[i] != NULL; i++) {
        const char *need = need_of_role(kit->plugin->needs[i], kit->role);
        if (need != NULL && host_iface(&kit->ctx, need) == NULL) {
            return hostkit_error(err, PLATEN_E_VERSION, "it needs '%s', which no host has for it",
                                 need);
        }
    }
    return PLATEN_OK;
}

/* ---- the plugin ---- */

hostkit *hostkit_open(const char *path, platen_error *err)
{
    hostkit *kit = calloc(1, sizeof(*kit));
    kit->ctx.kit = kit;
    kit->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (kit->library == NULL) {
        (void)hostkit_error(err, PLATEN_E_IO, "%s", dlerror());
        free(kit);
        return NULL;
    }
    kit->plugin = dlsym(kit->library, "platen_plugin_descriptor");
    if (kit->plugin == NULL || kit->plugin->size < sizeof(*kit->plugin) ||
        kit->plugin->name == NULL || kit->plugin->load == NULL) {
        (void)hostkit_error(err, PLATEN_E_INVAL, "'%s' has no whole platen_plugin_descriptor",
                            path);
        free(kit); /* the library stays mapped, as in the real host */
        return NULL;
    }
    const char *slash = strrchr(path, '/');
    (void)snprintf(kit->folder, sizeof(kit->folder), "%.*s%s",
                   slash != NULL ? (int)(slash - path) + 1 : 0, path, kit->plugin->name);
    size_t length = (size_t)snprintf(kit->prefix, sizeof(kit->prefix), "%s_", kit->plugin->name);
    for (size_t i = 0; i < length && i < sizeof(kit->prefix); i++) {
        kit->prefix[i] = kit->prefix[i] == '-' ? '_' : kit->prefix[i];
    }
    kit->role =
        (kit->plugin->roles & PLATEN_ROLE_MANAGER) != 0 ? PLATEN_ROLE_MANAGER : PLATEN_ROLE_AGENT;
    return kit;
}

const platen_plugin *hostkit_plugin(const hostkit *kit)
{
    return kit->plugin;
}

void hostkit_role(hostkit *kit, uint32_t role)
{
    kit->role = role;
}

void hostkit_fail(hostkit *kit, unsigned nth)
{
    kit->calls = 0;
    kit->fail_at = nth;
}

unsigned hostkit_calls(const hostkit *kit)
{
    return kit->calls;
}

void hostkit_old(hostkit *kit, bool old)
{
    kit->old = old;
}

platen_code hostkit_load(hostkit *kit, platen_error *err)
{
    /* Needed interfaces are the handshake's business: asking for them here is not the plugin. */
    PLATEN_TRY(check_needs(kit, err));
    static platen_host host; /* good until unload(), as the real one */
    host = host_of(kit);
    kit->loading = true;
    platen_code rc = kit->plugin->load(&host, &kit->ctx, err);
    kit->loading = false;
    if (rc != PLATEN_OK) {
        withdraw(kit);
        return rc;
    }
    kit->loaded = true;
    return PLATEN_OK;
}

void hostkit_unload(hostkit *kit)
{
    if (!kit->loaded) {
        return;
    }
    withdraw(kit);
    if (kit->plugin->unload != NULL) {
        kit->plugin->unload(&kit->ctx);
    }
    hostkit_store_close(kit);
    while (kit->event_count > 0) {
        free(kit->events[--kit->event_count]);
    }
    free(kit->blob);
    kit->blob = NULL;
    kit->loaded = false;
}

void hostkit_free(hostkit *kit)
{
    if (kit != NULL) {
        hostkit_unload(kit);
        hostkit_store_close(kit);
        free(kit);
    }
}

const char *hostkit_event(const hostkit *kit, size_t nth)
{
    return nth < kit->event_count ? kit->events[nth] : NULL;
}

const char *hostkit_undeclared(const hostkit *kit)
{
    return kit->undeclared[0] != '\0' ? kit->undeclared : NULL;
}

const char *hostkit_misuse(const hostkit *kit)
{
    return kit->misuse[0] != '\0' ? kit->misuse : NULL;
}
