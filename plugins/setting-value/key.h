/*
 * Keys: what contents are sealed with. A key has a name and a password, which people need to read
 * what was exported (SET-61), and 32 random bytes of its own, which seal what is in the database.
 * Both are in secret/1. Key 0 is the feature's own: it has no password and is made when it is first
 * needed. All functions run in a transaction, on its thread.
 */
#ifndef SETTING_VALUE_KEY_H
#define SETTING_VALUE_KEY_H

#include "setting_value.h"

#define KEY_OWN INT64_C(0)
#define KEY_SEED 32u
#define KEY_PASSWORD_MIN 10u  /* characters */
#define KEY_PASSWORD_MAX 128u /* bytes */
#define KEY_NAME_MAX 100u     /* bytes */

/* The key's own bytes. Wipe it with explicit_bzero(). PLATEN_E_NOT_FOUND: there is no such key. In
 * a transaction that reads, key 0 must be there already. */
platen_code key_seed(platen_tx *tx, int64_t key, uint8_t seed[KEY_SEED], platen_error *err);

/* The key's password, "" for key 0. Wipe it. PLATEN_E_NOT_FOUND. */
platen_code key_password(platen_tx *tx, int64_t key, char password[KEY_PASSWORD_MAX + 1],
                         platen_error *err);

/* Its name, "" for key 0. PLATEN_E_NOT_FOUND. */
platen_code key_name(platen_tx *tx, int64_t key, char name[KEY_NAME_MAX + 1], platen_error *err);

/* Statements and the operations key-add and key-delete. */
platen_code key_load(platen_error *err);

#endif
