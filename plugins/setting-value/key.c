/* The secrets of keys, 32 random bytes and the password behind them, and the table of their names.
 */
#include "key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "key_private.h"

static void secret_name(int64_t key, char name[32])
{
    (void)snprintf(name, 32, "key-%lld", (long long)key);
}

/* Both of a key; `length` counts the password too. Wipe `secret`. */
static platen_code read_secret(platen_tx *tx, int64_t key, uint8_t secret[KEY_SECRET_MAX],
                               size_t *length, platen_error *err)
{
    const setting_value *f = &the_feature;
    char name[32];
    secret_name(key, name);
    platen_code rc = f->secrets->get(f->ctx, tx, name, secret, KEY_SECRET_MAX, length, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return f->host->fail(err, rc, "there is no encryption key %lld", (long long)key);
    }
    if (rc == PLATEN_OK && *length < KEY_SEED) {
        return f->host->fail(err, PLATEN_E_CORRUPT, "encryption key %lld has %zu bytes of %u",
                             (long long)key, *length, KEY_SEED);
    }
    return rc;
}

platen_code key_make(platen_tx *tx, int64_t key, const char *password, platen_error *err)
{
    const setting_value *f = &the_feature;
    uint8_t secret[KEY_SECRET_MAX];
    char name[32];
    size_t length = strnlen(password, KEY_PASSWORD_MAX);
    if (RAND_bytes(secret, KEY_SEED) != 1) {
        return f->host->fail(err, PLATEN_E_INTERNAL, "no random bytes for an encryption key");
    }
    memcpy(secret + KEY_SEED, password, length);
    secret_name(key, name);
    platen_code rc = f->secrets->set(f->ctx, tx, name, secret, KEY_SEED + length, err);
    explicit_bzero(secret, sizeof(secret));
    return rc;
}

platen_code key_forget(platen_tx *tx, int64_t key, platen_error *err)
{
    char name[32];
    secret_name(key, name);
    return the_feature.secrets->drop(the_feature.ctx, tx, name, err);
}

platen_code key_seed(platen_tx *tx, int64_t key, uint8_t seed[KEY_SEED], platen_error *err)
{
    uint8_t secret[KEY_SECRET_MAX];
    size_t length = 0;
    platen_code rc = read_secret(tx, key, secret, &length, err);
    if (rc == PLATEN_E_NOT_FOUND && key == KEY_OWN) {
        PLATEN_TRY(key_make(tx, KEY_OWN, "", err));
        rc = read_secret(tx, key, secret, &length, err);
    }
    if (rc == PLATEN_OK) {
        memcpy(seed, secret, KEY_SEED);
    }
    explicit_bzero(secret, sizeof(secret));
    return rc;
}

platen_code key_password(platen_tx *tx, int64_t key, char password[KEY_PASSWORD_MAX + 1],
                         platen_error *err)
{
    uint8_t secret[KEY_SECRET_MAX];
    size_t length = 0;
    password[0] = '\0';
    if (key == KEY_OWN) {
        return PLATEN_OK;
    }
    platen_code rc = read_secret(tx, key, secret, &length, err);
    if (rc == PLATEN_OK) {
        memcpy(password, secret + KEY_SEED, length - KEY_SEED);
        password[length - KEY_SEED] = '\0';
    }
    explicit_bzero(secret, sizeof(secret));
    return rc;
}

platen_code key_name(platen_tx *tx, int64_t key, char name[KEY_NAME_MAX + 1], platen_error *err)
{
    const platen_store *store = the_feature.store;
    platen_rows *rows = NULL;
    name[0] = '\0';
    if (key == KEY_OWN) {
        return PLATEN_OK;
    }
    PLATEN_TRY(store->prepare(tx, "key_name", &rows, err));
    store->bind_i64(rows, "id", key);
    platen_code rc = store->step(rows, err);
    if (rc == PLATEN_E_NOT_FOUND) {
        return the_feature.host->fail(err, rc, "there is no encryption key %lld", (long long)key);
    }
    PLATEN_TRY(rc);
    (void)snprintf(name, KEY_NAME_MAX + 1, "%s", store->text(rows, 0));
    store->reset(rows);
    return PLATEN_OK;
}
