/* The table of greetings and the operations on it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "hello.h"

static const char table_sql[] =
    "CREATE TABLE hello_greeting (\n"
    "  id {{id}},\n"
    "  text TEXT NOT NULL,\n"
    "  device_id {{i64}} REFERENCES device (id) ON DELETE CASCADE,\n"
    "  state TEXT NOT NULL,\n"
    "  sent {{i64}} NOT NULL\n"
    ");\n"
    /* Of the first sort of the page, and of its device column: see <platen/page.h>. */
    "CREATE INDEX hello_greeting_sent ON hello_greeting (sent);\n"
    "CREATE INDEX hello_greeting_device ON hello_greeting (device_id)";

static int64_t now(void)
{
    return (int64_t)time(NULL) * 1000;
}

platen_code greeting_insert(platen_tx *tx, const char *text, int64_t device, const char *state,
                            int64_t sent, platen_error *err)
{
    const platen_store *store = the_hello.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "greeting_add", &rows, err));
    store->bind_text(rows, "text", text);
    if (device != 0) {
        store->bind_i64(rows, "device", device);
    } else {
        store->bind_null(rows, "device");
    }
    store->bind_text(rows, "state", state);
    store->bind_i64(rows, "sent", sent);
    platen_code rc = store->run(rows, NULL, err);
    store->reset(rows);
    return rc;
}

/* ---- hello.add ---- */

typedef struct adding {
    const char *text;
    int64_t device;
} adding;

static platen_code insert(platen_tx *tx, void *user, platen_error *err)
{
    const adding *a = user;
    return greeting_insert(tx, a->text, a->device, "new", now(), err);
}

static platen_code add_parsed(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const hello *h = &the_hello;
    const char *device =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(arguments, "device"));
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(arguments, "text"));
    adding a = {text, device != NULL ? strtoll(device, NULL, 10) : 0};
    if (text == NULL) { /* the schema demands it; a fake host does not */
        return h->host->fail(err, PLATEN_E_INVAL, "a greeting needs a text");
    }
    if (!h->op->in_regions(call, a.device)) {
        h->op->invalid(call, "/device", "not-found", "there is no such device");
        return h->host->fail(err, PLATEN_E_INVAL, "there is no device %" PRId64, a.device);
    }
    PLATEN_TRY(h->store->write(h->ctx, insert, &a, err));
    PLATEN_TRY(h->notify->event(h->ctx, "hello.added", a.device, NULL, err));
    return h->op->answer(call, "{}", err);
}

static platen_code add(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    (void)user;
    cJSON *tree = cJSON_Parse(arguments);
    platen_code rc = add_parsed(call, tree, err);
    cJSON_Delete(tree);
    return rc;
}

/* ---- hello.remove ---- */

typedef struct removing {
    platen_call *call;
    const cJSON *ids;
} removing;

/* A greeting of a device of another region is not there for who asks. */
static platen_code remove_one(const removing *r, platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_hello.store;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "greeting_device", &rows, err));
    store->bind_i64(rows, "id", id);
    platen_code rc = store->step(rows, err);
    int64_t device = rc == PLATEN_OK ? store->i64(rows, 0) : 0;
    store->reset(rows);
    if (rc == PLATEN_E_NOT_FOUND) {
        return PLATEN_OK; /* somebody was faster */
    }
    PLATEN_TRY(rc);
    if (!the_hello.op->in_regions(r->call, device)) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store->prepare(tx, "greeting_remove", &rows, err));
    store->bind_i64(rows, "id", id);
    rc = store->run(rows, NULL, err);
    store->reset(rows);
    return rc;
}

static platen_code remove_all(platen_tx *tx, void *user, platen_error *err)
{
    const removing *r = user;
    const cJSON *id = NULL;
    cJSON_ArrayForEach(id, r->ids)
    {
        const char *text = cJSON_GetStringValue(id);
        PLATEN_TRY(remove_one(r, tx, text != NULL ? strtoll(text, NULL, 10) : 0, err));
    }
    return PLATEN_OK;
}

static platen_code remove_rows(platen_call *call, const char *arguments, void *user,
                               platen_error *err)
{
    cJSON *tree = cJSON_Parse(arguments);
    removing r = {call, cJSON_GetObjectItemCaseSensitive(tree, "ids")};
    (void)user;
    platen_code rc = the_hello.store->write(the_hello.ctx, remove_all, &r, err);
    cJSON_Delete(tree);
    return rc;
}

/* ---- load ---- */

static platen_code add_tables(platen_error *err)
{
    static const char *const statements[][2] = {
        {"greeting_add", "INSERT INTO hello_greeting (text, device_id, state, sent) "
                         "VALUES (:text, :device, :state, :sent)"},
        {"greeting_device", "SELECT coalesce(device_id, 0) FROM hello_greeting WHERE id = :id"},
        {"greeting_remove", "DELETE FROM hello_greeting WHERE id = :id"},
        {"greeting_all", "SELECT coalesce(device_id, 0), text, state, sent FROM hello_greeting "
                         "ORDER BY sent, id"},
        {"greeting_states", "SELECT state, count(*) FROM hello_greeting GROUP BY state "
                            "ORDER BY state"},
    };
    const hello *h = &the_hello;
    platen_migration table = PLATEN_MIGRATION_INIT;
    table.number = 1;
    table.name = "greetings";
    table.sql = table_sql;
    PLATEN_TRY(h->store->migration(h->ctx, &table, err));
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        platen_statement s = PLATEN_STATEMENT_INIT;
        s.name = statements[i][0];
        s.sql = statements[i][1];
        PLATEN_TRY(h->store->statement(h->ctx, &s, err));
    }
    return PLATEN_OK;
}

platen_code greeting_load(platen_error *err)
{
    const hello *h = &the_hello;
    platen_operation o = PLATEN_OPERATION_INIT;
    platen_event event = PLATEN_EVENT_INIT;
    PLATEN_TRY(add_tables(err));
    event.type = "hello.added";
    event.title = "hello.added";
    PLATEN_TRY(h->notify->event_add(h->ctx, &event, err));
    o.flags = PLATEN_OPERATION_WRITE;
    o.role = PLATEN_ACCESS_DEVICE_MANAGER;
    o.function = "hello";
    o.id = "hello.add";
    o.title = "hello.add";
    o.arguments = "{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{"
                  "\"text\":{\"type\":\"string\",\"title\":\"hello.text\",\"minLength\":1,"
                  "\"maxLength\":63},"
                  "\"device\":{\"type\":\"string\",\"title\":\"hello.device\",\"minLength\":1,"
                  "\"maxLength\":19}}}";
    o.run = add;
    PLATEN_TRY(h->op->add(h->ctx, &o, err));
    o.id = "hello.remove";
    o.title = "hello.remove";
    o.arguments = "{\"type\":\"object\",\"required\":[\"ids\"],\"properties\":{\"ids\":{"
                  "\"type\":\"array\",\"minItems\":1,\"maxItems\":10000,"
                  "\"items\":{\"type\":\"string\"}}}}";
    o.run = remove_rows;
    return h->op->add(h->ctx, &o, err);
}
