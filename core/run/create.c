/* Making a run: its targets are resolved and given out. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/run/targets.h"
#include "run_sql.h"

typedef struct create {
    runs *owner;
    const run_spec *spec;
    const task_kind *kind;
    int64_t run;
    int64_t total;
    int64_t planned; /* that wait for their wave */
    int64_t waves;
} create;

bool run_mail_is_wanted(const char *mail)
{
    cJSON *tree = NULL;
    bool wanted = mail != NULL && json_parse(mail, strlen(mail), &tree, NULL) == PLATEN_OK &&
                  strcmp(json_get_text(tree, "condition", "never"), "never") != 0;
    cJSON_Delete(tree);
    return wanted;
}

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
    store_bind_i64(st, "mail_due", run_mail_is_wanted(c->spec->mail) ? 1 : 0);
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

static platen_code give_devices(store_conn *conn, create *c, run_targets *t, int64_t now,
                                platen_error *err)
{
    const region_set regions = {
        .all = c->spec->region_count == 0, .ids = c->spec->regions, .count = c->spec->region_count};
    run_give give = {.run = c->run, .kind = c->kind};
    rollout plan;
    rollout_parse(c->spec->rollout != NULL ? c->spec->rollout : "{}", &plan);
    give.most = run_job_most(c->kind, &plan);
    c->total = (int64_t)t->count;
    PLATEN_TRY(run_skip_others(conn, &give, &regions, t->list, &t->count, now, err));
    if (!rollout_is_staged(&plan) && c->spec->due_count == 0) {
        return run_give_out(conn, &give, t->list, t->count, NULL, err);
    }
    c->planned = (int64_t)t->count;
    return run_plan(conn, &give, c->spec, &plan, t->list, t->count, &c->waves, err);
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
    store_bind_i64(st, "given", c->total - c->planned);
    store_bind_i64(st, "waves", c->waves > 1 ? c->waves : 1);
    store_bind_i64(st, "now", now);
    store_bind_i64(st, "id", c->run);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

/* The first wave goes out at once, or waits for its time. */
static platen_code begin(store_conn *conn, create *c, int64_t now, platen_error *err)
{
    bool begun = false;
    if (c->planned > 0) {
        store_stmt *st = NULL;
        PLATEN_TRY(store_prepare(conn, &sql_run_first_wave, &st, err));
        store_bind_i64(st, "id", c->run);
        platen_code rc = store_step(st, err);
        int64_t at = rc == PLATEN_OK ? store_i64(st, 0) : 0;
        store_reset(st);
        PLATEN_TRY(rc);
        return at <= now ? run_next_wave(conn, c->owner, c->run, now, err) : PLATEN_OK;
    }
    if (c->kind->where == KIND_FLOW && c->total > 0) {
        PLATEN_TRY(run_begin(conn, c->run, now, &begun, err));
    }
    return run_settle(conn, c->owner, c->run, now, err);
}

static platen_code create_run(store_conn *conn, create *c, platen_error *err)
{
    int64_t now = clock_now();
    PLATEN_TRY(insert_run(conn, c, now, err));
    PLATEN_TRY(
        thing_put_regions(conn, &run_thing, c->run, c->spec->regions, c->spec->region_count, err));
    PLATEN_TRY(find_targets(conn, c, now, err));
    PLATEN_TRY(put_total(conn, c, now, err));
    return begin(conn, c, now, err);
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
    runs_settled(r);
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
