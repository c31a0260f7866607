/* Accounts of a directory's users: made at the first login, refreshed at each. No state. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/model/user_login.h"
#include "core/model/user_private.h"
#include "user_login_sql.h"
#include "user_session_sql.h"
#include "user_sql.h"

typedef struct entry_work {
    const user_directory_entry *entry;
    char name[USER_SHOWN_MAX + 1];
    char key[USER_SHOWN_MAX + 1];
    arena *arena;
    user_record *out;
} entry_work;

typedef struct known_row {
    int64_t id; /* 0: nobody */
    user_role role;
    bool role_edited;
    char external_id[128];
} known_row;

static platen_code name_of(const char *domain, const char *user, char *name, char *key,
                           platen_error *err)
{
    int length = snprintf(name, USER_SHOWN_MAX + 1, "%s\\%s", domain, user);
    if (length < 0 || length > USER_SHOWN_MAX || !user_name_key(name, key)) {
        return error_set(err, PLATEN_E_TOO_LARGE,
                         "the directory's user name has %d bytes, %d are the most", length,
                         USER_SHOWN_MAX);
    }
    return PLATEN_OK;
}

static void take_known(store_stmt *stmt, arena *a, void *user)
{
    known_row *row = user;
    (void)a;
    row->id = store_i64(stmt, 0);
    row->role = user_role_from_word(store_text(stmt, 1));
    row->role_edited = store_i64(stmt, 2) != 0;
    (void)snprintf(row->external_id, sizeof(row->external_id), "%s", store_text(stmt, 3));
}

static platen_code ask(store_conn *conn, const store_sql *sql, const char *name, const char *text,
                       known_row *row, platen_error *err)
{
    const user_query q = {.sql = sql, .name = name, .text = text, .take = take_known, .out = row};
    memset(row, 0, sizeof(*row));
    platen_code code = user_ask(conn, &q, err);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

/* By the directory's own id, then by name. Somebody else who had the name before, by id, keeps the
 * account but not the name. */
static platen_code find(store_conn *conn, const entry_work *w, known_row *row, platen_error *err)
{
    const char *external = w->entry->external_id;
    known_row named;
    PLATEN_TRY(ask(conn, &sql_user_directory_by_name, "name_key", w->key, &named, err));
    memset(row, 0, sizeof(*row));
    if (external[0] != '\0') {
        PLATEN_TRY(ask(conn, &sql_user_directory_by_external, "external_id", external, row, err));
    }
    bool other =
        named.id != 0 && named.id != row->id && external[0] != '\0' && named.external_id[0] != '\0';
    if (other || (named.id != 0 && row->id != 0 && named.id != row->id)) {
        const user_order aside = {
            .sql = &sql_user_directory_aside, .number_name = "id", .number = named.id};
        return user_do(conn, &aside, NULL, err);
    }
    if (row->id == 0) {
        *row = named;
    }
    return PLATEN_OK;
}

static platen_code write_row(store_conn *conn, const entry_work *w, known_row *row,
                             platen_error *err)
{
    const user_directory_entry *e = w->entry;
    user_role role = row->id != 0 && row->role_edited ? row->role : e->role;
    bool all = role == USER_ROLE_SYSTEM || (e->regions_by_group && e->regions.all);
    bool fresh = role == USER_ROLE_DEVICE && row->role != USER_ROLE_DEVICE;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(
        conn, row->id != 0 ? &sql_user_directory_refresh : &sql_user_directory_insert, &stmt, err));
    store_bind_text(stmt, "name", w->name);
    store_bind_text(stmt, "name_key", w->key);
    store_bind_text(stmt, "domain", e->domain);
    store_bind_text(stmt, "external_id", e->external_id);
    store_bind_text(stmt, "email", e->email);
    store_bind_text(stmt, "role", user_role_word(role));
    store_bind_text(stmt, "functions", fresh ? e->functions : "[]");
    store_bind_i64(stmt, "all_regions", all ? 1 : 0);
    store_bind_i64(stmt, "now", clock_now());
    if (row->id != 0) {
        store_bind_i64(stmt, "id", row->id);
        store_bind_i64(stmt, "fresh", fresh || role != USER_ROLE_DEVICE ? 1 : 0);
        store_bind_i64(stmt, "by_group", e->regions_by_group || role == USER_ROLE_SYSTEM ? 1 : 0);
    }
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        row->id = store_i64(stmt, 0);
        row->role = role;
    }
    store_reset(stmt);
    return code;
}

#define ROLE_JSON 64

static const char *role_json(char text[ROLE_JSON], user_role role)
{
    (void)snprintf(text, ROLE_JSON, "{\"role\":\"%s\"}", user_role_word(role));
    return text;
}

/* A directory's groups make accounts and change roles: as weighty as if somebody had done it. */
static platen_code tell_role(store_conn *conn, const entry_work *w, bool fresh, user_role before,
                             const known_row *row, platen_error *err)
{
    char old[ROLE_JSON];
    char now[ROLE_JSON];
    if (!fresh && before == row->role) {
        return PLATEN_OK;
    }
    return user_tell(conn, fresh ? "users.create" : "users.update", row->id, w->name,
                     fresh ? NULL : role_json(old, before), role_json(now, row->role), err);
}

static platen_code write_entry(store_conn *conn, void *user, platen_error *err)
{
    const entry_work *w = user;
    const user_directory_entry *e = w->entry;
    known_row row;
    PLATEN_TRY(find(conn, w, &row, err));
    bool fresh = row.id == 0;
    user_role before = row.role;
    PLATEN_TRY(write_row(conn, w, &row, err));
    PLATEN_TRY(tell_role(conn, w, fresh, before, &row, err));
    if (e->regions_by_group || row.role == USER_ROLE_SYSTEM) {
        const user_order clear = {
            .sql = &sql_user_region_clear, .number_name = "id", .number = row.id};
        PLATEN_TRY(user_do(conn, &clear, NULL, err));
    }
    if (e->regions_by_group && row.role != USER_ROLE_SYSTEM) {
        PLATEN_TRY(user_regions_write(conn, &sql_user_region_add, row.id, &e->regions, err));
    }
    w->out->id = row.id;
    return PLATEN_OK;
}

platen_code user_enter_directory(store *s, arena *a, const user_directory_entry *entry,
                                 user_record *out, platen_error *err)
{
    entry_work work = {.entry = entry, .arena = a, .out = out};
    PLATEN_TRY(name_of(entry->domain, entry->user, work.name, work.key, err));
    PLATEN_TRY(store_write(s, write_entry, &work, err));
    return user_by_id(s, a, out->id, out, err);
}

static platen_code write_leave(store_conn *conn, void *user, platen_error *err)
{
    const entry_work *w = user;
    known_row row;
    PLATEN_TRY(ask(conn, &sql_user_directory_by_name, "name_key", w->key, &row, err));
    const user_order leave = {
        .sql = &sql_user_directory_leave, .number_name = "id", .number = row.id};
    const user_order sessions = {&sql_user_session_end_others, "id", row.id, "keep", ""};
    PLATEN_TRY(user_do(conn, &leave, NULL, err));
    user_role before = row.role;
    row.role = USER_ROLE_NONE;
    if (row.id != 0) {
        PLATEN_TRY(tell_role(conn, w, false, before, &row, err));
    }
    return user_do(conn, &sessions, NULL, err);
}

platen_code user_leave_directory(store *s, const char *domain, const char *user, platen_error *err)
{
    entry_work work = {.entry = NULL};
    PLATEN_TRY(name_of(domain, user, work.name, work.key, err));
    return store_write(s, write_leave, &work, err);
}
