/* Rows of dashboards and of pages a day. */
#include "core/model/board.h"

#include "board_sql.h"

#define DAY_MS INT64_C(86400000)

platen_code board_read(store *s, arena *a, int64_t owner, const char **panels, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *st = NULL;
    const char *found = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = store_prepare(conn, &sql_board_read, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_i64(st, "owner", owner);
        rc = store_step(st, err);
    }
    if (rc == PLATEN_OK) {
        found = arena_dup(a, store_text(st, 0));
        rc =
            found != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for a dashboard");
    }
    store_reset(st);
    store_read_end(conn);
    if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
        return rc;
    }
    *panels = found;
    return PLATEN_OK;
}

typedef struct change {
    int64_t owner;
    const char *panels;
} change;

static platen_code put_board(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    store_stmt *st = NULL;
    PLATEN_TRY(
        store_prepare(conn, c->panels != NULL ? &sql_board_put : &sql_board_delete, &st, err));
    store_bind_i64(st, "owner", c->owner);
    if (c->panels != NULL) {
        store_bind_text(st, "panels", c->panels);
    }
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

platen_code board_put(store *s, int64_t owner, const char *panels, platen_error *err)
{
    change c = {owner, panels};
    return store_write(s, put_board, &c, err);
}

platen_code page_volume_add(store_conn *conn, int64_t region, int64_t pages, int64_t now,
                            platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_page_volume_add, &st, err));
    store_bind_i64(st, "day", now / DAY_MS);
    store_bind_i64(st, "region", region);
    store_bind_i64(st, "pages", pages);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}
