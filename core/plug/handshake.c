/* What must hold before any function of a plugin is called. Each refusal names the plugin, what it
 * wants and what this host offers. */
#include "core/plug/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/plug/plug.h"

#define NEEDS_MAX 32 /* a list without its NULL at the end must not run away */
#define DESCRIPTOR_SIZE_1_0                                                                        \
    (offsetof(platen_plugin, unload) + sizeof(((platen_plugin *)NULL)->unload))

bool handshake_name_ok(const char *name)
{
    size_t length = name != NULL ? strnlen(name, PLUG_NAME + 1) : 0;
    if (length == 0 || length > PLUG_NAME) {
        return false;
    }
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && name[0] != '-';
}

static platen_code check_versions(const char *name, const platen_plugin *d, platen_error *err)
{
    if (d->size < DESCRIPTOR_SIZE_1_0) {
        return error_set(err, PLATEN_E_VERSION,
                         "plugin '%s' has a descriptor of %" PRIu32
                         " bytes, this host needs at least %zu",
                         name, d->size, DESCRIPTOR_SIZE_1_0);
    }
    if (d->abi >> 16 != PLATEN_ABI_MAJOR || (d->abi & 0xffffu) > PLATEN_ABI_MINOR) {
        return error_set(err, PLATEN_E_VERSION,
                         "plugin '%s' wants plugin API %" PRIu32 ".%" PRIu32
                         ", this host has %u.%u",
                         name, d->abi >> 16, d->abi & 0xffffu, PLATEN_ABI_MAJOR, PLATEN_ABI_MINOR);
    }
    return PLATEN_OK;
}

/* Since 1.2 a need may be of one role only: "manager:store/1", "agent:snmp/1". What is of the other
 * role gives NULL. */
static const char *need_here(const platen_ctx *ctx, const char *need)
{
    static const struct {
        const char *prefix;
        uint32_t role;
    } roles[] = {{"manager:", PLATEN_ROLE_MANAGER}, {"agent:", PLATEN_ROLE_AGENT}};
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        size_t length = strlen(roles[i].prefix);
        if (strncmp(need, roles[i].prefix, length) == 0) {
            return ctx->owner->host.role == roles[i].role ? need + length : NULL;
        }
    }
    return need;
}

static platen_code check_needs(platen_ctx *ctx, const platen_plugin *d, platen_error *err)
{
    for (size_t i = 0; d->needs != NULL && d->needs[i] != NULL; i++) {
        if (i == NEEDS_MAX) {
            return error_set(err, PLATEN_E_INVAL, "plugin '%s' needs more than %d interfaces",
                             ctx->name, NEEDS_MAX);
        }
        const char *need = need_here(ctx, d->needs[i]);
        if (need == NULL || context_iface(ctx, need) != NULL) {
            continue;
        }
        const char *offered = context_iface_offered(ctx->owner, need);
        if (offered != NULL) {
            return error_set(err, PLATEN_E_VERSION, "plugin '%s' needs %.40s, this host has %s",
                             ctx->name, need, offered);
        }
        return error_set(err, PLATEN_E_VERSION, "plugin '%s' needs %.40s, this host has none",
                         ctx->name, need);
    }
    return PLATEN_OK;
}

platen_code handshake(platen_ctx *ctx, const platen_plugin *descriptor, platen_error *err)
{
    const platen_plugin *d = descriptor;
    PLATEN_TRY(check_versions(ctx->name, d, err));
    memcpy(&ctx->copy, d, d->size < sizeof(ctx->copy) ? d->size : sizeof(ctx->copy));
    if (d->name == NULL || strcmp(d->name, ctx->name) != 0) {
        return error_set(err, PLATEN_E_INVAL, "plugin '%s' calls itself '%.63s', the file is %s.so",
                         ctx->name, d->name != NULL ? d->name : "", ctx->name);
    }
    if (d->version == NULL || d->load == NULL) {
        return error_set(err, PLATEN_E_INVAL, "plugin '%s' has no %s", ctx->name,
                         d->load == NULL ? "load()" : "version");
    }
    const uint32_t roles = PLATEN_ROLE_MANAGER | PLATEN_ROLE_AGENT;
    if ((d->roles & ~roles) != 0 || (d->roles & roles) == 0) {
        return error_set(err, PLATEN_E_INVAL,
                         "plugin '%s' wants roles 0x%" PRIx32 ", this host knows 0x%" PRIx32,
                         ctx->name, d->roles, roles);
    }
    if (d->kind != PLATEN_KIND_DRIVER && d->kind != PLATEN_KIND_FEATURE) {
        return error_set(err, PLATEN_E_INVAL,
                         "plugin '%s' is of kind %" PRIu32 ", this host knows 1 and 2", ctx->name,
                         d->kind);
    }
    ctx->descriptor = &ctx->copy;
    ctx->info.version = ctx->copy.version;
    if ((d->roles & ctx->owner->host.role) == 0) {
        return PLATEN_OK; /* not for this role: the loader leaves it alone, its needs too */
    }
    return check_needs(ctx, d, err);
}
