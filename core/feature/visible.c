/* One statement, then a sorted array. */
#include "core/feature/visible.h"

#include <stdlib.h>
#include <string.h>

#include "core/model/region_row.h"
#include "visible_sql.h"

static platen_code add(visible *v, size_t *room, int64_t id, platen_error *err)
{
    if (v->count == *room) {
        size_t more = *room == 0 ? 1024 : *room * 2;
        int64_t *bigger = realloc(v->ids, more * sizeof(*bigger));
        if (bigger == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for the devices of regions");
        }
        v->ids = bigger;
        *room = more;
    }
    v->ids[v->count++] = id;
    return PLATEN_OK;
}

static platen_code read_all(store_conn *conn, const region_set *regions, visible *v,
                            platen_error *err)
{
    store_stmt *st = NULL;
    size_t room = 0;
    platen_code rc = store_prepare(conn, &sql_visible_devices, &st, err);
    if (rc == PLATEN_OK) {
        region_set_bind(conn, st, "regions", regions);
    }
    while (rc == PLATEN_OK && (rc = store_step(st, err)) == PLATEN_OK) {
        rc = add(v, &room, store_i64(st, 0), err);
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code visible_load(store *s, const region_set *regions, visible *out, platen_error *err)
{
    store_conn *conn = NULL;
    *out = (visible){.all = regions->all};
    if (regions->all || regions->count == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = read_all(conn, regions, out, err);
    store_read_end(conn);
    return rc;
}

void visible_fini(visible *v)
{
    free(v->ids);
    *v = (visible){.all = false};
}

static int compare(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return *a < *b ? -1 : *a > *b ? 1 : 0;
}

bool visible_has(const visible *v, int64_t device)
{
    return v->all || (device != 0 && v->count > 0 &&
                      bsearch(&device, v->ids, v->count, sizeof(*v->ids), compare) != NULL);
}

platen_code visible_keep(visible *v, const region_set *only, platen_error *err)
{
    visible kept = {.ids = malloc((only->count + 1) * sizeof(*kept.ids))};
    if (kept.ids == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the devices of a report");
    }
    for (size_t i = 0; i < only->count; i++) {
        if (visible_has(v, only->ids[i])) {
            kept.ids[kept.count++] = only->ids[i];
        }
    }
    qsort(kept.ids, kept.count, sizeof(*kept.ids), compare);
    visible_fini(v);
    *v = kept;
    return PLATEN_OK;
}
