/*
 * Users, sessions and tokens in the database. No state of its own but the hash that unknown users
 * are checked against, made once.
 */
#include "core/model/user.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/secret/secret.h"
#include "user_sql.h"

#define LOG_SOURCE "user"
#define PASSWORD_MIN 8
#define PASSWORD_MAX 128
#define PREFERENCES_MAX 65536u
#define REFUSED "user name or password is wrong, or the account is locked for a while"

/* ---- words and rules ---- */

static const char *const role_words[] = {"", "user", "device-manager", "system-manager"};

const char *user_role_word(user_role role)
{
    return role_words[role];
}

user_role user_role_from_word(const char *word)
{
    for (int i = 1; i <= USER_ROLE_SYSTEM; i++) {
        if (word != NULL && strcmp(word, role_words[i]) == 0) {
            return (user_role)i;
        }
    }
    return USER_ROLE_NONE;
}

static bool is_common(const char *password)
{
    static const char *const common[] = {
        "password",  "passw0rd",   "p@ssword",    "p@ssw0rd",   "administrator", "admin123",
        "welcome1",  "qwerty123",  "letmein1",    "changeme",   "abcd1234",      "test1234",
        "printer1",  "platen123",  "1q2w3e4r",    "iloveyou1",  "summer2024",    "winter2024",
        "password1", "password12", "password123", "password1!", "admin1234",     "welcome123",
    };
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
        size_t length = strlen(common[i]);
        /* "Password1!" is no better than "password1". */
        if (strncasecmp(password, common[i], length) == 0 && strlen(password) <= length + 1) {
            return true;
        }
    }
    return false;
}

platen_code user_check_password(const char *name, const char *password, platen_error *err)
{
    bool upper = false;
    bool lower = false;
    bool digit = false;
    bool symbol = false;
    size_t length = 0;
    for (const char *at = password; *at != '\0'; at++) {
        unsigned char c = (unsigned char)*at;
        upper = upper || isupper(c);
        lower = lower || islower(c);
        digit = digit || isdigit(c);
        symbol = symbol || !isalnum(c);
        length += (c & 0xc0) != 0x80 ? 1 : 0;
    }
    if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
        return error_set(err, PLATEN_E_INVAL,
                         "the password has %zu characters, %d to %d are needed", length,
                         PASSWORD_MIN, PASSWORD_MAX);
    }
    if (upper + lower + digit + symbol < 3) {
        return error_set(err, PLATEN_E_INVAL,
                         "the password needs three of: upper case, lower case, digits, symbols");
    }
    if (text_equal_fold(name, password) || is_common(password)) {
        return error_set(err, PLATEN_E_INVAL, "the password is one that others guess first");
    }
    return PLATEN_OK;
}

/* Lower case for ASCII; what is beyond stays, so two such names may differ in case alone. */
static bool name_key(const char *name, char key[USER_NAME_MAX * 4 + 1])
{
    size_t length = strlen(name);
    if (length == 0 || length > USER_NAME_MAX * 4) {
        return false;
    }
    for (size_t i = 0; i <= length; i++) {
        key[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    }
    return true;
}

/* ---- reading ---- */

/* One row of one statement, bound by `bind`, read by `take`. */
typedef struct reading {
    const store_sql *sql;
    const char *name; /* of the one parameter; NULL: none */
    const char *text; /* its value, NULL: number */
    int64_t number;
    arena *arena;
    void *out;
    void (*take)(store_stmt *stmt, struct reading *with);
} reading;

static platen_code read_one(store *s, reading *with, platen_error *err)
{
    store_conn *conn = NULL;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = store_prepare(conn, with->sql, &stmt, err);
    if (code == PLATEN_OK) {
        if (with->name != NULL && with->text != NULL) {
            store_bind_text(stmt, with->name, with->text);
        } else if (with->name != NULL) {
            store_bind_i64(stmt, with->name, with->number);
        }
        code = store_step(stmt, err);
        if (code == PLATEN_OK) {
            with->take(stmt, with);
        }
    }
    store_reset(stmt);
    store_read_end(conn);
    return code;
}

static void take_user(store_stmt *stmt, arena *a, user_record *out)
{
    out->id = store_i64(stmt, 0);
    out->name = arena_dup(a, store_text(stmt, 1));
    out->email = arena_dup(a, store_text(stmt, 2));
    out->role = user_role_from_word(store_text(stmt, 3));
    out->functions = arena_dup(a, store_text(stmt, 4));
    out->preferences = arena_dup(a, store_text(stmt, 5));
}

static bool user_whole(const user_record *u)
{
    return u->name != NULL && u->email != NULL && u->functions != NULL && u->preferences != NULL;
}

static void take_number(store_stmt *stmt, reading *with)
{
    *(int64_t *)with->out = store_i64(stmt, 0);
}

platen_code user_any(store *s, bool *any, platen_error *err)
{
    int64_t count = 0;
    reading with = {.sql = &sql_user_count, .out = &count, .take = take_number};
    PLATEN_TRY(read_one(s, &with, err));
    *any = count > 0;
    return PLATEN_OK;
}

static void take_by_id(store_stmt *stmt, reading *with)
{
    take_user(stmt, with->arena, with->out);
}

platen_code user_by_id(store *s, arena *a, int64_t id, user_record *out, platen_error *err)
{
    user_record found = {0};
    reading with = {.sql = &sql_user_by_id,
                    .name = "id",
                    .number = id,
                    .arena = a,
                    .out = &found,
                    .take = take_by_id};
    platen_code code = read_one(s, &with, err);
    if (code == PLATEN_E_NOT_FOUND) {
        return error_set(err, code, "there is no user %lld", (long long)id);
    }
    PLATEN_TRY(code);
    if (!user_whole(&found)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a user");
    }
    *out = found;
    return PLATEN_OK;
}

/* ---- creating, passwords ---- */

typedef struct account_change {
    const char *name;
    const char *key;
    const char *email;
    const char *password; /* hash */
} account_change;

static platen_code write_admin(store_conn *conn, void *user, platen_error *err)
{
    const account_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_count, &stmt, err));
    platen_code code = store_step(stmt, err);
    int64_t count = code == PLATEN_OK ? store_i64(stmt, 0) : 0;
    store_reset(stmt);
    PLATEN_TRY(code);
    if (count > 0) { /* inside the transaction: two set-ups at once make one administrator */
        return error_set(err, PLATEN_E_STATE, "there is an administrator already");
    }
    PLATEN_TRY(store_prepare(conn, &sql_user_insert, &stmt, err));
    store_bind_text(stmt, "name", c->name);
    store_bind_text(stmt, "name_key", c->key);
    store_bind_text(stmt, "email", c->email);
    store_bind_text(stmt, "role", user_role_word(USER_ROLE_SYSTEM));
    store_bind_text(stmt, "password", c->password);
    store_bind_i64(stmt, "created", clock_now());
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code user_create_admin(store *s, const char *email, const char *password, platen_error *err)
{
    char key[USER_NAME_MAX * 4 + 1];
    char *hash = NULL;
    PLATEN_TRY(user_check_password(USER_ADMINISTRATOR, password, err));
    (void)name_key(USER_ADMINISTRATOR, key);
    PLATEN_TRY(secret_hash_password(password, &hash, err));
    account_change change = {USER_ADMINISTRATOR, key, email != NULL ? email : "", hash};
    platen_code code = store_write(s, write_admin, &change, err);
    secret_text_free(hash);
    return code;
}

static platen_code write_password(store_conn *conn, void *user, platen_error *err)
{
    const account_change *c = user;
    store_stmt *stmt = NULL;
    int64_t changes = 0;
    PLATEN_TRY(store_prepare(conn, &sql_user_set_password, &stmt, err));
    store_bind_text(stmt, "password", c->password);
    store_bind_text(stmt, "name_key", c->key);
    platen_code code = store_run(stmt, &changes, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    if (changes == 0) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no user '%s'", c->name);
    }
    PLATEN_TRY(store_prepare(conn, &sql_user_end_sessions, &stmt, err));
    store_bind_text(stmt, "name_key", c->key);
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code user_reset_password(store *s, const char *name, const char *password, platen_error *err)
{
    char key[USER_NAME_MAX * 4 + 1];
    char *hash = NULL;
    const char *who = name != NULL ? name : USER_ADMINISTRATOR;
    if (!name_key(who, key)) {
        return error_set(err, PLATEN_E_INVAL, "a user name has 1 to %d characters", USER_NAME_MAX);
    }
    PLATEN_TRY(user_check_password(who, password, err));
    PLATEN_TRY(secret_hash_password(password, &hash, err));
    account_change change = {.name = who, .key = key, .password = hash};
    platen_code code = store_write(s, write_password, &change, err);
    secret_text_free(hash);
    return code;
}

/* ---- login ---- */

typedef struct login_row {
    user_record user;
    const char *password;
    int64_t locked_until;
    int64_t failures;
} login_row;

static void take_login(store_stmt *stmt, reading *with)
{
    login_row *row = with->out;
    take_user(stmt, with->arena, &row->user);
    row->password = arena_dup(with->arena, store_text(stmt, 6));
    row->failures = store_i64(stmt, 7);
    row->locked_until = store_i64(stmt, 8);
}

typedef struct login_result {
    int64_t id;
    bool good;
} login_result;

static platen_code write_login(store_conn *conn, void *user, platen_error *err)
{
    const login_result *result = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(
        store_prepare(conn, result->good ? &sql_user_succeeded : &sql_user_failed, &stmt, err));
    store_bind_i64(stmt, "id", result->id);
    if (!result->good) {
        store_bind_i64(stmt, "most", USER_LOCK_FAILURES);
        store_bind_i64(stmt, "until", clock_now() + USER_LOCK_MS);
    }
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static char *decoy;
static pthread_once_t decoy_once = PTHREAD_ONCE_INIT;

static void make_decoy(void)
{
    if (secret_hash_password("nobody has this password", &decoy, NULL) != PLATEN_OK) {
        decoy = NULL;
    }
}

platen_code user_login(store *s, arena *a, const char *name, const char *password, user_record *out,
                       platen_error *err)
{
    char key[USER_NAME_MAX * 4 + 1] = "";
    login_row row = {0};
    reading with = {.sql = &sql_user_for_login,
                    .name = "name_key",
                    .text = key,
                    .arena = a,
                    .out = &row,
                    .take = take_login};
    (void)pthread_once(&decoy_once, make_decoy);
    platen_code code = name_key(name, key) ? read_one(s, &with, err) : PLATEN_E_NOT_FOUND;
    if (code != PLATEN_OK && code != PLATEN_E_NOT_FOUND) {
        return code;
    }
    bool found = code == PLATEN_OK && user_whole(&row.user) && row.password != NULL;
    bool locked = found && row.locked_until > clock_now();
    /* The same work for somebody, nobody and the locked: time tells nothing. */
    const char *hash = found ? row.password : decoy;
    bool good = hash != NULL && strlen(password) <= PASSWORD_MAX * 4 &&
                secret_verify_password(hash, password) && found && !locked;
    if (found && !locked && (!good || row.failures > 0)) {
        login_result result = {row.user.id, good};
        PLATEN_TRY(store_write(s, write_login, &result, err));
        if (!good && row.failures + 1 >= USER_LOCK_FAILURES) {
            log_warning("account locked after %d failed logins user=%s", USER_LOCK_FAILURES,
                        row.user.name);
        }
    }
    if (!good) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, REFUSED);
    }
    *out = row.user;
    return PLATEN_OK;
}

/* ---- preferences ---- */

typedef struct preference_change {
    arena *arena;
    int64_t id;
    const char *patch;
    const char *merged;
} preference_change;

/* Members of `patch` replace those of `target`, null removes: one level, as docs/rest.md says. */
static platen_code merge(cJSON *target, const cJSON *patch, platen_error *err)
{
    const cJSON *each = NULL;
    cJSON_ArrayForEach(each, patch)
    {
        cJSON_DeleteItemFromObjectCaseSensitive(target, each->string);
        if (cJSON_IsNull(each)) {
            continue;
        }
        cJSON *copy = cJSON_Duplicate(each, true);
        if (copy == NULL || !cJSON_AddItemToObject(target, each->string, copy)) {
            cJSON_Delete(copy);
            return error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
        }
    }
    return PLATEN_OK;
}

static platen_code merge_texts(preference_change *c, const char *old, platen_error *err)
{
    cJSON *target = NULL;
    cJSON *patch = NULL;
    platen_code code = json_parse(old, strlen(old), &target, err);
    if (code == PLATEN_OK) {
        code = json_parse(c->patch, strlen(c->patch), &patch, err);
    }
    if (code == PLATEN_OK) {
        code = merge(target, patch, err);
    }
    char *text = code == PLATEN_OK ? cJSON_PrintUnformatted(target) : NULL;
    if (code == PLATEN_OK && (text == NULL || (c->merged = arena_dup(c->arena, text)) == NULL)) {
        code = error_set(err, PLATEN_E_NOMEM, "no memory for preferences");
    }
    if (code == PLATEN_OK && strlen(text) > PREFERENCES_MAX) {
        code = error_set(err, PLATEN_E_TOO_LARGE, "preferences of %zu bytes, %u are the most",
                         strlen(text), PREFERENCES_MAX);
    }
    cJSON_free(text);
    cJSON_Delete(patch);
    cJSON_Delete(target);
    return code;
}

static platen_code write_preferences(store_conn *conn, void *user, platen_error *err)
{
    preference_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_by_id, &stmt, err));
    store_bind_i64(stmt, "id", c->id);
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        code = merge_texts(c, store_text(stmt, 5), err);
    } else if (code == PLATEN_E_NOT_FOUND) {
        code = error_set(err, code, "there is no user %lld", (long long)c->id);
    }
    store_reset(stmt);
    PLATEN_TRY(code);
    PLATEN_TRY(store_prepare(conn, &sql_user_set_preferences, &stmt, err));
    store_bind_text(stmt, "preferences", c->merged);
    store_bind_i64(stmt, "id", c->id);
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code user_merge_preferences(store *s, arena *a, int64_t id, const char *patch,
                                   const char **merged, platen_error *err)
{
    preference_change change = {.arena = a, .id = id, .patch = patch};
    PLATEN_TRY(store_write(s, write_preferences, &change, err));
    *merged = change.merged;
    return PLATEN_OK;
}

/* ---- sessions ---- */

typedef struct session_change {
    const char *hash;
    const user_session *session;
    int64_t user;
    int64_t now;
} session_change;

static platen_code write_session(store_conn *conn, void *user, platen_error *err)
{
    const session_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_session_sweep, &stmt, err));
    store_bind_i64(stmt, "now", c->now);
    store_bind_i64(stmt, "idle", c->now - USER_IDLE_MS);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    PLATEN_TRY(store_prepare(conn, &sql_user_session_insert, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    store_bind_i64(stmt, "user_id", c->user);
    store_bind_text(stmt, "csrf", c->session->csrf);
    store_bind_i64(stmt, "now", c->now);
    store_bind_i64(stmt, "expires", c->session->expires);
    code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

static platen_code random_text(const char *prefix, size_t bytes, char *out, size_t size,
                               platen_error *err)
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

platen_code user_session_new(store *s, int64_t user, char cookie[64], user_session *out,
                             platen_error *err)
{
    char hash[65];
    PLATEN_TRY(random_text("", 32, cookie, 64, err));
    PLATEN_TRY(random_text("", 24, out->csrf, sizeof(out->csrf), err));
    secret_token_hash(cookie, hash);
    out->created = clock_now();
    out->last_used = out->created;
    out->expires = out->created + USER_SESSION_MS;
    session_change change = {hash, out, user, out->created};
    return store_write(s, write_session, &change, err);
}

static void take_session(store_stmt *stmt, reading *with)
{
    user_session *out = with->out;
    take_user(stmt, with->arena, &out->user);
    (void)snprintf(out->csrf, sizeof(out->csrf), "%s", store_text(stmt, 6));
    out->created = store_i64(stmt, 7);
    out->last_used = store_i64(stmt, 8);
    out->expires = store_i64(stmt, 9);
}

platen_code user_session_get(store *s, arena *a, const char *hash, int64_t now, user_session *out,
                             platen_error *err)
{
    user_session found = {0};
    reading with = {.sql = &sql_user_session_by_hash,
                    .name = "hash",
                    .text = hash,
                    .arena = a,
                    .out = &found,
                    .take = take_session};
    platen_code code = read_one(s, &with, err);
    if (code == PLATEN_E_NOT_FOUND ||
        (code == PLATEN_OK && (found.expires <= now || found.last_used + USER_IDLE_MS <= now ||
                               found.user.role == USER_ROLE_NONE))) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "the session has ended");
    }
    PLATEN_TRY(code);
    if (!user_whole(&found.user)) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a session");
    }
    *out = found;
    return PLATEN_OK;
}

typedef struct use_change {
    const store_sql *sql;
    const char *hash;
    int64_t now;
} use_change;

static platen_code write_use(store_conn *conn, void *user, platen_error *err)
{
    const use_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, c->sql, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    if (c->now != 0) {
        store_bind_i64(stmt, "now", c->now);
    }
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    return code;
}

platen_code user_session_touch(store *s, const char *hash, int64_t now, platen_error *err)
{
    use_change change = {&sql_user_session_use, hash, now};
    return store_write(s, write_use, &change, err);
}

platen_code user_session_end(store *s, const char *hash, platen_error *err)
{
    use_change change = {&sql_user_session_delete, hash, 0};
    return store_write(s, write_use, &change, err);
}

/* ---- tokens ---- */

typedef struct token_change {
    const char *hash;
    const char *name;
    user_role role;
    int64_t user;
    int64_t expires;
    int64_t id;
} token_change;

static platen_code write_token(store_conn *conn, void *user, platen_error *err)
{
    token_change *c = user;
    store_stmt *stmt = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_user_token_insert, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    store_bind_i64(stmt, "user_id", c->user);
    store_bind_text(stmt, "name", c->name);
    store_bind_text(stmt, "role", user_role_word(c->role));
    store_bind_i64(stmt, "now", clock_now());
    if (c->expires != 0) {
        store_bind_i64(stmt, "expires", c->expires);
    } else {
        store_bind_null(stmt, "expires");
    }
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    PLATEN_TRY(code);
    PLATEN_TRY(store_prepare(conn, &sql_user_token_id, &stmt, err));
    store_bind_text(stmt, "hash", c->hash);
    code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        c->id = store_i64(stmt, 0);
    }
    store_reset(stmt);
    return code;
}

platen_code user_token_new(store *s, int64_t user, const char *name, user_role role,
                           int64_t expires, char token[80], int64_t *id, platen_error *err)
{
    char hash[65];
    PLATEN_TRY(random_text(USER_TOKEN_PREFIX, 32, token, 80, err));
    secret_token_hash(token, hash);
    token_change change = {hash, name, role, user, expires, 0};
    PLATEN_TRY(store_write(s, write_token, &change, err));
    *id = change.id;
    return PLATEN_OK;
}

static void take_token(store_stmt *stmt, reading *with)
{
    user_token *out = with->out;
    take_user(stmt, with->arena, &out->user);
    out->id = store_i64(stmt, 6);
    out->name = arena_dup(with->arena, store_text(stmt, 7));
    out->expires = store_i64(stmt, 8);
    /* A user who lost a role has not kept it in a token. */
    user_role own = user_role_from_word(store_text(stmt, 9));
    out->user.role = out->user.role < own ? out->user.role : own;
}

platen_code user_token_get(store *s, arena *a, const char *hash, int64_t now, user_token *out,
                           platen_error *err)
{
    user_token found = {0};
    reading with = {.sql = &sql_user_token_by_hash,
                    .name = "hash",
                    .text = hash,
                    .arena = a,
                    .out = &found,
                    .take = take_token};
    platen_code code = read_one(s, &with, err);
    if (code == PLATEN_E_NOT_FOUND ||
        (code == PLATEN_OK &&
         ((found.expires != 0 && found.expires <= now) || found.user.role == USER_ROLE_NONE))) {
        return error_set(err, PLATEN_E_UNAUTHENTICATED, "the token is not valid or has expired");
    }
    PLATEN_TRY(code);
    if (!user_whole(&found.user) || found.name == NULL) {
        return error_set(err, PLATEN_E_NOMEM, "no memory for a token");
    }
    *out = found;
    return PLATEN_OK;
}

platen_code user_token_touch(store *s, const char *hash, int64_t now, platen_error *err)
{
    use_change change = {&sql_user_token_use, hash, now};
    return store_write(s, write_use, &change, err);
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
