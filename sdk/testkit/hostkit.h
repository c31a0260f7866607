/*
 * A fake host for any plugin, driver or feature: it takes registrations, keeps the plugin's tables
 * in a SQLite database of its own in memory, and lets the nth host call fail. For tests and for
 * `platen sdk check`; one thread. It shares no code with Platen's own loader.
 *
 * What a plugin does against its contract (a registration after load(), an id that is not its own,
 * a statement that no store/1 would take) is noted, see hostkit_misuse().
 */
#ifndef PLATEN_HOSTKIT_H
#define PLATEN_HOSTKIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <platen/plugin.h>

typedef struct hostkit hostkit;

/* What a plugin registered. */
typedef enum hostkit_what {
    HOSTKIT_SETTING,
    HOSTKIT_DRIVER,
    HOSTKIT_ACTION,
    HOSTKIT_PLAN, /* of snmp/1 */
    HOSTKIT_MIGRATION,
    HOSTKIT_STATEMENT,
    HOSTKIT_EVENT,
    HOSTKIT_OPERATION,
    HOSTKIT_KIND,
    HOSTKIT_BUILTIN,
    HOSTKIT_FUNCTION,
    HOSTKIT_ROUTE,
    HOSTKIT_PAGE,
    HOSTKIT_REPORT,
    HOSTKIT_PANEL,
    HOSTKIT_CATALOGUES,
} hostkit_what;

/* `path` is the plugin, <folder>/<name>.so; its own files are in <folder>/<name>/. NULL with the
 * reason in `err`. */
hostkit *hostkit_open(const char *path, platen_error *err);
void hostkit_free(hostkit *kit); /* unloads; NULL is fine */

/* The plugin as it describes itself. */
const platen_plugin *hostkit_plugin(const hostkit *kit);

/* The role that loads it; the first one that it has, unless said otherwise. */
void hostkit_role(hostkit *kit, uint32_t role);
/* From the nth host call on from now (1 is the next) one call fails with PLATEN_E_NOMEM; 0: none.
 */
void hostkit_fail(hostkit *kit, unsigned nth);
/* How many host calls that can fail there were since hostkit_fail(). */
unsigned hostkit_calls(const hostkit *kit);
/* A host of minor 0: tables end where they ended then. Before hostkit_load(). */
void hostkit_old(hostkit *kit, bool old);

/* load(); on failure everything is withdrawn, as the real host does. */
platen_code hostkit_load(hostkit *kit, platen_error *err);
void hostkit_unload(hostkit *kit);

/* The nth (from 0) thing of that sort: its id or name; NULL behind the last. Borrowed. */
const char *hostkit_registered(const hostkit *kit, hostkit_what what, size_t nth);

/* What it said of it: the schema of an operation or a kind, the JSON of a page. NULL: there is no
 * such thing. Borrowed. */
const char *hostkit_said(const hostkit *kit, hostkit_what what, const char *id);

/* Runs the migrations that load() declared; with `filled` every table gets a row after each of
 * them. Then prepares every statement. */
platen_code hostkit_migrate(hostkit *kit, bool filled, platen_error *err);
/* SQL of the test's own, on the plugin's tables and on `device`: answers the first column of the
 * first row, "" when there is none. `out` gets at most `size` bytes. */
platen_code hostkit_sql(hostkit *kit, const char *sql, char *out, size_t size, platen_error *err);

/* Calls an operation as a system manager of all regions; `answer` (may be NULL) gets its answer. */
platen_code hostkit_call(hostkit *kit, const char *id, const char *arguments, char *answer,
                         size_t size, platen_error *err);
/* Writes a report or a panel; `text` gets lines of cells, with tabs between them. */
platen_code hostkit_report(hostkit *kit, const char *id, const char *settings, char *text,
                           size_t size, platen_error *err);
/* Does a task of the manager's own (prepare, commit, finish) for no target. */
platen_code hostkit_task(hostkit *kit, const char *id, const char *settings, platen_error *err);
/* A result of a task whose action drivers do: calls done() in a transaction. */
platen_code hostkit_done(hostkit *kit, const char *id, int64_t device, const char *state,
                         const char *data, platen_error *err);
/* The same with the settings of the job. */
platen_code hostkit_result(hostkit *kit, const char *id, const char *settings, int64_t device,
                           const char *state, const char *data, platen_error *err);
/* Results from now on are of that many minutes later, and of a run of their own. */
void hostkit_clock(hostkit *kit, int64_t minutes);
/* Calls plan() for the devices 1 to 3; `text` gets a line for each call of plan_set() ("1 set
 * {...}"), plan_skip() ("2 skip code text") and plan_fail(). */
platen_code hostkit_plan(hostkit *kit, const char *id, const char *settings, bool preview,
                         char *text, size_t size, platen_error *err);
/* Calls choose(); `text` gets a line for each "device 1" and "group 2 model". */
platen_code hostkit_choose(hostkit *kit, const char *id, const char *settings, char *text,
                           size_t size, platen_error *err);
/* Calls ended() for the run that hostkit_clock() is about. */
platen_code hostkit_ended(hostkit *kit, const char *id, const char *settings, platen_error *err);
/* Events that the plugin told so far: "type device params", the nth from 0; NULL behind the last.
 */
const char *hostkit_event(const hostkit *kit, size_t nth);

/* Interfaces that were asked for and do not stand in `needs`, and those in `needs` that are not
 * known here: the first, NULL none. */
const char *hostkit_undeclared(const hostkit *kit);
/* The first breach of the contract, NULL none. */
const char *hostkit_misuse(const hostkit *kit);

#endif
