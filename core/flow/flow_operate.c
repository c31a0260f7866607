/*
 * Operations of plugins that scripts call. The call is in the journal before it is done, its answer
 * before the script goes on. When the manager ends in between, the hook is told that it may have
 * been done: what only reads is done again, what writes is not.
 */
#include "core/flow/flow_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "flow_sql.h"

typedef struct keep {
    const flow_run *run;
    const flow_item *item;
    const char *answer;
} keep;

static platen_code keep_answer(store_conn *conn, void *user, platen_error *err)
{
    const keep *k = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_flow_call_settle, &st, err));
    store_bind_text(st, "result", k->answer);
    store_bind_i64(st, "run", k->run->id);
    store_bind_i64(st, "device", k->item->device);
    store_bind_i64(st, "seq", k->item->seq);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static char *operate(const flow_run *r, const flow_item *i)
{
    const flow_ask *ask = flow_co_ask(i->co);
    const flows_hooks *hooks = &r->owner->hooks;
    const flow_operation call = {.run = r->id,
                                 .id = ask->kind,
                                 .arguments = ask->settings,
                                 .again = i->again,
                                 .preview = r->preview,
                                 .regions = r->region_count > 0 ? r->regions : NULL,
                                 .region_count = r->region_count};
    return hooks->operate != NULL
               ? hooks->operate(&call, hooks->user)
               : strdup("{\"code\":\"unsupported\",\"text\":\"there are no operations\"}");
}

static platen_code operate_one(flow_run *r, flow_item *i, platen_error *err)
{
    char *answer = operate(r, i);
    if (answer == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the answer of an operation");
    }
    keep k = {r, i, answer};
    platen_code rc = store_write(r->owner->store, keep_answer, &k, err);
    if (rc == PLATEN_OK) {
        flow_item_ready(i, answer);
    }
    free(answer);
    return rc;
}

platen_code flow_run_operate(flow_run *r, bool *busy, platen_error *err)
{
    int64_t stop = clock_mono() + FLOW_TURN_MS;
    for (flow_item *i = r->items; i != NULL; i = i->next) {
        if (i->state != ITEM_OPERATES) {
            continue;
        }
        if (clock_mono() > stop || atomic_load(&r->owner->stopping)) {
            *busy = true; /* other runs have their turn */
            return PLATEN_OK;
        }
        PLATEN_TRY(operate_one(r, i, err));
        *busy = true; /* it goes on */
    }
    return PLATEN_OK;
}
