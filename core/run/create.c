/* Making a run: its targets are resolved and given out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/target_row.h"
#include "core/run/targets.h"
#include "run_sql.h"

typedef struct create {
    runs *owner;
    const run_spec *spec;
    const task_kind *kind;
    int64_t run;
    int64_t total;
    int64_t skipped;
} create;

static platen_code insert_run(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_insert, &st, err));
    if (c->spec->task != 0) {
        store_bind_i64(st, "task", c->spec->task);
    } else {
        store_bind_null(st, "task");
    }
    store_bind_text(st, "kind", c->spec->kind);
    store_bind_text(st, "name", c->spec->name);
    store_bind_i64(st, "builtin", c->spec->builtin ? 1 : 0);
    store_bind_text(st, "settings", c->spec->settings != NULL ? c->spec->settings : "{}");
    store_bind_i64(st, "created", now);
    store_bind_i64(st, "total", 0);
    store_bind_text(st, "mode", c->spec->preview ? "preview" : "execute");
    store_bind_text(st, "rollout", c->spec->rollout != NULL ? c->spec->rollout : "{}");
    store_bind_text(st, "mail", c->spec->mail != NULL ? c->spec->mail : "{}");
    store_bind_i64(st, "revision", c->spec->revision);
    store_bind_i64(st, "due", c->spec->due != 0 ? c->spec->due : now);
    store_bind_i64(st, "script", c->kind->script);
    platen_code rc = store_step(st, err);
    c->run = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    store_reset(st);
    return rc;
}

static platen_code check_agent(store_conn *conn, int64_t agent, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agent_exists, &st, err));
    store_bind_i64(st, "id", agent);
    platen_code rc = store_step(st, err);
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? error_set(err, rc, "there is no agent %" PRId64, agent) : rc;
}

static platen_code give_agents(store_conn *conn, create *c, const int64_t *agents, size_t count,
                               platen_error *err)
{
    const run_give give = {.run = c->run, .kind = c->kind};
    for (size_t i = 0; i < count; i++) {
        PLATEN_TRY(run_give_agent(conn, &give, agents[i], err));
        c->total++;
    }
    return PLATEN_OK;
}

static platen_code for_agents(store_conn *conn, create *c, platen_error *err)
{
    for (size_t i = 0; i < c->spec->agent_count; i++) {
        PLATEN_TRY(check_agent(conn, c->spec->agents[i], err));
    }
    if (c->spec->agent_count > 0) {
        return give_agents(conn, c, c->spec->agents, c->spec->agent_count, err);
    }
    int64_t agents[64];
    size_t count = 0;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_agents_active, &st, err));
    platen_code rc = PLATEN_OK;
    while (count < 64 && (rc = store_step(st, err)) == PLATEN_OK) {
        agents[count++] = store_i64(st, 0);
    }
    store_reset(st);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    return give_agents(conn, c, agents, count, err);
}

/* Chosen, but not of the run's regions any more. */
static platen_code skip_device(store_conn *conn, create *c, const run_target *t, int64_t now,
                               platen_error *err)
{
    const target_row row = {.run = c->run,
                            .device = t->device,
                            .agent = t->agent,
                            .state = "skipped",
                            .code = "not-in-region",
                            .text = "the device is not of the task's regions",
                            .ended = now};
    c->total++;
    c->skipped++;
    return target_row_put(conn, &row, err);
}

static platen_code give_devices(store_conn *conn, create *c, run_targets *t, int64_t now,
                                platen_error *err)
{
    const region_set regions = {
        .all = c->spec->region_count == 0, .ids = c->spec->regions, .count = c->spec->region_count};
    const run_give give = {.run = c->run, .kind = c->kind};
    size_t kept = 0;
    for (size_t i = 0; i < t->count; i++) {
        if (region_may_hold(&regions, t->list[i].region)) {
            t->list[kept++] = t->list[i];
            c->total++;
        } else {
            PLATEN_TRY(skip_device(conn, c, &t->list[i], now, err));
        }
    }
    return run_give_out(conn, &give, t->list, kept, NULL, err);
}

static platen_code for_devices(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    run_targets targets;
    PLATEN_TRY(run_targets_find(conn, c->owner, c->spec, &targets, err));
    platen_code rc = give_devices(conn, c, &targets, now, err);
    run_targets_fini(&targets);
    return rc;
}

static platen_code find_targets(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    static const int64_t manager = 0;
    if (c->kind->targets == KIND_NONE) {
        return give_agents(conn, c, &manager, 1, err);
    }
    return c->kind->targets == KIND_AGENTS ? for_agents(conn, c, err)
                                           : for_devices(conn, c, now, err);
}

static platen_code put_total(store_conn *conn, const create *c, int64_t now, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_total, &st, err));
    store_bind_i64(st, "total", c->total);
    store_bind_i64(st, "given", c->total);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code create_run(store_conn *conn, create *c, platen_error *err)
{
    int64_t now = clock_now();
    run_counts counts = {.changed = 0};
    bool ended = false;
    PLATEN_TRY(insert_run(conn, c, now, err));
    PLATEN_TRY(
        thing_put_regions(conn, &run_thing, c->run, c->spec->regions, c->spec->region_count, err));
    PLATEN_TRY(find_targets(conn, c, now, err));
    counts.of[run_state_index("skipped")] = c->skipped;
    PLATEN_TRY(run_counts_add(conn, c->run, &counts, err));
    PLATEN_TRY(put_total(conn, c, now, err));
    if (c->total == c->skipped) {
        return run_finish(conn, c->run, now, &ended, err);
    }
    return c->kind->where == KIND_FLOW ? run_begin(conn, c->run, now, &ended, err) : PLATEN_OK;
}

platen_code run_make(store_conn *conn, runs *r, const run_spec *spec, run_made *made,
                     platen_error *err)
{
    create c = {.owner = r, .spec = spec, .kind = kind_find(spec->kind)};
    if (c.kind == NULL) {
        return error_set(err, PLATEN_E_INVAL, "there is no task kind '%s'", spec->kind);
    }
    if (spec->preview && (c.kind->flags & KIND_WRITES) == 0 && c.kind->where != KIND_FLOW) {
        return error_set(err, PLATEN_E_UNSUPPORTED,
                         "'%s' changes nothing: there is nothing to preview", spec->kind);
    }
    PLATEN_TRY(create_run(conn, &c, err));
    *made = (run_made){.run = c.run, .kind = c.kind};
    return PLATEN_OK;
}

void run_made_tell(runs *r, const run_made *made)
{
    runs_notify_run(r, made->run);
    runs_notify_given(r, made->run);
    if (made->kind != NULL && made->kind->where == KIND_FLOW) {
        runs_flow_ready(r, made->run);
    }
}

typedef struct making {
    runs *owner;
    const run_spec *spec;
    run_made made;
} making;

static platen_code make_run(store_conn *conn, void *user, platen_error *err)
{
    making *m = user;
    return run_make(conn, m->owner, m->spec, &m->made, err);
}

platen_code runs_create(runs *r, const run_spec *spec, int64_t *run, platen_error *err)
{
    making m = {.owner = r, .spec = spec};
    PLATEN_TRY(store_write(r->store, make_run, &m, err));
    *run = m.made.run;
    run_made_tell(r, &m.made);
    return PLATEN_OK;
}
