/* Regions that people chose for a thing: a task, a run, a group. */
#include "core/model/region_row.h"

#include <inttypes.h>

#include "core/base/json.h"

region_set region_list_set(const region_list *l)
{
    return (region_set){.all = l->count == 0, .ids = l->ids, .count = l->count};
}

platen_code thing_regions(store_conn *conn, const thing_sql *sql, int64_t owner, region_list *out,
                          platen_error *err)
{
    store_stmt *st = NULL;
    out->count = 0;
    PLATEN_TRY(store_prepare(conn, sql->read, &st, err));
    store_bind_i64(st, "owner", owner);
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (out->count == REGION_IDS_MAX) { /* never fewer than there are: that would let more in */
            rc = error_set(err, PLATEN_E_TOO_LARGE, "%" PRId64 " has more than %d regions", owner,
                           REGION_IDS_MAX);
            break;
        }
        out->ids[out->count++] = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code clear(store_conn *conn, const thing_sql *sql, int64_t owner, platen_error *err)
{
    store_stmt *st = NULL;
    if (sql->clear == NULL) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, sql->clear, &st, err));
    store_bind_i64(st, "owner", owner);
    platen_code rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code insert(store_conn *conn, const thing_sql *sql, int64_t owner, const int64_t *ids,
                          size_t count, platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, sql->insert, &st, err));
    for (size_t i = 0; i < count && rc == PLATEN_OK; i++) {
        store_bind_i64(st, "owner", owner);
        store_bind_i64(st, "region", ids[i]);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    return rc;
}

static platen_code show(store_conn *conn, const thing_sql *sql, int64_t owner, const int64_t *ids,
                        size_t count, platen_error *err)
{
    store_stmt *st = NULL;
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    json_array(&w, NULL);
    for (size_t i = 0; i < count; i++) {
        json_id(&w, NULL, ids[i]);
    }
    json_array_end(&w);
    platen_code rc = store_prepare(conn, sql->show, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "regions", text.data);
        store_bind_i64(st, "id", owner);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    strbuf_fini(&text);
    return rc;
}

platen_code thing_put_regions(store_conn *conn, const thing_sql *sql, int64_t owner,
                              const int64_t *ids, size_t count, platen_error *err)
{
    PLATEN_TRY(clear(conn, sql, owner, err));
    if (count == 0 && sql->clear == NULL) {
        return PLATEN_OK; /* what is new has none */
    }
    PLATEN_TRY(insert(conn, sql, owner, ids, count, err));
    return show(conn, sql, owner, ids, count, err);
}
