#include "run_world.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/run/run_migrations.h"

store *run_world_open(void **state)
{
    store *s = world_open(state);
    assert_ok(store_migrate(s, RUN_COMPONENT, run_migrations, run_migration_count, error));
    return s;
}

static void on_device(const device_change *change, void *user)
{
    heard *h = user;
    h->changes++;
    h->last = *change;
}

static void on_run(int64_t run, void *user)
{
    (void)run;
    ((heard *)user)->runs++;
}

static void on_work(int64_t agent, void *user)
{
    (void)agent;
    ((heard *)user)->works++;
}

static void on_flow(int64_t run, void *user)
{
    (void)run;
    ((heard *)user)->flows++;
}

runs *engine(store *s, heard *h)
{
    runs *r = NULL;
    runs_hooks hooks = {.device_changed = on_device,
                        .run_changed = on_run,
                        .work_waiting = on_work,
                        .flow_ready = on_flow,
                        .user = h};
    *h = (heard){.changes = 0};
    assert_ok(runs_new(s, &hooks, &r, error));
    return r;
}

/* Devices 1 to `count`, of agent 1. */
void fill(store *s, int64_t count)
{
    for (int64_t i = 1; i <= count; i++) {
        char address[32];
        char text[128];
        (void)snprintf(address, sizeof(address), "10.0.%" PRId64 ".%" PRId64, i / 250, i % 250 + 1);
        (void)snprintf(text, sizeof(text), "{'serial':'SN%" PRId64 "','manufacturer':'Acme'}", i);
        assert_int_equal(world_register(s, address, text, 1000).id, i);
    }
}

int64_t start(runs *r, const char *kind, bool builtin)
{
    int64_t run = 0;
    run_spec spec = {.kind = kind, .name = "test", .builtin = builtin};
    assert_ok(runs_create(r, &spec, &run, error));
    return run;
}

/* The jobs that an agent gets. */
cJSON *lease(runs *r, int64_t agent, const char *boot, size_t room)
{
    strbuf out;
    json_writer w;
    size_t count = 0;
    cJSON *tree = NULL;
    strbuf_init(&out);
    json_init(&w, &out);
    json_array(&w, NULL);
    assert_ok(runs_lease(r, agent, boot, room, &w, &count, error));
    json_array_end(&w);
    assert_ok(json_parse(out.data, out.length, &tree, error));
    strbuf_fini(&out);
    assert_int_equal(cJSON_GetArraySize(tree), count);
    return tree;
}

size_t lease_count(runs *r, const char *boot)
{
    cJSON *jobs = lease(r, 1, boot, 10);
    size_t count = (size_t)cJSON_GetArraySize(jobs);
    cJSON_Delete(jobs);
    return count;
}

platen_code try_post(runs *r, const char *boot, int64_t seq, const char *text)
{
    platen_error err = PLATEN_ERROR_INIT;
    cJSON *results = world_json(text);
    platen_code rc = runs_results(r, 1, boot, seq, results, &err);
    cJSON_Delete(results);
    return rc;
}
