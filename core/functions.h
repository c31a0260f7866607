/* The functions of this manager: which packages its plugins come from, and its installer. Main
 * thread, but for what the installer calls. */
#ifndef PLATEN_FUNCTIONS_H
#define PLATEN_FUNCTIONS_H

#include <stdatomic.h>

#include <cjson/cJSON.h>

#include "core/base/strbuf.h"
#include "core/pack/installer.h"
#include "core/plug/plug.h"

struct events;
struct runs;
struct store;

typedef struct functions {
    cJSON *active;
    plug_place *places;
    char (*folders)[4096];
    strbuf enabled;
    installer *installer;
    struct events *events;
    struct runs *runs;
    struct store *store;
    atomic_bool again; /* this process is to start anew */
} functions;

/* Adds the plugins of active packages to what is loaded; options->enabled is the configuration's.
 * What it puts into the options lives until functions_fini(). */
platen_code functions_add_places(functions *f, const char *data, plug_options *options,
                                 platen_error *err);

/* The installer, with what it asks of the manager's other parts. */
platen_code functions_start(functions *f, const conf *c, const plug *plugins, struct store *s,
                            struct runs *r, struct events *e, platen_error *err);
void functions_stop(functions *f);
void functions_fini(functions *f);

/* Of a trial (core/trial.h): whether what is to be installed is there. */
platen_code functions_check(const char *data, const plug *plugins, struct store *s,
                            platen_error *err);

#endif
