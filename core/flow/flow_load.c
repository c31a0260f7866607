/*
 * A run from the database. The first time its script is pinned: the version that runs start with,
 * and those of the libraries, stand in the run from then on, so that a change, or another Platen,
 * does not change what a run under way does.
 */
#include "core/flow/flow_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/run/kind.h"
#include "flow_sql.h"

#define JOURNAL_FORMAT 1 /* of flow_call: the words of calls and the JSON of their arguments */

static const sandbox_limits limits = {(size_t)64 << 20, 20000000, 3000};

typedef struct loading {
    flow_run *run;
    int64_t script, version;
    char *pin;
    char *name, *text; /* of the script */
    flow_lib *libs;
    size_t lib_count;
} loading;

static void loading_fini(loading *l)
{
    for (size_t i = 0; i < l->lib_count; i++) {
        flow_lib_free(&l->libs[i]);
    }
    free(l->libs);
    free(l->pin);
    free(l->name);
    free(l->text);
}

static void break_run(flow_run *r, const char *code, const char *text)
{
    (void)snprintf(r->broken_code, sizeof(r->broken_code), "%s", code);
    (void)snprintf(r->broken, sizeof(r->broken), "%s", text);
}

/* ---- the script ---- */

static platen_code current_version(store_conn *conn, loading *l, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_script_current, &st, err));
    store_bind_i64(st, "id", l->script);
    platen_code rc = store_step(st, err);
    l->version = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code current_libs(store_conn *conn, json_writer *w, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_libs_current, &st, err));
    json_object(w, "libs");
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        json_i64(w, store_text(st, 0), store_i64(st, 1));
    }
    json_object_end(w);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code put_pin(store_conn *conn, const loading *l, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_run_pin, &st, err));
    store_bind_i64(st, "version", l->version);
    store_bind_text(st, "pin", l->pin);
    store_bind_i64(st, "id", l->run->id);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code pin(store_conn *conn, loading *l, platen_error *err)
{
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    platen_code rc = l->version == 0 ? current_version(conn, l, err) : PLATEN_OK;
    json_object(&w, NULL);
    json_i64(&w, "journal", JOURNAL_FORMAT);
    if (rc == PLATEN_OK) {
        rc = current_libs(conn, &w, err);
    }
    json_object_end(&w);
    free(l->pin);
    l->pin = strbuf_take(&text);
    return rc == PLATEN_OK ? put_pin(conn, l, err) : rc;
}

/* Both NULL when there is no such version any more. */
static platen_code read_version(store_conn *conn, int64_t version, char **name, char **text,
                                platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_version, &st, err));
    store_bind_i64(st, "id", version);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        *name = strdup(store_text(st, 0));
        *text = strdup(store_text(st, 1));
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code read_libs(store_conn *conn, loading *l, const cJSON *libs, platen_error *err)
{
    const cJSON *lib = NULL;
    l->libs = calloc((size_t)cJSON_GetArraySize(libs) + 1, sizeof(l->libs[0]));
    if (l->libs == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for libraries");
    }
    cJSON_ArrayForEach(lib, libs)
    {
        char *name = NULL;
        char *text = NULL;
        PLATEN_TRY(read_version(conn, (int64_t)lib->valuedouble, &name, &text, err));
        if (name != NULL && text != NULL && flow_lib_set(&l->libs[l->lib_count], name, text)) {
            l->lib_count++;
        }
        free(name);
        free(text);
    }
    return PLATEN_OK;
}

static platen_code read_script(store_conn *conn, loading *l, platen_error *err)
{
    cJSON *tree = NULL;
    if (l->pin == NULL || l->pin[0] == '\0') {
        PLATEN_TRY(pin(conn, l, err));
    }
    PLATEN_TRY(json_parse(l->pin, strlen(l->pin), &tree, err));
    platen_code rc = read_version(conn, l->version, &l->name, &l->text, err);
    if (rc == PLATEN_OK) {
        rc = read_libs(conn, l, json_get_object(tree, "libs"), err);
    }
    if (json_get_i64(tree, "journal", 0) != JOURNAL_FORMAT) {
        break_run(l->run, "journal-version", "the journal was written by another Platen");
    } else if (l->text == NULL) {
        break_run(l->run, "script-gone",
                  "the version of the script that the run began with is "
                  "gone");
    }
    cJSON_Delete(tree);
    return rc;
}

/* ---- the run ---- */

static platen_code read_run(store_conn *conn, loading *l, platen_error *err)
{
    flow_run *r = l->run;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_run, &st, err));
    store_bind_i64(st, "id", r->id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        const task_kind *kind = kind_find(store_text(st, 0));
        const char *state = store_text(st, 5);
        r->settings = strdup(store_text(st, 1));
        r->preview = strcmp(store_text(st, 2), "preview") == 0;
        r->cancelled = strcmp(store_text(st, 3), "cancelled") == 0;
        r->halted = store_i64(st, 4) != 0;
        r->over = strcmp(state, "waiting") != 0 && strcmp(state, "running") != 0;
        l->script = kind != NULL ? kind->script : 0;
        l->version = store_i64(st, 6);
        l->pin = strdup(store_text(st, 7));
    }
    store_reset(st);
    return rc == PLATEN_OK && r->over ? PLATEN_E_NOT_FOUND : rc;
}

static platen_code read_regions(store_conn *conn, flow_run *r, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_run_regions, &st, err));
    store_bind_i64(st, "run", r->id);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        int64_t *more = reallocarray(r->regions, r->region_count + 1, sizeof(*more));
        if (more == NULL) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the regions of a run");
            break;
        }
        r->regions = more;
        r->regions[r->region_count++] = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* ---- the journal ---- */

static platen_code take_news(store_conn *conn, int64_t run, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_calls_take, &st, err));
    store_bind_i64(st, "run", run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static bool add_entry(flow_item *i, store_stmt *st)
{
    flow_entry *more = reallocarray(i->journal, i->journal_count + 1, sizeof(*more));
    if (more == NULL) {
        return false;
    }
    i->journal = more;
    flow_entry *e = &more[i->journal_count++];
    *e = (flow_entry){.seq = store_i64(st, 1),
                      .due = store_i64(st, 5),
                      .call = strdup(store_text(st, 2)),
                      .arguments = strdup(store_text(st, 3)),
                      .result = store_is_null(st, 6) ? NULL : strdup(store_text(st, 6))};
    return e->call != NULL && e->arguments != NULL;
}

/* The row "begin" has the device as it was then; it makes the item. */
static platen_code load_calls(store_conn *conn, flow_run *r, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_flow_calls, &st, err));
    store_bind_i64(st, "run", r->id);
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        int64_t device = store_i64(st, 0);
        flow_item *i = map_get(r->by_device, &device, sizeof(device));
        bool fine = true;
        if (store_i64(st, 1) == 0) {
            i = flow_item_add(r, device, store_i64(st, 5), store_text(st, 6));
            fine = i != NULL;
        } else if (i != NULL) {
            fine = add_entry(i, st);
        }
        if (!fine) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for the journal of a run");
            break;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code make_host(loading *l)
{
    flow_run *r = l->run;
    platen_error err = PLATEN_ERROR_INIT;
    const flow_source source = {.name = l->name,
                                .text = l->text,
                                .libs = l->libs,
                                .lib_count = l->lib_count,
                                .params = r->settings,
                                .run = r->id,
                                .preview = r->preview,
                                .limits = &limits};
    if (r->broken[0] == '\0' && flow_host_new(&source, &r->host, &err) != PLATEN_OK) {
        break_run(r, "script-error", err.text);
    }
    return PLATEN_OK;
}

static platen_code load(store_conn *conn, void *user, platen_error *err)
{
    loading *l = user;
    PLATEN_TRY(read_run(conn, l, err));
    PLATEN_TRY(read_regions(conn, l->run, err));
    PLATEN_TRY(read_script(conn, l, err));
    PLATEN_TRY(make_host(l));
    PLATEN_TRY(take_news(conn, l->run->id, err));
    return load_calls(conn, l->run, err);
}

platen_code flow_run_load(flows *f, int64_t id, flow_run **out, platen_error *err)
{
    loading l = {.run = calloc(1, sizeof(*l.run))};
    if (l.run == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for run %" PRId64, id);
    }
    l.run->owner = f;
    l.run->id = id;
    l.run->dirty = true;
    l.run->more = true;
    l.run->by_device = map_new();
    platen_code rc = l.run->by_device != NULL
                         ? store_write(f->store, load, &l, err)
                         : error_set(err, PLATEN_E_NOMEM, "no memory for run %" PRId64, id);
    loading_fini(&l);
    if (rc != PLATEN_OK) {
        flow_run_free(l.run);
        return rc;
    }
    *out = l.run;
    return PLATEN_OK;
}
