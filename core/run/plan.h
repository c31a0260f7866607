/*
 * Settings of one device alone: what a kind plans for the devices of a job, each time the job is
 * given to an agent. The plan is made after the transaction that leased the job and before anybody
 * is told of it, on the thread that asked for work: the writer does not wait for it. When the
 * manager dies in between, the agent does not hold the job, and it is given out and planned anew.
 */
#ifndef PLATEN_RUN_PLAN_H
#define PLATEN_RUN_PLAN_H

#include "core/run/run_private.h"

#define PLAN_TARGETS 50       /* of a job of a kind that plans: an answer with four fits */
#define PLAN_JOBS 4           /* such jobs of one answer */
#define PLAN_SETTINGS 262144u /* bytes of a device's own settings */
#define PLAN_CODE 32

typedef struct planned {
    int64_t device, revision;
    char *settings; /* NULL: the job's */
    char *text;     /* of a device that ends without an agent, else NULL */
    bool failed;    /* it ends with an error; else it is skipped */
    char code[PLAN_CODE + 1];
} planned;

struct kind_plan {
    planned *list; /* in the order of the job's targets */
    size_t count;
};

/* A job that was leased and waits for its plan. */
typedef struct plan_job {
    int64_t id, run;
    const task_kind *kind;
    bool preview;
    char *settings;
    strbuf head; /* the object as it is sent, up to its targets */
    kind_plan plan;
} plan_job;

/* PLATEN_E_INVAL: no device of the plan, no JSON object, no such word; PLATEN_E_TOO_LARGE. */
platen_code plan_set(kind_plan *plan, int64_t device, const char *json, platen_error *err);
platen_code plan_skip(kind_plan *plan, int64_t device, const char *code, const char *text,
                      platen_error *err);
platen_code plan_fail(kind_plan *plan, int64_t device, const char *code, const char *text,
                      platen_error *err);

bool plan_is_wanted(const task_kind *kind);

/* Makes the plan, ends what is skipped, and writes the job for the agent; `*given`: there was
 * something left to do. A plan that fails ends the job and is no failure here. */
platen_code plan_give(runs *r, plan_job *job, json_writer *w, bool *given, platen_error *err);
void plan_job_fini(plan_job *job);

#endif
