/* A post of results while it is applied: what its files share (results.c, post_access.c,
 * verdict.c). Runs on the store's writer. */
#ifndef PLATEN_RUN_POST_H
#define PLATEN_RUN_POST_H

#include "core/run/target_row.h"

typedef struct post_job {
    int64_t id, run;
    const task_kind *kind;
    bool builtin, over, preview;
    cJSON *settings;
    char *settings_text; /* of a feature's kind, else NULL */
    int64_t *ids;        /* sorted; a target that has its result is negated */
    size_t count, left;
    int64_t wave;
    bool halted;
    bool step; /* of a flow, which waits for the results */
    run_counts counts;
} post_job;

typedef struct post {
    runs *owner;
    int64_t agent;
    const char *boot;
    int64_t seq;
    const cJSON *results;
    int64_t now;
    post_job *jobs;
    size_t job_count, job_room;
    const region_book *regions; /* NULL: not asked for yet */
    device_change *changes;     /* for the hooks after the commit */
    size_t change_count, change_room;
    bool repeated;
} post;

/* The regions as they are in this transaction; asked for by the first device that needs them. */
platen_code post_need_regions(store_conn *conn, post *p, platen_error *err);
void post_note_change(post *p, const device_change *change); /* for the hooks */

/* What an answer says of the way to the device; texts are borrowed from the trees. */
typedef struct post_access {
    char *drivers, *memo;
    device_access access;
} post_access;

void post_access_read(post_access *a, const cJSON *where, const cJSON *result);
void post_access_fini(post_access *a);
char *post_print(const cJSON *object, const char *key); /* cJSON_free(); NULL when it is none */
int64_t post_credential(const cJSON *object);

/* One address of a discovery. */
platen_code post_verdict(store_conn *conn, post *p, post_job *job, const cJSON *result,
                         const cJSON *verdict, platen_error *err);

#endif
