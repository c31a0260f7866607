/* Accounts in the database: reading, making, changing, removing. No state. */
#include "core/model/user.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/model/user_policy.h"
#include "core/model/user_private.h"
#include "core/secret/secret.h"
#include "board_sql.h"
#include "user_reset_sql.h"
#include "user_sql.h"

/* ---- words ---- */

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

bool user_is_administrator(const user_record *u)
{
    return !u->directory && text_equal_fold(u->name, USER_ADMINISTRATOR);
}

/* ---- reading ---- */

static void take_number(store_stmt *stmt, arena *a, void *out)
{
    (void)a;
    *(int64_t *)out = store_i64(stmt, 0);
}

static void take_user(store_stmt *stmt, arena *a, void *out)
{
    user_take(stmt, a, out);
}

platen_code user_any(store *s, bool *any, platen_error *err)
{
    int64_t count = 0;
    const user_query q = {.sql = &sql_user_count, .take = take_number, .out = &count};
    PLATEN_TRY(user_ask_once(s, &q, err));
    *any = count > 0;
    return PLATEN_OK;
}

static platen_code find(store_conn *conn, const user_query *q, const char *what, platen_error *err)
{
    user_record *out = q->out;
    platen_code code = user_ask(conn, q, err);
    if (code == PLATEN_E_NOT_FOUND) {
        return error_set(err, code, "there is no user %s", what);
    }
    PLATEN_TRY(code);
    PLATEN_TRY(user_whole(out, err));
    return user_regions_read(conn, &sql_user_region_ids, out->id, out->regions.all, q->arena,
                             &out->regions, err);
}

static platen_code find_id(store_conn *conn, arena *a, int64_t id, user_record *out,
                           platen_error *err)
{
    char what[32];
    const user_query q = {.sql = &sql_user_by_id,
                          .name = "id",
                          .number = id,
                          .take = take_user,
                          .arena = a,
                          .out = out};
    (void)snprintf(what, sizeof(what), "%lld", (long long)id);
    return find(conn, &q, what, err);
}

platen_code user_by_id(store *s, arena *a, int64_t id, user_record *out, platen_error *err)
{
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = find_id(conn, a, id, out, err);
    store_read_end(conn);
    return code;
}

platen_code user_by_name(store *s, arena *a, const char *name, user_record *out, platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    store_conn *conn = NULL;
    const user_query q = {.sql = &sql_user_by_name,
                          .name = "name_key",
                          .text = key,
                          .take = take_user,
                          .arena = a,
                          .out = out};
    if (!user_name_key(name, key)) {
        return error_set(err, PLATEN_E_NOT_FOUND, "there is no user of that name");
    }
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code code = find(conn, &q, "of that name", err);
    store_read_end(conn);
    return code;
}

/* ---- writing ---- */

/* A whole account as it is to be. */
typedef struct account {
    int64_t id;
    int64_t *made; /* gets the id in the transaction: the audit log looks at it there */
    const char *name;
    const char *key;
    const char *email;
    user_role role;
    bool role_edited;
    const char *functions;
    region_set regions;
    const char *hash; /* of a new password, or NULL */
} account;

static platen_code check_name(const char *name, platen_error *err)
{
    size_t length = strlen(name);
    size_t characters = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        characters += (c & 0xc0) != 0x80 ? 1 : 0;
        if (c < 0x20 || c == 0x7f || c == '\\' || c == '@') {
            return error_set(err, PLATEN_E_INVAL,
                             "a user name has no '\\', no '@' and no control characters");
        }
    }
    if (characters == 0 || characters > USER_NAME_MAX) {
        return error_set(err, PLATEN_E_INVAL, "the user name has %zu characters, 1 to %d are taken",
                         characters, USER_NAME_MAX);
    }
    if (name[0] == ' ' || name[length - 1] == ' ') {
        return error_set(err, PLATEN_E_INVAL, "a user name neither begins nor ends with a space");
    }
    return PLATEN_OK;
}

/* What follows from the role: ACC-88, ACC-47. */
static void settle(account *a)
{
    if (a->role == USER_ROLE_SYSTEM) {
        a->regions = (region_set){.all = true};
    }
    if (a->role != USER_ROLE_DEVICE) {
        a->functions = "[]";
    }
}

static platen_code write_regions(store_conn *conn, const account *a, platen_error *err)
{
    const user_order clear = {.sql = &sql_user_region_clear, .number_name = "id", .number = a->id};
    PLATEN_TRY(user_do(conn, &clear, NULL, err));
    return user_regions_write(conn, &sql_user_region_add, a->id, &a->regions, err);
}

static void bind_account(store_stmt *stmt, const account *a)
{
    store_bind_text(stmt, "name", a->name);
    store_bind_text(stmt, "name_key", a->key);
    store_bind_text(stmt, "email", a->email);
    store_bind_text(stmt, "role", user_role_word(a->role));
    store_bind_text(stmt, "functions", a->functions);
    store_bind_i64(stmt, "all_regions", a->regions.all ? 1 : 0);
}

static platen_code insert(store_conn *conn, account *a, platen_error *err)
{
    store_stmt *stmt = NULL;
    settle(a);
    PLATEN_TRY(store_prepare(conn, &sql_user_insert, &stmt, err));
    bind_account(stmt, a);
    store_bind_text(stmt, "password", a->hash);
    store_bind_i64(stmt, "created", clock_now());
    platen_code code = store_step(stmt, err);
    if (code == PLATEN_OK) {
        a->id = store_i64(stmt, 0);
        *a->made = a->id;
    } else if (code == PLATEN_E_EXISTS) {
        code = error_set(err, code, "there is a user '%s' already", a->name);
    }
    store_reset(stmt);
    PLATEN_TRY(code);
    return write_regions(conn, a, err);
}

static platen_code write_new(store_conn *conn, void *user, platen_error *err)
{
    return insert(conn, user, err);
}

platen_code user_create(store *s, const user_draft *draft, int64_t *id, platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    char *hash = NULL;
    PLATEN_TRY(check_name(draft->name, err));
    (void)user_name_key(draft->name, key);
    PLATEN_TRY(secret_hash_password(draft->password, &hash, err));
    account a = {.made = id,
                 .name = draft->name,
                 .key = key,
                 .email = draft->email != NULL ? draft->email : "",
                 .role = draft->role,
                 .functions = draft->functions != NULL ? draft->functions : "[]",
                 .regions = draft->set_regions ? draft->regions : (region_set){.all = true},
                 .hash = hash};
    platen_code code = store_write(s, write_new, &a, err);
    secret_text_free(hash);
    return code;
}

/* ---- changing ---- */

typedef struct change {
    int64_t id;
    const user_draft *draft;
    const char *hash;
    arena *arena;
} change;

static platen_code refuse(const user_record *u, const user_draft *d, platen_error *err)
{
    bool renamed = d->name != NULL && strcmp(d->name, u->name) != 0;
    bool demoted = d->role != USER_ROLE_NONE && d->role != u->role;
    if (user_is_administrator(u) && (renamed || demoted)) { /* ACC-06 */
        return error_set(err, PLATEN_E_STATE, "name and role of '%s' stay as they are", u->name);
    }
    bool mailed = d->email != NULL && strcmp(d->email, u->email) != 0;
    if (u->directory && (renamed || mailed || d->password != NULL)) {
        return error_set(err, PLATEN_E_STATE,
                         "name, e-mail address and password of '%s' are the directory's", u->name);
    }
    return PLATEN_OK;
}

static platen_code write_account(store_conn *conn, account *a, platen_error *err)
{
    store_stmt *stmt = NULL;
    settle(a);
    PLATEN_TRY(store_prepare(conn, &sql_user_change, &stmt, err));
    bind_account(stmt, a);
    store_bind_i64(stmt, "role_edited", a->role_edited ? 1 : 0);
    store_bind_i64(stmt, "id", a->id);
    platen_code code = store_run(stmt, NULL, err);
    store_reset(stmt);
    if (code == PLATEN_E_EXISTS) {
        return error_set(err, code, "there is a user '%s' already", a->name);
    }
    PLATEN_TRY(code);
    return write_regions(conn, a, err);
}

static platen_code write_change(store_conn *conn, void *user, platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    const change *c = user;
    const user_draft *d = c->draft;
    user_record old;
    PLATEN_TRY(find_id(conn, c->arena, c->id, &old, err));
    PLATEN_TRY(refuse(&old, d, err));
    account a = {.id = c->id,
                 .name = d->name != NULL ? d->name : old.name,
                 .key = key,
                 .email = d->email != NULL ? d->email : old.email,
                 .role = d->role != USER_ROLE_NONE ? d->role : old.role,
                 .role_edited = d->role != USER_ROLE_NONE,
                 .functions = d->functions != NULL ? d->functions : old.functions,
                 .regions = d->set_regions ? d->regions : old.regions};
    if (a.name != old.name) {
        PLATEN_TRY(check_name(a.name, err));
    }
    (void)user_name_key(a.name, key);
    PLATEN_TRY(write_account(conn, &a, err));
    if (strcmp(a.email, old.email) != 0) { /* what was sent to the old address opens nothing more */
        const user_order forget = {
            .sql = &sql_user_reset_forget, .number_name = "id", .number = c->id};
        PLATEN_TRY(user_do(conn, &forget, NULL, err));
    }
    return c->hash != NULL ? user_write_password(conn, c->id, c->hash, NULL, err) : PLATEN_OK;
}

platen_code user_update(store *s, int64_t id, const user_draft *draft, platen_error *err)
{
    char *hash = NULL;
    arena *a = arena_new();
    platen_code code =
        a == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for a user") : PLATEN_OK;
    if (code == PLATEN_OK && draft->password != NULL) {
        code = secret_hash_password(draft->password, &hash, err);
    }
    if (code == PLATEN_OK) {
        change c = {id, draft, hash, a};
        code = store_write(s, write_change, &c, err);
    }
    secret_text_free(hash);
    arena_free(a);
    return code;
}

static platen_code write_removal(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    const user_order board = {.sql = &sql_board_delete, .number_name = "owner", .number = c->id};
    const user_order remove = {.sql = &sql_user_delete, .number_name = "id", .number = c->id};
    user_record old;
    PLATEN_TRY(find_id(conn, c->arena, c->id, &old, err));
    if (user_is_administrator(&old)) { /* ACC-06 */
        return error_set(err, PLATEN_E_STATE, "'%s' cannot be deleted", old.name);
    }
    PLATEN_TRY(user_do(conn, &board, NULL, err));
    return user_do(conn, &remove, NULL, err);
}

platen_code user_delete(store *s, int64_t id, platen_error *err)
{
    arena *a = arena_new();
    change c = {.id = id, .arena = a};
    platen_code code = a == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for a user")
                                 : store_write(s, write_removal, &c, err);
    arena_free(a);
    return code;
}

static platen_code write_unlock(store_conn *conn, void *user, platen_error *err)
{
    const int64_t *id = user;
    const user_order unlock = {.sql = &sql_user_unlock, .number_name = "id", .number = *id};
    int64_t changes = 0;
    PLATEN_TRY(user_do(conn, &unlock, &changes, err));
    return changes > 0
               ? PLATEN_OK
               : error_set(err, PLATEN_E_NOT_FOUND, "there is no user %lld", (long long)*id);
}

platen_code user_unlock(store *s, int64_t id, platen_error *err)
{
    return store_write(s, write_unlock, &id, err);
}

/* ---- the first account, and help from the console ---- */

static platen_code write_admin(store_conn *conn, void *user, platen_error *err)
{
    int64_t count = 0;
    const user_query q = {.sql = &sql_user_count, .take = take_number, .out = &count};
    PLATEN_TRY(user_ask(conn, &q, err));
    if (count > 0) { /* inside the transaction: two set-ups at once make one administrator */
        return error_set(err, PLATEN_E_STATE, "there is an administrator already");
    }
    return insert(conn, user, err);
}

platen_code user_create_admin(store *s, const char *email, const char *password, platen_error *err)
{
    char key[USER_SHOWN_MAX + 1];
    char *hash = NULL;
    user_policy policy;
    PLATEN_TRY(user_policy_load(s, &policy, err));
    PLATEN_TRY(user_password_check(&policy, USER_ADMINISTRATOR, password, err));
    (void)user_name_key(USER_ADMINISTRATOR, key);
    PLATEN_TRY(secret_hash_password(password, &hash, err));
    int64_t id = 0;
    account a = {.made = &id,
                 .name = USER_ADMINISTRATOR,
                 .key = key,
                 .email = email != NULL ? email : "",
                 .role = USER_ROLE_SYSTEM,
                 .functions = "[]",
                 .regions = {.all = true},
                 .hash = hash};
    platen_code code = store_write(s, write_admin, &a, err);
    secret_text_free(hash);
    return code;
}

static platen_code write_console_reset(store_conn *conn, void *user, platen_error *err)
{
    const change *c = user;
    const user_order factor = {.sql = &sql_user_factor_clear, .number_name = "id", .number = c->id};
    const user_order codes = {
        .sql = &sql_user_recovery_clear, .number_name = "id", .number = c->id};
    PLATEN_TRY(user_do(conn, &factor, NULL, err));
    PLATEN_TRY(user_do(conn, &codes, NULL, err));
    return user_write_password(conn, c->id, c->hash, NULL, err);
}

static platen_code reset_known(store *s, arena *a, const char *name, const char *password,
                               platen_error *err)
{
    user_record who;
    user_policy policy;
    char *hash = NULL;
    platen_code code = user_by_name(s, a, name, &who, err);
    if (code == PLATEN_E_NOT_FOUND) {
        return error_set(err, code, "there is no user '%s'", name);
    }
    PLATEN_TRY(code);
    PLATEN_TRY(user_policy_load(s, &policy, err));
    PLATEN_TRY(user_password_check(&policy, who.name, password, err));
    PLATEN_TRY(user_password_fresh(s, &policy, who.id, password, err));
    PLATEN_TRY(secret_hash_password(password, &hash, err));
    change c = {.id = who.id, .hash = hash};
    code = store_write(s, write_console_reset, &c, err);
    secret_text_free(hash);
    return code;
}

platen_code user_reset_password(store *s, const char *name, const char *password, platen_error *err)
{
    arena *a = arena_new();
    platen_code code =
        a == NULL ? error_set(err, PLATEN_E_NOMEM, "no memory for a password")
                  : reset_known(s, a, name != NULL ? name : USER_ADMINISTRATOR, password, err);
    arena_free(a);
    return code;
}
