/* Which devices a run is about: all, chosen ones, those of groups, those that its kind names;
 * always of its regions. */
#include "core/run/targets.h"

#include <stdlib.h>

#include "core/base/strbuf.h"
#include "core/run/kind.h"
#include "run_sql.h"

void run_targets_fini(run_targets *t)
{
    free(t->list);
    *t = (run_targets){.list = NULL};
}

/* Rows of agent, device and region, sorted by agent. */
static platen_code take_rows(store_stmt *st, run_targets *out, platen_error *err)
{
    size_t room = 0;
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (out->count == room) {
            room = room == 0 ? 1024 : room * 2;
            run_target *more = realloc(out->list, room * sizeof(*more));
            if (more == NULL) {
                return error_set(err, PLATEN_E_NOMEM, "no memory for %zu targets", room);
            }
            out->list = more;
        }
        out->list[out->count++] = (run_target){
            .agent = store_i64(st, 0), .device = store_i64(st, 1), .region = store_i64(st, 2)};
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* Only those of the run's regions: who has others does not know what there is besides. */
static void keep_regions(const region_set *regions, run_targets *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        if (region_may_hold(regions, out->list[i].region)) {
            out->list[kept++] = out->list[i];
        }
    }
    out->count = kept;
}

/* All managed devices; of a run with regions those of them. */
static platen_code all_devices(store_conn *conn, const region_set *regions, run_targets *out,
                               platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_devices_by_agent, &st, err));
    platen_code rc = take_rows(st, out, err);
    store_reset(st);
    keep_regions(regions, out);
    return rc;
}

static void write_ids(strbuf *out, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        strbuf_append(out, out->length > 1 ? "," : "");
        strbuf_append_i64(out, ids[i]);
    }
}

/* Chosen ones that are still there: in one statement, however many a group has. */
static platen_code chosen_devices(store_conn *conn, const runs *r, const run_spec *spec,
                                  run_targets *out, platen_error *err)
{
    int64_t *members = NULL;
    size_t count = 0;
    store_stmt *st = NULL;
    strbuf ids;
    if (spec->group_count > 0) { /* TSK-40: as they are now */
        if (r->hooks.group_devices == NULL) {
            return error_set(err, PLATEN_E_UNSUPPORTED, "there are no device groups here");
        }
        PLATEN_TRY(r->hooks.group_devices(conn, spec->groups, spec->group_count, &members, &count,
                                          r->hooks.user, err));
    }
    strbuf_init(&ids);
    strbuf_append(&ids, "[");
    write_ids(&ids, spec->devices, spec->device_count);
    write_ids(&ids, members, count);
    strbuf_append(&ids, "]");
    free(members);
    platen_code rc = ids.failed ? error_set(err, PLATEN_E_NOMEM, "no memory for the targets")
                                : store_prepare(conn, &sql_devices_chosen, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "ids", ids.data);
        rc = take_rows(st, out, err);
    }
    store_reset(st);
    strbuf_fini(&ids);
    return rc;
}

/* What the kind itself says; `*made`: it does. */
static platen_code kind_devices(store_conn *conn, const runs *r, const run_spec *spec,
                                const region_set *regions, run_targets *out, bool *made,
                                platen_error *err)
{
    const task_kind *kind = spec->kind != NULL ? kind_find(spec->kind) : NULL; /* NULL: of a wave */
    kind_choice choice = {.made = false};
    *made = false;
    if (kind == NULL || kind->hooks == NULL || kind->hooks->choose == NULL) {
        return PLATEN_OK;
    }
    platen_code rc = kind->hooks->choose(conn, spec->settings != NULL ? spec->settings : "{}",
                                         &choice, kind->hooks->user, err);
    *made = choice.made;
    if (rc == PLATEN_OK && choice.made) {
        const run_spec own = {.devices = choice.ids, .device_count = choice.count};
        rc = chosen_devices(conn, r, &own, out, err);
        keep_regions(regions, out);
    }
    free(choice.ids);
    return rc;
}

platen_code run_targets_find(store_conn *conn, const runs *r, const run_spec *spec,
                             run_targets *out, platen_error *err)
{
    const region_set regions = {
        .all = spec->region_count == 0, .ids = spec->regions, .count = spec->region_count};
    bool chosen = spec->device_count + spec->group_count > 0;
    bool made = false;
    *out = (run_targets){.list = NULL};
    platen_code rc = kind_devices(conn, r, spec, &regions, out, &made, err);
    if (rc == PLATEN_OK && !made) {
        rc = chosen ? chosen_devices(conn, r, spec, out, err)
                    : all_devices(conn, &regions, out, err);
    }
    if (rc != PLATEN_OK) {
        run_targets_fini(out);
    }
    return rc;
}
