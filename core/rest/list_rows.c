/* Statements of a list, its keys and rows. */
#include "core/rest/list_work.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/rest/group_list.h"

#define KEYS_MAX ((size_t)5000000)

void list_values_bind(const list_value *values, size_t count, store_stmt *stmt)
{
    char name[32];
    for (size_t i = 0; i < count; i++) {
        const list_value *v = &values[i];
        (void)snprintf(name, sizeof(name), "f%zu", i);
        if (v->is_text) {
            store_bind_text(stmt, name, v->text);
        } else if (v->is_double) {
            store_bind_double(stmt, name, v->number);
        } else {
            store_bind_i64(stmt, name, v->integer);
        }
    }
}

const char *list_where(const list_work *w)
{
    return w->scope != NULL ? w->scope->where : NULL;
}

bool list_is_selective(const list_work *w)
{
    return w->scope != NULL && w->scope->bind != NULL;
}

platen_code list_prepare(list_work *w, store_conn *conn, list_kind kind, const list_shape *shape,
                         store_stmt **stmt, platen_error *err)
{
    strbuf_clear(&w->sql);
    PLATEN_TRY(list_plan_sql(&w->plan, w->source, w->scope, store_conn_dialect(conn), kind, shape,
                             &w->indexes, &w->sql, w->request->arena, w->values, &w->value_count,
                             err));
    PLATEN_TRY(store_prepare_text(conn, w->sql.data, stmt, err));
    list_values_bind(w->values, w->value_count, *stmt);
    bool scoped = kind != LIST_SQL_ROWS && kind != LIST_SQL_DEVICES && kind != LIST_SQL_FOUND;
    if (scoped && w->scope != NULL && w->scope->bind != NULL) {
        w->scope->bind(*stmt, w->scope->user);
    }
    return PLATEN_OK;
}

/* ---- keys ---- */

static platen_code add_key(key_list *list, int64_t key, platen_error *err)
{
    if (list->count == list->capacity) {
        size_t more = list->capacity == 0 ? 4096 : list->capacity * 2;
        int64_t *bigger = more <= KEYS_MAX * 2 ? realloc(list->keys, more * sizeof(*bigger)) : NULL;
        if (bigger == NULL) {
            return error_set(err, PLATEN_E_TOO_LARGE, "a list of more than %zu rows", list->count);
        }
        list->keys = bigger;
        list->capacity = more;
    }
    list->keys[list->count++] = key;
    return PLATEN_OK;
}

platen_code list_take_keys(list_work *w, store_conn *conn, list_kind kind, const list_shape *shape,
                           int64_t most, key_list *list, platen_error *err)
{
    store_stmt *stmt = NULL;
    platen_code code = list_prepare(w, conn, kind, shape, &stmt, err);
    if (code == PLATEN_OK && most > 0) {
        store_bind_i64(stmt, "most", most);
    }
    while (code == PLATEN_OK && (code = store_step(stmt, err)) == PLATEN_OK) {
        code = add_key(list, store_i64(stmt, 0), err);
    }
    store_reset(stmt);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code list_rows(list_work *w, store_conn *conn, const int64_t *keys, size_t count,
                      store_stmt **stmt, platen_error *err)
{
    char name[32];
    if (w->scope != NULL && w->scope->keys != NULL) {
        PLATEN_TRY(w->scope->keys(w->request, conn, keys, count, w->user, err));
    }
    PLATEN_TRY(list_prepare(w, conn, LIST_SQL_ROWS, NULL, stmt, err));
    for (size_t i = 0; i < LIST_SIZE_MAX; i++) { /* too few keys: the last one again */
        (void)snprintf(name, sizeof(name), "k%zu", i);
        store_bind_i64(*stmt, name, keys[i < count ? i : count - 1]);
    }
    return PLATEN_OK;
}

platen_code list_complete(list_work *w, store_conn *conn, platen_error *err)
{
    bool groups = false;
    for (size_t i = 0; i < w->plan.filter_count; i++) {
        groups = groups || w->plan.filters[i].field->type == LIST_GROUP;
    }
    return groups ? list_groups_attach(conn, w->request->arena, rest_regions_of(w->request),
                                       &w->plan, err)
                  : PLATEN_OK;
}
