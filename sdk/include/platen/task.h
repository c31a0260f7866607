/*
 * task/1: task kinds of a function. Such a kind is one among the core's: it is started over REST,
 * from the pages, the command line, schedules, batches and scripts (`ctx:subtask()`), with settings
 * that are checked before the function sees them, with regions, waves, preview, mails and exports.
 *
 * There are two ways to be done. With an `action` agents do it: the first driver of a device that
 * names the action among its own gets it as PLATEN_WORK_ACT (<platen/driver.h>), or each driver
 * that names it, in turn (PLATEN_TASK_EACH); before that plan() may give each device settings of
 * its own, and afterwards done() takes each result in. Without an `action` the manager does it
 * itself: prepare() gathers, without a transaction, commit() writes.
 *
 * All registrations are made in load(), main thread; the host copies what it is given. `user` stays
 * the plugin's. Callbacks come after all plugins were loaded and end before unload(). What a kind
 * is called is one name space with the core's, the scripts' and other functions'.
 */
#ifndef PLATEN_TASK_H
#define PLATEN_TASK_H

#include <platen/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct platen_tx platen_tx;     /* of store/1: good for the callback that was given it */
typedef struct platen_plan platen_plan; /* the same */
typedef struct platen_choice platen_choice; /* the same */

#define PLATEN_TASK_WRITES 1u /* flag: changes devices: tasks have preview and rollout */
#define PLATEN_TASK_VERIFY 2u /* flag: may not be done twice: drivers get PLATEN_ACT_VERIFY */
/* Flag: each driver of the device that names the action does it, highest rank first, also when one
 * before it failed. One result comes of it: an error when one failed, else a warning when one
 * warned, else success when one did something; skipped only when all skipped ("unsupported" counts
 * when none says anything else). Its text names the drivers. */
#define PLATEN_TASK_EACH 4u
/* Flag, with targets: its built-in task, while it is active, is due at once, too, when a run such
 * as a discovery has registered managed devices and is over. Once a run, however many they are,
 * after the task's own last run, and its next time stays. */
#define PLATEN_TASK_AFTER_DISCOVERY 8u

#define PLATEN_TASK_DEVICES 1u /* targets: devices */
#define PLATEN_TASK_NONE 2u    /* none: without an action only */

#define PLATEN_JOB_PREVIEW 1u /* flag of a job: nothing is to be changed */

#define PLATEN_TASK_SETTINGS_MAX 16384u  /* bytes of a kind's schema */
#define PLATEN_PLAN_TARGETS 50u          /* most devices of one plan() */
#define PLATEN_PLAN_SETTINGS_MAX 262144u /* bytes of one device's own settings */

/*
 * A share of a run: what plan() and prepare() are about. Texts and lists are borrowed for the call;
 * the host hands over a complete struct, of which a plugin with older headers knows the beginning.
 */
typedef struct platen_job {
    uint32_t size;
    uint32_t flags;       /* PLATEN_JOB_... */
    int64_t run, job;     /* ids, positive; a run has several jobs */
    const char *kind;     /* id of the task kind */
    const char *name;     /* of the run, for people; "" in plan() */
    const char *settings; /* of the run, or of the step of a flow: a JSON object that keeps the
                             kind's schema */
    const int64_t *devices;
    uint32_t count;         /* of `devices`; 0 for kinds without targets */
    uint32_t region_count;  /* of `regions`; 0: the run is of all regions. 0 in plan() */
    const int64_t *regions; /* what is not theirs must not show in what the job makes */
} platen_job;

/* The result of one target. Texts are never NULL, and borrowed for the call. */
typedef struct platen_outcome {
    uint32_t size;
    uint32_t flags;   /* none yet */
    int64_t run, job; /* `job` is 0 when the target never was in one (a wave that was cancelled) */
    int64_t device;
    int64_t started, ended; /* ms UTC; `started` 0: the device was not begun with */
    const char *kind;       /* id of the task kind */
    const char *state;      /* "success", "warning", "error", "timeout", "skipped", "cancelled" */
    const char *code;       /* a word of docs/errors.md, "ok" or "" */
    const char *text;       /* for people */
    const char *params;     /* JSON object */
    const char *changes;    /* JSON array of {"path","from","to"} */
    const char *data;       /* what the driver handed over with data(), also before it failed:
                               JSON, of nobody who is to be trusted; "" when it handed nothing over.
                               With PLATEN_TASK_EACH an object by the ids of the drivers:
                               {"pjl":…,"printer-mib":…}, of those that handed something over */
    uint32_t data_length;   /* bytes, at most PLATEN_DATA_MAX */
    /* As in plan(): of the run, or of the step of a flow. "{}" when no agent made the result. */
    const char *settings;
} platen_outcome;

typedef struct platen_task_kind {
    uint32_t size;
    uint32_t flags;    /* PLATEN_TASK_WRITES, _VERIFY, _EACH, which need an `action`;
                          PLATEN_TASK_AFTER_DISCOVERY, which needs targets */
    uint32_t targets;  /* PLATEN_TASK_DEVICES or _NONE */
    uint32_t limit_s;  /* 1 to 86,400: a run of it ends then with what it has */
    const char *id;    /* "hello.greet": of a-z, 0-9 and '-' on either side of one '.', at most 63
                          bytes; not "device.", "system.", "flow." or "script." */
    const char *title; /* "[Hello] Greet": UTF-8, 1 to 200 bytes, its group in square brackets */
    const char *settings; /* JSON Schema whose type is "object", at most PLATEN_TASK_SETTINGS_MAX
                             bytes, with the words that <platen/driver.h> lists for actions */
    const char *action;   /* what drivers do: one word of a-z, 0-9, '.' and '-', at most 63 bytes.
                             NULL: the manager does it */

    /*
     * With `action`; may be NULL: each device then has the job's settings. Called when a job is
     * about to be given to an agent, and again whenever it is given out anew (the agent started
     * anew, or its lease ended): the settings are those of that moment, and what an earlier plan
     * gave counts no more. Each device that is not named in it has the job's settings.
     * Fails: all devices of the job have the result error with that code.
     * On a thread of the server; calls for different jobs overlap. `tx` reads only. It may take a
     * second or two, and waits for no network.
     */
    platen_code (*plan)(const platen_job *job, platen_plan *plan, platen_tx *tx, void *user,
                        platen_error *err);

    /*
     * Without `action`, all three: prepare() gathers, on a thread of the manager's own work, where
     * it may take minutes; the works of all kinds are done there one after the other. What it puts
     * into `*work` goes to the others. commit() writes, in a transaction on the store's writer that
     * ends the job, too: a few milliseconds at most. After a crash a job has been done wholly or is
     * done again from prepare() on. An error of either is the result of all targets. finish() is
     * called in any case, for each prepare() once, also when that failed (`*work` is NULL unless it
     * was set).
     */
    platen_code (*prepare)(const platen_job *job, void **work, void *user, platen_error *err);
    platen_code (*commit)(platen_tx *tx, void *work, void *user, platen_error *err);
    void (*finish)(void *work, uint32_t committed, void *user);

    /*
     * With `action`; may be NULL. Called for each result of a target, in the transaction that
     * applies it, also for those that no driver made (cancelled, skipped, overdue). A result that
     * is sent twice counts once. Change nothing but what is written through `tx`: when that is
     * taken back, done() may be called for the same result once more. On the store's writer: one at
     * a time, everything else that writes waits meanwhile, so a few milliseconds at most. Fails:
     * what it wrote is taken back, the result of a driver becomes an error with that code and text
     * (one that no driver made stays what it is), the other results count. In a preview it is not
     * called.
     */
    platen_code (*done)(platen_tx *tx, const platen_outcome *outcome, void *user,
                        platen_error *err);

    void *user;
    void (*release)(void *user); /* once, after withdrawal; may be NULL */

    /*
     * With targets; may be NULL. A run is made: which devices it is about. Where it calls
     * choose_devices() or choose_group() these are its targets, of the regions of the run, and not
     * what the task names; chosen twice counts once. On the store's writer, in the transaction that
     * makes the run; `tx` reads only. Fails: there is no run.
     */
    platen_code (*choose)(const char *settings, platen_choice *choice, platen_tx *tx, void *user,
                          platen_error *err);
    /*
     * May be NULL. A run of the kind, not a preview, has ended, and that is committed: `run` has
     * run, kind, name and settings. On a thread of the manager's own, not within a transaction, a
     * second or two. Lost when the process ends just then.
     */
    void (*ended)(const platen_job *run, void *user);
} platen_task_kind;

#define PLATEN_TASK_KIND_INIT                                                                      \
    {                                                                                              \
        (uint32_t)sizeof(platen_task_kind), 0, PLATEN_TASK_DEVICES, 3600, NULL, NULL,              \
            "{\"type\":\"object\",\"properties\":{}}", NULL, NULL, NULL, NULL, NULL, NULL, NULL,   \
            NULL, NULL, NULL                                                                       \
    }

/* A task that is there from the first start on, for all managed devices: system managers change its
 * schedule and switch it off; it cannot be deleted. Its settings are {}. */
typedef struct platen_builtin {
    uint32_t size;
    uint32_t minutes; /* between two runs at first: 1 to 525,600 */
    const char *kind; /* id of a kind of the same plugin */
    const char *name; /* for people: UTF-8, 1 to 100 bytes */
} platen_builtin;

#define PLATEN_BUILTIN_INIT                                                                        \
    {                                                                                              \
        (uint32_t)sizeof(platen_builtin), 1440, NULL, NULL                                         \
    }

/* All return PLATEN_E_STATE outside load(), PLATEN_E_INVAL for what is not as it must be (the text
 * says what), PLATEN_E_EXISTS for what is there already, PLATEN_E_TOO_LARGE for one too many. */
typedef struct platen_task {
    uint32_t size;

    /* Adds a task kind; at most 32 of a plugin. What only shows when all plugins are loaded (a
     * schema that the host does not understand) refuses the plugin afterwards. */
    platen_code (*kind)(platen_ctx *ctx, const platen_task_kind *kind, platen_error *err);

    /* A task of a kind that was added before, one of each. */
    platen_code (*builtin)(platen_ctx *ctx, const platen_builtin *task, platen_error *err);

    /* A function that system managers grant to device managers: a word (a-z, 0-9, '-', at most 48
     * bytes) and the menu of the pages under which it is granted: "devices", "tasks", "data" or
     * "reports". At most 16 of a plugin. */
    platen_code (*function)(platen_ctx *ctx, const char *id, const char *menu, platen_error *err);

    /* ---- in plan(), on its thread ---- */

    /* The device's own settings: a JSON object, copied. What is in the job's settings and not here
     * does not count for the device. A second call for a device replaces the first.
     * PLATEN_E_INVAL: not a device of the job, or no JSON object; PLATEN_E_TOO_LARGE. */
    platen_code (*plan_set)(platen_plan *plan, int64_t device, const char *json, platen_error *err);

    /* Nothing is to be done on the device: it is `skipped` with that code (a word of docs/errors.md
     * or the function's own, of a-z, 0-9 and '-', at most 32 bytes) and text. PLATEN_E_INVAL: not a
     * device of the job, or no such word. */
    platen_code (*plan_skip)(platen_plan *plan, int64_t device, const char *code, const char *text,
                             platen_error *err);

    /* The same, but the result is `error`: it could not be planned (no key, no data). Of calls of
     * plan_skip() and plan_fail() for a device the last counts. */
    platen_code (*plan_fail)(platen_plan *plan, int64_t device, const char *code, const char *text,
                             platen_error *err);

    /* ---- in choose(), on its thread ---- */

    /* Devices by id; those that are not there are left out. None: the run has no targets, unless
     * more are chosen. */
    platen_code (*choose_devices)(platen_choice *choice, const int64_t *ids, size_t count,
                                  platen_error *err);
    /* The devices that a group has now; with a `model` that is not "" those of that model only. A
     * group that is not there has none. */
    platen_code (*choose_group)(platen_choice *choice, int64_t group, const char *model,
                                platen_error *err);
} platen_task;

#ifdef __cplusplus
}
#endif

#endif
