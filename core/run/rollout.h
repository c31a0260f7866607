/*
 * How a run that writes goes over its targets (DECISIONS, Tasks): a canary first, then batches,
 * with pauses, until too many errors halt it. Pure; any thread.
 */
#ifndef PLATEN_RUN_ROLLOUT_H
#define PLATEN_RUN_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/base/error.h"

#define ROLLOUT_COUNT_MAX 100000
#define ROLLOUT_PAUSE_MAX 604800 /* s, a week */
#define ROLLOUT_SURE 10          /* results before a percentage of errors halts anything */

/* Either is 0; both: not set. */
typedef struct rollout_share {
    int64_t count;
    double percent; /* over 0 to 100 */
} rollout_share;

typedef struct rollout {
    rollout_share canary, batch, halt;
    int64_t pause_s; /* between a wave's last result and the next wave */
} rollout;

/* Where a fault lies: a JSON Pointer below the rollout and a code of rest/schema.h. */
typedef void (*rollout_complain)(const char *pointer, const char *code, const char *text,
                                 void *user);

/* From {"canary":{"count":5}|{"percent":2},"batch":…,"pause_s":0,"halt":…}, all optional; NULL and
 * null are none. PLATEN_E_INVAL after telling `complain` (may be NULL). */
platen_code rollout_read(const cJSON *tree, rollout_complain complain, void *user, rollout *out,
                         platen_error *err);
/* The same from its text; what is not a rollout is none. */
void rollout_parse(const char *text, rollout *out);

bool rollout_share_is_set(const rollout_share *s);
bool rollout_is_staged(const rollout *r); /* in more than one wave */

/* The share of so many, at least 1; percents are rounded up. */
int64_t rollout_share_of(const rollout_share *s, int64_t whole);

/* Whether `errors` among `results` are too many; `wave_over`: these are all of a wave at least. */
bool rollout_halts(const rollout *r, int64_t errors, int64_t results, bool wave_over);

#endif
