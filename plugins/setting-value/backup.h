/* Backups: a row for each backup of a device, which points at what it holds (content.h). In a
 * transaction, on its thread. */
#ifndef SETTING_VALUE_BACKUP_H
#define SETTING_VALUE_BACKUP_H

#include "item.h"
#include "known.h"
#include "reply.h"
#include "setting_value.h"

typedef struct backup_info {
    int64_t id, device, manifest, run;
    int64_t made; /* ms UTC */
    uint32_t items;
    type_of is;
    char model[KNOWN_MODEL];
} backup_info;

/* PLATEN_E_NOT_FOUND. */
platen_code backup_find(platen_tx *tx, int64_t id, backup_info *out, platen_error *err);
/* Its settings; the caller calls items_fini(). PLATEN_E_NOT_FOUND. */
platen_code backup_items(platen_tx *tx, int64_t id, item_list *out, platen_error *err);
/* Removes it, and of what it holds what nobody else needs. PLATEN_E_NOT_FOUND. */
platen_code backup_drop(platen_tx *tx, int64_t id, platen_error *err);

/*
 * Stores what a device handed over: settings of the `categories` (a JSON array, NULL: all), sealed
 * with the key. Secrets are left out. PLATEN_E_NOT_FOUND: it handed none over; PLATEN_E_INVAL,
 * _TOO_LARGE: settings that cannot be (item.h).
 */
platen_code backup_put(platen_tx *tx, const platen_outcome *outcome, const reply *r, int64_t key,
                       const cJSON *categories, platen_error *err);

platen_code backup_load(platen_error *err); /* statements */
platen_code backup_operation_load(platen_error *err);
platen_code backup_export_load(platen_error *err);

#endif
