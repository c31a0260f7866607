/* What the secrets of keys share with the operations on keys. */
#ifndef SETTING_VALUE_KEY_PRIVATE_H
#define SETTING_VALUE_KEY_PRIVATE_H

#include "key.h"

#define KEY_SECRET_MAX (KEY_SEED + KEY_PASSWORD_MAX)

/* Random bytes for a key and its password ("" for the own key), in place of what is there. */
platen_code key_make(platen_tx *tx, int64_t key, const char *password, platen_error *err);
/* Drops both. */
platen_code key_forget(platen_tx *tx, int64_t key, platen_error *err);

#endif
