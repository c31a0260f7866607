/*
 * The key file of the data folder and the database that is sealed with it: whether they belong
 * together, and changing the key. One sealed word among the preferences tells which key it is.
 *
 * While a key is being changed the folder holds two: `platen.key` and `platen.key.pending`. The
 * word changes in the transaction that seals everything anew, so that at any moment exactly one of
 * them opens the database; the next start finds out which, and finishes or takes back.
 */
#ifndef PLATEN_DATABASE_KEY_H
#define PLATEN_DATABASE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/secret/secret.h"
#include "core/store/store.h"

/* Loads the key of `folder` (makes one when `create` and there is none) and checks that it is this
 * database's; a database without the word gets it. Ends an interrupted change. PLATEN_E_CORRUPT
 * with what to do when the key is another database's. */
platen_code database_key(store *s, const char *folder, bool create, secret_key **out,
                         platen_error *err);

/* Whether `key` is the one that this database is sealed with; true for a database without word. */
platen_code database_key_fits(store *s, const secret_key *key, bool *fits, platen_error *err);

/* Makes a new key and seals every secret with it in one transaction; `count` is how many. The
 * caller has the database alone. PLATEN_E_CORRUPT, and nothing is changed, when a secret does not
 * open. */
platen_code database_key_rotate(store *s, const char *folder, int64_t *count, platen_error *err);

#endif
