/* /login and /logout, and a forgotten password: sessions of people. */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "core/base/log.h"
#include "core/model/user_reset.h"
#include "core/notify/notify.h"
#include "core/rest/login.h"
#include "core/rest/request.h"

#define LOG_SOURCE "login"

/* ---- what the login page offers ---- */

static platen_code get_login(rest_request *r, platen_error *err)
{
    cJSON *set = NULL;
    const services *s = rest_services(r);
    PLATEN_TRY(preference_load(s->store, &preference_directory, &set, err));
    bool by_directory = json_get_bool(set, "enabled", false);
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_bool(w, "password", true);
    json_bool(w, "directory", by_directory);
    json_bool(w, "kerberos", by_directory && json_get_bool(set, "kerberos", false));
    json_bool(w, "reset", s->notify != NULL && notify_mail_ready(s->notify));
    json_object_end(w);
    cJSON_Delete(set);
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

static platen_code ask_directory(rest_request *r, const directory_config *c, const char *name,
                                 user_record *out, platen_error *err)
{
    directory_person *person = NULL;
    const char *password = json_get_text(rest_body(r), "password", "");
    platen_code code =
        directory_login(rest_services(r)->directory, c, name, password, &person, err);
    if (code == PLATEN_OK) {
        code = login_person(r, c, person, out, err);
    }
    directory_person_free(person);
    return code;
}

/* ACC-10. The directory's own trouble is for the log: who is not logged in is not told of servers.
 */
static platen_code enter_known(rest_request *r, const directory_config *c, const char *name,
                               const char *user, user_outcome *out, platen_error *err)
{
    bool locked = false;
    store *s = rest_services(r)->store;
    PLATEN_TRY(user_login_locked(s, user, &locked, err));
    if (locked) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, USER_REFUSED);
    }
    platen_code code = ask_directory(r, c, name, &out->user, err);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        PLATEN_TRY(user_login_failed(s, r->arena, user, out, err));
        return error_set(err, code, USER_REFUSED);
    }
    if (code != PLATEN_OK && code != PLATEN_E_NOMEM) {
        log_warning("the directory cannot be asked user=%s: %s", name, err->text);
        return error_set(err, PLATEN_E_UNAVAILABLE, "the directory cannot be asked just now");
    }
    return code;
}

static platen_code enter_directory(rest_request *r, const char *name, user_outcome *out,
                                   platen_error *err)
{
    const services *s = rest_services(r);
    directory_name parts;
    directory_config config;
    if (!directory_name_parse(name, &parts)) {
        return enter_local(r, name, out, err); /* nobody: refused, after the usual work */
    }
    PLATEN_TRY(directory_config_load(s->store, s->key, s->data_dir, r->arena, &config, err));
    platen_code code = config.enabled ? enter_known(r, &config, name, parts.user, out, err)
                                      : enter_local(r, name, out, err);
    directory_config_wipe(&config);
    return code;
}

static platen_code post_login(rest_request *r, platen_error *err)
{
    user_outcome out = {.locked = false};
    const char *name = json_get_text(rest_body(r), "user", "");
    bool remember = json_get_bool(rest_body(r), "remember", false);
    bool elsewhere = strpbrk(name, "\\@") != NULL; /* local names have neither */
    PLATEN_TRY(login_attempt(r, err));
    platen_code code =
        elsewhere ? enter_directory(r, name, &out, err) : enter_local(r, name, &out, err);
    if (code == PLATEN_E_UNAUTHENTICATED) {
        login_failed(r, name, &out);
    }
    PLATEN_TRY(code);
    login_attempt_good(r);
    return login_answer(r, &out.user, elsewhere ? USER_ENTRY_DIRECTORY : USER_ENTRY_PASSWORD,
                        remember, err);
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

/* A key by mail, or as much work for nothing. */
static platen_code send_key(rest_request *r, platen_error *err)
{
    user_reset reset;
    const services *s = rest_services(r);
    const char *name = json_get_text(rest_body(r), "user", "");
    bool ready = s->notify != NULL && notify_mail_ready(s->notify); /* ACC-19 */
    platen_code code = user_reset_begin(s->store, r->arena, ready ? name : "", &reset, err);
    if (code == PLATEN_OK) {
        code = notify_password_reset(s->notify, &reset.user, reset.key, reset.expires, err);
        OPENSSL_cleanse(reset.key, sizeof(reset.key));
        return code;
    }
    return code == PLATEN_E_NOT_FOUND ? user_pass_time(s->store, err) : code;
}

/* ACC-15, ACC-16: whatever comes of it, the answer is the same. */
static platen_code post_reset(rest_request *r, platen_error *err)
{
    PLATEN_TRY(login_attempt(r, err));
    if (send_key(r, err) != PLATEN_OK) {
        log_warning("cannot send a reset key remote=%s: %s", rest_remote(r), err->text);
    }
    rest_empty(r, 202);
    return PLATEN_OK;
}

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
    rest_audit_user(r, id, json_get_text(body, "user", ""));
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
    {"POST", "/login/reset", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_CSRF | REST_SMALL_BODY,
     post_reset, "Sends a reset key to the mail address of a local user, if there is one.",
     "{\"type\":\"object\",\"properties\":{" USER "},\"required\":[\"user\"]}", NULL},
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
