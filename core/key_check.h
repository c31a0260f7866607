/* Whether the key file belongs to the database: another one would open no secret in it. */
#ifndef PLATEN_KEY_CHECK_H
#define PLATEN_KEY_CHECK_H

#include "core/secret/secret.h"
#include "core/store/store.h"

/* Seals a word into a new database; later starts must be able to open it. PLATEN_E_CORRUPT with
 * what to do when they are not. */
platen_code key_check(store *s, const secret_key *key, const char *folder, platen_error *err);

#endif
