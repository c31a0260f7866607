/*
 * Data aimed at devices: what of it takes effect on which (SET-27 to SET-36). Distribution and
 * monitoring plan with it and judge with it what came back.
 */
#ifndef SETTING_VALUE_AIM_H
#define SETTING_VALUE_AIM_H

#include "data.h"
#include "known.h"
#include "reply.h"

/* Data with its settings, as it is now. */
typedef struct aim {
    data_info info;
    item_list items;
    char *texts[8]; /* what drivers are told, by who the device is: made when first needed */
    uint32_t counts[8];
    char told[TYPE_WORD]; /* for devices of this type, as far as types differ in it */
} aim;

/* PLATEN_E_NOT_FOUND, PLATEN_E_STATE: it is for another purpose. aim_fini() also after a failure.
 */
platen_code aim_open(platen_tx *tx, int64_t data, const char *purpose, aim *out, platen_error *err);
void aim_fini(aim *a);

/* The data that results of one run after the other are about: read again when it has changed. For
 * done() only: results come one at a time. Borrowed until the next call. */
platen_code aim_keep(platen_tx *tx, int64_t data, const char *purpose, const aim **out,
                     platen_error *err);
void aim_forget(void);

/* Who a device is to the data. */
#define AIM_SAME_DEVICE 1u /* the very one that the data is from (case A) */
#define AIM_SAME_MODEL 2u  /* of the same model (case B) */
/* It is compared only: settings that nobody can set count, too (SET-112). */
#define AIM_READ_ONLY 4u

uint32_t aim_relation(const data_info *data, const device_named *device);
/* Whether a setting takes effect on a device of that relation. */
bool aim_counts(const item *i, uint32_t relation);
/*
 * How many settings there are for such a device of that type, and what its drivers are told:
 * {"items":[…],"write":…}, borrowed until it is asked for another type. NULL: no memory.
 * A setting that is only taken with the device's own password, which the data has, says which one
 * that is: "guard":"<path>" (SET-80, SET-81). With another one on the device the driver writes none
 * of them, and the result of each is `wrong-password`.
 */
const char *aim_text(aim *a, const char *type, uint32_t relation, bool write, uint32_t *count);

/*
 * Plans a device: its settings, or why there is nothing to do (what SET-58 says is skipped; what
 * does not fit fails, SET-36). `write`: whether it is to be changed.
 */
platen_code aim_plan(aim *a, platen_plan *list, platen_tx *tx, int64_t device, bool write,
                     platen_error *err);

#endif
