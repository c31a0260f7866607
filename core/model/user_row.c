/* Reading and writing rows of the users' aggregate: what its other files have in common. */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "core/base/strbuf.h"
#include "core/secret/secret.h"
#include "core/model/user_private.h"
#include "user_login_sql.h"

bool user_name_key(const char *name, char key[USER_SHOWN_MAX + 1])
{
    size_t length = strlen(name);
    key[0] = '\0';
    if (length == 0 || length > USER_SHOWN_MAX) {
        return false;
    }
    for (size_t i = 0; i <= length; i++) {
        key[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    }
    return true;
}

void user_take(store_stmt *stmt, arena *a, user_record *out)
{
    out->id = store_i64(stmt, 0);
    out->name = arena_dup(a, store_text(stmt, 1));
    out->email = arena_dup(a, store_text(stmt, 2));
    out->role = user_role_from_word(store_text(stmt, 3));
    out->functions = arena_dup(a, store_text(stmt, 4));
    out->all_functions = out->role == USER_ROLE_SYSTEM;
    out->preferences = arena_dup(a, store_text(stmt, 5));
    out->directory = strcmp(store_text(stmt, 6), "directory") == 0;
    out->domain = arena_dup(a, store_text(stmt, 7));
    out->regions.all = store_i64(stmt, 8) != 0;
    out->created = store_i64(stmt, 9);
    out->last_login = store_i64(stmt, 10);
    out->locked_until = store_i64(stmt, 11);
    out->second_factor = store_i64(stmt, 12) != 0;
}

platen_code user_whole(const user_record *u, platen_error *err)
{
    return u->name != NULL && u->email != NULL && u->functions != NULL && u->preferences != NULL &&
                   u->domain != NULL
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOMEM, "no memory for a user");
}

platen_code user_ask(store_conn *conn, const user_query *q, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, q->sql, &stmt, err));
    if (q->name != NULL && q->text != NULL) {
        store_bind_text(stmt, q->name, q->text);
    } else if (q->name != NULL) {
        store_bind_i64(stmt, q->name, q->number);
    }
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        q->take(stmt, q->arena, q->out);
    }
    store_reset(stmt);
    return code;
}

platen_code user_ask_once(store *s, const user_query *q, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = user_ask(conn, q, err);
    store_read_end(conn);
    return code;
}

platen_code user_do(store_conn *conn, const user_order *o, int64_t *changes, platen_error *err)
{
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, o->sql, &stmt, err));
    if (o->number_name != NULL) {
        store_bind_i64(stmt, o->number_name, o->number);
    }
    if (o->text_name != NULL) {
        store_bind_text(stmt, o->text_name, o->text);
    }
    platen_code code = store_run(stmt, changes, err);
    store_reset(stmt);
    return code;
}

platen_code user_touch_decoy(store_conn *conn, platen_error *err)
{
    const user_order touch = {.sql = &sql_user_decoy_touch};
    return user_do(conn, &touch, NULL, err);
}

/* ---- regions ---- */

platen_code user_regions_read(store_conn *conn, const store_sql *sql, int64_t id, bool all,
                              arena *a, region_set *out, platen_error *err)
{
    store_stmt *stmt = NULL;
    *out = (region_set){.all = all};
    if (all) {
        return PLATEN_OK;
    }
    int64_t *ids = arena_alloc_array(a, USER_REGIONS_MAX, sizeof(*ids));
    if (ids == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for regions");
    }
    PLATEN_TRY(store_prepare(conn, sql, &stmt, err));
    store_bind_i64(stmt, "id", id);
    platen_code code = PLATEN_OK;
    while (out->count < USER_REGIONS_MAX && (code = store_step(stmt, err)) == PLATEN_OK) {
        ids[out->count++] = store_i64(stmt, 0);
    }
    store_reset(stmt);
    out->ids = ids;
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code user_regions_write(store_conn *conn, const store_sql *sql, int64_t id,
                               const region_set *regions, platen_error *err)
{
    store_stmt *stmt = NULL;
    if (regions->all || regions->count == 0) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store_prepare(conn, sql, &stmt, err));
    platen_code code = PLATEN_OK;
    for (size_t i = 0; i < regions->count && code == PLATEN_OK; i++) {
        store_bind_i64(stmt, "id", id);
        store_bind_i64(stmt, "region", regions->ids[i]);
        code = store_run(stmt, NULL, err);
    }
    store_reset(stmt);
    return code;
}

/* ---- secrets ---- */

platen_code user_random(const char *prefix, size_t bytes, char *out, size_t size, platen_error *err)
{
    strbuf text;
    strbuf_init(&text);
    strbuf_append(&text, prefix);
    platen_code code = secret_token(bytes, &text, err);
    if (code == PLATEN_OK && (text.failed || text.length >= size)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for a secret");
    }
    if (code == PLATEN_OK) {
        memcpy(out, text.data, text.length + 1);
    }
    if (!text.failed) {
        OPENSSL_cleanse(text.data, text.length);
    }
    strbuf_fini(&text);
    return code;
}

platen_code user_make_code(size_t groups, char *text, platen_error *err)
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* 31 */
    size_t length = groups * 5 - 1;
    size_t at = 0;
    while (at < length) {
        unsigned char byte = 0;
        if (RAND_bytes(&byte, 1) != 1) {
            return error_set(err, PLATEN_E_UNAVAILABLE, "the system gives no random bytes");
        }
        if (at % 5 == 4) {
            text[at++] = '-';
        }
        if ((byte & 31) != 31) {
            text[at++] = letters[byte & 31];
        }
    }
    text[at] = '\0';
    return PLATEN_OK;
}

void user_bare_code(const char *code, char hash[65])
{
    char bare[64];
    size_t count = 0;
    for (; *code != '\0' && count + 1 < sizeof(bare); code++) {
        if (*code != '-' && *code != ' ') {
            bare[count++] = (char)(*code >= 'A' && *code <= 'Z' ? *code - 'A' + 'a' : *code);
        }
    }
    bare[count] = '\0';
    secret_token_hash(bare, hash);
    OPENSSL_cleanse(bare, sizeof(bare));
}
