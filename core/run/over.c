/* Runs that ended, for the kinds that want to know: told after the commit, by the run thread. */
#include <stdlib.h>
#include <string.h>

#include "core/run/run_private.h"
#include "core/run/tell.h"
#include "run_sql.h"

#define LOG_SOURCE "run"
#include "core/base/log.h"

#define LOOKS 60 /* about a second apart: the end that it waits for was taken back, then */

static bool put(runs *r, run_ended entry)
{
    pthread_mutex_lock(&r->lock);
    bool room = r->over_count < OVER_SLOTS;
    if (room) {
        r->over[r->over_count++] = entry;
    }
    pthread_mutex_unlock(&r->lock);
    return room;
}

platen_code run_over(store_conn *conn, runs *r, int64_t run, platen_error *err)
{
    run_told told = {.kind = NULL};
    PLATEN_TRY(run_told_of(conn, run, &told, err));
    bool wanted = told.kind != NULL && !told.preview && told.kind->hooks != NULL &&
                  told.kind->hooks->ended != NULL;
    if (wanted && !put(r, (run_ended){.run = run})) {
        log_warning("'%s' is not told of the end of a run: too many ended at once", told.kind->id);
    }
    return PLATEN_OK;
}

typedef struct ending {
    const task_kind *kind;
    bool ended;
    char *name, *settings;
} ending;

static platen_code read_row(store_conn *conn, int64_t run, ending *e, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_run_ending, &st, err));
    store_bind_i64(st, "id", run);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        e->kind = kind_find(store_text(st, 0));
        e->name = strdup(store_text(st, 1));
        e->settings = strdup(store_text(st, 2));
        e->ended = !store_is_null(st, 3) && e->name != NULL && e->settings != NULL;
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* False: it has not ended yet. */
static bool tell(runs *r, int64_t run)
{
    ending e = {.kind = NULL};
    store_conn *conn = NULL;
    platen_error err = PLATEN_ERROR_INIT;
    platen_code rc = store_read(r->store, &conn, &err);
    if (rc == PLATEN_OK) {
        rc = read_row(conn, run, &e, &err);
        store_read_end(conn);
    }
    if (rc == PLATEN_OK && e.ended && e.kind != NULL && e.kind->hooks != NULL &&
        e.kind->hooks->ended != NULL) {
        e.kind->hooks->ended(run, e.name, e.settings, e.kind->hooks->user);
    }
    free(e.name);
    free(e.settings);
    return rc == PLATEN_OK && e.ended;
}

void runs_tell_over(runs *r)
{
    run_ended over[OVER_SLOTS];
    pthread_mutex_lock(&r->lock);
    size_t count = r->over_count;
    memcpy(over, r->over, count * sizeof(over[0]));
    r->over_count = 0;
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < count; i++) {
        if (!tell(r, over[i].run) && ++over[i].looks < LOOKS) {
            (void)put(r, over[i]);
        }
    }
}
