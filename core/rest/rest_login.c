/* /login and /logout: sessions of people. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/rest/request.h"
#include "core/secret/secret.h"

#define LOG_SOURCE "login"
#define COOKIE_RULES "; Path=/; HttpOnly; Secure; SameSite=Strict"

static void write_user(json_writer *w, const user_record *u)
{
    json_object(w, "user");
    json_id(w, "id", u->id);
    json_text(w, "name", u->name);
    json_text(w, "email", u->email);
    json_text(w, "role", user_role_word(u->role));
    json_raw(w, "functions", u->functions);
    json_object_end(w);
}

/* A session that was there before ends: whoever logs in anew leaves nothing behind. */
static void end_old(rest_request *r)
{
    if (r->identity.way == ACCESS_SESSION) {
        access_forget(r->rest->access, r->identity.hash);
        (void)user_session_end(rest_services(r)->store, r->identity.hash, NULL);
    }
}

static platen_code post_login(rest_request *r, platen_error *err)
{
    char cookie[64];
    char rules[64] = COOKIE_RULES;
    int wait_s = 0;
    user_record who;
    user_session session;
    store *s = rest_services(r)->store;
    const char *name = json_get_text(rest_body(r), "user", "");
    const cJSON *remember = cJSON_GetObjectItemCaseSensitive(rest_body(r), "remember");
    platen_code code = access_attempt(r->rest->access, rest_remote(r), &wait_s, err);
    if (code != PLATEN_OK) {
        rest_answer_header(r, "Retry-After", arena_printf(r->arena, "%d", wait_s));
        return code;
    }
    PLATEN_TRY(access_gate_enter(r->rest->access, err));
    code = user_login(s, r->arena, name, json_get_text(rest_body(r), "password", ""), &who, err);
    access_gate_leave(r->rest->access);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        log_notice("login refused remote=%s user=%s", rest_remote(r), name);
    }
    PLATEN_TRY(code);
    end_old(r);
    rest_audit_user(r, who.id, who.name);
    rest_audit_now(r);
    PLATEN_TRY(user_session_new(s, who.id, cookie, &session, err));
    access_attempt_good(r->rest->access, rest_remote(r));
    log_info("login remote=%s user=%s", rest_remote(r), who.name);
    const char *kept = cJSON_IsTrue(remember) /* ACC-11, ACC-12 */
                           ? arena_printf(r->arena, "; Max-Age=%lld", USER_SESSION_MS / 1000)
                           : "";
    const char *line =
        arena_printf(r->arena, ACCESS_COOKIE "=%s%s%s", cookie, rules, kept != NULL ? kept : "");
    if (line == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for the session");
    }
    rest_answer_header(r, "Set-Cookie", line);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    write_user(w, &who);
    json_text(w, "csrf", session.csrf);
    json_time(w, "expires", session.expires);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code post_logout(rest_request *r, platen_error *err)
{
    if (r->identity.way == ACCESS_SESSION) {
        access_forget(r->rest->access, r->identity.hash);
        PLATEN_TRY(user_session_end(rest_services(r)->store, r->identity.hash, err));
        log_info("logout remote=%s user=%s", rest_remote(r), r->identity.name);
    }
    rest_answer_header(r, "Set-Cookie", ACCESS_COOKIE "=" COOKIE_RULES "; Max-Age=0");
    rest_empty(r, 204);
    return PLATEN_OK;
}

const rest_route rest_login_routes[] = {
    {"POST", "/login", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_CSRF | REST_AUDIT_HELD,
     post_login, "Logs a person in: sets the session cookie and answers the CSRF token.",
     "{\"type\":\"object\",\"properties\":{"
     "\"user\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
     "\"password\":{\"type\":\"string\",\"maxLength\":128,\"writeOnly\":true},"
     "\"remember\":{\"type\":\"boolean\",\"description\":\"Keep the login for five days\"}},"
     "\"required\":[\"user\",\"password\"]}",
     "{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"object\"},"
     "\"csrf\":{\"type\":\"string\"},\"expires\":{\"type\":\"string\",\"format\":\"date-time\"}}}"},
    {"POST", "/logout", REST_USER, NULL, REST_REGION_NONE, 0, post_logout, "Ends the session.",
     NULL, NULL},
};
const size_t rest_login_route_count = sizeof(rest_login_routes) / sizeof(rest_login_routes[0]);
