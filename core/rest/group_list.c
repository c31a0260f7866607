/* Groups made of their rows; which devices they have, how many. */
#include "core/rest/group_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/rest/device_list.h"
#include "core/rest/request.h"

#define COUNT_KEEP_MS 30000

/* ---- making ---- */

typedef struct faults {
    list_complain complain;
    void *user;
    char parameter[32];
} faults;

static void complain_of(const char *parameter, const char *code, const char *text, void *user)
{
    faults *f = user;
    (void)parameter;
    f->complain(f->parameter, code, text, f->user);
}

/* Another group in it could be the group itself; what is not managed is in no group. */
static bool is_refused(const list_plan *plan)
{
    for (size_t i = 0; i < plan->filter_count; i++) {
        const list_field *field = plan->filters[i].field;
        if (field->type == LIST_GROUP || strcmp(field->name, "managed") == 0) {
            return true;
        }
    }
    return false;
}

static platen_code read_pairs(arena *a, query_pair *pairs, size_t count, list_complain complain,
                              void *user, list_plan *out, platen_error *err)
{
    const query q = {.pairs = pairs, .count = count};
    platen_code rc = list_plan_read(a, &q, &device_source, complain, user, out, err);
    if (rc == PLATEN_OK && is_refused(out)) {
        complain("f", "unknown", "no field of a group's filter", user);
        rc = error_set(err, PLATEN_E_INVAL, "a group's filter has a field that it cannot have");
    }
    return rc;
}

platen_code group_plan_read(arena *a, const cJSON *filters, list_complain complain, void *user,
                            list_plan *out, platen_error *err)
{
    faults f = {.complain = complain, .user = user};
    int size = filters != NULL ? cJSON_GetArraySize(filters) : 0;
    size_t count = size > 0 ? (size_t)size : 0;
    query_pair *pairs = arena_alloc_array(a, count + 1, sizeof(*pairs));
    const cJSON *item = NULL;
    bool wrong = false;
    size_t index = 0;
    if (pairs == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a group's filter");
    }
    cJSON_ArrayForEach(item, filters)
    {
        /* The plan keeps texts, and lives longer than the tree. */
        const char *text = arena_dup(a, cJSON_IsString(item) ? item->valuestring : "");
        pairs[index] = (query_pair){"f", text != NULL ? text : ""};
        (void)snprintf(f.parameter, sizeof(f.parameter), "filters/%zu", index);
        wrong = read_pairs(a, &pairs[index++], 1, complain_of, &f, out, err) != PLATEN_OK || wrong;
    }
    (void)snprintf(f.parameter, sizeof(f.parameter), "filters");
    return wrong ? PLATEN_E_INVAL : read_pairs(a, pairs, count, complain_of, &f, out, err);
}

static void ignore(const char *parameter, const char *code, const char *text, void *user)
{
    (void)parameter;
    (void)code;
    (void)text;
    (void)user;
}

platen_code list_group_make(arena *a, const group_row *row, list_group **out, platen_error *err)
{
    cJSON *filters = NULL;
    list_group *g = arena_alloc(a, sizeof(*g));
    if (g == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for group %" PRId64, row->id);
    }
    *g = (list_group){.id = row->id, .name = row->name, .dynamic = row->dynamic};
    PLATEN_TRY(group_row_regions(row, &g->regions, err));
    g->set = region_list_set(&g->regions);
    if (g->dynamic) {
        PLATEN_TRY(json_parse(row->filters, strlen(row->filters), &filters, err));
        platen_code rc = group_plan_read(a, filters, ignore, NULL, &g->plan, NULL);
        g->broken = rc != PLATEN_OK || g->plan.filter_count == 0;
        cJSON_Delete(filters);
    }
    g->plan.regions = g->set.all ? NULL : &g->set;
    *out = g;
    return PLATEN_OK;
}

/* The group of an id, NULL when there is none or it is not for `who`. */
static platen_code find_group(store_conn *conn, arena *a, const region_set *who, int64_t id,
                              const list_group **out, platen_error *err)
{
    group_row row;
    list_group *g = NULL;
    *out = NULL;
    platen_code rc = group_read(conn, a, id, &row, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return PLATEN_OK;
    }
    PLATEN_TRY(rc);
    PLATEN_TRY(list_group_make(a, &row, &g, err));
    *out = region_may_operate(who, &g->set) ? g : NULL;
    return PLATEN_OK;
}

/* ---- in plans ---- */

static bool shares_field(const list_plan *a, size_t skip, const list_plan *b)
{
    for (size_t i = 0; i < a->filter_count; i++) {
        for (size_t j = 0; j < b->filter_count; j++) {
            if (i != skip && a->filters[i].field == b->filters[j].field) {
                return true;
            }
        }
    }
    return false;
}

/* "In this dynamic group" and other filters of other fields are together filters of one plan, for
 * which the list builder knows a fast way. Who asks has all the group's regions, or all. */
static bool melt(list_plan *plan, size_t index)
{
    const list_filter *f = &plan->filters[index];
    const list_group *g = f->op == LIST_EQ ? f->values[0].group : NULL;
    if (g == NULL || !g->dynamic || g->broken || shares_field(plan, index, &g->plan) ||
        plan->filter_count - 1 + g->plan.filter_count > LIST_FILTERS) {
        return false;
    }
    for (size_t i = 0; i < plan->filter_count; i++) { /* of two groups one has to stay */
        if (i != index && plan->filters[i].field->type == LIST_GROUP) {
            return false;
        }
    }
    plan->filters[index] = plan->filters[--plan->filter_count];
    for (size_t i = 0; i < g->plan.filter_count; i++) {
        plan->filters[plan->filter_count++] = g->plan.filters[i];
    }
    plan->regions = g->plan.regions != NULL ? g->plan.regions : plan->regions;
    return true;
}

platen_code list_groups_attach(store_conn *conn, arena *a, const region_set *who, list_plan *plan,
                               platen_error *err)
{
    for (size_t i = 0; i < plan->filter_count; i++) {
        list_filter *f = &plan->filters[i];
        if (f->field->type != LIST_GROUP) {
            continue;
        }
        list_value *values = arena_alloc_array(a, f->count, sizeof(*values));
        if (values == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for the filters");
        }
        for (size_t j = 0; j < f->count; j++) {
            values[j] = f->values[j];
            PLATEN_TRY(find_group(conn, a, who, values[j].integer, &values[j].group, err));
        }
        f->values = values;
    }
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (plan->filters[i].field->type == LIST_GROUP && melt(plan, i)) {
            break;
        }
    }
    return PLATEN_OK;
}

/* The plan of all managed devices of a group. */
static void plan_of(const list_group *g, list_value *value, list_plan *out)
{
    *value = (list_value){.integer = g->id, .group = g};
    *out = (list_plan){.page = 1, .size = LIST_SIZE_MAX};
    out->filters[out->filter_count++] =
        (list_filter){.field = &list_group_field, .op = LIST_EQ, .values = value, .count = 1};
    (void)melt(out, 0);
}

/* ---- for runs ---- */

typedef struct id_list {
    int64_t *ids;
    size_t count;
    size_t room;
} id_list;

static platen_code take_ids(store_stmt *st, id_list *list, platen_error *err)
{
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (list->count == list->room) {
            size_t room = list->room == 0 ? 1024 : list->room * 2;
            int64_t *more = realloc(list->ids, room * sizeof(*more));
            if (more == NULL) {
                return error_set(err, PLATEN_E_NOMEM, "no memory for %zu devices", room);
            }
            list->ids = more;
            list->room = room;
        }
        list->ids[list->count++] = store_i64(st, 0);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static platen_code devices_of(store_conn *conn, arena *a, const list_group *g, id_list *list,
                              platen_error *err)
{
    static const list_shape scan = {.scan = true};
    const list_shape *shape = store_conn_dialect(conn) == STORE_SQLITE ? &scan : NULL;
    list_plan plan;
    list_value value;
    list_value values[LIST_BINDS];
    size_t count = 0;
    store_stmt *st = NULL;
    strbuf sql;
    plan_of(g, &value, &plan);
    strbuf_init(&sql);
    platen_code rc = list_plan_sql(&plan, &device_source, &device_managed, store_conn_dialect(conn),
                                   LIST_SQL_KEYS, shape, NULL, &sql, a, values, &count, err);
    if (rc == PLATEN_OK) {
        rc = store_prepare_text(conn, sql.data, &st, err);
    }
    if (rc == PLATEN_OK) {
        list_values_bind(values, count, st);
        rc = take_ids(st, list, err);
    }
    store_reset(st);
    strbuf_fini(&sql);
    return rc;
}

platen_code group_devices(store_conn *conn, const int64_t *groups, size_t count, int64_t **devices,
                          size_t *device_count, void *user, platen_error *err)
{
    const region_set all = {.all = true};
    id_list list = {.ids = NULL};
    arena *a = arena_new();
    platen_code rc =
        a != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for the groups");
    (void)user;
    for (size_t i = 0; i < count && rc == PLATEN_OK; i++) {
        const list_group *g = NULL;
        rc = find_group(conn, a, &all, groups[i], &g, err);
        if (rc == PLATEN_OK && g != NULL) {
            rc = devices_of(conn, a, g, &list, err);
        }
    }
    arena_free(a);
    if (rc != PLATEN_OK) {
        free(list.ids);
        return rc;
    }
    *devices = list.ids;
    *device_count = list.count;
    return PLATEN_OK;
}

/* ---- how many ---- */

static uint64_t count_key(const list_group *g, const group_row *row)
{
    strbuf all;
    strbuf_init(&all);
    strbuf_appendf(&all, "group %" PRId64 " %" PRId64 "\n%s\n%s", g->id,
                   clock_mono() / COUNT_KEEP_MS, row->filters, row->regions);
    uint64_t key = all.failed ? 0 : hash_bytes(all.data, all.length);
    strbuf_fini(&all);
    return key;
}

platen_code list_group_count(rest_request *r, store_conn *conn, const group_row *row, bool now,
                             int64_t *out, platen_error *err)
{
    list_group *g = NULL;
    list_plan plan;
    list_value value;
    count_cache *counts = r->rest->counts;
    PLATEN_TRY(list_group_make(r->arena, row, &g, err));
    uint64_t key = count_key(g, row);
    *out = g->dynamic && !now ? count_cache_guess(counts, key) : -1;
    if (*out >= 0) {
        return PLATEN_OK;
    }
    plan_of(g, &value, &plan);
    PLATEN_TRY(list_count(r, conn, &device_source, &device_managed, &plan, out, err));
    count_cache_set(counts, key, 0, *out);
    return PLATEN_OK;
}

/* ---- the groups of some devices ---- */

typedef struct group_match {
    int64_t device;
    size_t group; /* index */
} group_match;

#define MATCH_COLUMNS 32 /* groups that one statement asks for */

group_page group_page_of(rest_request *r)
{
    return (group_page){.arena = r->arena, .who = rest_regions_of(r)};
}

static platen_code load_groups(group_page *p, store_conn *conn, platen_error *err)
{
    group_row *rows = NULL;
    size_t count = 0;
    PLATEN_TRY(group_read_all(conn, p->arena, &rows, &count, err));
    p->groups = arena_alloc_array(p->arena, count + 1, sizeof(*p->groups));
    if (p->groups == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for %zu groups", count);
    }
    for (size_t i = 0; i < count; i++) {
        list_group *g = NULL;
        PLATEN_TRY(list_group_make(p->arena, &rows[i], &g, err));
        if (!rows[i].level && region_may_operate(p->who, &g->set)) {
            p->groups[p->group_count++] = g;
        }
    }
    p->loaded = true;
    return PLATEN_OK;
}

static platen_code add_match(group_page *p, int64_t device, size_t group, size_t *room,
                             platen_error *err)
{
    if (p->match_count == *room) {
        size_t more = *room == 0 ? 64 : *room * 2;
        group_match *bigger = arena_alloc_array(p->arena, more, sizeof(*bigger));
        if (bigger == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for groups of devices");
        }
        if (p->match_count > 0) {
            memcpy(bigger, p->matches, p->match_count * sizeof(*bigger));
        }
        p->matches = bigger;
        *room = more;
    }
    p->matches[p->match_count++] = (group_match){device, group};
    return PLATEN_OK;
}

/* "SELECT d.id, (in group a), (in group b), ... FROM device d WHERE d.id IN (:k0, ...)" */
static platen_code ask_some(group_page *p, store_conn *conn, const int64_t *devices, size_t count,
                            size_t first, size_t end, size_t *room, platen_error *err)
{
    list_value values[LIST_BINDS];
    size_t value_count = 0;
    store_stmt *st = NULL;
    strbuf sql;
    char name[16];
    strbuf_init(&sql);
    platen_code rc = list_groups_sql((const list_group *const *)p->groups + first, end - first,
                                     store_conn_dialect(conn), device_source.region, &sql, p->arena,
                                     values, &value_count, err);
    if (rc == PLATEN_OK) {
        rc = store_prepare_text(conn, sql.data, &st, err);
    }
    if (rc == PLATEN_OK) {
        list_values_bind(values, value_count, st);
        for (size_t i = 0; i < LIST_SIZE_MAX; i++) { /* too few: the last one again */
            (void)snprintf(name, sizeof(name), "k%zu", i);
            store_bind_i64(st, name, devices[i < count ? i : count - 1]);
        }
        while ((rc = store_step(st, err)) == PLATEN_OK) {
            for (size_t i = first; i < end && rc == PLATEN_OK; i++) {
                rc = store_i64(st, (int)(i - first) + 1) != 0
                         ? add_match(p, store_i64(st, 0), i, room, err)
                         : PLATEN_OK;
            }
            if (rc != PLATEN_OK) {
                break;
            }
        }
        rc = rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
    }
    store_reset(st);
    strbuf_fini(&sql);
    return rc;
}

/* How many groups from `first` on fit one statement by their values. */
static size_t end_of(const group_page *p, size_t first)
{
    size_t values = 0;
    size_t end = first;
    while (end < p->group_count && end - first < MATCH_COLUMNS) {
        const list_plan *plan = &p->groups[end]->plan;
        values += 2; /* the group and its regions */
        for (size_t i = 0; i < plan->filter_count; i++) {
            values += plan->filters[i].count * 2; /* "begins" binds two */
        }
        if (end > first && values > LIST_BINDS) {
            break;
        }
        end++;
    }
    return end;
}

static int by_device(const void *a, const void *b)
{
    const group_match *x = a;
    const group_match *y = b;
    if (x->device != y->device) {
        return x->device < y->device ? -1 : 1;
    }
    return x->group < y->group ? -1 : x->group > y->group;
}

platen_code group_page_find(group_page *p, store_conn *conn, const int64_t *devices, size_t count,
                            platen_error *err)
{
    size_t room = 0;
    p->matches = NULL;
    p->match_count = 0;
    if (!p->loaded) {
        PLATEN_TRY(load_groups(p, conn, err));
    }
    for (size_t first = 0; count > 0 && first < p->group_count;) {
        size_t end = end_of(p, first);
        PLATEN_TRY(ask_some(p, conn, devices, count, first, end, &room, err));
        first = end;
    }
    if (p->match_count > 1) {
        qsort(p->matches, p->match_count, sizeof(*p->matches), by_device);
    }
    return PLATEN_OK;
}

void group_page_write(const group_page *p, int64_t device, json_writer *w)
{
    size_t low = 0;
    size_t high = p->match_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->matches[middle].device < device) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    json_array(w, "groups");
    for (; low < p->match_count && p->matches[low].device == device; low++) {
        const list_group *g = p->groups[p->matches[low].group];
        json_object(w, NULL);
        json_id(w, "id", g->id);
        json_text(w, "name", g->name);
        json_object_end(w);
    }
    json_array_end(w);
}
