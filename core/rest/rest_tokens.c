/* /tokens: access of programs. A user sees and ends the own ones, a system manager all. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/rest/list.h"
#include "core/rest/request.h"

#define LOG_SOURCE "tokens"

static const list_field fields[] = {
    {"id", "t.id", LIST_ID, NULL, NULL, true, NULL},
    {"name", "t.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"role", "t.role", LIST_CHOICE, "system-manager|device-manager|user", NULL, true, NULL},
    {"user", "u.name", LIST_TEXT, NULL, NULL, true, NULL},
    {"created", "t.created", LIST_TIME, NULL, NULL, true, NULL},
    {"expires", "t.expires", LIST_TIME, NULL, NULL, true, NULL},
    {"last_used", "t.last_used", LIST_TIME, NULL, NULL, true, NULL},
};

static const list_source source = {
    .fields = fields,
    .field_count = sizeof(fields) / sizeof(fields[0]),
    .columns = "t.id, t.name, t.role, u.name, t.created, t.expires, t.last_used",
    .from = "user_token t JOIN user_account u ON u.id = t.user_id",
    .count_from = "user_token t",
    .where = NULL,
    .key = "t.id",
    .sort = "name",
    .search = "t.name",
};

static platen_code write_row(rest_request *r, store_stmt *stmt, json_writer *w, void *user,
                             platen_error *err)
{
    (void)r;
    (void)user;
    (void)err;
    json_object(w, NULL);
    json_id(w, "id", store_i64(stmt, 0));
    json_text(w, "name", store_text(stmt, 1));
    json_text(w, "role", store_text(stmt, 2));
    json_text(w, "user", store_text(stmt, 3));
    json_time(w, "created", store_i64(stmt, 4));
    json_time(w, "expires", store_i64(stmt, 5));
    json_time(w, "last_used", store_i64(stmt, 6));
    json_object_end(w);
    return PLATEN_OK;
}

static void bind_user(store_stmt *stmt, void *user)
{
    store_bind_i64(stmt, "user_id", *(const int64_t *)user);
}

static platen_code get_tokens(rest_request *r, platen_error *err)
{
    int64_t *own = arena_alloc(r->arena, sizeof(*own));
    if (own == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a list");
    }
    *own = rest_who(r)->role == REST_SYSTEM_MANAGER ? 0 : rest_who(r)->user;
    list_scope scope = {.where = "t.user_id = :user_id", .bind = bind_user, .user = own};
    return list_answer(r, &source, *own != 0 ? &scope : NULL, write_row, NULL, err);
}

/* RFC 3339 or null; a time that has passed is refused. */
static platen_code read_expiry(rest_request *r, int64_t *expires, platen_error *err)
{
    const char *text = json_get_text(rest_body(r), "expires", NULL);
    *expires = 0;
    if (text == NULL) {
        return PLATEN_OK;
    }
    if (!clock_parse(text, expires) || *expires <= clock_now()) {
        rest_invalid(r, "/expires", "range", "is a time that has passed");
        return error_set(err, PLATEN_E_INVAL, "the token would expire before it is made");
    }
    return PLATEN_OK;
}

static platen_code post_tokens(rest_request *r, platen_error *err)
{
    char token[80];
    int64_t id = 0;
    int64_t expires = 0;
    const char *name = json_get_text(rest_body(r), "name", "");
    user_role role = user_role_from_word(json_get_text(rest_body(r), "role", ""));
    if (role > r->identity.role) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token cannot have a higher role than '%s' has",
                         rest_who(r)->name);
    }
    PLATEN_TRY(read_expiry(r, &expires, err));
    PLATEN_TRY(user_token_new(rest_services(r)->store, rest_who(r)->user, name, role, expires,
                              token, &id, err));
    log_info("token made token=%s user=%s", name, rest_who(r)->name);
    json_writer *w = rest_json(r, 201);
    json_object(w, NULL);
    json_id(w, "id", id);
    json_text(w, "name", name);
    json_text(w, "role", user_role_word(role));
    json_time(w, "expires", expires);
    json_text(w, "token", token);
    json_object_end(w);
    return PLATEN_OK;
}

static platen_code delete_token(rest_request *r, platen_error *err)
{
    int64_t id = 0;
    int64_t own = rest_who(r)->role == REST_SYSTEM_MANAGER ? 0 : rest_who(r)->user;
    PLATEN_TRY(rest_param_id(r, "id", &id, err));
    PLATEN_TRY(user_token_delete(rest_services(r)->store, id, own, err));
    access_forget_user(r->rest->access, 0); /* which hash it had is known no more */
    rest_empty(r, 204);
    return PLATEN_OK;
}

#define TOKEN                                                                                      \
    "\"id\":{\"type\":\"string\"},\"name\":{\"type\":\"string\"},\"role\":{\"type\":\"string\"},"  \
    "\"expires\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}"

const rest_route rest_tokens_routes[] = {
    {"GET", "/tokens", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, get_tokens,
     "Tokens of the user; of everybody for system managers.", NULL,
     "{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":{\"type\":"
     "\"object\",\"properties\":{" TOKEN "}}}}}"},
    {"POST", "/tokens", REST_USER, NULL, REST_REGION_NONE, 0, post_tokens,
     "Makes a token for a program; it is shown once.",
     "{\"type\":\"object\",\"properties\":{"
     "\"name\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":64},"
     "\"role\":{\"type\":\"string\",\"enum\":[\"system-manager\",\"device-manager\",\"user\"]},"
     "\"expires\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}},"
     "\"required\":[\"name\",\"role\"]}",
     "{\"type\":\"object\",\"properties\":{" TOKEN ",\"token\":{\"type\":\"string\"}}}"},
    {"DELETE", "/tokens/{id}", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, delete_token,
     "Ends a token at once.", NULL, NULL},
};
const size_t rest_tokens_route_count = sizeof(rest_tokens_routes) / sizeof(rest_tokens_routes[0]);
