/*
 * What a work of kind PLATEN_WORK_ACT is told and what it tells: changes, a step log, an outcome.
 * Belongs to the work until that has finished, then to its visit.
 */
#ifndef PLATEN_AGENT_ACT_H
#define PLATEN_AGENT_ACT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <platen/driver.h>

#include "core/base/json.h"

#define ACT_CHANGES 200
#define ACT_LINES 100
#define ACT_LINE 500 /* bytes of a line or a value */
#define ACT_CODE 32
#define ACT_HELD ((size_t)256 * 1024 * 1024) /* bytes of data on their way, all together */

typedef enum act_outcome { ACT_DONE, ACT_SKIPPED, ACT_WARNED } act_outcome;

/* What a job orders. */
typedef struct act_order {
    char *action;   /* NULL: the job is of another kind */
    char *settings; /* JSON object */
    uint32_t flags; /* PLATEN_ACT_... */
    int64_t first;  /* ms UTC */
    bool takes_data;
    bool each; /* every driver of the device that has the action does it, in turn */
} act_order;

typedef struct act {
    act_order order;
    strbuf changes, log; /* members of arrays */
    unsigned change_count, line_count;
    act_outcome outcome;
    int64_t credential; /* that was refused, 0: none */
    uint32_t refused_status, refused_index;
    char refused[128]; /* how, in the device's words */
    char code[ACT_CODE + 1];
    char text[PLATEN_ERROR_TEXT];
    char *data; /* what the driver read, NULL: nothing */
    size_t data_length;
    size_t data_room;    /* most bytes of data that this one may bring */
    atomic_size_t *held; /* the bytes count there while this holds them */
} act;

/* `own`: settings instead of the order's, or NULL. `held` counts the bytes of data that all acts
 * have. NULL when there is no memory. */
act *act_new(const act_order *order, const char *own, atomic_size_t *held);
void act_free(act *a); /* NULL is fine */

void act_add_change(act *a, const char *path, const char *from, const char *to);
void act_add_line(act *a, uint32_t level, const char *text);
/* PLATEN_E_TOO_LARGE: over its room. PLATEN_E_UNAVAILABLE: all acts together have ACT_HELD bytes.
 */
platen_code act_set_data(act *a, const char *json, size_t length, platen_error *err);
void act_end(act *a, act_outcome outcome, const char *code, const char *text);

/*
 * What each of several drivers came to becomes one (act_order.each). Takes `one`; `*all` is NULL
 * before the first of them. Lists are appended, data becomes {"<driver>":…}, and of the outcomes
 * the worst counts: a warning, then what was done, then a skip; "unsupported" when all say so.
 * Texts name their drivers. `failed`: its outcome does not count. False: no memory for its data.
 */
bool act_join(act **all, act *one, const char *driver, bool failed);
/* Appends "; more"; where both do not fit each keeps half at least. */
void act_join_text(char text[PLATEN_ERROR_TEXT], const char *more);
/* The bytes of data that `driver` may bring besides what `all` (may be NULL) has. */
size_t act_join_room(const act *all, const char *driver);

/* "params", "changes", "log" and "data" of a result, as far as there is something to say. */
void act_write(const act *a, json_writer *w);

/* Reads kind, settings, mode, verify, first, data and each of a job; false: no memory. */
bool act_order_read(act_order *order, const cJSON *job);
void act_order_fini(act_order *order);

#endif
