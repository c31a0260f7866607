/*
 * What differs from a standard, and since when. Differences are rows that are opened and closed as
 * they change, results of monitoring are a row each, of equal ones in a row the latest (SET-107).
 * In a transaction, on its thread.
 */
#ifndef SETTING_VALUE_DRIFT_H
#define SETTING_VALUE_DRIFT_H

#include "aim.h"

#define LOG_MATCH "match"
#define LOG_DIFFERENT "different"
#define LOG_OVERWRITTEN "overwritten" /* and matches now */
#define LOG_INCOMPLETE "incomplete"   /* overwritten, and differs still (SET-105) */

/* Takes in what a device was compared with the standard: `overwritten`, whether it was to be
 * changed. */
platen_code drift_put(platen_tx *tx, const platen_outcome *outcome, const reply *r, const aim *a,
                      uint32_t relation, bool overwrite, platen_error *err);

/* What a run found. */
typedef struct drift_sum {
    int64_t compared, match, different, overwritten, incomplete;
} drift_sum;

platen_code drift_count(platen_tx *tx, int64_t run, drift_sum *out, platen_error *err);

platen_code drift_load(platen_error *err); /* statements */
platen_code drift_operation_load(platen_error *err);

#endif
