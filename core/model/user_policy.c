/* The account policy: reading it, and passwords against it. No state. */
#include "core/model/user_policy.h"

#include <ctype.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/base/json.h"
#include "core/base/text.h"
#include "core/secret/secret.h"
#include "user_password_sql.h"
#include "user_reset_sql.h"
#include "user_session_sql.h"
#include "core/model/user_private.h"

#define MINUTE_MS (60 * 1000LL)
#define HISTORY_MAX 24

const preference_group preference_account_policy = {
    .key = "account_policy",
    .presets = "{\"min_length\":8,\"classes\":true,\"history\":0,\"common\":true,"
               "\"lockout_threshold\":5,\"lockout_minutes\":15}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"min_length\":{\"type\":\"integer\",\"minimum\":8,\"maximum\":128},"
              "\"classes\":{\"type\":\"boolean\"},"
              "\"history\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":24},"
              "\"common\":{\"type\":\"boolean\"},"
              "\"lockout_threshold\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},"
              "\"lockout_minutes\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1440}}}",
    .open = true, /* who sets a password wants to know the rules */
};

const preference_group preference_logout = {
    .key = "logout",
    .presets = "{\"enabled\":true,\"minutes\":30,\"remembered\":false}",
    .schema = "{\"type\":\"object\",\"properties\":{"
              "\"enabled\":{\"type\":\"boolean\"},"
              "\"minutes\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":1440},"
              "\"remembered\":{\"type\":\"boolean\","
              "\"description\":\"Logins that are remembered (ACC-11) end too\"}}}",
};

/* ---- reading ---- */

static void take_account(user_policy *p, const cJSON *group)
{
    p->min_length = json_get_i64(group, "min_length", 8);
    p->classes = json_get_bool(group, "classes", true);
    p->history = json_get_i64(group, "history", 0);
    p->common = json_get_bool(group, "common", true);
    p->lockout_threshold = json_get_i64(group, "lockout_threshold", 5);
    p->lockout_ms = json_get_i64(group, "lockout_minutes", 15) * MINUTE_MS;
}

static void take_logout(user_policy *p, const cJSON *group)
{
    bool enabled = json_get_bool(group, "enabled", true);
    p->idle_ms = enabled ? json_get_i64(group, "minutes", 30) * MINUTE_MS : 0;
    p->idle_remembered = json_get_bool(group, "remembered", false);
}

user_policy user_policy_preset(void)
{
    user_policy p;
    take_account(&p, NULL);
    take_logout(&p, NULL);
    return p;
}

platen_code user_policy_read(store_conn *conn, user_policy *out, platen_error *err)
{
    cJSON *group = NULL;
    PLATEN_TRY(preference_read(conn, &preference_account_policy, &group, err));
    take_account(out, group);
    cJSON_Delete(group);
    group = NULL;
    PLATEN_TRY(preference_read(conn, &preference_logout, &group, err));
    take_logout(out, group);
    cJSON_Delete(group);
    return PLATEN_OK;
}

platen_code user_policy_load(store *s, user_policy *out, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = user_policy_read(conn, out, err);
    store_read_end(conn);
    return code;
}

/* ---- what a password must be ---- */

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

static bool has_three_classes(const char *password)
{
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool symbol = false;
    for (const char *at = password; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        upper = upper || isupper(c);
        lower = lower || islower(c);
        digit = digit || isdigit(c);
        symbol = symbol || !isalnum(c);
    }
    return upper + lower + digit + symbol >= 3;
}

/* Of "DOMAIN\name" the name, too. */
static bool is_own_name(const char *name, const char *password)
{
    const char *plain = strrchr(name, '\\');
    return text_equal_fold(name, password) ||
           (plain != NULL && text_equal_fold(plain + 1, password));
}

platen_code user_password_check(const user_policy *p, const char *name, const char *password,
                                platen_error *err)
{
    size_t length = count_characters(password);
    if (length < (size_t)p->min_length || length > USER_PASSWORD_MAX) {
        return error_set(err, PLATEN_E_INVAL,
                         "the password has %zu characters, %lld to %d are needed", length,
                         (long long)p->min_length, USER_PASSWORD_MAX);
    }
    if (p->classes && !has_three_classes(password)) {
        return error_set(err, PLATEN_E_INVAL,
                         "the password needs three of: upper case, lower case, digits, symbols");
    }
    if (is_own_name(name, password) || (p->common && user_password_common(password))) {
        return error_set(err, PLATEN_E_INVAL, "the password is one that others guess first");
    }
    return PLATEN_OK;
}

/* ---- the last ones ---- */

typedef struct old_hashes {
    char *hashes[HISTORY_MAX];
    size_t count;
} old_hashes;

static void free_hashes(old_hashes *old)
{
    for (size_t i = 0; i < old->count; i++) {
        secret_text_free(old->hashes[i]);
    }
}

static platen_code read_hashes(store *s, int64_t id, int64_t most, old_hashes *old,
                               platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = store_prepare(conn, &sql_user_password_last, &stmt, err);
    if (code == PLATEN_OK) {
        store_bind_i64(stmt, "id", id);
        store_bind_i64(stmt, "most", most);
        while (old->count < HISTORY_MAX && (code = store_step(stmt, err)) == PLATEN_OK) {
            old->hashes[old->count] = strdup(store_text(stmt, 0));
            old->count += old->hashes[old->count] != NULL ? 1 : 0;
        }
    }
    store_reset(stmt);
    store_read_end(conn);
    return code == PLATEN_E_NOT_FOUND ? PLATEN_OK : code;
}

platen_code user_password_fresh(store *s, const user_policy *p, int64_t id, const char *password,
                                platen_error *err)
{
    old_hashes old = {.count = 0};
    platen_code code = p->history > 0 ? read_hashes(s, id, p->history, &old, err) : PLATEN_OK;
    for (size_t i = 0; code == PLATEN_OK && i < old.count; i++) {
        if (secret_verify_password(old.hashes[i], password)) {
            code = error_set(err, PLATEN_E_INVAL,
                             "the password is one of the last %lld, another one is needed",
                             (long long)p->history);
        }
    }
    free_hashes(&old);
    return code;
}

/* ---- setting one ---- */

platen_code user_write_password(store_conn *conn, int64_t id, const char *hash, const char *keep,
                                platen_error *err)
{
    const user_order first[] = {
        {.sql = &sql_user_password_keep_old, .number_name = "id", .number = id},
        {.sql = &sql_user_password_trim_old, .number_name = "id", .number = id},
    };
    const user_order after[] = {
        {.sql = &sql_user_reset_forget, .number_name = "id", .number = id},
        {&sql_user_session_end_others, "id", id, "keep", keep != NULL ? keep : ""},
    };
    const user_order set = {&sql_user_password_set, "id", id, "password", hash};
    int64_t changes = 0;
    for (size_t i = 0; i < 2; i++) {
        PLATEN_TRY(user_do(conn, &first[i], NULL, err));
    }
    PLATEN_TRY(user_do(conn, &set, &changes, err));
    if (changes == 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no local user %lld", (long long)id);
    }
    for (size_t i = 0; i < 2; i++) {
        PLATEN_TRY(user_do(conn, &after[i], NULL, err));
    }
    return PLATEN_OK;
}

typedef struct password_change {
    int64_t id;
    const char *hash;
    const char *keep;
} password_change;

static platen_code write_change(store_conn *conn, void *user, platen_error *err)
{
    const password_change *c = user;
    return user_write_password(conn, c->id, c->hash, c->keep, err);
}

platen_code user_set_password(store *s, int64_t id, const char *password, const char *keep,
                              platen_error *err)
{
    char *hash = NULL;
    user_policy policy;
    user_record who;
    arena *a = arena_new();
    if (a == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a password");
    }
    platen_code code = user_by_id(s, a, id, &who, err);
    if (code == PLATEN_OK) {
        code = user_policy_load(s, &policy, err);
    }
    if (code == PLATEN_OK) {
        code = user_password_check(&policy, who.name, password, err);
    }
    if (code == PLATEN_OK) {
        code = user_password_fresh(s, &policy, id, password, err);
    }
    if (code == PLATEN_OK) {
        code = secret_hash_password(password, &hash, err);
    }
    if (code == PLATEN_OK) {
        password_change change = {id, hash, keep};
        code = store_write(s, write_change, &change, err);
    }
    secret_text_free(hash);
    arena_free(a);
    return code;
}
