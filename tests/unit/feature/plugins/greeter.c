/* A feature as others write one, for tests/integration/operations.sh: a table, two operations, an
 * event, a file for each greeting, and the device's name in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <platen/blob.h>
#include <platen/model.h>
#include <platen/notify.h>
#include <platen/op.h>
#include <platen/store.h>

static const platen_store *store;
static const platen_model *model;
static const platen_blobs *blobs;
static const platen_notify *notify;
static const platen_op *op;
static platen_ctx *own;

typedef struct greeting {
    long device;
    char name[128];
    char digest[PLATEN_BLOB_DIGEST];
} greeting;

static platen_code take_name(const platen_device *device, void *user, platen_error *err)
{
    greeting *g = user;
    (void)err;
    (void)snprintf(g->name, sizeof(g->name), "%s", device->name);
    return PLATEN_OK;
}

static platen_code keep(platen_tx *tx, void *user, platen_error *err)
{
    const greeting *g = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "add", &rows, err));
    store->bind_i64(rows, "device", g->device);
    store->bind_text(rows, "name", g->name);
    store->bind_text(rows, "digest", g->digest);
    return store->run(rows, NULL, err);
}

static platen_code greet(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    char text[256];
    greeting g = {.device = 0};
    const char *at = strstr(arguments, "\"device\":");
    (void)user;
    g.device = at != NULL ? strtol(at + 9, NULL, 10) : 0;
    if (!op->in_regions(call, g.device) ||
        model->device(own, NULL, g.device, take_name, &g, err) != PLATEN_OK) {
        op->invalid(call, "/device", "not-found", "there is no such device");
        return PLATEN_E_INVAL;
    }
    (void)snprintf(text, sizeof(text), "Dear %s", g.name);
    PLATEN_TRY(blobs->put(own, text, strlen(text), g.digest, err));
    PLATEN_TRY(store->write(own, keep, &g, err));
    PLATEN_TRY(notify->event(own, "greeter.greeted", g.device, NULL, err));
    (void)snprintf(text, sizeof(text), "{\"device\":%ld,\"digest\":\"%s\"}", g.device, g.digest);
    return op->answer(call, text, err);
}

static platen_code read_count(platen_tx *tx, void *user, platen_error *err)
{
    int64_t *count = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "count", &rows, err));
    PLATEN_TRY(store->step(rows, err));
    *count = store->i64(rows, 0);
    return PLATEN_OK;
}

static platen_code count(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    char text[32];
    int64_t greetings = 0;
    (void)arguments;
    (void)user;
    PLATEN_TRY(store->read(own, read_count, &greetings, err));
    (void)snprintf(text, sizeof(text), "%lld", (long long)greetings);
    return op->answer(call, text, err);
}

static platen_code add_operations(platen_ctx *ctx, platen_error *err)
{
    platen_operation o = PLATEN_OPERATION_INIT;
    o.flags = PLATEN_OPERATION_WRITE;
    o.role = PLATEN_ACCESS_DEVICE_MANAGER;
    o.function = "devices";
    o.id = "greeter.greet";
    o.title = "Greet a device";
    o.arguments = "{\"type\":\"object\",\"required\":[\"device\"],\"properties\":{"
                  "\"device\":{\"type\":\"integer\",\"minimum\":1}}}";
    o.run = greet;
    PLATEN_TRY(op->add(ctx, &o, err));
    o = (platen_operation)PLATEN_OPERATION_INIT;
    o.flags = PLATEN_OPERATION_READ | PLATEN_OPERATION_NO_DEVICES;
    o.role = PLATEN_ACCESS_USER;
    o.id = "greeter.count";
    o.title = "Count greetings";
    o.run = count;
    return op->add(ctx, &o, err);
}

static platen_code load(const platen_host *host, platen_ctx *ctx, platen_error *err)
{
    const platen_migration step = {
        (uint32_t)sizeof(step), 1, "greetings",
        "CREATE TABLE greeter_greeting (\n"
        "  id {{id}},\n"
        "  device_id {{i64}} NOT NULL REFERENCES device (id) ON DELETE CASCADE,\n"
        "  name TEXT NOT NULL,\n"
        "  digest TEXT NOT NULL);\n"
        "CREATE INDEX greeter_greeting_device ON greeter_greeting (device_id);\n"};
    const platen_statement add = {(uint32_t)sizeof(add), 0, "add",
                                  "INSERT INTO greeter_greeting (device_id, name, digest) VALUES "
                                  "(:device, :name, :digest)",
                                  NULL};
    const platen_statement all = {(uint32_t)sizeof(all), 0, "count",
                                  "SELECT count(*) FROM greeter_greeting", NULL};
    const platen_event event = {(uint32_t)sizeof(event), 0, "greeter.greeted", "Greeted"};
    own = ctx;
    store = host->iface(ctx, "store/1");
    model = host->iface(ctx, "model/1");
    blobs = host->iface(ctx, "blob/1");
    notify = host->iface(ctx, "notify/1");
    op = host->iface(ctx, "op/1");
    PLATEN_TRY(store->migration(ctx, &step, err));
    PLATEN_TRY(store->statement(ctx, &add, err));
    PLATEN_TRY(store->statement(ctx, &all, err));
    PLATEN_TRY(notify->event_add(ctx, &event, err));
    return add_operations(ctx, err);
}

static const char *const needs[] = {"store/1", "model/1", "blob/1", "notify/1", "op/1", NULL};
PLATEN_PLUGIN("greeter", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
