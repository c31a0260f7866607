/*
 * Versions of plugins that an agent has taken over lately. A self-test sees load() alone: whether a
 * version works shows when it runs. For a day it is on trial: when its worker process is
 * quarantined, or the agent does not stay alive with it, the agent goes back to the version before.
 * <data>/functions/trial.json: {name: {"version","sha256","until" (ms UTC),"starts"}}.
 *
 * Any thread, one at a time; nothing is reported: a list that cannot be written is one of nothing.
 */
#ifndef PLATEN_FOLLOW_TRIAL_H
#define PLATEN_FOLLOW_TRIAL_H

#include <stdbool.h>

#include "core/pack/active.h"

/* Plugins of `next` that are not in `before` as they are are on trial from now on, `now` in ms UTC;
 * those that are in neither no more. */
void follow_trial_begin(const char *data, const cJSON *before, const cJSON *next, int64_t now);

/* The agent starts with these. */
void follow_trial_count(const char *data);
/* It lives, or ends because it was told to. */
void follow_trial_works(const char *data);

/* It is given up: what is left begins to be counted anew. */
void follow_trial_end(const char *data, const active_package *p);

/* Whether it is on trial, came last, and the agent has started with it too often and never lived
 * for long: what ran before it came is not to blame. */
bool follow_trial_failed(const char *data, const active_package *p, int64_t now);
/* Whether that version is on trial. */
bool follow_trial_is_on(const char *data, const active_package *p, int64_t now);

#endif
