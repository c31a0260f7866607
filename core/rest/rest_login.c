/* /login and /logout, and a forgotten password: sessions of people. */
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"
#include "core/model/user_reset.h"
#include "core/rest/login.h"
#include "core/rest/request.h"

#define LOG_SOURCE "login"

/* ---- what the login page offers ---- */

static platen_code get_login(rest_request *r, platen_error *err)
{
    (void)err;
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_bool(w, "password", true);
    json_bool(w, "directory", false);
    json_bool(w, "kerberos", false);
    json_bool(w, "reset", false);
    json_object_end(w);
    return PLATEN_OK;
}

/* ---- in and out ---- */

static platen_code enter_local(rest_request *r, const char *name, user_outcome *out,
                               platen_error *err)
{
    const user_attempt attempt = {.name = name,
                                  .password = json_get_text(rest_body(r), "password", ""),
                                  .code = json_get_text(rest_body(r), "code", NULL),
                                  .key = rest_services(r)->key};
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = user_login(rest_services(r)->store, r->arena, &attempt, out, err);
    login_gate_leave(r);
    return code;
}

static platen_code post_login(rest_request *r, platen_error *err)
{
    user_outcome out;
    const char *name = json_get_text(rest_body(r), "user", "");
    bool remember = json_get_bool(rest_body(r), "remember", false);
    PLATEN_TRY(login_attempt(r, err));
    platen_code code = enter_local(r, name, &out, err);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        login_failed(r, name, &out);
    }
    PLATEN_TRY(code);
    login_attempt_good(r);
    return login_answer(r, &out.user, USER_ENTRY_PASSWORD, remember, err);
}

static platen_code post_logout(rest_request *r, platen_error *err)
{
    if (r->identity.way == ACCESS_SESSION) {
        access_forget(r->rest->access, r->identity.hash);
        PLATEN_TRY(user_session_end(rest_services(r)->store, r->identity.hash, err));
        log_info("logout remote=%s user=%s", rest_remote(r), r->identity.name);
    }
    rest_answer_header(r, "Set-Cookie", ACCESS_COOKIE "=" ACCESS_COOKIE_RULES "; Max-Age=0");
    rest_empty(r, 204);
    return PLATEN_OK;
}

/* ---- a forgotten password ---- */

static platen_code post_reset_confirm(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    const cJSON *body = rest_body(r);
    PLATEN_TRY(login_attempt(r, err));
    PLATEN_TRY(login_gate_enter(r, err));
    platen_code code = user_reset_confirm(
        rest_services(r)->store, r->arena, json_get_text(body, "user", ""),
        json_get_text(body, "key", ""), json_get_text(body, "password", ""), &id, err);
    login_gate_leave(r);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        rest_invalid(r, "/key", "key", err->text);
        return error_set(err, PLATEN_E_INVAL, "the reset key is wrong, used or too old");
    }
    if (code == PLATEN_E_INVAL) {
        rest_invalid(r, "/password", "password", err->text);
    }
    PLATEN_TRY(code);
    access_forget_user(r->rest->access, id);
    login_attempt_good(r);
    log_notice("password set with a reset key remote=%s user=%s", rest_remote(r),
               json_get_text(body, "user", ""));
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define USER                                                                                       \
    "\"user\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":320,"                             \
    "\"description\":\"NAME; of a directory's user DOMAIN\\\\NAME or NAME@DOMAIN\"}"

const rest_route rest_login_routes[] = {
    {"GET", "/login", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_BODY, get_login,
     "Which ways there are to log in.", NULL,
     "{\"type\":\"object\",\"properties\":{\"password\":{\"type\":\"boolean\"},"
     "\"directory\":{\"type\":\"boolean\"},\"kerberos\":{\"type\":\"boolean\"},"
     "\"reset\":{\"type\":\"boolean\",\"description\":\"A forgotten password can be reset by "
     "mail\"}}}"},
    {"POST", "/login", REST_PUBLIC, NULL, REST_REGION_NONE,
     REST_NO_CSRF | REST_SMALL_BODY | REST_AUDIT_HELD, post_login,
     "Logs a person in: sets the session cookie and answers the CSRF token.",
     "{\"type\":\"object\",\"properties\":{" USER ","
     "\"password\":{\"type\":\"string\",\"writeOnly\":true,\"maxLength\":512},"
     "\"remember\":{\"type\":\"boolean\",\"description\":\"Keep the login for five days\"},"
     "\"code\":{\"type\":\"string\",\"writeOnly\":true,\"minLength\":1,\"maxLength\":32,"
     "\"description\":\"One-time or recovery code of the second factor\"}},"
     "\"required\":[\"user\",\"password\"]}",
     "{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"object\"},"
     "\"csrf\":{\"type\":\"string\"},\"expires\":{\"type\":\"string\",\"format\":\"date-time\"}}}"},
    {"POST", "/login/reset/confirm", REST_PUBLIC, NULL, REST_REGION_NONE,
     REST_NO_CSRF | REST_SMALL_BODY | REST_AUDIT_HELD, post_reset_confirm,
     "Sets a new password with the key that came by mail.",
     "{\"type\":\"object\",\"properties\":{" USER ","
     "\"key\":{\"type\":\"string\",\"writeOnly\":true,\"minLength\":1,\"maxLength\":64},"
     "\"password\":{\"type\":\"string\",\"writeOnly\":true,\"maxLength\":128}},"
     "\"required\":[\"user\",\"key\",\"password\"]}",
     NULL},
    {"POST", "/logout", REST_USER, NULL, REST_REGION_NONE, 0, post_logout, "Ends the session.",
     NULL, NULL},
};
const size_t rest_login_route_count = sizeof(rest_login_routes) / sizeof(rest_login_routes[0]);
