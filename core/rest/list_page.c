/*
 * A page of a list: what is known of totals and keys, the way that list_shape.c chooses, rows. The
 * connection is held only while rows are taken.
 */
#include "core/rest/list_work.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/map.h"
#include "core/rest/list_index.h"
#include "core/rest/list_shape.h"

typedef struct page_work {
    list_work *list;
    store_conn *conn;
    json_writer *json;
    uint64_t version; /* of the database, from before the snapshot */
    uint64_t key;     /* of the total */
    int64_t count;    /* rows written */
    int64_t total;    /* -1: not known yet */
} page_work;

/* `what` tells counts apart that have all the rest in common. */
static uint64_t count_key(const list_work *w, const region_set *regions, char what)
{
    strbuf all;
    strbuf_init(&all);
    /* What the scope binds comes from the path or from who asks. */
    strbuf_appendf(&all, "%s\n%lld\n%s", w->request->exchange->path,
                   (long long)w->request->who.user, list_where(w) != NULL ? list_where(w) : "");
    for (size_t i = 0; regions != NULL && i < regions->count; i++) {
        strbuf_appendf(&all, "\nregion %lld", (long long)regions->ids[i]);
    }
    strbuf_appendf(&all, "\n%c%s", what, regions != NULL ? "regions" : "");
    for (size_t i = 0; i < w->plan.filter_count; i++) {
        const list_filter *f = &w->plan.filters[i];
        strbuf_appendf(&all, "\n%s:%d", f->field->name, (int)f->op);
        for (size_t j = 0; j < f->count; j++) {
            const list_value *v = &f->values[j];
            strbuf_appendf(&all, ":%s:%lld:%.17g", v->is_text ? v->text : "", (long long)v->integer,
                           v->number);
        }
    }
    for (size_t i = 0; i < w->plan.term_count; i++) {
        strbuf_appendf(&all, "\nq:%s", w->plan.terms[i]);
    }
    uint64_t key = all.failed ? 0 : hash_bytes(all.data, all.length);
    strbuf_fini(&all);
    return key;
}

static void know_total(page_work *p, int64_t total)
{
    p->total = total;
    count_cache_set(p->list->request->rest->counts, p->key, p->version, total);
}

static platen_code ask_count(page_work *p, list_kind kind, const list_shape *shape, int64_t *out,
                             platen_error *err)
{
    store_stmt *stmt = NULL;
    platen_code code = list_prepare(p->list, p->conn, kind, shape, &stmt, err);
    if (code == PLATEN_OK) {
        code = store_step(stmt, err);
    }
    if (code == PLATEN_OK) {
        *out = store_i64(stmt, 0);
    }
    store_reset(stmt);
    return code;
}

static platen_code count_all(page_work *p, const list_shape *shape, platen_error *err)
{
    int64_t total = p->total;
    if (total < 0) {
        PLATEN_TRY(ask_count(p, LIST_SQL_COUNT, shape, &total, err));
        know_total(p, total);
    }
    return PLATEN_OK;
}

/* A number that only chooses the way: of any state of the database, counted when there is none. */
static platen_code count_roughly(page_work *p, list_kind kind, uint64_t key, int64_t *out,
                                 platen_error *err)
{
    static const list_shape plain = {.strong_only = true};
    count_cache *counts = p->list->request->rest->counts;
    *out = count_cache_guess(counts, key);
    if (*out < 0) {
        PLATEN_TRY(ask_count(p, kind, &plain, out, err));
        count_cache_set(counts, key, p->version, *out);
    }
    return PLATEN_OK;
}

/* How many rows, or devices of rows, the regions of who asks have before any filter; -1 when all
 * are to be seen. */
static platen_code count_regions(page_work *p, int64_t *out, platen_error *err)
{
    list_plan *plan = &p->list->plan;
    list_region_kind kind = p->list->source->region_kind;
    size_t filters = plan->filter_count;
    size_t terms = plan->term_count;
    *out = -1;
    if (plan->regions == NULL || kind == LIST_REGION_THING || kind == LIST_REGION_OF_IF ||
        p->list->indexes.count == 0 || list_is_selective(p->list)) {
        return PLATEN_OK;
    }
    plan->filter_count = 0;
    plan->term_count = 0;
    uint64_t key = count_key(p->list, plan->regions, kind == LIST_REGION_OF ? 'd' : 'r');
    platen_code code =
        count_roughly(p, kind == LIST_REGION_OF ? LIST_SQL_DEVICES : LIST_SQL_COUNT, key, out, err);
    plan->filter_count = filters;
    plan->term_count = terms;
    return code;
}

/* How many match in all regions together: the filters' indexes know that without a look at the
 * rows. */
static platen_code count_everywhere(page_work *p, int64_t *out, platen_error *err)
{
    list_plan *plan = &p->list->plan;
    const region_set *regions = plan->regions;
    plan->regions = NULL;
    platen_code code = count_roughly(p, LIST_SQL_COUNT, count_key(p->list, NULL, 'a'), out, err);
    plan->regions = regions;
    return code;
}

static platen_code write_items(page_work *p, store_stmt *stmt, platen_error *err)
{
    platen_code code = PLATEN_OK;
    while ((code = store_step(stmt, err)) == PLATEN_OK) {
        PLATEN_TRY(p->list->row(p->list->request, stmt, p->json, p->list->user, err));
        p->count++;
    }
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

/* Keys and rows of a page in one statement. */
static platen_code rows_by_offset(page_work *p, const list_shape *shape, platen_error *err)
{
    store_stmt *stmt = NULL;
    const list_plan *plan = &p->list->plan;
    platen_code code = list_prepare(p->list, p->conn, LIST_SQL_PAGE, shape, &stmt, err);
    if (code == PLATEN_OK) {
        store_bind_i64(stmt, "size", plan->size);
        store_bind_i64(stmt, "offset", (plan->page - 1) * plan->size);
        code = write_items(p, stmt, err);
    }
    store_reset(stmt);
    return code;
}

/* The keys first, as the scope wants to know them. */
static platen_code keys_by_offset(page_work *p, const list_shape *shape, platen_error *err)
{
    store_stmt *stmt = NULL;
    int64_t keys[LIST_SIZE_MAX];
    size_t count = 0;
    const list_plan *plan = &p->list->plan;
    platen_code code = list_prepare(p->list, p->conn, LIST_SQL_PART, shape, &stmt, err);
    if (code == PLATEN_OK) {
        store_bind_i64(stmt, "size", plan->size);
        store_bind_i64(stmt, "offset", (plan->page - 1) * plan->size);
        while (count < LIST_SIZE_MAX && (code = store_step(stmt, err)) == PLATEN_OK) {
            keys[count++] = store_i64(stmt, 0);
        }
    }
    store_reset(stmt);
    stmt = NULL;
    if ((code != PLATEN_OK && code != PLATEN_E_NOT_FOUND) || count == 0) {
        return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
    }
    code = list_rows(p->list, p->conn, keys, count, &stmt, err);
    if (code == PLATEN_OK) {
        code = write_items(p, stmt, err);
    }
    store_reset(stmt);
    return code;
}

static platen_code page_by_offset(page_work *p, const list_choice *choice, platen_error *err)
{
    const list_plan *plan = &p->list->plan;
    bool told = p->list->scope != NULL && p->list->scope->keys != NULL;
    PLATEN_TRY(told ? keys_by_offset(p, &choice->keys, err)
                    : rows_by_offset(p, &choice->keys, err));
    if (p->count < plan->size && (p->count > 0 || plan->page == 1)) {
        know_total(p, (plan->page - 1) * plan->size + p->count); /* the end is in sight */
    }
    return count_all(p, &choice->count, err);
}

static platen_code page_of_keys(page_work *p, const key_list *list, platen_error *err)
{
    store_stmt *stmt = NULL;
    size_t from = (size_t)((p->list->plan.page - 1) * p->list->plan.size);
    size_t size = (size_t)p->list->plan.size;
    if (from >= list->count) {
        return PLATEN_OK;
    }
    size_t number = list->count - from < size ? list->count - from : size;
    platen_code code = list_rows(p->list, p->conn, list->keys + from, number, &stmt, err);
    if (code == PLATEN_OK) {
        code = write_items(p, stmt, err);
    }
    store_reset(stmt);
    return code;
}

/* The filters' key with the sorts. */
static uint64_t order_key(const page_work *p)
{
    struct {
        uint64_t filters;
        const list_field *fields[LIST_SORTS];
        bool descending[LIST_SORTS];
    } all;
    memset(&all, 0, sizeof(all)); /* padding is hashed too */
    all.filters = p->key;
    for (size_t i = 0; i < p->list->plan.sort_count; i++) {
        all.fields[i] = p->list->plan.sorts[i].field;
        all.descending[i] = p->list->plan.sorts[i].descending;
    }
    return p->key != 0 ? hash_bytes(&all, sizeof(all)) : 0;
}

/* The keys are remembered of this state of the database. */
static platen_code page_of_known(page_work *p, bool *done, platen_error *err)
{
    platen_code code = PLATEN_OK;
    key_list list = {0};
    list.keys =
        count_cache_dup_keys(p->list->request->rest->counts, order_key(p), p->version, &list.count);
    *done = list.keys != NULL;
    if (*done) {
        know_total(p, (int64_t)list.count);
        code = page_of_keys(p, &list, err);
    }
    free(list.keys);
    return code;
}

/* Few match, as far as is known: all their keys at once. When there are more, again. */
static platen_code page_by_keys(page_work *p, const list_choice *choice, bool *again,
                                platen_error *err)
{
    key_list list = {0};
    platen_code code =
        list_take_keys(p->list, p->conn, LIST_SQL_FIRST, &choice->keys, LIST_FEW + 1, &list, err);
    *again = code == PLATEN_OK && list.count > LIST_FEW;
    if (code == PLATEN_OK && !*again) {
        count_cache_set_keys(p->list->request->rest->counts, order_key(p), p->version, list.keys,
                             list.count);
        know_total(p, (int64_t)list.count);
        code = page_of_keys(p, &list, err);
    }
    free(list.keys);
    return code;
}

/* ---- search in a table of its own ---- */

/* Terms without anything else. */
static uint64_t terms_key(page_work *p)
{
    list_plan *plan = &p->list->plan;
    size_t filters = plan->filter_count;
    plan->filter_count = 0;
    uint64_t key = count_key(p->list, NULL, 'q');
    plan->filter_count = filters;
    return key;
}

/* Takes the keys of all rows with the terms, unless they are many: then the list is read by what
 * gives its order, as most rows that come by are wanted. */
static platen_code find_terms(page_work *p, platen_error *err)
{
    count_cache *counts = p->list->request->rest->counts;
    list_work *w = p->list;
    key_list list = {0};
    if (w->plan.term_count == 0 || w->source->search_from == NULL) {
        return PLATEN_OK;
    }
    uint64_t key = terms_key(p);
    if (count_cache_guess(counts, key) > LIST_FEW) {
        return PLATEN_OK;
    }
    platen_code code = list_take_keys(w, p->conn, LIST_SQL_FOUND, NULL, LIST_FEW + 1, &list, err);
    region_set *found = arena_alloc(w->request->arena, sizeof(*found));
    int64_t *ids = arena_alloc_array(w->request->arena, list.count + 1, sizeof(*ids));
    if (code == PLATEN_OK && (found == NULL || ids == NULL)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for what a search found");
    }
    if (code == PLATEN_OK) {
        count_cache_set(counts, key, p->version, (int64_t)list.count);
    }
    if (code == PLATEN_OK && list.count <= LIST_FEW) {
        if (list.count > 0) {
            memcpy(ids, list.keys, list.count * sizeof(*ids));
        }
        *found = (region_set){.ids = ids, .count = list.count};
        w->plan.found = found;
    }
    free(list.keys);
    return code;
}

static list_choice choose(const page_work *p, int64_t rows, int64_t total)
{
    const list_work *w = p->list;
    return list_choose(&w->plan, w->source, list_where(w), list_is_selective(w), &w->indexes, rows,
                       total);
}

/* The way for what is known; counts first when the count is cheap and decides. */
static platen_code choose_way(page_work *p, int64_t rows, list_choice *choice, platen_error *err)
{
    int64_t total = count_cache_guess(p->list->request->rest->counts, p->key);
    *choice = choose(p, rows, total);
    if (choice->count_everywhere) {
        PLATEN_TRY(count_everywhere(p, &total, err));
        *choice = choose(p, rows, total);
    } else if (choice->count_first) {
        PLATEN_TRY(count_all(p, &choice->count, err));
        *choice = choose(p, rows, p->total);
    }
    return PLATEN_OK;
}

static platen_code take_page(page_work *p, platen_error *err)
{
    list_choice choice;
    bool done = false;
    bool again = false;
    int64_t rows = -1;
    PLATEN_TRY(page_of_known(p, &done, err));
    if (done) {
        return PLATEN_OK;
    }
    PLATEN_TRY(find_terms(p, err));
    PLATEN_TRY(count_regions(p, &rows, err));
    (void)count_cache_get(p->list->request->rest->counts, p->key, p->version, &p->total);
    PLATEN_TRY(choose_way(p, rows, &choice, err));
    if (choice.way == LIST_WAY_FIRST && p->total != 0) {
        PLATEN_TRY(page_by_keys(p, &choice, &again, err));
    }
    if (again) {
        PLATEN_TRY(count_all(p, &choice.count, err));
        choice = choose(p, rows < 0 || rows > p->total ? rows : p->total, p->total);
    }
    return choice.way == LIST_WAY_PAGE ? page_by_offset(p, &choice, err) : PLATEN_OK;
}

static platen_code know_indexes(list_work *w, store_conn *conn, platen_error *err)
{
    PLATEN_TRY(list_index_of(w->request->rest->indexes, conn, w->source, &w->indexes, err));
    w->indexes.behind = w->source->where != NULL || list_where(w) != NULL;
    return PLATEN_OK;
}

platen_code list_answer_page(list_work *w, platen_error *err)
{
    struct store *db = rest_services(w->request)->store;
    /* The version is from before the snapshot: a commit in between makes the total newer than its
     * version says, and nobody will ask for that version again. */
    page_work p = {.list = w, .version = store_version(db), .total = -1};
    PLATEN_TRY(store_read(db, &p.conn, err));
    p.json = rest_json(w->request, 200);
    json_object(p.json, NULL);
    json_array(p.json, "items");
    platen_code code = list_complete(w, p.conn, err);
    p.key = count_key(w, w->plan.regions, 't');
    if (code == PLATEN_OK) {
        code = know_indexes(w, p.conn, err);
    }
    if (code == PLATEN_OK) {
        code = take_page(&p, err);
    }
    store_read_end(p.conn);
    PLATEN_TRY(code);
    json_array_end(p.json);
    json_i64(p.json, "total", p.total);
    json_i64(p.json, "page", w->plan.page);
    json_i64(p.json, "size", w->plan.size);
    json_object_end(p.json);
    return PLATEN_OK;
}

platen_code list_count(rest_request *r, store_conn *conn, const list_source *source,
                       const list_scope *scope, const list_plan *plan, int64_t *out,
                       platen_error *err)
{
    list_work *w = arena_alloc(r->arena, sizeof(*w));
    page_work p = {.list = w, .conn = conn, .total = -1};
    if (w == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a count");
    }
    *w = (list_work){.request = r, .source = source, .scope = scope, .plan = *plan};
    PLATEN_TRY(know_indexes(w, conn, err));
    strbuf_init(&w->sql);
    const list_choice choice = choose(&p, plan->regions != NULL ? LIST_FEW : -1, -1);
    platen_code code = ask_count(&p, LIST_SQL_COUNT, &choice.count, out, err);
    strbuf_fini(&w->sql);
    return code;
}
