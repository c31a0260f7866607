/*
 * Inside the loader: the handle of one plugin, the set of all, and what an interface file needs.
 * An interface is a file iface_<name>.c that fills a table and registers withdrawals.
 */
#ifndef PLATEN_PLUG_CONTEXT_H
#define PLATEN_PLUG_CONTEXT_H

#include <platen/conf.h>
#include <platen/driver.h>
#include <platen/log.h>
#include <platen/plugin.h>
#include <platen/snmp.h>

#include "core/base/file.h"
#include "core/plug/plug.h"

#define PLUG_NAME 63 /* longest name of a plugin or driver */

/* Something a plugin registered: withdrawn by the host, newest first. */
typedef struct registration {
    struct registration *older;
    void (*withdraw)(platen_ctx *ctx, void *object);
    void *object;
} registration;

/* One plugin; the opaque platen_ctx of the SDK. */
struct platen_ctx {
    plug *owner;
    const platen_plugin *descriptor; /* complete copy in `copy`; NULL before the handshake */
    platen_plugin copy;
    char name[PLUG_NAME + 1];
    char folder[FILE_PATH]; /* of the plugin's own files */
    bool loading;           /* load() is running */
    bool elsewhere;         /* its code is: the descriptor stands for it */
    plug_info info;
    char error[PLATEN_ERROR_TEXT];
    registration *newest;
    struct conf_key *conf_keys; /* iface_conf.c */
    char **further;             /* further folders, and who listens */
    size_t further_count;
    platen_code (*change)(platen_ctx *ctx, void *user, platen_error *err);
    void *change_user;
};

typedef struct driver_entry {
    plug_driver public;
    char id[PLUG_NAME + 1];
    const char **actions; /* the host's copy */
    platen_ctx *ctx;
} driver_entry;

/* An action that a driver declares, with the host's copies of its texts behind it. */
typedef struct action_entry {
    platen_action action;
    const platen_ctx *ctx;
    char texts[];
} action_entry;

struct plug {
    platen_host host;
    conf *conf;
    platen_ctx **plugins; /* in the order of loading */
    size_t count;
    driver_entry *drivers[PLUG_DRIVERS]; /* highest rank first */
    size_t driver_count;
    action_entry *actions[PLUG_ACTIONS]; /* in the order of registration */
    size_t action_count;
    platen_drivers driver_table;
    platen_snmp snmp_table;
    bool has_drivers, has_snmp;
    plug_offer offers[PLUG_OFFERS];
    size_t offer_count;
    const char *required; /* the configuration's text */
    void *user;
};

void context_withdraw_all(platen_ctx *ctx);

/* The table of an interface, NULL when this host has none of that name and major. */
const void *context_iface(platen_ctx *ctx, const char *name);
/* "task/1" for "task/2" when the host has another major; NULL when it has none at all. */
const char *context_iface_offered(const plug *p, const char *name);

/* The checks before any function of a plugin is called; fills ctx->copy. */
platen_code handshake(platen_ctx *ctx, const platen_plugin *descriptor, platen_error *err);
bool handshake_name_ok(const char *name);

extern const platen_log iface_log_table;
extern const platen_conf iface_conf_table;
void iface_conf_fini(platen_ctx *ctx);
/* Takes the folders of that plugin from the options. */
platen_code iface_conf_further(platen_ctx *ctx, const plug_options *o, platen_error *err);
platen_code iface_action_add(platen_ctx *ctx, const platen_action *given, platen_error *err);
void iface_driver_init(plug *p, const platen_drivers *works);
void iface_snmp_init(plug *p, const platen_snmp *reads);

#endif
