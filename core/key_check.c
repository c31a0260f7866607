/* One sealed word in the preferences. */
#include "core/key_check.h"

#include <string.h>

#include "preference_sql.h"

#define PLACE "preference/key-check"
#define WORD "platen"

typedef struct check {
    const secret_key *key;
    const char *folder;
} check;

static platen_code open_word(const check *c, const char *sealed, platen_error *err)
{
    char *plain = NULL;
    if (secret_open(c->key, PLACE, sealed, &plain, NULL) != PLATEN_OK) {
        return error_set(err, PLATEN_E_CORRUPT,
                         "the key file in '%s' is not the one of this database: put back the key "
                         "that belongs to it",
                         c->folder);
    }
    secret_text_free(plain);
    return PLATEN_OK;
}

static platen_code put_word(store_conn *conn, const check *c, platen_error *err)
{
    char *sealed = NULL;
    store_stmt *st = NULL;
    PLATEN_TRY(secret_seal(c->key, PLACE, WORD, &sealed, err));
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
    const check *c = user;
    store_stmt *st = NULL;
    PLATEN_TRY(store_prepare(conn, &sql_preference_get, &st, err));
    store_bind_text(st, "key", "key-check");
    platen_code rc = store_step(st, err);
    bool fresh = rc == PLATEN_E_NOT_FOUND;
    if (rc == PLATEN_OK) {
        rc = open_word(c, store_text(st, 0), err);
    }
    store_reset(st);
    return fresh ? put_word(conn, c, err) : rc;
}

platen_code key_check(store *s, const secret_key *key, const char *folder, platen_error *err)
{
    check c = {key, folder};
    return store_write(s, check_word, &c, err);
}
