/* /setup: is the first administrator needed, and making one with the one-time token. */
#include "core/rest/setup.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/model/user_policy.h"
#include "core/rest/login.h"
#include "core/rest/request.h"
#include "core/secret/secret.h"

#define LOG_SOURCE "setup"
#define FILE_NAME "setup-token"

static platen_code read_token(const char *path, char token[SETUP_TOKEN_TEXT], platen_error *err)
{
    char *text = NULL;
    size_t length = 0;
    PLATEN_TRY(file_read(path, SETUP_TOKEN_TEXT, &text, &length, err));
    const char *trimmed = text_trim(text);
    length = strlen(trimmed);
    if (length < 16 || length >= SETUP_TOKEN_TEXT) {
        free(text);
        return error_set(err, PLATEN_E_CORRUPT,
                         "'%s' holds no setup token; remove it and start again", path);
    }
    memcpy(token, trimmed, length + 1);
    free(text);
    return PLATEN_OK;
}

static platen_code make_token(const char *path, char token[SETUP_TOKEN_TEXT], platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    platen_code code = secret_token(24, &text, err);
    if (code == PLATEN_OK && (text.failed || text.length >= SETUP_TOKEN_TEXT - 1)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for the setup token");
    }
    if (code == PLATEN_OK) {
        memcpy(token, text.data, text.length + 1);
        strbuf_append(&text, "\n");
        code = file_write(path, text.data, text.length, 0600, err);
    }
    strbuf_fini(&text);
    return code;
}

platen_code setup_token_ensure(store *s, const char *data_dir, char token[SETUP_TOKEN_TEXT],
                               platen_error *err)
{
    char path[FILE_PATH];
    bool any = false;
    PLATEN_TRY(file_join(path, data_dir, FILE_NAME, err));
    PLATEN_TRY(user_any(s, &any, err));
    token[0] = '\0';
    if (any) {
        (void)unlink(path);
        return PLATEN_OK;
    }
    return file_exists(path) ? read_token(path, token, err) : make_token(path, token, err);
}

static platen_code get_setup(rest_request *r, platen_error *err)
{
    bool any = false;
    PLATEN_TRY(user_any(rest_services(r)->store, &any, err));
    json_writer *w = rest_json(r, 200);
    json_object(w, NULL);
    json_bool(w, "needed", !any);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code check_token(rest_request *r, const char *path, platen_error *err)
{
    char token[SETUP_TOKEN_TEXT];
    const char *given = json_get_text(rest_body(r), "token", "");
    bool any = false;
    PLATEN_TRY(user_any(rest_services(r)->store, &any, err));
    if (any) {
        return error_set(err, PLATEN_E_STATE, "there is an administrator already");
    }
    PLATEN_TRY(read_token(path, token, err));
    return secret_equal(given, token)
               ? PLATEN_OK
               : error_set(err, PLATEN_E_FORBIDDEN, "the setup token is not the one in force");
}

static platen_code post_setup(rest_request *r, platen_error *err)
{
    char path[FILE_PATH];
    user_policy policy;
    const services *s = rest_services(r);
    const char *password = json_get_text(rest_body(r), "password", "");
    const char *email = json_get_text(rest_body(r), "email", "");
    PLATEN_TRY(login_attempt(r, err));
    PLATEN_TRY(file_join(path, s->data_dir, FILE_NAME, err));
    PLATEN_TRY(check_token(r, path, err));
    PLATEN_TRY(user_policy_load(s->store, &policy, err));
    platen_code code = user_password_check(&policy, USER_ADMINISTRATOR, password, err);
    if (code != PLATEN_OK) {
        rest_invalid(r, "/password", "password", err->text);
        return code;
    }
    PLATEN_TRY(login_gate_enter(r, err));
    rest_audit_user(r, 0, USER_ADMINISTRATOR);
    code = user_create_admin(s->store, email, password, err);
    login_gate_leave(r);
    PLATEN_TRY(code);
    (void)unlink(path);
    login_attempt_good(r);
    log_notice("the first administrator was made remote=%s", rest_remote(r));
    json_writer *w = rest_json(r, 201);
    json_object(w, NULL);
    json_text(w, "name", USER_ADMINISTRATOR);
    json_text(w, "email", email);
    json_object_end(w);
    return PLATEN_OK;
}

const rest_route rest_setup_routes[] = {
    {"GET", "/setup", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_BODY, get_setup,
     "Whether the first administrator is still to be made.", NULL,
     "{\"type\":\"object\",\"properties\":{\"needed\":{\"type\":\"boolean\"}}}"},
    {"POST", "/setup", REST_PUBLIC, NULL, REST_REGION_NONE, REST_NO_CSRF | REST_SMALL_BODY,
     post_setup, "Makes the first administrator with the one-time token that the manager printed.",
     "{\"type\":\"object\",\"properties\":{"
     "\"token\":{\"type\":\"string\",\"writeOnly\":true,\"minLength\":1,\"maxLength\":64},"
     "\"password\":{\"type\":\"string\",\"writeOnly\":true,\"maxLength\":128,\"description\":\"At "
     "least 8 characters, "
     "three of upper case, lower case, digits, symbols\"},"
     "\"email\":{\"type\":\"string\",\"format\":\"email\",\"maxLength\":254}},"
     "\"required\":[\"token\",\"password\",\"email\"]}",
     "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
     "\"email\":{\"type\":\"string\"}}}"},
};
const size_t rest_setup_route_count = sizeof(rest_setup_routes) / sizeof(rest_setup_routes[0]);
