/*
 * What the manager offers to plugins: an interface is a file iface_<name>.c with a feature_part
 * (feature_private.h) in the list of feature.c.
 *
 * In the order of the manager's start: feature_new() and feature_offer() before plugins load, so
 * that load() can register; feature_apply() when the database is there: what was registered is
 * looked at and the plugins' tables are brought up to date; feature_serve() adds the routes. From
 * then on nothing that was registered changes until plug_unload_all(), so that other threads read
 * it without a lock. Main thread.
 */
#ifndef PLATEN_FEATURE_H
#define PLATEN_FEATURE_H

#include "core/plug/plug.h"
#include "core/rest/rest.h"
#include "core/store/store.h"

typedef struct feature feature;

typedef struct feature_options {
    const char *data; /* the manager's data folder; borrowed until feature_free() */
    bool trial;       /* an installation is tried, and may be rolled back: blob_trial.h */
} feature_options;

platen_code feature_new(const feature_options *options, feature **out, platen_error *err);

/* Puts the interfaces into the options of the loader. */
void feature_offer(feature *f, plug_options *options);

/*
 * Looks at what the plugins registered and brings their tables up to date. A plugin with something
 * that cannot be is refused (plug_refuse()) and the others go on; fails only when that plugin is
 * required. Other threads may use the store already.
 */
platen_code feature_apply(feature *f, plug *plugins, store *s, platen_error *err);

/* The first half of feature_apply(), for who has no database: only looks. */
platen_code feature_check(feature *f, plug *plugins, platen_error *err);

/* [{"number","name"}]: the migrations that a plugin declared, in their order; at most `most` bytes
 * or so, the rest is left out. After feature_check(). */
void feature_write_migrations(const feature *f, const char *plugin, size_t most, strbuf *out);

/* Adds the routes. `given` is what the manager has, and what callbacks of plugins reach; borrowed.
 */
platen_code feature_serve(feature *f, rest *r, struct services *given, platen_error *err);

/* An operation that a script calls: the hook operate() of flows_hooks. Flow thread. */
struct flow_operation;
char *feature_operate(const feature *f, const struct flow_operation *call);

/* After plug_unload_all(). NULL is fine. */
void feature_free(feature *f);

#endif
