/* One sealed word in the preferences, and two key files while the key changes. */
#include "core/database/key.h"

#include <string.h>

#include "core/database/sealed.h"
#include "preference_sql.h"

#define LOG_SOURCE "database"
#include "core/base/log.h"

#define PLACE "preference/key-check"
#define WORD "platen"

typedef struct check {
    const secret_key *key;     /* may be NULL */
    const secret_key *pending; /* may be NULL */
    bool add_missing;
    bool fresh, fits, fits_pending;
} check;

static bool opens(const secret_key *key, const char *sealed)
{
    char *plain = NULL;
    bool good = key != NULL && secret_open(key, PLACE, sealed, &plain, NULL) == PLATEN_OK;
    secret_text_free(plain);
    return good;
}

static platen_code put_word(store_conn *conn, const secret_key *key, platen_error *err)
{
    char *sealed = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(secret_seal(key, PLACE, WORD, &sealed, err));
    platen_code rc = store_prepare(conn, &sql_preference_put, &st, err);
    if (rc == PLATEN_OK) {
        store_bind_text(st, "key", "key-check");
        store_bind_text(st, "value", sealed);
        rc = store_run(st, NULL, err);
    }
    store_reset(st);
    secret_text_free(sealed);
    return rc;
}

static platen_code check_word(store_conn *conn, void *user, platen_error *err)
{
    check *c = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_preference_get, &st, err));
    store_bind_text(st, "key", "key-check");
    platen_code rc = store_step(st, err);
    c->fresh = rc == PLATEN_E_NOT_FOUND;
    if (rc == PLATEN_OK) {
        c->fits = opens(c->key, store_text(st, 0));
        c->fits_pending = opens(c->pending, store_text(st, 0));
    }
    store_reset(st);
    if (c->fresh) {
        c->fits = c->key != NULL;
        rc = c->add_missing ? put_word(conn, c->key, err) : PLATEN_OK;
    }
    return rc;
}

platen_code database_key_fits(store *s, const secret_key *key, bool *fits, platen_error *err)
{
    check c = {.key = key};
    store_conn *conn = NULL;
    PLATEN_TRY(store_read(s, &conn, err));
    platen_code rc = check_word(conn, &c, err);
    store_read_end(conn);
    *fits = c.fits;
    return rc;
}

/* The change was interrupted: behind its commit it is finished, before it nothing has happened. */
static platen_code end_change(const check *c, const char *folder, secret_key **key,
                              secret_key **pending, platen_error *err)
{
    if (c->fits || !c->fits_pending) {
        return secret_key_pending_drop(folder, err);
    }
    PLATEN_TRY(secret_key_pending_promote(folder, err));
    log_notice("an interrupted change of the key is finished: the new key holds");
    secret_key *old = *key;
    *key = *pending;
    *pending = old;
    return PLATEN_OK;
}

static platen_code settle(store *s, const char *folder, secret_key **key, secret_key **pending,
                          platen_error *err)
{
    check c = {.key = *key, .pending = *pending, .add_missing = true};
    PLATEN_TRY(store_write(s, check_word, &c, err));
    if (!c.fits && !c.fits_pending) {
        return error_set(err, PLATEN_E_CORRUPT,
                         "the key file in '%s' is not the one of this database: put back the key "
                         "that belongs to it",
                         folder);
    }
    return *pending != NULL ? end_change(&c, folder, key, pending, err) : PLATEN_OK;
}

platen_code database_key(store *s, const char *folder, bool create, secret_key **out,
                         platen_error *err)
{
    secret_key *key = NULL;
    secret_key *pending = NULL;
    PLATEN_TRY(secret_key_load(folder, create, &key, err));
    platen_code rc = secret_key_pending_load(folder, &pending, err);
    if (rc == PLATEN_OK || rc == PLATEN_E_NOT_FOUND) {
        rc = settle(s, folder, &key, &pending, err);
    }
    secret_key_free(pending);
    if (rc != PLATEN_OK) {
        secret_key_free(key);
        return rc;
    }
    *out = key;
    return PLATEN_OK;
}

typedef struct change {
    const secret_key *from;
    const secret_key *to;
    int64_t count;
} change;

static platen_code seal_anew(store_conn *conn, void *user, platen_error *err)
{
    change *c = user;
    return sealed_renew(conn, c->from, c->to, &c->count, err);
}

platen_code database_key_rotate(store *s, const char *folder, int64_t *count, platen_error *err)
{
    secret_key *old = NULL;
    secret_key *fresh = NULL;
    PLATEN_TRY(database_key(s, folder, false, &old, err));
    platen_code rc = secret_key_pending_make(folder, &fresh, err);
    if (rc == PLATEN_OK) {
        change c = {old, fresh, 0};
        rc = store_write(s, seal_anew, &c, err);
        *count = c.count;
        if (rc == PLATEN_OK) {
            rc = secret_key_pending_promote(folder, err);
        } else if (rc != PLATEN_E_STORE) { /* then nobody knows whether it was committed */
            (void)secret_key_pending_drop(folder, NULL);
        }
    }
    secret_key_free(old);
    secret_key_free(fresh);
    return rc;
}
