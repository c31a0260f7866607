/*
 * What a plugin exports and what it gets: the descriptor, the host, the handshake.
 *
 * A plugin is one shared object with one exported symbol, platen_plugin_descriptor. The host reads
 * it, compares versions, and only then calls load(). The host owns everything that a plugin
 * registers and withdraws it in reverse order before unload().
 */
#ifndef PLATEN_PLUGIN_H
#define PLATEN_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PLATEN_ABI_MAJOR 1u
#define PLATEN_ABI_MINOR 2u
#define PLATEN_ABI (PLATEN_ABI_MAJOR << 16 | PLATEN_ABI_MINOR)

#define PLATEN_EXPORT __attribute__((visibility("default")))

#define PLATEN_KIND_DRIVER 1u  /* talks to devices */
#define PLATEN_KIND_FEATURE 2u /* adds a function to manager and agent */

#define PLATEN_ROLE_MANAGER 1u
#define PLATEN_ROLE_AGENT 2u

/* A plugin's own handle: the host knows by it who calls. Opaque, valid from load() to unload(). */
typedef struct platen_ctx platen_ctx;

typedef struct platen_host {
    uint32_t size;       /* sizeof at the host's build */
    uint32_t abi;        /* PLATEN_ABI of the host */
    uint32_t role;       /* PLATEN_ROLE_MANAGER or PLATEN_ROLE_AGENT: which one loads */
    const char *version; /* of Platen, for people */
    /*
     * The interface of that name and major ("snmp/1"), a pointer to its table, or NULL. What the
     * descriptor names in `needs` is never NULL. Any thread; valid until unload().
     */
    const void *(*iface)(platen_ctx *ctx, const char *name);
    /* Fills `err` (may be NULL) and returns `code`. Any thread. */
    platen_code (*fail)(platen_error *err, platen_code code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
} platen_host;

typedef struct platen_plugin {
    uint32_t size;       /* sizeof at the plugin's build: how much the host may read */
    uint32_t abi;        /* PLATEN_ABI */
    uint32_t kind;       /* PLATEN_KIND_DRIVER or PLATEN_KIND_FEATURE */
    uint32_t roles;      /* PLATEN_ROLE_MANAGER | PLATEN_ROLE_AGENT: where it loads */
    const char *name;    /* also file stem, configuration section, log source */
    const char *version; /* the plugin's own */
    /* "snmp/1", "driver/1", ..., at most 32, NULL-terminated. Since 1.2 a need may be of one role:
     * "manager:store/1", "agent:driver/1"; in the other role it does not count. */
    const char *const *needs;
    /* Main thread, before the other threads start. On failure the host withdraws what was
     * registered and does not call unload(). */
    platen_code (*load)(const platen_host *host, platen_ctx *ctx, platen_error *err);
    /* Main thread, after every registration is withdrawn. May be NULL. */
    void (*unload)(platen_ctx *ctx);
} platen_plugin;

/* The one exported symbol: data, so that looking it up needs no cast to a function pointer. */
extern PLATEN_EXPORT const platen_plugin platen_plugin_descriptor;

/* `size` and `abi` cannot be wrong when the descriptor is made with this. */
#define PLATEN_PLUGIN(name, version, kind, roles, needs, load, unload)                             \
    PLATEN_EXPORT const platen_plugin platen_plugin_descriptor = {(uint32_t)sizeof(platen_plugin), \
                                                                  PLATEN_ABI,                      \
                                                                  (kind),                          \
                                                                  (roles),                         \
                                                                  (name),                          \
                                                                  (version),                       \
                                                                  (needs),                         \
                                                                  (load),                          \
                                                                  (unload)}

/* Whether an interface table (or any sized struct) is long enough to hold `slot`, and holds it. */
#define PLATEN_HAS(table, slot)                                                                    \
    ((table)->size >= offsetof(__typeof__(*(table)), slot) + sizeof((table)->slot) &&              \
     (table)->slot != NULL)

#ifdef __cplusplus
}
#endif

#endif
