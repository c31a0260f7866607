/* See feature_world.h. */
#include "tests/unit/feature/feature_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "tests/unit/feature/plugins/probe.h"

static probe_load loads[2];
static int unloads;

static platen_code load(const char *name, const platen_host *host, platen_ctx *ctx,
                        platen_error *err)
{
    return loads[strcmp(name, "probe-two") == 0](host, ctx, err);
}

static void unload(const char *name, platen_ctx *ctx)
{
    (void)name;
    (void)ctx;
    unloads++;
}

static const probe table = {.size = sizeof(probe), .load = load, .unload = unload};

void feature_world_use(probe_load first, probe_load second)
{
    loads[0] = first;
    loads[1] = second;
}

void feature_world_reload(feature_world *w)
{
    platen_error err = PLATEN_ERROR_INIT;
    const feature_options features = {.data = w->data};
    plug_offer offers[PLUG_OFFERS];
    plug_options options = {.role = PLATEN_ROLE_MANAGER,
                            .version = "test",
                            .folder = PROBE_FOLDER,
                            .enabled = loads[1] != NULL ? "probe probe-two" : "probe",
                            .required = "",
                            .conf = w->conf};
    assert_int_equal(feature_new(&features, &w->feature, &err), PLATEN_OK);
    feature_offer(w->feature, &options);
    memcpy(offers, options.offers, options.offer_count * sizeof(offers[0]));
    offers[options.offer_count++] = (plug_offer){"probe/1", &table};
    options.offers = offers;
    if (plug_load_all(&options, &w->plugins, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

void feature_world_open(feature_world *w, probe_load first, probe_load second)
{
    platen_error err = PLATEN_ERROR_INIT;
    memset(w, 0, sizeof(*w));
    feature_world_use(first, second);
    unloads = 0;
    (void)snprintf(w->data, sizeof(w->data), "/tmp/platen-feature-XXXXXX");
    assert_non_null(mkdtemp(w->data));
    w->conf = conf_new();
    feature_world_reload(w);
    rest_world_open(&w->rest);
    rest_world_set_up(&w->rest);
    if (feature_apply(w->feature, w->plugins, w->rest.rest.store, &err) != PLATEN_OK ||
        feature_serve(w->feature, w->rest.rest.rest, &w->rest.rest.services, &err) != PLATEN_OK) {
        fail_msg("%s", err.text);
    }
}

int feature_world_close(feature_world *w)
{
    int failed = rest_world_close(&w->rest);
    plug_unload_all(w->plugins);
    feature_free(w->feature);
    conf_free(w->conf);
    (void)file_remove_tree(w->data, NULL);
    return failed;
}

platen_ctx *feature_world_ctx(feature_world *w, size_t index)
{
    return plug_ctx(w->plugins, index);
}

const char *feature_world_error(feature_world *w, size_t index)
{
    return plug_get(w->plugins, index)->error;
}

int feature_world_unloads(void)
{
    return unloads;
}

void feature_world_fleet(feature_world *w)
{
    static const char *const rows[] = {
        "INSERT INTO region (name, name_key, timezone, addresses, suffixes, created) VALUES "
        "('North', 'north', 'UTC', '[]', '[]', 1), ('South', 'south', 'UTC', '[]', '[]', 1)",
        "INSERT INTO device (agent_id, managed, name, address, mac, serial, power, severity, "
        "page_count, region_id, first_seen, last_seen) VALUES "
        "(1, 1, 'One', '192.0.2.1', '00:00:5e:00:53:01', 'S1', 0, 2, 100, 1, 11, 12), "
        "(1, 1, 'Two', '192.0.2.2', '', '', 4, 0, NULL, 2, 21, 22), "
        "(1, 1, 'Three', '192.0.2.3', '', '', 4, 0, NULL, 0, 31, 32), "
        "(1, 0, 'Four', '192.0.2.4', '', '', 4, 0, NULL, 1, 41, 42)"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        rest_fixture_run(&w->rest.rest, rows[i]);
    }
}
