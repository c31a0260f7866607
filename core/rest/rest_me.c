/* /me: who is logged in, the user's own data, password and sessions (ACC-67). */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/model/user_policy.h"
#include "core/rest/login.h"
#include "core/rest/me.h"
#include "core/rest/request.h"
#include "core/rest/rights.h"

#define LOG_SOURCE "me"
#define MINUTE_MS (60 * 1000LL)

platen_code me_by_session(rest_request *r, platen_error *err)
{
    return r->identity.way == ACCESS_SESSION
               ? PLATEN_OK
               : error_set(err, PLATEN_E_FORBIDDEN, "this is for a person who is logged in");
}

platen_code me_confirm_password(rest_request *r, const char *member, platen_error *err)
{
    user_outcome out;
    const char *password = json_get_text(rest_body(r), member, "");
    PLATEN_TRY(login_attempt(r, err));
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = user_confirm_password(rest_services(r)->store, r->arena, rest_who(r)->user,
                                             password, &out, err);
    login_gate_leave(r);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        login_failed(r, rest_who(r)->name, &out);
        rest_invalid(r, arena_printf(r->arena, "/%s", member), "password", err->text);
        return error_set(err, PLATEN_E_INVAL, "the present password is wrong");
    }
    PLATEN_TRY(code);
    login_attempt_good(r);
    return PLATEN_OK;
}

/* ---- who ---- */

static void write_me(rest_request *r, const user_record *u, const char *preferences)
{
    const access_identity *who = &r->identity;
    const region_set regions = {who->all_regions, who->regions, who->region_count};
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_id(w, "id", u->id);
    json_text(w, "name", u->name);
    json_text(w, "email", u->email);
    json_text(w, "kind", u->directory ? "directory" : "local");
    json_text(w, "role", user_role_word(who->role));
    rights_write_functions(w, who->role, who->all_functions, who->functions);
    rights_write_regions(w, &regions);
    json_bool(w, "second_factor", u->second_factor);
    if (who->idle_ms > 0) {
        json_i64(w, "logout_minutes", who->idle_ms / MINUTE_MS);
    } else {
        json_null(w, "logout_minutes");
    }
    json_text(w, "csrf", who->way == ACCESS_SESSION ? who->csrf : NULL);
    json_raw(w, "preferences", preferences);
    json_object_end(w);
}

static platen_code get_me(rest_request *r, platen_error *err)
{
    user_record u;
    PLATEN_TRY(user_by_id(rest_services(r)->store, r->arena, rest_who(r)->user, &u, err));
    write_me(r, &u, u.preferences);
    return PLATEN_OK;
}

static platen_code change_email(rest_request *r, const char *email, platen_error *err)
{
    const user_draft draft = {.email = email};
    PLATEN_TRY(me_by_session(r, err));
    PLATEN_TRY(user_update(rest_services(r)->store, rest_who(r)->user, &draft, err));
    access_forget_user(r->rest->access, rest_who(r)->user);
    return PLATEN_OK;
}

static platen_code patch_me(rest_request *r, platen_error *err)
{
    user_record u;
    const char *merged = NULL;
    store *s = rest_services(r)->store;
    const cJSON *patch = cJSON_GetObjectItemCaseSensitive(rest_body(r), "preferences");
    const char *email = json_get_text(rest_body(r), "email", NULL);
    if (email != NULL) {
        PLATEN_TRY(change_email(r, email, err));
    }
    PLATEN_TRY(user_by_id(s, r->arena, rest_who(r)->user, &u, err));
    merged = u.preferences;
    if (patch != NULL) {
        char *text = cJSON_PrintUnformatted(patch);
        if (text == NULL) {
            return error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
        }
        platen_code code = user_merge_preferences(s, r->arena, u.id, text, &merged, err);
        cJSON_free(text);
        PLATEN_TRY(code);
    }
    write_me(r, &u, merged);
    return PLATEN_OK;
}

/* ---- password ---- */

static platen_code set_own(rest_request *r, platen_error *err)
{
    const char *password = json_get_text(rest_body(r), "password", "");
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = user_set_password(rest_services(r)->store, rest_who(r)->user, password,
                                         r->identity.hash, err);
    login_gate_leave(r);
    if (code == PLATEN_E_INVAL) {
        rest_invalid(r, "/password", "password", err->text);
    }
    return code;
}

static platen_code put_password(rest_request *r, platen_error *err)
{
    user_record u;
    PLATEN_TRY(me_by_session(r, err));
    PLATEN_TRY(user_by_id(rest_services(r)->store, r->arena, rest_who(r)->user, &u, err));
    if (u.directory) {
        return error_set(err, PLATEN_E_STATE, "the password of '%s' is the directory's", u.name);
    }
    PLATEN_TRY(me_confirm_password(r, "current", err));
    rest_audit_now(r);
    PLATEN_TRY(set_own(r, err));
    access_forget_user(r->rest->access, u.id); /* all other sessions have ended */
    log_notice("password changed remote=%s user=%s", rest_remote(r), u.name);
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- sessions ---- */

platen_code me_write_sessions(rest_request *r, int64_t user, platen_error *err)
{
    user_session *list = NULL;
    size_t count = 0;
    PLATEN_TRY(user_session_list(rest_services(r)->store, r->arena, user, clock_now(), &list,
                                 &count, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_array(w, "items");
    for (size_t i = 0; i < count; i++) {
        json_object(w, NULL);
        json_id(w, "id", list[i].id);
        json_text(w, "way", user_entry_word(list[i].entry));
        json_bool(w, "remembered", list[i].remembered);
        json_time(w, "created", list[i].created);
        json_time(w, "last_used", list[i].last_used);
        json_time(w, "expires", list[i].expires);
        json_text(w, "address", list[i].address);
        json_text(w, "browser", list[i].browser);
        json_bool(w, "current", list[i].id == r->identity.session);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code get_sessions(rest_request *r, platen_error *err)
{
    return me_write_sessions(r, rest_who(r)->user, err);
}

static platen_code delete_session(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(user_session_end_id(rest_services(r)->store, rest_who(r)->user, id, err));
    access_forget_user(r->rest->access, rest_who(r)->user);
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define ME                                                                                         \
    "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"},\"name\":{\"type\":"        \
    "\"string\"},\"email\":{\"type\":\"string\"},\"kind\":{\"type\":\"string\"},"                  \
    "\"role\":{\"type\":\"string\"}," RIGHTS_SCHEMA ",\"second_factor\":{\"type\":\"boolean\"},"   \
    "\"logout_minutes\":{\"type\":[\"integer\",\"null\"]},\"csrf\":{\"type\":[\"string\","         \
    "\"null\"]},\"preferences\":{\"type\":\"object\"}}}"

const rest_route rest_me_routes[] = {
    {"GET", "/me", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_me, "The user who asks.",
     NULL, ME},
    {"PATCH", "/me", REST_USER, NULL, REST_REGION_NONE, 0, patch_me,
     "Changes the user's own e-mail address, and page settings member by member; null removes one.",
     "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\",\"maxLength\":254,"
     "\"anyOf\":[{\"maxLength\":0},{\"format\":\"email\"}]},"
     "\"preferences\":{\"type\":\"object\"}}}",
     ME},
    {"PUT", "/me/password", REST_USER, NULL, REST_REGION_NONE, REST_SMALL_BODY | REST_AUDIT_HELD,
     put_password, "Changes the own password; all other sessions end.",
     "{\"type\":\"object\",\"properties\":{"
     "\"current\":{\"type\":\"string\",\"writeOnly\":true,\"maxLength\":512},"
     "\"password\":{\"type\":\"string\",\"writeOnly\":true,\"maxLength\":128}},"
     "\"required\":[\"current\",\"password\"]}",
     NULL},
    {"GET", "/me/sessions", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_sessions,
     "The own sessions that have not ended.", NULL, NULL},
    {"DELETE", "/me/sessions/{id}", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, delete_session,
     "Ends one of the own sessions.", NULL, NULL},
};
const size_t rest_me_route_count = sizeof(rest_me_routes) / sizeof(rest_me_routes[0]);
