/* /tokens: access of programs. A user sees and ends the own ones, a system manager all. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/rest/list.h"
#include "core/model/user_token.h"
#include "core/rest/request.h"
#include "core/rest/rights.h"

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

#define SOURCE(regions)                                                                            \
    {                                                                                              \
        .fields = fields, .field_count = sizeof(fields) / sizeof(fields[0]),                       \
        .columns = "t.id, t.name, t.role, u.name, t.created, t.expires, t.last_used, "             \
                   "t.functions, t.all_regions, " regions,                                         \
        .from = "user_token t JOIN user_account u ON u.id = t.user_id",                            \
        .count_from = "user_token t JOIN user_account u ON u.id = t.user_id", .key = "t.id",       \
        .sort = "name", .search = "t.name",                                                        \
    }

static const list_source sources[] = {
    [STORE_SQLITE] = SOURCE("(SELECT group_concat(region_id, ',') FROM user_token_region r "
                            "WHERE r.token_id = t.id)"),
    [STORE_PGSQL] = SOURCE("(SELECT string_agg(region_id::text, ',' ORDER BY region_id) "
                           "FROM user_token_region r WHERE r.token_id = t.id)"),
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
    json_raw(w, "functions", store_is_null(stmt, 7) ? "null" : store_text(stmt, 7));
    rights_write_region_list(w, store_i64(stmt, 8) != 0, store_text(stmt, 9));
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
    const list_source *source = &sources[store_dialect_of(rest_services(r)->store)];
    return list_answer(r, source, *own != 0 ? &scope : NULL, write_row, NULL, err);
}

/* RFC 3339 or null; a time that has passed is refused, and what a token makes ends with it. */
static platen_code read_expiry(rest_request *r, int64_t *expires, platen_error *err)
{
    const char *text = json_get_text(rest_body(r), "expires", NULL);
    int64_t own = r->identity.way == ACCESS_TOKEN ? r->identity.expires : 0;
    *expires = 0;
    if (text != NULL && (!clock_parse(text, expires) || *expires <= clock_now())) {
        rest_invalid(r, "/expires", "range", "is a time that has passed");
        return error_set(err, PLATEN_E_INVAL, "the token would expire before it is made");
    }
    if (own != 0 && (*expires == 0 || *expires > own)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token that a token makes ends with it");
    }
    return PLATEN_OK;
}

static bool has_all_functions(const access_identity *who, const char *functions)
{
    cJSON *list = cJSON_Parse(functions);
    const cJSON *each = NULL;
    bool all = true;
    cJSON_ArrayForEach(each, list)
    {
        all = all && access_has_function(who, each->valuestring);
    }
    cJSON_Delete(list);
    return all;
}

static bool has_all_regions(const access_identity *who, const region_set *wanted)
{
    const region_set own = {who->all_regions, who->regions, who->region_count};
    bool all = true;
    for (size_t i = 0; i < wanted->count; i++) {
        all = all && region_set_has(&own, wanted->ids[i]);
    }
    return all;
}

/* What is not named is what the maker has; a token that makes one passes its own limits on. */
static platen_code fill_in(rest_request *r, user_token_draft *d, bool regions_named,
                           platen_error *err)
{
    const access_identity *who = &r->identity;
    bool limited = who->way == ACCESS_TOKEN;
    if (d->functions == NULL && limited && !who->all_functions) {
        d->functions = who->functions;
    }
    if (!regions_named && limited) {
        d->regions = (region_set){who->all_regions, who->regions, who->region_count};
    }
    if (d->role == USER_ROLE_SYSTEM && !d->regions.all) { /* ACC-88 */
        rest_invalid(r, "/regions", "role", "a system manager has all regions");
        return error_set(err, PLATEN_E_INVAL, "a system manager has all regions");
    }
    return PLATEN_OK;
}

/* Never more than who makes it has. */
static platen_code read_rights(rest_request *r, user_token_draft *d, platen_error *err)
{
    const access_identity *who = &r->identity;
    bool named = false;
    d->role = user_role_from_word(json_get_text(rest_body(r), "role", ""));
    if (d->role > who->role) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token cannot have a higher role than '%s' has",
                         who->name);
    }
    PLATEN_TRY(rights_functions(r, &d->functions, err));
    PLATEN_TRY(rights_regions(r, &named, &d->regions, err));
    if (d->functions != NULL && !has_all_functions(who, d->functions)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token cannot have functions that '%s' has not",
                         who->name);
    }
    /* "All" is all that the maker has, whatever that is. */
    if (named && !d->regions.all && !has_all_regions(who, &d->regions)) {
        return error_set(err, PLATEN_E_FORBIDDEN, "a token cannot have regions that '%s' has not",
                         who->name);
    }
    return fill_in(r, d, named && !d->regions.all, err);
}

static platen_code post_tokens(rest_request *r, platen_error *err)
{
    char token[80];
    int64_t id = 0;
    user_token_draft d = {.user = rest_who(r)->user,
                          .name = json_get_text(rest_body(r), "name", "")};
    rest_audit_made(r, &id);
    PLATEN_TRY(read_rights(r, &d, err));
    PLATEN_TRY(read_expiry(r, &d.expires, err));
    PLATEN_TRY(user_token_new(rest_services(r)->store, &d, token, &id, err));
    log_info("token made token=%s user=%s", d.name, rest_who(r)->name);
    json_writer *w = rest_json(r, 201);
    json_object(w, NULL);
    json_id(w, "id", id);
    json_text(w, "name", d.name);
    json_text(w, "role", user_role_word(d.role));
    json_raw(w, "functions", d.functions != NULL ? d.functions : "null");
    rights_write_regions(w, &d.regions);
    json_time(w, "expires", d.expires);
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
    "\"functions\":{\"type\":[\"array\",\"null\"]},"                                               \
    "\"all_regions\":{\"type\":\"boolean\"},\"regions\":{\"type\":\"array\"},"                     \
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
     "\"role\":{\"type\":\"string\",\"enum\":[\"system-manager\",\"device-manager\",\"user\"]}"
     "," RIGHTS_SCHEMA ","
     "\"expires\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}},"
     "\"required\":[\"name\",\"role\"]}",
     "{\"type\":\"object\",\"properties\":{" TOKEN ",\"token\":{\"type\":\"string\"}}}"},
    {"DELETE", "/tokens/{id}", REST_USER, NULL, REST_REGION_NONE, REST_NO_BODY, delete_token,
     "Ends a token at once.", NULL, NULL},
};
const size_t rest_tokens_route_count = sizeof(rest_tokens_routes) / sizeof(rest_tokens_routes[0]);
