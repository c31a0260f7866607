/* An engine, its devices, and an agent that is played by the tests. */
#ifndef PLATEN_TEST_RUN_WORLD_H
#define PLATEN_TEST_RUN_WORLD_H

#include "model_world.h"

#include "core/run/run.h"

typedef struct heard {
    int changes, runs, works, flows;
    device_change last;
} heard;

/* world_open(), with the tables of runs as they are now. */
store *run_world_open(void **state);

runs *engine(store *s, heard *h);

/* Devices 1 to `count`, of agent 1. */
void fill(store *s, int64_t count);
int64_t start(runs *r, const char *kind, bool builtin);

/* The jobs that an agent gets. */
cJSON *lease(runs *r, int64_t agent, const char *boot, size_t room);
size_t lease_count(runs *r, const char *boot); /* of agent 1, ten at most */

/* A post of agent 1, with ' for ". */
platen_code try_post(runs *r, const char *boot, int64_t seq, const char *text);

#define post(r, boot, seq, text) assert_int_equal(try_post(r, boot, seq, text), PLATEN_OK)
#define RUN_STATE(run) "SELECT state FROM run WHERE id = %" PRId64, run

#endif
