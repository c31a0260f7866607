/*
 * A manager's half with real plugins: the shared objects "probe" and "probe-two", whose load() is a
 * function of the test, over a database of either kind and a router that is asked without sockets.
 */
#ifndef PLATEN_TESTS_FEATURE_WORLD_H
#define PLATEN_TESTS_FEATURE_WORLD_H

#include "tests/unit/rest/rest_world.h"

#include <platen/plugin.h>

#include "core/feature/feature.h"

typedef platen_code (*probe_load)(const platen_host *host, platen_ctx *ctx, platen_error *err);

typedef struct feature_world {
    rest_world rest;
    feature *feature;
    plug *plugins;
    conf *conf;
    char data[64]; /* the data folder */
} feature_world;

/* Loads "probe" and, when `second` is not NULL, "probe-two"; makes the database, brings the plugins
 * up and adds the routes. The administrator is there. */
void feature_world_open(feature_world *w, probe_load first, probe_load second);
/* For a second start on the same database: other load()s, and plugins loaded anew, to be brought up
 * by the test. After plug_unload_all() and feature_free(). */
void feature_world_use(probe_load first, probe_load second);
void feature_world_reload(feature_world *w);
int feature_world_close(feature_world *w);

/* Regions 1 and 2; device 1 of region 1, 2 of region 2, 3 of none, 4 of region 1 and not managed.
 */
void feature_world_fleet(feature_world *w);

/* The plugin of that place in the order of loading, and why it was refused ("": it was not). */
platen_ctx *feature_world_ctx(feature_world *w, size_t index);
const char *feature_world_error(feature_world *w, size_t index);

/* How often unload() of a probe was called since the last open. */
int feature_world_unloads(void);

#endif
