/* See functions.h. */
#include "core/functions.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/database/catalog.h"
#include "core/database/database.h"
#include "core/pack/active.h"
#include "core/rest/function.h"
#include "core/rest/rest_functions.h"
#include "core/run/run.h"
#include "core/trial.h"
#include "core/version.h"

#define SOON_MS (INT64_C(5) * 60 * 1000)

/* ---- which plugins ---- */

platen_code functions_add_places(functions *f, const char *data, plug_options *options,
                                 platen_error *err)
{
    active_package p;
    strbuf_init(&f->enabled);
    PLATEN_TRY(active_list(data, &f->active, err));
    size_t count = (size_t)cJSON_GetArraySize(json_get_array(f->active, "packages"));
    f->places = calloc(count + 1, sizeof(*f->places));
    f->folders = calloc(count + 1, sizeof(*f->folders));
    if (f->places == NULL || f->folders == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list of packages");
    }
    strbuf_append(&f->enabled, options->enabled);
    for (size_t i = 0; active_get(f->active, i, &p); i++) {
        if (strcmp(p.kind, "plugin") != 0) {
            continue;
        }
        PLATEN_TRY(active_folder(data, p.name, p.version, f->folders[i], err));
        f->places[options->place_count++] = (plug_place){p.name, f->folders[i]};
        if (!text_has_word(options->enabled, p.name)) {
            strbuf_appendf(&f->enabled, " %s", p.name);
        }
    }
    options->places = f->places;
    options->enabled = f->enabled.data;
    return f->enabled.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the list of packages")
                             : PLATEN_OK;
}

/* ---- what the installer asks ---- */

static platen_code busy(cJSON *list, void *user, platen_error *err)
{
    const functions *f = user;
    return runs_under_way(f->store, list, err);
}

/* What begins within these minutes would meet the restart (PRF-47). */
static platen_code due(cJSON *list, void *user, platen_error *err)
{
    const functions *f = user;
    return runs_due_until(f->store, clock_now() + SOON_MS, list, err);
}

static platen_code migrated(const char *name, void *user, int64_t *number, platen_error *err)
{
    const functions *f = user;
    database_version version;
    char component[80];
    store_conn *conn = NULL;
    (void)snprintf(component, sizeof(component), STORE_PLUGIN_COMPONENT "%s", name);
    PLATEN_TRY(store_read(f->store, &conn, err));
    platen_code rc = database_version_read(conn, &version, err);
    store_read_end(conn);
    *number = rc == PLATEN_OK ? (int64_t)database_version_steps(&version, component) : 0;
    return rc;
}

static void hold(bool hold, void *user)
{
    const functions *f = user;
    runs_hold(f->runs, hold);
}

/* The main thread reads the signal like any that asks it to stop, and sees why. */
static void start_anew(void *user)
{
    functions *f = user;
    atomic_store(&f->again, true);
    (void)kill(getpid(), SIGTERM);
}

static void tell_change(void *user)
{
    const functions *f = user;
    rest_functions_news(f->events, f->installer);
}

platen_code functions_start(functions *f, const conf *c, const plug *plugins, struct store *s,
                            struct runs *r, struct events *e, platen_error *err)
{
    installer_plugin *list = calloc(plug_count(plugins) + 1, sizeof(*list));
    if (list == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the list of plugins");
    }
    for (size_t i = 0; i < plug_count(plugins); i++) {
        const plug_info *info = plug_get(plugins, i);
        list[i] = (installer_plugin){info->name, info->version, info->error, info->loaded};
    }
    f->store = s;
    f->runs = r;
    f->events = e;
    const installer_options options = {.data = conf_text(c, "general", "data"),
                                       .version = PLATEN_VERSION,
                                       .allow_unsigned =
                                           conf_boolean(c, "functions", "allow_unsigned"),
                                       .plugins = list,
                                       .plugin_count = plug_count(plugins),
                                       .busy = busy,
                                       .due = due,
                                       .migrated = migrated,
                                       .hold = hold,
                                       .restart = start_anew,
                                       .changed = tell_change,
                                       .user = f};
    platen_code rc = installer_new(&options, &f->installer, err);
    free(list);
    return rc == PLATEN_OK ? installer_start(f->installer, err) : rc;
}

void functions_stop(functions *f)
{
    installer_stop(f->installer);
}

void functions_fini(functions *f)
{
    installer_free(f->installer);
    cJSON_Delete(f->active);
    free(f->places);
    free(f->folders);
    if (f->enabled.data != NULL) {
        strbuf_fini(&f->enabled);
    }
}

/* ---- a trial ---- */

typedef struct there {
    const plug *plugins;
    catalog tables;
} there;

static const char *find_plugin(const char *name, const char **error, void *user)
{
    const there *t = user;
    const plug_info *info = NULL;
    for (size_t i = 0; (info = plug_get(t->plugins, i)) != NULL; i++) {
        if (strcmp(info->name, name) == 0) {
            *error = info->error;
            return info->version;
        }
    }
    return NULL;
}

static bool has_table(const char *name, void *user)
{
    const there *t = user;
    for (size_t i = 0; i < t->tables.count; i++) {
        if (strcmp(t->tables.tables[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_function(const char *word, void *user)
{
    (void)user;
    return function_known(word);
}

platen_code functions_check(const char *data, const plug *plugins, struct store *s,
                            platen_error *err)
{
    there t = {.plugins = plugins};
    store_conn *conn = NULL;
    arena *memory = arena_new();
    platen_code rc = memory != NULL ? store_read(s, &conn, err)
                                    : error_set(err, PLATEN_E_NOMEM, "no memory for a trial");
    if (rc == PLATEN_OK) {
        rc = catalog_read(conn, memory, &t.tables, err);
        store_read_end(conn);
    }
    if (rc == PLATEN_OK) {
        const trial_found found = {find_plugin, has_table, has_function, &t};
        rc = trial_check(data, &found, err);
    }
    arena_free(memory);
    return rc;
}
