/* Tokens in the database, and what they may. No state. */
#include "core/model/user_token.h"

#include <string.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/model/user_private.h"
#include "core/secret/secret.h"
#include "user_sql.h"
#include "user_token_sql.h"

/* ---- making ---- */

typedef struct token_change {
    const user_token_draft *draft;
    const char *hash;
    int64_t *id; /* set in the transaction: the audit log looks at it there */
} token_change;

static void take_number(store_stmt *stmt, arena *a, void *out)
{
    (void)a;
    *(int64_t *)out = store_i64(stmt, 0);
}

static platen_code insert(store_conn *conn, token_change *c, platen_error *err)
{
    const user_token_draft *d = c->draft;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_token_insert, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    store_bind_i64(stmt, "user_id", d->user);
    store_bind_text(stmt, "name", d->name);
    store_bind_text(stmt, "role", user_role_word(d->role));
    store_bind_text(stmt, "functions", d->functions);
    store_bind_i64(stmt, "all_regions", d->regions.all ? 1 : 0);
    store_bind_i64(stmt, "now", clock_now());
    if (d->expires != 0) {
        store_bind_i64(stmt, "expires", d->expires);
    } else {
        store_bind_null(stmt, "expires");
    }
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        *c->id = store_i64(stmt, 0);
    }
    store_reset(stmt);
    return code;
}

static platen_code write_token(store_conn *conn, void *user, platen_error *err)
{
    token_change *c = user;
    int64_t count = 0;
    const user_query q = {.sql = &sql_user_token_count,
                          .name = "id",
                          .number = c->draft->user,
                          .take = take_number,
                          .out = &count};
    const user_order sweep = {&sql_user_token_sweep, "now", clock_now(), NULL, NULL};
    PLATEN_TRY(user_do(conn, &sweep, NULL, err));
    PLATEN_TRY(user_ask(conn, &q, err));
    if (count >= USER_TOKENS_MAX) {
        return error_set(err, PLATEN_E_STATE, "the user has %lld tokens, %d are the most",
                         (long long)count, USER_TOKENS_MAX);
    }
    PLATEN_TRY(insert(conn, c, err));
    return user_regions_write(conn, &sql_user_token_region_add, *c->id, &c->draft->regions, err);
}

platen_code user_token_new(store *s, const user_token_draft *draft, char token[80], int64_t *id,
                           platen_error *err)
{
    char hash[65];
    PLATEN_TRY(user_random(USER_TOKEN_PREFIX, 32, token, 80, err));
    secret_token_hash(token, hash);
    token_change change = {draft, hash, id};
    return store_write(s, write_token, &change, err);
}

/* ---- what it may ---- */

static bool has_word(const cJSON *list, const char *word)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, list)
    {
        if (cJSON_IsString(each) && strcmp(each->valuestring, word) == 0) {
            return true;
        }
    }
    return false;
}

platen_code user_functions_common(arena *a, const char *one, const char *other, const char **out,
                                  platen_error *err)
{
    cJSON *first = cJSON_Parse(one);
    cJSON *second = cJSON_Parse(other);
    const cJSON *each = NULL;
    strbuf text;
    json_writer w;
    strbuf_init(&text);
    json_init(&w, &text);
    json_array(&w, NULL);
    cJSON_ArrayForEach(each, first)
    {
        if (cJSON_IsString(each) && has_word(second, each->valuestring)) {
            json_text(&w, NULL, each->valuestring);
        }
    }
    json_array_end(&w);
    *out = text.failed ? NULL : arena_dup(a, text.data);
    strbuf_fini(&text);
    cJSON_Delete(first);
    cJSON_Delete(second);
    return *out != NULL ? PLATEN_OK : error_set(err, PLATEN_E_NOMEM, "no memory for functions");
}

/* ---- reading ---- */

typedef struct token_row {
    user_token token;
    user_role role;
    const char *functions; /* NULL: the owner's */
    bool all_regions;
} token_row;

static void take_token(store_stmt *stmt, arena *a, void *user)
{
    token_row *row = user;
    user_take(stmt, a, &row->token.user);
    row->token.id = store_i64(stmt, USER_COLUMNS);
    row->token.name = arena_dup(a, store_text(stmt, USER_COLUMNS + 1));
    row->token.expires = store_i64(stmt, USER_COLUMNS + 2);
    row->role = user_role_from_word(store_text(stmt, USER_COLUMNS + 3));
    row->functions = store_is_null(stmt, USER_COLUMNS + 4)
                         ? NULL
                         : arena_dup(a, store_text(stmt, USER_COLUMNS + 4));
    row->all_regions = store_i64(stmt, USER_COLUMNS + 5) != 0;
}

/* Of the owner's regions those that the token has. */
static platen_code narrow_regions(store_conn *conn, arena *a, token_row *row, platen_error *err)
{
    region_set own;
    region_set *mine = &row->token.user.regions;
    PLATEN_TRY(user_regions_read(conn, &sql_user_token_region_ids, row->token.id, row->all_regions,
                                 a, &own, err));
    if (own.all) {
        return PLATEN_OK;
    }
    if (mine->all) {
        *mine = own;
        return PLATEN_OK;
    }
    int64_t *both = arena_alloc_array(a, own.count + 1, sizeof(*both));
    size_t count = 0;
    if (both == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for regions");
    }
    for (size_t i = 0; i < own.count; i++) {
        if (region_set_has(mine, own.ids[i])) {
            both[count++] = own.ids[i];
        }
    }
    *mine = (region_set){.ids = both, .count = count};
    return PLATEN_OK;
}

static platen_code narrow_functions(arena *a, token_row *row, platen_error *err)
{
    user_record *who = &row->token.user;
    bool owner_has_all = who->all_functions;
    who->role = row->role < who->role ? row->role : who->role;
    who->all_functions = owner_has_all && row->functions == NULL;
    if (row->functions == NULL) {
        return PLATEN_OK;
    }
    if (owner_has_all) {
        who->functions = row->functions;
        return PLATEN_OK;
    }
    return user_functions_common(a, who->functions, row->functions, &who->functions, err);
}

static platen_code read_token(store_conn *conn, arena *a, const char *hash, token_row *row,
                              platen_error *err)
{
    user_record *who = &row->token.user;
    const user_query q = {.sql = &sql_user_token_by_hash,
                          .name = "hash",
                          .text = hash,
                          .take = take_token,
                          .arena = a,
                          .out = row};
    PLATEN_TRY(user_ask(conn, &q, err));
    PLATEN_TRY(user_whole(who, err));
    if (row->token.name == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a token");
    }
    PLATEN_TRY(user_regions_read(conn, &sql_user_region_ids, who->id, who->regions.all, a,
                                 &who->regions, err));
    PLATEN_TRY(narrow_regions(conn, a, row, err));
    return narrow_functions(a, row, err);
}

platen_code user_token_get(store *s, arena *a, const char *hash, int64_t now, user_token *out,
                           platen_error *err)
{
    token_row row = {.role = USER_ROLE_NONE};
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = read_token(conn, a, hash, &row, err);
    store_read_end(conn);
    bool expired = row.token.expires != 0 && row.token.expires <= now;
    if (code == PLATEN_E_NOT_FOUND ||
        (code == PLATEN_OK && (expired || row.token.user.role == USER_ROLE_NONE))) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "the token is not valid or has expired");
    }
    PLATEN_TRY(code);
    *out = row.token;
    return PLATEN_OK;
}

/* ---- using, ending ---- */

static platen_code write_use(store_conn *conn, void *user, platen_error *err)
{
    return user_do(conn, user, NULL, err);
}

platen_code user_token_touch(store *s, const char *hash, int64_t now, platen_error *err)
{
    user_order o = {&sql_user_token_use, "now", now, "hash", hash};
    return store_write(s, write_use, &o, err);
}

typedef struct token_removal {
    int64_t id;
    int64_t user;
} token_removal;

static platen_code write_removal(store_conn *conn, void *user, platen_error *err)
{
    const token_removal *c = user;
    store_stmt *stmt = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_user_token_remove, &stmt, err));
    store_bind_i64(stmt, "id", c->id);
    store_bind_i64(stmt, "user_id", c->user);
    platen_code code = store_run(stmt, &changes, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    return changes > 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no token %lld", (long long)c->id);
}

platen_code user_token_delete(store *s, int64_t id, int64_t user, platen_error *err)
{
    token_removal removal = {id, user};
    return store_write(s, write_removal, &removal, err);
}
