/* /users and /roles: accounts, by system managers (ACC-61 to ACC-68, ACC-92). */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/directory/directory.h"
#include "core/model/user_factor.h"
#include "core/model/user_policy.h"
#include "core/model/user_session.h"
#include "core/rest/function.h"
#include "core/rest/list.h"
#include "core/rest/login.h"
#include "core/rest/me.h"
#include "core/rest/request.h"
#include "core/rest/rights.h"

#define LOG_SOURCE "users"

/* ---- roles ---- */

static void write_role(json_writer *w, user_role role)
{
    const function_word *word = NULL;
    json_object(w, NULL);
    json_text(w, "role", user_role_word(role));
    json_array(w, "functions");
    for (size_t i = 0; role == USER_ROLE_DEVICE && (word = function_at(i)) != NULL; i++) {
        json_object(w, NULL);
        json_text(w, "id", word->id);
        json_text(w, "menu", word->menu);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

static platen_code get_roles(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "items");
    write_role(w, USER_ROLE_SYSTEM);
    write_role(w, USER_ROLE_DEVICE);
    write_role(w, USER_ROLE_USER);
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- reading ---- */

static const list_field fields[] = {
    {"id", "u.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "u.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"kind", "u.kind", LIST_CHOICE, "local|directory", NULL, true, NULL},
    {"domain", "u.domain", LIST_TEXT, NULL, NULL, true, NULL},
    {"email", "u.email", LIST_TEXT, NULL, NULL, true, NULL},
    {"role", "u.role", LIST_CHOICE, "system-manager|device-manager|user", NULL, true, NULL},
    {"locked_until", "u.locked_until", LIST_TIME, NULL, NULL, true, NULL},
    {"last_login", "u.last_login", LIST_TIME, NULL, NULL, true, NULL},
    {"created", "u.created", LIST_TIME, NULL, NULL, true, NULL},
};

#define SOURCE(regions)                                                                            \
    {                                                                                              \
        .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0]),                       \
        .columns = "u.id, u.name, u.kind, u.domain, u.email, u.role, u.functions, u.all_regions, " \
                   "u.locked_until, u.last_login, u.created, u.totp <> '', "                       \
                   "(SELECT count(*) FROM user_session s WHERE s.user_id = u.id), " regions,       \
        .from = "user_account u", .count_from = "user_account u", .key = "u.id", .sort = "name",   \
        .search = "u.name || ' ' || u.email",                                                      \
    }

static const list_source sources[] = {
    [STORE_SQLITE] = SOURCE("(SELECT group_concat(region_id, ',') FROM user_region r "
                            "WHERE r.user_id = u.id)"),
    [STORE_PGSQL] = SOURCE("(SELECT string_agg(region_id::text, ',' ORDER BY region_id) "
                           "FROM user_region r WHERE r.user_id = u.id)"),
};

static void write_times(json_writer *w, int64_t locked_until, int64_t last_login, int64_t created)
{
    json_time(w, "locked_until", locked_until > clock_now() ? locked_until : 0);
    json_time(w, "last_login", last_login);
    json_time(w, "created", created);
}

static void write_role_word(json_writer *w, const char *word)
{
    json_text(w, "role", word[0] != '\0' ? word : NULL);
}

static platen_code write_row(rest_request *r, store_stmt *st, json_writer *w, void *user,
                             platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(st, 0));
    json_text(w, "name", store_text(st, 1));
    json_text(w, "kind", store_text(st, 2));
    json_text(w, "domain", store_text(st, 3));
    json_text(w, "email", store_text(st, 4));
    write_role_word(w, store_text(st, 5));
    json_raw(w, "functions", store_text(st, 6));
    rights_write_region_list(w, store_i64(st, 7) != 0, store_text(st, 13));
    write_times(w, store_i64(st, 8), store_i64(st, 9), store_i64(st, 10));
    json_bool(w, "second_factor", store_i64(st, 11) != 0);
    json_i64(w, "sessions", store_i64(st, 12));
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_users(rest_request *r, platen_error *err)
{
    const list_source *source = &sources[store_dialect_of(rest_services(r)->store)];
    return list_answer(r, source, NULL, write_row, NULL, err);
}

static platen_code answer_user(rest_request *r, int status, int64_t id, platen_error *err)
{
    user_record u;
    user_session *list = NULL;
    size_t sessions = 0;
    store *s = rest_services(r)->store;
    PLATEN_TRY(user_by_id(s, r->arena, id, &u, err));
    PLATEN_TRY(user_session_list(s, r->arena, id, clock_now(), &list, &sessions, err));
    json_writer *w = rest_json(r, status);
    json_object(w, NULL);
    json_id(w, "id", u.id);
    json_text(w, "name", u.name);
    json_text(w, "kind", u.directory ? "directory" : "local");
    json_text(w, "domain", u.domain);
    json_text(w, "email", u.email);
    write_role_word(w, user_role_word(u.role));
    json_raw(w, "functions", u.functions);
    rights_write_regions(w, &u.regions);
    write_times(w, u.locked_until, u.last_login, u.created);
    json_bool(w, "second_factor", u.second_factor);
    json_i64(w, "sessions", (int64_t)sessions);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_user(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    return answer_user(r, 200, id, err);
}

/* ---- making and changing ---- */

static platen_code check_password(rest_request *r, const char *name, int64_t id,
                                  const char *password, platen_error *err)
{
    user_policy policy;
    store *s = rest_services(r)->store;
    PLATEN_TRY(user_policy_load(s, &policy, err));
    platen_code code = user_password_check(&policy, name, password, err);
    if (code == PLATEN_OK && id != 0) {
        code = user_password_fresh(s, &policy, id, password, err);
    }
    if (code == PLATEN_E_INVAL) {
        rest_invalid(r, "/password", "password", err->text);
    }
    return code;
}

static platen_code read_draft(rest_request *r, user_role present, user_draft *d, platen_error *err)
{
    const cJSON *body = rest_body(r);
    d->name = json_get_text(body, "name", NULL);
    d->email = json_get_text(body, "email", NULL);
    d->password = json_get_text(body, "password", NULL);
    d->role = user_role_from_word(json_get_text(body, "role", NULL));
    PLATEN_TRY(rights_functions(r, &d->functions, err));
    PLATEN_TRY(rights_regions(r, &d->set_regions, &d->regions, err));
    user_role role = d->role != USER_ROLE_NONE ? d->role : present;
    if (role == USER_ROLE_SYSTEM && d->set_regions && !d->regions.all) { /* ACC-88 */
        rest_invalid(r, "/regions", "role", "a system manager has all regions");
        return error_set(err, PLATEN_E_INVAL, "a system manager has all regions");
    }
    return PLATEN_OK;
}

/* The model's own rules for names come back as one text. */
static platen_code at_name(rest_request *r, platen_code code, platen_error *err)
{
    if (code == PLATEN_E_INVAL) {
        rest_invalid(r, "/name", "name", err->text);
    }
    return code;
}

static platen_code post_users(rest_request *r, platen_error *err)
{
    user_draft d = {0};
    int64_t id = 0;
    rest_audit_made(r, &id);
    PLATEN_TRY(read_draft(r, USER_ROLE_NONE, &d, err));
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = check_password(r, d.name, 0, d.password, err);
    if (code == PLATEN_OK) {
        code = at_name(r, user_create(rest_services(r)->store, &d, &id, err), err);
    }
    login_gate_leave(r);
    PLATEN_TRY(code);
    log_notice("user made user=%s role=%s by=%s", d.name, user_role_word(d.role),
               rest_who(r)->name);
    return answer_user(r, 201, id, err);
}

static platen_code change(rest_request *r, const user_record *old, const user_draft *d,
                          platen_error *err)
{
    const char *name = d->name != NULL ? d->name : old->name;
    if (d->password == NULL) {
        return at_name(r, user_update(rest_services(r)->store, old->id, d, err), err);
    }
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = check_password(r, name, old->id, d->password, err);
    if (code == PLATEN_OK) {
        code = at_name(r, user_update(rest_services(r)->store, old->id, d, err), err);
    }
    login_gate_leave(r);
    return code;
}

/* ACC-31: what groups decide, the next login would take back. */
static platen_code check_regions(rest_request *r, const user_record *old, const user_draft *d,
                                 platen_error *err)
{
    cJSON *set = NULL;
    if (!old->directory || !d->set_regions) {
        return PLATEN_OK;
    }
    PLATEN_TRY(preference_load(rest_services(r)->store, &preference_directory, &set, err));
    bool by_group = json_get_bool(set, "regions_by_group", false);
    cJSON_Delete(set);
    return by_group
               ? error_set(err, PLATEN_E_STATE,
                           "the regions of '%s' are those of the directory's groups", old->name)
               : PLATEN_OK;
}

static platen_code patch_user(rest_request *r, platen_error *err)
{
    user_draft d = {0};
    user_record old;
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(user_by_id(rest_services(r)->store, r->arena, id, &old, err));
    rest_audit_object(r, NULL, old.name);
    PLATEN_TRY(read_draft(r, old.role, &d, err));
    PLATEN_TRY(check_regions(r, &old, &d, err));
    PLATEN_TRY(change(r, &old, &d, err));
    access_forget_user(r->rest->access, id); /* what was taken away is gone at once */
    log_notice("user changed user=%s by=%s", old.name, rest_who(r)->name);
    return answer_user(r, 200, id, err);
}

/* The id of the path, of somebody who is there; the audit log gets the name. */
static platen_code known_id(rest_request *r, int64_t *id, platen_error *err)
{
    user_record u;
    PLATEN_TRY(rest_param_id(r, "id", id, err));
    PLATEN_TRY(user_by_id(rest_services(r)->store, r->arena, *id, &u, err));
    rest_audit_object(r, NULL, u.name);
    return PLATEN_OK;
}

static platen_code delete_user(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(known_id(r, &id, err));
    if (id == rest_who(r)->user) {
        return error_set(err, PLATEN_E_STATE, "nobody deletes the own account");
    }
    PLATEN_TRY(user_delete(rest_services(r)->store, id, err));
    access_forget_user(r->rest->access, id);
    log_notice("user deleted id=%lld by=%s", (long long)id, rest_who(r)->name);
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- helping ---- */

static platen_code post_unlock(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(known_id(r, &id, err));
    PLATEN_TRY(user_unlock(rest_services(r)->store, id, err)); /* ACC-41 */
    rest_empty(r, 204);
    return PLATEN_OK;
}

static platen_code delete_factor(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(known_id(r, &id, err));
    PLATEN_TRY(user_factor_remove(rest_services(r)->store, id, err));
    log_notice("second factor ended id=%lld by=%s", (long long)id, rest_who(r)->name);
    rest_empty(r, 204);
    return PLATEN_OK;
}

static platen_code get_sessions(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(known_id(r, &id, err));
    return me_write_sessions(r, id, err);
}

static platen_code delete_sessions(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(known_id(r, &id, err));
    PLATEN_TRY(user_session_end_all(rest_services(r)->store, id, NULL, err));
    access_forget_user(r->rest->access, id);
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define MEMBERS                                                                                    \
    "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"                             \
    "\"password\":{\"type\":\"string\",\"maxLength\":128,\"writeOnly\":true},"                     \
    "\"email\":{\"type\":\"string\",\"maxLength\":254,"                                            \
    "\"anyOf\":[{\"maxLength\":0},{\"format\":\"email\"}]},"                                       \
    "\"role\":{\"type\":\"string\",\"enum\":[\"system-manager\",\"device-manager\",\"user\"]}"     \
    "," RIGHTS_SCHEMA
#define USER                                                                                       \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":"        \
    "\"string\"},\"kind\":{\"type\":\"string\"},\"domain\":{\"type\":\"string\"},"                 \
    "\"email\":{\"type\":\"string\"},\"role\":{\"type\":[\"string\",\"null\"]}," RIGHTS_SCHEMA     \
    ",\"locked_until\":{\"type\":[\"string\",\"null\"]},\"last_login\":{\"type\":[\"string\","     \
    "\"null\"]},\"created\":{\"type\":\"string\"},\"second_factor\":{\"type\":\"boolean\"},"       \
    "\"sessions\":{\"type\":\"integer\"}}}"
const rest_route rest_users_routes[] = {
    {"GET", "/roles", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY, get_roles,
     "The roles, and the functions that device managers can be granted.", NULL, NULL},
    {"GET", "/users", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY | REST_STREAM,
     get_users, "All accounts.", NULL, NULL},
    {"POST", "/users", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, post_users,
     "Makes a local user.",
     "{\"type\":\"object\",\"properties\":{" MEMBERS
     "},\"required\":[\"name\",\"password\",\"role\"]}",
     USER},
    {"GET", "/users/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY, get_user,
     "One account.", NULL, USER},
    {"PATCH", "/users/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, 0, patch_user,
     "Changes an account; what is not named stays. A new password ends its sessions.",
     "{\"type\":\"object\",\"properties\":{" MEMBERS "}}", USER},
    {"DELETE", "/users/{id}", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     delete_user, "Removes an account with its sessions and tokens.", NULL, NULL},
    {"POST", "/users/{id}/unlock", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     post_unlock, "Ends a lockout.", NULL, NULL},
    {"DELETE", "/users/{id}/second-factor", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE,
     REST_NO_BODY, delete_factor, "Ends the second factor of somebody who lost it.", NULL, NULL},
    {"GET", "/users/{id}/sessions", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     get_sessions, "The sessions of a user that have not ended.", NULL, NULL},
    {"DELETE", "/users/{id}/sessions", REST_SYSTEM_MANAGER, NULL, REST_REGION_NONE, REST_NO_BODY,
     delete_sessions, "Ends all sessions of a user.", NULL, NULL},
};
const size_t rest_users_route_count = sizeof(rest_users_routes) / sizeof(rest_users_routes[0]);
