/*
 * The plugin loader: handshake, load, registrations, unload (the eight rules of the plugin ABI).
 * Main thread only; plugins are loaded before the other threads start and unloaded after they
 * ended. What is read by other threads in between (drivers, list of plugins) does not change.
 */
#ifndef PLATEN_PLUG_H
#define PLATEN_PLUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/driver.h>
#include <platen/snmp.h>

#include "core/base/error.h"
#include "core/base/json.h"
#include "core/conf/conf.h"

typedef struct plug plug; /* the plugins of this process */

/* An interface that another room brings: its name with the major ("store/1") and its table. */
typedef struct plug_offer {
    const char *name;
    const void *table; /* begins with its size; lives as long as the plugins */
} plug_offer;

/* Where a plugin lies that is not in the ordinary folder: <folder>/<name>.so with its own files in
 * <folder>/<name>/. */
typedef struct plug_place {
    const char *name;
    const char *folder;
} plug_place;

#define PLUG_DRIVERS 32 /* most drivers of one process */
#define PLUG_ACTIONS 64 /* most declared actions of one process */
#define PLUG_OFFERS 24  /* most interfaces of other rooms */

typedef struct plug_options {
    uint32_t role;       /* PLATEN_ROLE_... */
    const char *version; /* of Platen */
    const char *folder;
    const char *enabled;  /* names separated by spaces; nothing else is opened */
    const char *required; /* those without which the daemon does not start */
    conf *conf;           /* NULL: the host has no conf/1 */
    /* What the agent does with works and reads; add(), action() and plan() are the loader's. NULL:
     * the host has no driver/1 or snmp/1. Borrowed for the call. */
    const platen_drivers *drivers;
    const platen_snmp *snmp;
    const plug_offer *offers; /* the structs and names are borrowed until plug_unload_all() */
    size_t offer_count;
    const plug_place *places; /* borrowed for the call */
    size_t place_count;
    const plug_place *further; /* further folders, by the name of the plugin; borrowed */
    size_t further_count;
    void *user; /* of the rooms that bring offers: plug_user() */
    /* Asked before a plugin's file is opened. A descriptor that it sets stands for the plugin,
     * whose code runs in another process then; it lives as long as the plugins. `placed`: it lies
     * in one of `places`. NULL: all run here. */
    platen_code (*elsewhere)(const char *name, const char *folder, bool placed,
                             const platen_plugin **descriptor, void *user, platen_error *err);
} plug_options;

/* A plugin that the configuration names. */
typedef struct plug_info {
    const char *name;
    const char *version; /* "" when it was refused before that was known */
    const char *error;   /* why it was refused, "" when it was not */
    bool loaded;         /* false without an error: it is for the other role */
} plug_info;

/* A registered driver: complete, whatever the plugin's headers were. */
typedef struct plug_driver {
    platen_driver driver; /* `id` and `actions` are the host's copies; the latter never NULL */
    const char *version;  /* of its plugin */
    bool elsewhere;       /* its code runs in another process: run() never blocks */
} plug_driver;

/* Loads what is enabled, in that order. A refused plugin is logged and listed; only one that is
 * required makes this fail, and then everything is unloaded again. */
platen_code plug_load_all(const plug_options *options, plug **out, platen_error *err);
/* Withdraws every registration in reverse order, then calls unload(). Code stays mapped. */
void plug_unload_all(plug *p);

#define PLUG_FURTHER 32 /* most further folders of one plugin */

/*
 * Gives a plugin further folders (conf/1, further()); before it is loaded or later. A plugin that
 * listens takes them over at once or refuses, and then the earlier ones are in force again. SNMP
 * thread of an agent when its engine runs, else main thread. NOT_FOUND: there is no such plugin;
 * UNSUPPORTED: it is loaded and does not listen (the folders count at its next start), or runs
 * elsewhere; TOO_LARGE.
 */
platen_code plug_further(plug *p, const char *plugin, const char *const *folders, size_t count,
                         platen_error *err);

/*
 * Takes back a plugin that loaded, because what it registered cannot be used after all: its
 * registrations are withdrawn, unload() is called, and it is listed as refused with that reason.
 * Main thread, while no other thread runs what it registered. Returns `code` with the reason when
 * the plugin is required, else PLATEN_OK.
 */
platen_code plug_refuse(platen_ctx *ctx, platen_code code, const char *reason, platen_error *err);

size_t plug_count(const plug *p);
const plug_info *plug_get(const plug *p, size_t index); /* NULL behind the end */

/* The handle of a plugin, in the order of loading; NULL behind the end. */
platen_ctx *plug_ctx(const plug *p, size_t index);

/* ---- for rooms that bring interfaces: what they may ask about the plugin that calls ---- */

/* Remembers what is to be withdrawn, newest first, before unload(). On failure the caller undoes
 * the registration itself. Main thread, in load(). */
platen_code plug_own(platen_ctx *ctx, void (*withdraw)(platen_ctx *ctx, void *object), void *object,
                     platen_error *err);
const char *plug_name(const platen_ctx *ctx);    /* borrowed */
const char *plug_version(const platen_ctx *ctx); /* the plugin's own; borrowed */
const char *plug_folder(const platen_ctx *ctx);  /* of its own read-only files; borrowed */
bool plug_loading(const platen_ctx *ctx);        /* load() is running */
bool plug_loaded(const platen_ctx *ctx);         /* load() went well, and it is not refused */
void *plug_user(const platen_ctx *ctx);          /* of the options */

size_t plug_driver_count(const plug *p);
const plug_driver *plug_driver_get(const plug *p, size_t index); /* highest rank first */

/* Holds an action, or what is described as one, to the bounds of <platen/driver.h>; `what` is for
 * the text: "action". PLATEN_E_INVAL, PLATEN_E_TOO_LARGE. Any thread. */
platen_code plug_check_action(const char *what, const platen_action *a, uint32_t flags,
                              platen_error *err);

/* [{"name","version","error"}]: what hello and the list of versions show. */
void plug_write(const plug *p, json_writer *w, const char *key);

/* [{"id","title","settings","writes","verify","limit_s"}]: the actions that drivers declare. */
void plug_write_actions(const plug *p, json_writer *w, const char *key);

#endif
