/*
 * Steps of the component "run". Released steps are never edited.
 *
 * A run's targets stand in parts until their time has come (a wave, a time zone), then in jobs or,
 * when a script decides for each device, in flow_target; a result is a row of run_target. A call
 * of a script that leaves the script is a row of flow_call: the journal that it is replayed from.
 */
#include "core/run/run_migrations.h"

static const char tasks[] =
    /* Schedule, mail and rollout as the REST API shows them. */
    "ALTER TABLE task ADD COLUMN schedule TEXT NOT NULL DEFAULT '{\"when\":\"now\"}';\n"
    "ALTER TABLE task ADD COLUMN mail TEXT NOT NULL DEFAULT '{}';\n"
    "ALTER TABLE task ADD COLUMN rollout TEXT NOT NULL DEFAULT '{}';\n"
    "ALTER TABLE task ADD COLUMN revision {{i64}} NOT NULL DEFAULT 1;\n"
    "UPDATE task SET schedule = '{\"when\":\"every\",\"unit\":\"minutes\",\"step\":' || minutes "
    "|| '}' WHERE minutes > 0;\n"
    "ALTER TABLE run ADD COLUMN task_revision {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE run ADD COLUMN mode TEXT NOT NULL DEFAULT 'execute';\n" /* or preview */
    "ALTER TABLE run ADD COLUMN mail TEXT NOT NULL DEFAULT '{}';\n"
    "ALTER TABLE run ADD COLUMN rollout TEXT NOT NULL DEFAULT '{}';\n"
    "ALTER TABLE run ADD COLUMN due_at {{i64}};\n"
    "ALTER TABLE run ADD COLUMN halted_at {{i64}};\n"               /* NULL: it is not halted */
    "ALTER TABLE run ADD COLUMN wave {{i64}} NOT NULL DEFAULT 0;\n" /* that was given out last */
    "ALTER TABLE run ADD COLUMN waves {{i64}} NOT NULL DEFAULT 1;\n"
    "ALTER TABLE run ADD COLUMN next_wave_at {{i64}};\n"
    "ALTER TABLE run ADD COLUMN changed {{i64}} NOT NULL DEFAULT 0;\n" /* targets with changes */
    "ALTER TABLE run ADD COLUMN script_version {{i64}};\n"
    "CREATE TABLE run_part (\n"
    "  id {{id}},\n"
    "  run_id {{i64}} NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  wave {{i64}} NOT NULL,\n"
    "  agent_id {{i64}} NOT NULL,\n"
    "  due_at {{i64}} NOT NULL DEFAULT 0,\n" /* not before */
    "  targets TEXT NOT NULL,\n"             /* [5,6] as in jobs */
    "  target_count {{i64}} NOT NULL);\n"
    "CREATE INDEX run_part_of ON run_part (run_id, wave, id);\n"
    "ALTER TABLE job ADD COLUMN kind TEXT;\n"     /* of a step of a flow; NULL: the run's */
    "ALTER TABLE job ADD COLUMN settings TEXT;\n" /* the same */
    "ALTER TABLE job ADD COLUMN step {{i64}} NOT NULL DEFAULT 0;\n" /* 1: results are flow_call's */
    "ALTER TABLE job ADD COLUMN first_leased {{i64}};\n"
    "ALTER TABLE run_target ADD COLUMN wave {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE run_target ADD COLUMN started {{i64}};\n"
    "ALTER TABLE run_target ADD COLUMN params TEXT NOT NULL DEFAULT '{}';\n"
    "ALTER TABLE run_target ADD COLUMN changes TEXT NOT NULL DEFAULT '[]';\n"
    "ALTER TABLE run_target ADD COLUMN log TEXT NOT NULL DEFAULT '[]';\n";

static const char flows[] =
    "CREATE TABLE script (\n"
    "  id {{id}},\n"
    "  name TEXT NOT NULL UNIQUE,\n" /* batch, restart-if-stuck */
    "  kind TEXT NOT NULL,\n"        /* task, flow, lib */
    "  source TEXT NOT NULL,\n"      /* stock, folder, user */
    "  enabled {{i64}} NOT NULL DEFAULT 1,\n"
    "  version_id {{i64}},\n" /* that runs start with */
    "  created {{i64}} NOT NULL,\n"
    "  updated {{i64}} NOT NULL);\n"
    "CREATE TABLE script_version (\n"
    "  id {{id}},\n"
    "  script_id {{i64}} NOT NULL REFERENCES script (id) ON DELETE CASCADE,\n"
    "  number {{i64}} NOT NULL,\n"
    "  text TEXT NOT NULL,\n"
    "  digest TEXT NOT NULL,\n" /* SHA-256 of the text */
    "  author TEXT NOT NULL DEFAULT '',\n"
    "  at {{i64}} NOT NULL,\n"
    "  UNIQUE (script_id, number));\n"
    "CREATE TABLE flow_target (\n"
    "  run_id {{i64}} NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  device_id {{i64}} NOT NULL,\n"
    "  agent_id {{i64}} NOT NULL,\n"
    "  wave {{i64}} NOT NULL DEFAULT 0,\n"
    "  started {{i64}},\n"
    "  PRIMARY KEY (run_id, device_id));\n" /* deleted when the target has its result */
    "CREATE TABLE flow_call (\n"
    "  run_id {{i64}} NOT NULL REFERENCES run (id) ON DELETE CASCADE,\n"
    "  device_id {{i64}} NOT NULL,\n" /* whose flow it is */
    "  seq {{i64}} NOT NULL,\n"
    "  call TEXT NOT NULL,\n"      /* subtask, sleep, wait_online, read */
    "  arguments TEXT NOT NULL,\n" /* JSON: what a replay must ask for again */
    "  state TEXT NOT NULL,\n"     /* waiting, done */
    "  due_at {{i64}},\n"          /* of what waits for a time */
    "  job_id {{i64}},\n"
    "  target_id {{i64}},\n" /* the device of a subtask: mostly device_id */
    "  result TEXT,\n"
    "  PRIMARY KEY (run_id, device_id, seq));\n"
    "CREATE INDEX flow_call_due ON flow_call (due_at);\n"
    "CREATE INDEX flow_call_job ON flow_call (job_id, target_id);\n";

static const char giving[] =
    "ALTER TABLE run ADD COLUMN given {{i64}} NOT NULL DEFAULT 0;\n" /* targets given out */
    "ALTER TABLE run ADD COLUMN given_at {{i64}};\n" /* since then counts the time limit */
    /* Errors and results when it was resumed last: what halts it is counted from there. */
    "ALTER TABLE run ADD COLUMN halt_errors {{i64}} NOT NULL DEFAULT 0;\n"
    "ALTER TABLE run ADD COLUMN halt_results {{i64}} NOT NULL DEFAULT 0;\n"
    "UPDATE run SET given = total, given_at = created;\n"
    "CREATE INDEX run_next_wave ON run (next_wave_at) WHERE next_wave_at IS NOT NULL;\n"
    "ALTER TABLE job ADD COLUMN wave {{i64}} NOT NULL DEFAULT 0;\n"
    "DROP INDEX job_by_agent;\n"
    "CREATE INDEX job_by_agent ON job (agent_id, state, run_id, id);\n"
    "CREATE INDEX job_leased ON job (lease_until) WHERE state = 'leased';\n";

/* What flows are: how scripts stand, and with which versions a run began. */
static const char scripts[] =
    "ALTER TABLE run ADD COLUMN script_pin TEXT NOT NULL DEFAULT '';\n" /* core/flow/pin.c */
    "ALTER TABLE script ADD COLUMN title TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE script ADD COLUMN latest_id {{i64}};\n" /* newest version, good or not */
    "ALTER TABLE script ADD COLUMN error TEXT NOT NULL DEFAULT '';\n" /* of the newest */
    "ALTER TABLE script ADD COLUMN error_line {{i64}} NOT NULL DEFAULT 0;\n"
    "CREATE INDEX flow_call_news ON flow_call (run_id) WHERE state = 'done';\n";

static const char mails[] =
    /* 1: who is named in `mail` has not been told of its end yet. */
    "ALTER TABLE run ADD COLUMN mail_due {{i64}} NOT NULL DEFAULT 0;\n"
    "CREATE INDEX run_mail_due ON run (ended) WHERE mail_due = 1;\n";

/* What a script said of itself in its last good version. */
static const char declared[] =
    "ALTER TABLE script ADD COLUMN settings TEXT NOT NULL DEFAULT '';\n" /* JSON Schema */
    "ALTER TABLE script ADD COLUMN writes {{i64}} NOT NULL DEFAULT 1;\n";

/* The task kinds that drivers of an agent bring, as its last hello told them. */
static const char brought[] = "ALTER TABLE agent ADD COLUMN kinds TEXT NOT NULL DEFAULT '[]';\n";

/* Versions, errors and quarantines of an agent's functions, as its last hello told them. */
static const char told[] = "ALTER TABLE agent ADD COLUMN functions TEXT NOT NULL DEFAULT '[]';\n";

static const char extra[] =
    "ALTER TABLE run ADD COLUMN added {{i64}} NOT NULL DEFAULT 0;\n" /* managed devices, by it */
    /* 1: due besides its schedule (after.c). */
    "ALTER TABLE task ADD COLUMN extra_due {{i64}} NOT NULL DEFAULT 0;\n"
    "CREATE INDEX task_extra ON task (id) WHERE extra_due = 1;\n";

const store_migration run_migrations[] = {
    {1, "tasks", tasks},     {2, "flows", flows},    {3, "giving-out", giving},
    {4, "scripts", scripts}, {5, "mails", mails},    {6, "declared", declared},
    {7, "brought", brought}, {8, "functions", told}, {9, "extra", extra},
};

const size_t run_migration_count = sizeof(run_migrations) / sizeof(run_migrations[0]);
