/*
 * Contents: large things, sealed, each stored once however many need it. The id of a content is the
 * HMAC of its plain bytes, so that equal bytes of one key are one row; who needs it is counted.
 * A manifest is a list of contents (driver, category): what a backup points at, stored once too.
 * All functions run in a transaction, on its thread.
 */
#ifndef SETTING_VALUE_CONTENT_H
#define SETTING_VALUE_CONTENT_H

#include "setting_value.h"

#define CONTENT_MAX (32u << 20) /* plain bytes of one */
#define PARTS_MAX 512u          /* of a manifest */

/* Stores the bytes, or counts one more user of what is there. PLATEN_E_TOO_LARGE. */
platen_code content_put(platen_tx *tx, int64_t key, const void *plain, size_t length, int64_t *id,
                        platen_error *err);
/* The plain bytes, with a zero behind them that does not count; the caller frees them.
 * PLATEN_E_NOT_FOUND; PLATEN_E_CORRUPT: not as it was written. `length` may be NULL. */
platen_code content_get(platen_tx *tx, int64_t id, char **plain, size_t *length, platen_error *err);
/* One user less; without any it is removed. PLATEN_E_NOT_FOUND. */
platen_code content_drop(platen_tx *tx, int64_t id, platen_error *err);
/* The same of several. */
platen_code content_give_up(platen_tx *tx, int64_t id, int64_t users, platen_error *err);

/* A part of a manifest. Borrowed for the call. */
typedef struct content_part {
    const char *driver;
    const char *category;
    const void *plain;
    size_t length;
} content_part;

/* Stores the parts and the list of them, or counts one more user of the list that is there. Parts
 * differ in driver or category. `items`: how many settings they hold. */
platen_code manifest_put(platen_tx *tx, int64_t key, const content_part *parts, size_t count,
                         uint32_t items, int64_t *id, platen_error *err);
/* One user less; without any it is removed, and its parts lose a user. PLATEN_E_NOT_FOUND. */
platen_code manifest_drop(platen_tx *tx, int64_t id, platen_error *err);
platen_code manifest_give_up(platen_tx *tx, int64_t id, int64_t users, platen_error *err);

/* Anything but PLATEN_OK ends the walk and is what it returns. `plain` ends with a zero. */
typedef platen_code (*content_part_fn)(const content_part *part, void *user, platen_error *err);
/* Each part in the order of driver and category; PLATEN_E_NOT_FOUND: there is no such manifest. */
platen_code manifest_each(platen_tx *tx, int64_t id, content_part_fn fn, void *user,
                          platen_error *err);
/* All settings of a manifest whose parts are JSON arrays of settings, as one list. */
struct item_list;
platen_code manifest_items(platen_tx *tx, int64_t id, struct item_list *out, platen_error *err);
/* The key that a manifest's parts are sealed with. PLATEN_E_NOT_FOUND. */
platen_code manifest_key(platen_tx *tx, int64_t id, int64_t *key, platen_error *err);

platen_code content_load(platen_error *err); /* statements */

#endif
