/* The operations on keys: key-add and key-delete. */
#include "key_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "operation.h"

#define DIFFERENT_MIN 5u /* characters of a password that differ from each other */

/* ---- key-add ---- */

static bool is_strong(const char *password)
{
    bool seen[256] = {false};
    size_t characters = 0;
    size_t different = 0;
    for (const unsigned char *at = (const unsigned char *)password; *at != '\0'; at++) {
        characters += (*at & 0xc0) != 0x80 ? 1 : 0;
        different += seen[*at] ? 0 : 1;
        seen[*at] = true;
    }
    return characters >= KEY_PASSWORD_MIN && different >= DIFFERENT_MIN;
}

typedef struct adding {
    const char *name;
    const char *password;
    int64_t id;
} adding;

static platen_code insert(platen_tx *tx, void *user, platen_error *err)
{
    const platen_store *store = the_feature.store;
    adding *a = user;
    platen_rows *rows = NULL;
    PLATEN_TRY(store->prepare(tx, "key_add", &rows, err));
    store->bind_text(rows, "name", a->name);
    store->bind_i64(rows, "made", (int64_t)time(NULL) * 1000);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_EXISTS) {
        return the_feature.host->fail(err, rc, "there is a key named '%s' already", a->name);
    }
    PLATEN_TRY(rc);
    a->id = store->i64(rows, 0);
    store->reset(rows);
    return key_make(tx, a->id, a->password, err);
}

static platen_code add(platen_call *call, const cJSON *arguments, platen_error *err)
{
    const setting_value *f = &the_feature;
    adding a = {operation_text(arguments, "name"), operation_text(arguments, "password"), 0};
    if (!operation_name(call, a.name, KEY_NAME_MAX)) {
        return f->host->fail(err, PLATEN_E_INVAL, "a key needs a name");
    }
    if (!is_strong(a.password) || strcmp(a.password, a.name) == 0) {
        f->op->invalid(call, "/password", "weak-password",
                       "at least 10 characters, 5 of them different, and not the name");
        return f->host->fail(err, PLATEN_E_INVAL, "the password is too easy to guess");
    }
    PLATEN_TRY(f->store->write(f->ctx, insert, &a, err));
    return operation_answer_id(call, a.id, err);
}

/* ---- key-delete ---- */

static platen_code remove_key(platen_tx *tx, int64_t id, platen_error *err)
{
    const platen_store *store = the_feature.store;
    char name[KEY_NAME_MAX + 1];
    platen_rows *rows = NULL;
    PLATEN_TRY(key_name(tx, id, name, err));
    PLATEN_TRY(store->prepare(tx, "key_uses", &rows, err));
    store->bind_i64(rows, "id", id);
    PLATEN_TRY(store->step(rows, err));
    int64_t uses = store->i64(rows, 0);
    store->reset(rows);
    if (uses > 0) {
        return the_feature.host->fail(err, PLATEN_E_STATE,
                                      "%lld stored contents of backups are encrypted with key '%s'",
                                      (long long)uses, name);
    }
    PLATEN_TRY(store->prepare(tx, "key_remove", &rows, err));
    store->bind_i64(rows, "id", id);
    PLATEN_TRY(statement_run(rows, NULL, err));
    return key_forget(tx, id, err);
}

static platen_code remove_keys(platen_tx *tx, void *user, platen_error *err)
{
    return operation_each_id(tx, user, remove_key, err);
}

static platen_code remove_named(platen_call *call, const cJSON *arguments, platen_error *err)
{
    (void)call;
    return the_feature.store->write(the_feature.ctx, remove_keys,
                                    cJSON_GetObjectItemCaseSensitive(arguments, "ids"), err);
}

platen_code key_load(platen_error *err)
{
    static const char *const statements[][2] = {
        {"key_name", "SELECT name FROM setting_value_key WHERE id = :id"},
        {"key_add",
         "INSERT INTO setting_value_key (name, made) VALUES (:name, :made) RETURNING id"},
        {"key_uses", "SELECT count(*) FROM setting_value_content WHERE key_id = :id"},
        {"key_remove", "DELETE FROM setting_value_key WHERE id = :id"},
    };
    const uint32_t flags = PLATEN_OPERATION_WRITE | PLATEN_OPERATION_NO_DEVICES;
    PLATEN_TRY(statements_add(statements, sizeof(statements) / sizeof(statements[0]), err));
    PLATEN_TRY(operation_add(
        "key-add", flags,
        "{\"type\":\"object\",\"required\":[\"name\",\"password\"],\"properties\":{"
        "\"name\":{\"type\":\"string\",\"title\":\"setting-value.key-name\",\"minLength\":1,"
        "\"maxLength\":100},"
        "\"password\":{\"type\":\"string\",\"title\":\"setting-value.password\","
        "\"writeOnly\":true,\"minLength\":10,\"maxLength\":128}}}",
        add, err));
    return operation_add("key-delete", flags, OPERATION_IDS, remove_named, err);
}
