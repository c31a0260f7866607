/*
 * Data files: what is distributed (SET-68) and what devices are compared with (SET-82). All
 * functions run in a transaction, on its thread.
 */
#ifndef SETTING_VALUE_DATA_H
#define SETTING_VALUE_DATA_H

#include "item.h"
#include "setting_value.h"

#define DATA_NAME_MAX 100u
#define DATA_FILE_MAX 255u
#define DATA_WORD_MAX 64u /* serial, type, platform */
#define DATA_MODEL_MAX 255u

#define DATA_DISTRIBUTION "distribution"
#define DATA_MONITORING "monitoring"
#define DATA_NEW "new"       /* made by hand: only what is marked for output counts (SET-70) */
#define DATA_DEVICE "device" /* made from a device */
#define DATA_BACKUP "backup" /* an exported backup: all of it counts */

/* What is known of data besides its settings. */
typedef struct data_info {
    int64_t id;
    int64_t content;
    int64_t made;
    uint32_t items;
    uint32_t level;
    char name[DATA_NAME_MAX + 1];
    char purpose[16];
    char file[DATA_FILE_MAX + 1];
    char origin[16];
    char serial[DATA_WORD_MAX + 1]; /* of the device that it is from, "" */
    char model[DATA_MODEL_MAX + 1];
    char type[8]; /* I to IV, "" for any */
    char platform[DATA_WORD_MAX + 1];
} data_info;

/* PLATEN_E_NOT_FOUND. */
platen_code data_find(platen_tx *tx, int64_t id, data_info *out, platen_error *err);
/* Its settings; those that do not count (SET-70) have output false. The caller calls items_fini().
 * PLATEN_E_NOT_FOUND. */
platen_code data_items(platen_tx *tx, int64_t id, item_list *out, platen_error *err);

/* Adds data: `info` without id, content, made and items. PLATEN_E_EXISTS: the name is taken. */
platen_code data_add(platen_tx *tx, const data_info *info, const item_list *items, int64_t *id,
                     platen_error *err);
/* Puts other settings in its place. PLATEN_E_NOT_FOUND. */
platen_code data_change(platen_tx *tx, int64_t id, const item_list *items, platen_error *err);
/* Removes it with its associations. PLATEN_E_NOT_FOUND. */
platen_code data_remove(platen_tx *tx, int64_t id, platen_error *err);

/* Settings of a device as a standard: those that are its own (case A), that cannot be written or
 * that no standard may have (SET-84) are not marked for output. */
void data_make_standard(item_list *items);

platen_code data_load(platen_error *err); /* statements */
/* The operations. */
platen_code data_operation_load(platen_error *err);
platen_code data_edit_load(platen_error *err);
platen_code associate_load(platen_error *err);

#endif
