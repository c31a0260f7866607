/*
 * @TITLE@: notes in a table, with operations and a page. load() registers; the host then makes the
 * table, and calls operations on threads of its own, several at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include <platen/locale.h>
#include <platen/op.h>
#include <platen/page.h>
#include <platen/plugin.h>
#include <platen/store.h>
#include <platen/task.h>

static const platen_host *host;
static platen_ctx *self;
static const platen_store *store;
static const platen_op *op;

/* ---- the table ---- */

/* A migration never changes once it was released: what comes later is number 2. */
static const char table_sql[] = "CREATE TABLE @IDENT@_note (\n"
                                "  id {{id}},\n"
                                "  text TEXT NOT NULL,\n"
                                "  made {{i64}} NOT NULL\n"
                                ");\n"
                                "CREATE INDEX @IDENT@_note_made ON @IDENT@_note (made)";

static const char *const statements[][2] = {
    {"note_add", "INSERT INTO @IDENT@_note (text, made) VALUES (:text, :made)"},
    {"note_remove", "DELETE FROM @IDENT@_note WHERE id = :id"},
};

static platen_code add_table(platen_error *err)
{
    platen_migration table = PLATEN_MIGRATION_INIT;
    table.number = 1;
    table.name = "notes";
    table.sql = table_sql;
    PLATEN_TRY(store->migration(self, &table, err));
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        platen_statement s = PLATEN_STATEMENT_INIT;
        s.name = statements[i][0];
        s.sql = statements[i][1];
        PLATEN_TRY(store->statement(self, &s, err));
    }
    return PLATEN_OK;
}

/* ---- operations ---- */

static platen_code insert(platen_tx *tx, void *user, platen_error *err)
{
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "note_add", &rows, err));
    store->bind_text(rows, "text", user);
    store->bind_i64(rows, "made", (int64_t)time(NULL) * 1000);
    platen_code rc = store->run(rows, NULL, err);
    store->reset(rows);
    return rc;
}

static platen_code add(platen_call *call, const char *arguments, void *user, platen_error *err)
{
    cJSON *tree = cJSON_Parse(arguments);
    char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "text"));
    (void)call;
    (void)user;
    platen_code rc = text != NULL ? store->write(self, insert, text, err)
                                  : host->fail(err, PLATEN_E_INVAL, "a note needs a text");
    cJSON_Delete(tree);
    return rc;
}

static platen_code remove_rows(platen_tx *tx, void *user, platen_error *err)
{
    const cJSON *id = NULL;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "note_remove", &rows, err));
    cJSON_ArrayForEach(id, (const cJSON *)user)
    {
        const char *text = cJSON_GetStringValue(id);
        store->bind_i64(rows, "id", text != NULL ? strtoll(text, NULL, 10) : 0);
        PLATEN_TRY(store->run(rows, NULL, err));
    }
    return PLATEN_OK;
}

static platen_code remove_notes(platen_call *call, const char *arguments, void *user,
                                platen_error *err)
{
    cJSON *tree = cJSON_Parse(arguments);
    (void)call;
    (void)user;
    platen_code rc =
        store->write(self, remove_rows, cJSON_GetObjectItemCaseSensitive(tree, "ids"), err);
    cJSON_Delete(tree);
    return rc;
}

static platen_code add_operations(platen_error *err)
{
    platen_operation o = PLATEN_OPERATION_INIT;
    o.flags = PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    o.role = PLATEN_ACCESS_DEVICE_MANAGER;
    o.function = "@NAME@";
    o.id = "@NAME@.add";
    o.title = "@NAME@.add";
    o.arguments = "{\"type\":\"object\",\"required\":[\"text\"],\"properties\":{\"text\":{"
                  "\"type\":\"string\",\"title\":\"@NAME@.text\",\"minLength\":1,"
                  "\"maxLength\":200}}}";
    o.run = add;
    PLATEN_TRY(op->add(self, &o, err));
    o.id = "@NAME@.remove";
    o.title = "@NAME@.remove";
    o.arguments = "{\"type\":\"object\",\"required\":[\"ids\"],\"properties\":{\"ids\":{"
                  "\"type\":\"array\",\"minItems\":1,\"maxItems\":10000,"
                  "\"items\":{\"type\":\"string\"}}}}";
    o.run = remove_notes;
    return op->add(self, &o, err);
}

/* ---- the page ---- */

static const char page[] =
    "{\"id\":\"notes\",\"menu\":\"data\",\"title\":\"@NAME@.notes\","
    "\"access\":\"device-manager\",\"function\":\"@NAME@\","
    "\"list\":{\"table\":\"@IDENT@_note\",\"key\":\"id\",\"columns\":["
    "{\"id\":\"text\",\"type\":\"text\",\"title\":\"@NAME@.text\",\"search\":true},"
    "{\"id\":\"made\",\"type\":\"time\",\"title\":\"@NAME@.made\"}],\"sort\":\"-made\"},"
    "\"create\":{\"operation\":\"@NAME@.add\"},"
    "\"actions\":[{\"id\":\"remove\",\"title\":\"@NAME@.remove\",\"operation\":\"@NAME@.remove\","
    "\"on\":\"rows\",\"confirm\":\"@NAME@.sure\"}]}";

static platen_code load(const platen_host *from, platen_ctx *ctx, platen_error *err)
{
    host = from;
    self = ctx;
    store = host->iface(ctx, "store/1");
    op = host->iface(ctx, "op/1");
    const platen_task *task = host->iface(ctx, "task/1");
    const platen_pages *pages = host->iface(ctx, "page/1");
    const platen_locales *locales = host->iface(ctx, "locale/1");
    PLATEN_TRY(locales->add(ctx, err));
    PLATEN_TRY(task->function(ctx, "@NAME@", "data", err)); /* before what names it */
    PLATEN_TRY(add_table(err));
    PLATEN_TRY(add_operations(err));
    return pages->page(ctx, page, err);
}

static const char *const needs[] = {"store/1", "op/1", "task/1", "page/1", "locale/1", NULL};
PLATEN_PLUGIN("@NAME@", "1.0.0", PLATEN_KIND_FEATURE, PLATEN_ROLE_MANAGER, needs, load, NULL);
