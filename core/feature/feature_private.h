/*
 * Inside the room: the set of plugins that registered something, and what an interface file is.
 *
 * The pattern of a registration: the interface's function finds the plugin (feature_plugin_in()
 * refuses wrong callers and calls outside load()), looks at what it was given, copies it, hands it
 * to plug_own() with the function that takes it out and frees it, and puts it into its list: in
 * feature_plugin when it is looked for by plugin, in feature when by name. Withdrawal comes newest
 * first; the feature_plugin itself goes last.
 */
#ifndef PLATEN_FEATURE_PRIVATE_H
#define PLATEN_FEATURE_PRIVATE_H

#include <platen/plugin.h>
#include <platen/store.h>

#include "core/feature/feature.h"
#include "core/notify/notify.h"
#include "core/rest/services.h"

typedef struct feature_event feature_event;

/* One plugin that registered something. */
typedef struct feature_plugin feature_plugin;
struct feature_plugin {
    feature_plugin *next; /* in the order of loading */
    feature *owner;
    platen_ctx *ctx;
    const char *name;              /* the loader's */
    char prefix[66];               /* of its tables: "acme_notes_" */
    struct feature_tables *tables; /* iface_store.h; NULL: it has none */
    struct platen_blob *blobs;     /* that are being written; iface_blob.c, under its lock */
    struct task_entry *tasks;      /* iface_task.h: kinds, in the order of registration */
    struct word_entry *words;      /* functions that are granted */
    struct http_route *routes;     /* iface_http.c */
    struct feature_page *pages;    /* iface_page.c, in the order in which they came */
    struct feature_table *reports; /* iface_report.c: and panels */
    struct catalogue *catalogue;   /* iface_locale.c; NULL: none */
};

struct feature {
    const char *data;
    bool trial;
    feature_plugin *plugins;
    struct operation *operations; /* of all plugins; operation.h */
    feature_event *events;        /* of all plugins; iface_notify.c */
    notify_word *words;           /* the same for webhooks; NULL until feature_serve() */
    plug *plug;                   /* NULL until feature_check() */
    store *store;                 /* NULL until feature_apply() */
    services *services;           /* NULL until feature_serve() */
    bool ready;                   /* feature_apply() is done */
    plug_offer offers[PLUG_OFFERS];
};

/* An interface. Functions may be NULL; they run on the main thread, in the order of the parts. */
typedef struct feature_part {
    const char *name; /* "store/1" */
    const void *table;
    /* All plugins have loaded: can what this one registered be? A failure refuses the plugin, and
     * then all that are left are asked once more, as they may need what it had. */
    platen_code (*check)(feature_plugin *p, platen_error *err);
    /* The same with p->owner->store. */
    platen_code (*apply)(feature_plugin *p, platen_error *err);
    /* Once, after all plugins are settled: routes. A failure stops the start. */
    platen_code (*serve)(feature *f, rest *r, platen_error *err);
} feature_part;

extern const feature_part feature_locale, feature_http, feature_page;
extern const feature_part feature_report, feature_panel;

/* The plugin of that handle, NULL when it registered nothing. Any thread. */
feature_plugin *feature_plugin_of(platen_ctx *ctx);

/* The same in load(), made when there is none: PLATEN_E_INVAL without a handle, PLATEN_E_STATE when
 * load() does not run. `what` is for the text: "statements". */
platen_code feature_plugin_in(platen_ctx *ctx, const char *what, feature_plugin **out,
                              platen_error *err);

/* The plugin of a handle that may use the host: PLATEN_E_INVAL without a handle, PLATEN_E_STATE in
 * load() and before feature_apply() is done. `what` is the function: "read()". Any thread. */
platen_code feature_plugin_ready(platen_ctx *ctx, const char *what, feature_plugin **out,
                                 platen_error *err);

/* Copies a plugin's struct that begins with its size into ours: what ours has more keeps what is
 * there. PLATEN_E_INVAL when it is NULL or has less than `least` bytes, what 1.2 had. */
platen_code feature_take_struct(void *own, size_t size, size_t least, const void *given,
                                const char *what, platen_error *err);

/* Whether `id` is "<plugin>.<word>" with a word of 1 to 63 characters a-z, 0-9 and '-'. */
bool feature_own_id(const feature_plugin *p, const char *id);

/* What a callback of the plugin returned, with its text made safe. */
platen_code feature_result(const feature_plugin *p, platen_code rc, platen_error *why,
                           platen_error *err);

/* ---- transactions (store_tx.c) ---- */

/* Calls `fn` within a transaction of `conn` that the host has begun: what store/1 does in read()
 * and write(), and for other callbacks that get a platen_tx. On the thread of `conn`. */
platen_code feature_tx_run(const feature_plugin *p, store_conn *conn, bool writes, platen_tx_fn fn,
                           void *user, platen_error *err);
store_conn *feature_tx_conn(const platen_tx *tx);

/* The connection of the transaction that this thread is in, or NULL; and PLATEN_E_STATE when it is
 * in one. */
store_conn *feature_tx_here(void);
platen_code feature_refuse_in_tx(const char *what, platen_error *err);

/* ---- the parts ---- */

extern const feature_part feature_store;
extern const feature_part feature_task;
extern const feature_part feature_op;
extern const feature_part feature_model;
extern const feature_part feature_blob;
extern const feature_part feature_secret;
extern const feature_part feature_notify;

/* At the end of a plugin, and of all. */
void feature_blobs_fini(feature_plugin *p);
void feature_notify_fini(feature *f);

#endif
