/* Rows of groups: reading, making, moving, removing, members. */
#include "core/model/group.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "group_sql.h"

static const thing_sql group_thing = {.read = &sql_group_regions,
                                      .insert = &sql_group_region_insert,
                                      .show = &sql_group_set_regions,
                                      .clear = &sql_group_regions_delete};

/* ---- reading ---- */

static void take_row(store_stmt *st, arena *a, group_row *out)
{
    *out = (group_row){.id = store_i64(st, 0),
                       .name = arena_dup(a, store_text(st, 1)),
                       .path = arena_dup(a, store_text(st, 2)),
                       .parent = store_i64(st, 3),
                       .dynamic = strcmp(store_text(st, 4), "dynamic") == 0,
                       .level = store_i64(st, 5) != 0,
                       .comment = arena_dup(a, store_text(st, 6)),
                       .filters = arena_dup(a, store_text(st, 7)),
                       .regions = arena_dup(a, store_text(st, 8))};
}

static bool is_whole(const group_row *g)
{
    return g->name != NULL && g->path != NULL && g->comment != NULL && g->filters != NULL &&
           g->regions != NULL;
}

platen_code group_read(store_conn *conn, arena *a, int64_t id, group_row *out, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_group_by_id, &st, err));
    store_bind_i64(st, "id", id);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        take_row(st, a, out);
        rc = is_whole(out) ? rc : error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    } else if (rc == PLATEN_E_NOT_FOUND) {
        error_set(err, rc, "there is no group %" PRId64, id);
    }
    store_reset(st);
    return rc;
}

platen_code group_read_all(store_conn *conn, arena *a, group_row **out, size_t *count,
                           platen_error *err)
{
    store_stmt *st = NULL;
    size_t room = 0;
    *out = NULL;
    *count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_group_all, &st, err));
    platen_code rc = PLATEN_OK;
    while ((rc = store_step(st, err)) == PLATEN_OK) {
        if (*count == room) {
            room = room == 0 ? 64 : room * 2;
            group_row *more = arena_alloc_array(a, room, sizeof(*more));
            if (more == NULL) {
                rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu groups", room);
                break;
            }
            if (*count > 0) {
                memcpy(more, *out, *count * sizeof(*more));
            }
            *out = more;
        }
        take_row(st, a, &(*out)[*count]);
        if (!is_whole(&(*out)[(*count)++])) {
            rc = error_set(err, PLATEN_E_NOMEM, "no memory for %zu groups", *count);
            break;
        }
    }
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

platen_code group_row_regions(const group_row *g, region_list *out, platen_error *err)
{
    cJSON *tree = NULL;
    const cJSON *item = NULL;
    out->count = 0;
    PLATEN_TRY(json_parse(g->regions, strlen(g->regions), &tree, err));
    cJSON_ArrayForEach(item, tree)
    {
        if (!cJSON_IsString(item) || out->count == REGION_IDS_MAX) {
            cJSON_Delete(tree);
            return error_set(err, PLATEN_E_CORRUPT, "the regions of group %" PRId64 " are damaged",
                             g->id);
        }
        out->ids[out->count++] = strtoll(item->valuestring, NULL, 10);
    }
    cJSON_Delete(tree);
    return PLATEN_OK;
}

const char *group_show_path(arena *a, const char *path, char delimiter)
{
    char *copy = arena_dup(a, path);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        *at = *at == GROUP_SEPARATOR ? delimiter : *at;
    }
    return copy != NULL ? copy : "";
}

static platen_code run_on(store_conn *conn, const store_sql *sql, const char *name, int64_t id,
                          int64_t *changes, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, sql, &st, err));
    store_bind_i64(st, name, id);
    platen_code rc = store_run(st, changes, err);
    store_reset(st);
    return rc;
}

/* ---- making and changing ---- */

typedef struct put_work {
    store_conn *conn;
    const group_fields *fields;
    int64_t now;
    group_complain complain;
    void *user;
    arena *arena;
} put_work;

static platen_code refuse(const put_work *w, const char *pointer, const char *code,
                          const char *text, platen_error *err)
{
    w->complain(pointer, code, text, w->user);
    return error_set(err, PLATEN_E_INVAL, "%s", text);
}

static const char *fold(arena *a, const char *text)
{
    char *copy = arena_dup(a, text);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return copy;
}

static platen_code join(const put_work *w, const char *above, const char *name, const char **path,
                        platen_error *err)
{
    const char *joined = above[0] != '\0'
                             ? arena_printf(w->arena, "%s%c%s", above, GROUP_SEPARATOR, name)
                             : arena_dup(w->arena, name);
    size_t levels = 1;
    for (const char *at = joined; at != NULL && *at != '\0'; at++) {
        levels += *at == GROUP_SEPARATOR;
    }
    if (joined == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    }
    if (levels > GROUP_LEVELS_MAX || strlen(joined) > GROUP_PATH_MAX) {
        return refuse(w, "/name", "levels", "there are at most 10 levels of groups", err);
    }
    *path = joined;
    return PLATEN_OK;
}

/* The group of a path; 0: there is none. */
static platen_code find_path(const put_work *w, const char *path, int64_t *id, bool *level,
                             platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(w->conn, &sql_group_by_path, &st, err));
    store_bind_text(st, "path_key", fold(w->arena, path));
    platen_code rc = store_step(st, err);
    *id = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    *level = rc == PLATEN_OK && store_i64(st, 1) != 0;
    store_reset(st);
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static void bind_row(const put_work *w, store_stmt *st, const group_row *g)
{
    store_bind_text(st, "name", g->name);
    store_bind_text(st, "path", g->path);
    store_bind_text(st, "path_key", fold(w->arena, g->path));
    if (g->parent != 0) {
        store_bind_i64(st, "parent", g->parent);
    } else {
        store_bind_null(st, "parent");
    }
    store_bind_text(st, "kind", g->dynamic ? "dynamic" : "static");
    store_bind_i64(st, "level", g->level ? 1 : 0);
    store_bind_text(st, "comment", g->comment);
    store_bind_text(st, "filters", g->filters);
}

static platen_code write_row(const put_work *w, group_row *g, platen_error *err)
{
    store_stmt *st = NULL;
    bool fresh = g->id == 0;
    PLATEN_TRY(store_prepare(w->conn, fresh ? &sql_group_insert : &sql_group_update, &st, err));
    bind_row(w, st, g);
    platen_code rc = PLATEN_OK;
    if (fresh) {
        store_bind_i64(st, "now", w->now);
        rc = store_step(st, err);
        g->id = rc == PLATEN_OK ? store_i64(st, 0) : 0;
    } else {
        store_bind_i64(st, "id", g->id);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    PLATEN_TRY(rc);
    return w->fields->regions == NULL
               ? PLATEN_OK
               : thing_put_regions(w->conn, &group_thing, g->id, w->fields->regions->ids,
                                   w->fields->regions->count, err);
}

/* "a:b:c" in a list: makes what is missing of a and a:b, and leaves c as the name (DEV-148). */
static platen_code take_levels(const put_work *w, group_row *g, const char **above,
                               platen_error *err)
{
    char *rest = arena_dup(w->arena, w->fields->name);
    const char cut[] = {w->fields->naming.delimiter, '\0'};
    if (rest == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    }
    for (char *end = strpbrk(rest, cut); end != NULL; end = strpbrk(rest, cut)) {
        bool level = false;
        *end = '\0';
        group_row upper = {.name = text_trim(rest),
                           .parent = g->parent,
                           .level = true,
                           .comment = "",
                           .filters = "[]"};
        if (upper.name[0] == '\0') {
            return refuse(w, "/name", "delimiter", "a level has no name", err);
        }
        PLATEN_TRY(join(w, *above, upper.name, &upper.path, err));
        PLATEN_TRY(find_path(w, upper.path, &upper.id, &level, err));
        if (upper.id == 0) {
            PLATEN_TRY(write_row(w, &upper, err));
        }
        *above = upper.path;
        g->parent = upper.id;
        rest = end + 1;
    }
    g->name = text_trim(rest);
    return g->name[0] != '\0' ? PLATEN_OK
                              : refuse(w, "/name", "delimiter", "the last level has no name", err);
}

/* The parent that is asked for, and its path; no group may come to stand below itself. */
static platen_code take_parent(const put_work *w, const group_row *g, int64_t parent,
                               const char **above, platen_error *err)
{
    group_row upper;
    *above = "";
    if (parent == 0) {
        return PLATEN_OK;
    }
    platen_code rc = group_read(w->conn, w->arena, parent, &upper, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return refuse(w, "/parent", "not-found", "there is no such group", err);
    }
    PLATEN_TRY(rc);
    size_t own = g->id != 0 ? strlen(g->path) : 0;
    if (upper.id == g->id || (g->id != 0 && strncmp(upper.path, g->path, own) == 0 &&
                              upper.path[own] == GROUP_SEPARATOR)) {
        return refuse(w, "/parent", "loop", "a group cannot stand below itself", err);
    }
    *above = upper.path;
    return PLATEN_OK;
}

/* Name, parent and path of `g` as they will be. */
static platen_code take_place(const put_work *w, group_row *g, platen_error *err)
{
    const group_fields *f = w->fields;
    const char *above = "";
    bool cut = f->name != NULL && strchr(f->name, f->naming.delimiter) != NULL;
    if (f->has_parent && f->parent != 0 && f->naming.list) {
        return refuse(w, "/parent", "view", "in the list view a name has its upper levels", err);
    }
    if (cut && !f->naming.list) { /* DEV-147 */
        return refuse(w, "/name", "delimiter", "a name must not have the delimiter of levels", err);
    }
    if (cut) {
        g->parent = 0;
        PLATEN_TRY(take_levels(w, g, &above, err));
    } else {
        g->parent = f->has_parent && !f->naming.list ? f->parent : g->parent;
        g->name = f->name != NULL ? text_trim(arena_dup(w->arena, f->name)) : g->name;
        PLATEN_TRY(take_parent(w, g, g->parent, &above, err));
    }
    if (g->name[0] == '\0' || strchr(g->name, GROUP_SEPARATOR) != NULL) {
        return refuse(w, "/name", "length", "a group needs a name", err);
    }
    return join(w, above, g->name, &g->path, err);
}

/* The paths of all that is below follow. Levels are few: GROUP_LEVELS_MAX. */
static platen_code move_below(const put_work *w, int64_t id, const char *path, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t ids[256];
    const char *names[256];
    for (int64_t last = 0;;) {
        size_t count = 0;
        PLATEN_TRY(store_prepare(w->conn, &sql_group_below, &st, err));
        store_bind_i64(st, "parent", id);
        store_bind_i64(st, "last", last);
        platen_code rc = PLATEN_OK;
        while (count < 256 && (rc = store_step(st, err)) == PLATEN_OK) {
            ids[count] = store_i64(st, 0);
            names[count++] = arena_dup(w->arena, store_text(st, 1));
        }
        store_reset(st);
        if (rc != PLATEN_OK && rc != PLATEN_E_NOT_FOUND) {
            return rc;
        }
        for (size_t i = 0; i < count; i++) {
            const char *below = NULL;
            PLATEN_TRY(join(w, path, names[i] != NULL ? names[i] : "", &below, err));
            PLATEN_TRY(store_prepare(w->conn, &sql_group_set_path, &st, err));
            store_bind_text(st, "path", below);
            store_bind_text(st, "path_key", fold(w->arena, below));
            store_bind_i64(st, "id", ids[i]);
            rc = store_run(st, NULL, err);
            store_reset(st);
            PLATEN_TRY(rc);
            // NOLINTNEXTLINE(misc-no-recursion): depth is at most GROUP_LEVELS_MAX
            PLATEN_TRY(move_below(w, ids[i], below, err));
            last = ids[i];
        }
        if (count < 256) {
            return PLATEN_OK;
        }
    }
}

static platen_code put(const put_work *w, int64_t *id, platen_error *err)
{
    group_row g = {.comment = "", .filters = "[]", .dynamic = w->fields->dynamic};
    int64_t there = 0;
    bool level = false;
    if (*id != 0) {
        PLATEN_TRY(group_read(w->conn, w->arena, *id, &g, err));
    }
    const char *before = *id != 0 ? g.path : "";
    PLATEN_TRY(take_place(w, &g, err));
    PLATEN_TRY(find_path(w, g.path, &there, &level, err));
    if (there != 0 && there != g.id) {
        /* In the tree a level that a name made may become a group of its own. */
        if (!level || *id != 0 || w->fields->naming.list) {
            return refuse(w, "/name", "exists", "there is a group of this name here", err);
        }
        g.id = there;
    }
    g.comment = w->fields->comment != NULL ? w->fields->comment : g.comment;
    g.filters =
        w->fields->filters != NULL && (g.dynamic || *id == 0) ? w->fields->filters : g.filters;
    PLATEN_TRY(write_row(w, &g, err));
    if (*id != 0 && strcmp(before, g.path) != 0) {
        PLATEN_TRY(move_below(w, g.id, g.path, err));
    }
    *id = g.id;
    return PLATEN_OK;
}

platen_code group_put(store_conn *conn, int64_t *id, const group_fields *fields, int64_t now,
                      group_complain complain, void *user, platen_error *err)
{
    put_work w = {.conn = conn,
                  .fields = fields,
                  .now = now,
                  .complain = complain,
                  .user = user,
                  .arena = arena_new()};
    platen_code rc = w.arena != NULL ? put(&w, id, err)
                                     : error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    arena_free(w.arena);
    return rc;
}

/* ---- removing ---- */

static platen_code has_below(store_conn *conn, int64_t id, bool *any, platen_error *err)
{
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_group_below, &st, err));
    store_bind_i64(st, "parent", id);
    store_bind_i64(st, "last", 0);
    platen_code rc = store_step(st, err);
    store_reset(st);
    *any = rc == PLATEN_OK;
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

static bool names_group(const char *targets, int64_t id)
{
    cJSON *tree = NULL;
    const cJSON *item = NULL;
    bool found = false;
    if (json_parse(targets, strlen(targets), &tree, NULL) != PLATEN_OK) {
        return false;
    }
    cJSON_ArrayForEach(item, json_get_array(tree, "groups"))
    {
        found = found || (cJSON_IsNumber(item) && (int64_t)item->valuedouble == id);
    }
    cJSON_Delete(tree);
    return found;
}

static platen_code check_unused(store_conn *conn, int64_t id, platen_error *err)
{
    bool any = false;
    store_stmt *st = NULL;
    char task[128] = "";
    PLATEN_TRY(has_below(conn, id, &any, err));
    if (any) {
        return error_set(err, PLATEN_E_STATE, "there are groups below this one");
    }
    PLATEN_TRY(store_prepare(conn, &sql_group_tasks, &st, err));
    platen_code rc = PLATEN_OK;
    while (task[0] == '\0' && (rc = store_step(st, err)) == PLATEN_OK) {
        if (names_group(store_text(st, 1), id)) {
            (void)snprintf(task, sizeof(task), "%.120s", store_text(st, 0));
        }
    }
    store_reset(st);
    if (task[0] != '\0') {
        return error_set(err, PLATEN_E_STATE, "the group is a target of task '%s'", task);
    }
    return rc == PLATEN_E_NOT_FOUND ? PLATEN_OK : rc;
}

/* Upper levels that were made from a name and have nothing below any more. */
static platen_code remove_levels(store_conn *conn, arena *a, int64_t id, platen_error *err)
{
    while (id != 0) {
        bool any = false;
        group_row g;
        PLATEN_TRY(group_read(conn, a, id, &g, err));
        PLATEN_TRY(has_below(conn, id, &any, err));
        if (!g.level || any) {
            return PLATEN_OK;
        }
        PLATEN_TRY(run_on(conn, &sql_group_delete, "id", id, NULL, err));
        id = g.parent;
    }
    return PLATEN_OK;
}

platen_code group_remove(store_conn *conn, int64_t id, platen_error *err)
{
    arena *a = arena_new();
    group_row g;
    platen_code rc = a != NULL ? group_read(conn, a, id, &g, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    if (rc == PLATEN_OK) {
        rc = check_unused(conn, id, err);
    }
    if (rc == PLATEN_OK) {
        rc = run_on(conn, &sql_group_delete, "id", id, NULL, err);
    }
    if (rc == PLATEN_OK) {
        rc = remove_levels(conn, a, g.parent, err);
    }
    arena_free(a);
    return rc;
}

/* ---- members ---- */

static platen_code refuse_member(group_members *m, int64_t index, const char *why, const char *text,
                                 platen_error *err)
{
    m->refused = index;
    m->why = why;
    return error_set(err, PLATEN_E_INVAL, "%s", text);
}

static platen_code add_member(store_conn *conn, int64_t group, const region_set *regions,
                              group_members *m, size_t index, platen_error *err)
{
    int64_t region = 0;
    store_stmt *st = NULL;
    platen_code rc = region_of_device(conn, m->add[index], &region, NULL);
    if (rc == PLATEN_E_NOT_FOUND || (rc == PLATEN_OK && !region_set_has(m->who, region))) {
        return refuse_member(m, (int64_t)index, "not-found", "there is no such device", err);
    }
    if (rc != PLATEN_OK) {
        return error_set(err, rc, "the region of device %" PRId64, m->add[index]);
    }
    if (!region_may_hold(regions, region)) { /* ACC-82 */
        return refuse_member(m, (int64_t)index, "region",
                             "the device is not of the group's regions", err);
    }
    PLATEN_TRY(store_prepare(conn, &sql_group_member_add, &st, err));
    store_bind_i64(st, "group", group);
    store_bind_i64(st, "device", m->add[index]);
    rc = store_run(st, NULL, err);
    store_reset(st);
    return rc;
}

static platen_code remove_members(store_conn *conn, int64_t group, const group_members *m,
                                  platen_error *err)
{
    store_stmt *st = NULL;
    platen_code rc = PLATEN_OK;
    PLATEN_TRY(store_prepare(conn, &sql_group_member_remove, &st, err));
    for (size_t i = 0; i < m->remove_count && rc == PLATEN_OK; i++) {
        store_bind_i64(st, "group", group);
        store_bind_i64(st, "device", m->remove[i]);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    return rc;
}

static platen_code check_count(store_conn *conn, int64_t group, group_members *m, platen_error *err)
{
    store_stmt *st = NULL;
    int64_t count = 0;
    PLATEN_TRY(store_prepare(conn, &sql_group_member_count, &st, err));
    store_bind_i64(st, "group", group);
    platen_code rc = store_step(st, err);
    if (rc == PLATEN_OK) {
        count = store_i64(st, 0);
    }
    store_reset(st);
    return rc == PLATEN_OK && count > GROUP_MEMBERS_MAX
               ? refuse_member(m, -1, "items", "a static group has at most 5000 devices", err)
               : rc;
}

static platen_code change_members(store_conn *conn, const group_row *g, group_members *m,
                                  platen_error *err)
{
    region_list regions;
    if (g->dynamic || g->level) {
        return error_set(err, PLATEN_E_STATE,
                         g->dynamic ? "the filter of a dynamic group decides which devices it has"
                                    : "an upper level of a name takes no devices");
    }
    PLATEN_TRY(group_row_regions(g, &regions, err));
    const region_set set = region_list_set(&regions);
    PLATEN_TRY(remove_members(conn, g->id, m, err));
    for (size_t i = 0; i < m->add_count; i++) {
        PLATEN_TRY(add_member(conn, g->id, &set, m, i, err));
    }
    return check_count(conn, g->id, m, err);
}

platen_code group_change_members(store_conn *conn, int64_t id, group_members *members,
                                 platen_error *err)
{
    arena *a = arena_new();
    group_row g;
    platen_code rc = a != NULL ? group_read(conn, a, id, &g, err)
                               : error_set(err, PLATEN_E_NOMEM, "no memory for a group");
    if (rc == PLATEN_OK) {
        rc = change_members(conn, &g, members, err);
    }
    arena_free(a);
    return rc;
}
