/* Distributions: what was written to a device, its result by category (SET-79), and what was there
 * before. In a transaction, on its thread. */
#ifndef SETTING_VALUE_DISTRIBUTION_H
#define SETTING_VALUE_DISTRIBUTION_H

#include "aim.h"

#define DISTRIBUTIONS_KEPT 20 /* of a device: older ones go */

/* Stores what became of data on a device: `name` of the data, `data` its id or 0. */
platen_code distribution_put(platen_tx *tx, const platen_outcome *outcome, const reply *r,
                             const item_list *items, uint32_t relation, int64_t data,
                             const char *name, platen_error *err);

/* What the device had before, of the latest distribution of that run: settings to be written back,
 * nothing when nothing was changed. PLATEN_E_NOT_FOUND: there was none. items_fini(). */
platen_code distribution_before(platen_tx *tx, int64_t run, int64_t device, item_list *out,
                                platen_error *err);

platen_code distribution_load(platen_error *err); /* statements and the operation undo */

#endif
