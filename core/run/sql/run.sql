-- Tasks, runs, jobs, target results.

-- name: task_insert
INSERT INTO task (kind, name, builtin, active, targets, settings, schedule, mail, rollout, created,
                  next_at)
VALUES (:kind, :name, :builtin, :active, :targets, :settings, :schedule, :mail, :rollout, :created,
        :next_at)
RETURNING id

-- name: task_builtin_exists
SELECT id FROM task WHERE builtin = 1 AND kind = :kind

-- name: task_by_id
SELECT t.id, t.kind, t.name, t.builtin, t.active, t.targets, t.settings, t.schedule, t.mail,
       t.rollout, t.created, t.next_at, t.regions, t.revision,
       (SELECT max(r.id) FROM run r WHERE r.task_id = t.id)
FROM task t WHERE t.id = :id

-- name: task_patch
UPDATE task
SET name = :name, active = :active, targets = :targets, settings = :settings, schedule = :schedule,
    mail = :mail, rollout = :rollout, next_at = :next_at, revision = revision + :step
WHERE id = :id

-- name: task_delete
DELETE FROM task WHERE id = :id AND builtin = 0

-- name: task_due
SELECT id, next_at FROM task WHERE active = 1 AND next_at <= :now ORDER BY next_at LIMIT 100

-- name: task_next
UPDATE task SET next_at = :next_at WHERE id = :id

-- name: task_extra
SELECT t.id FROM task t
WHERE t.extra_due = 1 AND t.active = 1
  AND NOT EXISTS (SELECT 1 FROM run r WHERE r.task_id = t.id AND r.state IN ('waiting', 'running'))
ORDER BY t.id LIMIT 100

-- name: task_extra_due
UPDATE task SET extra_due = 1 WHERE builtin = 1 AND active = 1 AND extra_due = 0 AND kind = :kind

-- name: task_extra_over
UPDATE task SET extra_due = 0 WHERE id = :id AND extra_due = 1

-- name: run_added
SELECT added FROM run WHERE id = :id

-- name: tasks_waiting
SELECT id, schedule, next_at FROM task WHERE active = 1 AND next_at > :now AND id > :id
ORDER BY id LIMIT 500

-- name: region_zones
SELECT id, timezone FROM region

-- name: task_is_running
SELECT 1 FROM run WHERE task_id = :task AND state IN ('waiting', 'running') LIMIT 1

-- name: run_insert
INSERT INTO run (task_id, kind, name, builtin, state, settings, created, total, mode, rollout, mail,
                 task_revision, due_at, script_version, mail_due)
VALUES (:task, :kind, :name, :builtin, 'waiting', :settings, :created, :total, :mode, :rollout,
        :mail, :revision, :due, (SELECT version_id FROM script WHERE id = :script), :mail_due)
RETURNING id

-- name: run_not_made
INSERT INTO run (task_id, task_revision, kind, name, builtin, state, settings, mail, mail_due,
                 created, started, ended, due_at, total, code, text)
VALUES (:task, :revision, :kind, :name, :builtin, :state, :settings, :mail, :mail_due, :now, :now,
        :now, :due, 0, :code, :text)
RETURNING id

-- name: run_total
UPDATE run SET total = :total, given = :given, given_at = :now, waves = :waves WHERE id = :id

-- name: run_by_id
SELECT r.id, r.task_id, r.kind, r.name, r.builtin, r.state, r.created, r.started, r.ended, r.total,
       r.success, r.warning, r.error, r.timeout, r.cancelled, r.skipped, r.code, r.text, r.regions,
       r.mode, r.halted_at, r.wave, r.waves, r.next_wave_at, r.due_at, r.changed, r.rollout,
       v.script_id, c.name, v.number, t.revision - r.task_revision
FROM run r
LEFT JOIN script_version v ON v.id = r.script_version
LEFT JOIN script c ON c.id = v.script_id
LEFT JOIN task t ON t.id = r.task_id
WHERE r.id = :id

-- name: runs_to_mail
SELECT id FROM run WHERE mail_due = 1 AND ended IS NOT NULL ORDER BY ended LIMIT 20

-- name: run_mailed
UPDATE run SET mail_due = 0 WHERE id = :id AND mail_due = 1

-- name: run_mail
SELECT name, state, mode, mail, started, ended, total, changed, success, warning, error, timeout,
       cancelled, skipped
FROM run WHERE id = :id

-- name: run_mail_targets
SELECT t.device_id, a.name, t.address, t.name, t.state, t.code, t.text, t.started, t.ended,
       t.changes
FROM run_target t LEFT JOIN agent a ON a.id = t.agent_id
WHERE t.run_id = :run AND (:failed = 0 OR t.state IN ('error', 'timeout'))
ORDER BY t.id

-- name: run_recovery
SELECT kind, name, builtin, ended, settings, mail, rollout, regions FROM run WHERE id = :id

-- name: run_failed
SELECT t.device_id, t.agent_id, a.local FROM run_target t LEFT JOIN agent a ON a.id = t.agent_id
WHERE t.run_id = :run AND t.state IN ('error', 'timeout') ORDER BY t.id LIMIT 5000

-- name: run_started
UPDATE run SET state = 'running', started = :now WHERE id = :id AND state = 'waiting'

-- name: run_counts
UPDATE run
SET success = success + :success, warning = warning + :warning, error = error + :error,
    timeout = timeout + :timeout, cancelled = cancelled + :cancelled, skipped = skipped + :skipped,
    changed = changed + :changed, added = added + :added
WHERE id = :id

-- name: run_text
UPDATE run SET code = :code, text = :text WHERE id = :id

-- name: run_finish
UPDATE run
SET state = CASE WHEN error > 0 THEN 'error' WHEN timeout > 0 THEN 'timeout'
                 WHEN cancelled > 0 THEN 'cancelled' WHEN warning > 0 THEN 'warning'
                 ELSE 'success' END,
    started = coalesce(started, :now), ended = :now, next_wave_at = NULL
WHERE id = :id AND state IN ('waiting', 'running')
  AND success + warning + error + timeout + cancelled + skipped >= total

-- name: run_progress
SELECT kind, rollout, halted_at, given, total, next_wave_at, halt_errors, halt_results,
       error + timeout, success + warning + error + timeout + cancelled + skipped
FROM run WHERE id = :id AND state IN ('waiting', 'running')

-- name: run_wave_at
UPDATE run SET next_wave_at = :at WHERE id = :id

-- name: run_first_wave
UPDATE run
SET next_wave_at = (SELECT due_at FROM run_part p WHERE p.run_id = :id ORDER BY wave LIMIT 1)
WHERE id = :id
RETURNING next_wave_at

-- name: run_given_more
UPDATE run SET given = given + :given WHERE id = :id

-- name: run_gave
UPDATE run SET wave = :wave, given = given + :given, given_at = :now, next_wave_at = :next
WHERE id = :id

-- name: runs_wave_due
SELECT id FROM run
WHERE next_wave_at <= :now AND next_wave_at IS NOT NULL AND halted_at IS NULL
  AND state IN ('waiting', 'running')
ORDER BY next_wave_at LIMIT 100

-- name: run_halt
UPDATE run SET halted_at = :now, code = :code, text = :text WHERE id = :id AND halted_at IS NULL

-- name: run_resume
UPDATE run
SET halted_at = NULL, code = '', text = '', given_at = :now, halt_errors = error + timeout,
    halt_results = success + warning + error + timeout + cancelled + skipped
WHERE id = :id AND halted_at IS NOT NULL

-- name: run_cancel_text
UPDATE run
SET code = 'cancelled', next_wave_at = NULL,
    text = CASE WHEN halted_at IS NULL THEN 'cancelled by a user'
                ELSE 'halted, then cancelled by a user' END
WHERE id = :id

-- name: run_jobs_waiting
SELECT j.id, j.agent_id, j.targets, j.step, j.wave, coalesce(j.kind, r.kind), r.mode
FROM job j JOIN run r ON r.id = j.run_id WHERE j.run_id = :run AND j.state = 'waiting'

-- name: part_insert
INSERT INTO run_part (run_id, wave, agent_id, due_at, targets, target_count)
VALUES (:run, :wave, 0, :due, :targets, :count)

-- name: part_first
SELECT due_at FROM run_part WHERE run_id = :run ORDER BY wave, id LIMIT 1

-- name: part_take
DELETE FROM run_part
WHERE id = (SELECT id FROM run_part WHERE run_id = :run AND due_at <= :before
            ORDER BY wave, id LIMIT 1)
RETURNING wave, targets

-- name: runs_open
SELECT id, kind, coalesce(given_at, created) FROM run
WHERE state IN ('waiting', 'running') AND halted_at IS NULL
  AND success + warning + error + timeout + cancelled + skipped < given
ORDER BY id

-- name: run_under_way
SELECT r.id, r.name, r.kind FROM run r
WHERE r.state IN ('waiting', 'running') AND r.builtin = 0
  AND EXISTS (SELECT 1 FROM job j WHERE j.run_id = r.id AND j.state = 'leased')
ORDER BY r.id

-- name: tasks_due_until
SELECT id, name, kind FROM task
WHERE active = 1 AND builtin = 0 AND next_at <= :until
ORDER BY next_at, id LIMIT 50

-- name: runs_cancelled_open
SELECT DISTINCT r.id, CASE WHEN r.halted_at IS NULL THEN 0 ELSE 1 END
FROM run r JOIN job j ON j.run_id = r.id
WHERE r.state IN ('waiting', 'running') AND r.code = 'cancelled' AND j.state = 'waiting'

-- name: leases_move
UPDATE job SET lease_until = lease_until + :by WHERE state = 'leased'

-- name: limits_move
UPDATE run SET given_at = given_at + :by WHERE state IN ('waiting', 'running')

-- name: pauses_move
UPDATE run SET next_wave_at = next_wave_at + :by
WHERE next_wave_at IS NOT NULL AND state IN ('waiting', 'running')
  AND NOT EXISTS (SELECT 1 FROM run_part p WHERE p.run_id = run.id AND p.due_at > 0)

-- name: runs_delete_old
DELETE FROM run
WHERE id IN (SELECT id FROM run WHERE ended IS NOT NULL AND ended < :before ORDER BY id LIMIT 500)

-- name: runs_delete_old_builtin
DELETE FROM run
WHERE id IN (SELECT id FROM run WHERE builtin = 1 AND ended IS NOT NULL AND ended < :before
             ORDER BY id LIMIT 500)

-- name: alerts_delete_old
DELETE FROM device_alert
WHERE id IN (SELECT id FROM device_alert WHERE until < :before ORDER BY until LIMIT 5000)

-- name: spells_delete_old
DELETE FROM device_spell
WHERE id IN (SELECT id FROM device_spell WHERE ended < :before ORDER BY ended LIMIT 5000)

-- name: counters_delete_old
DELETE FROM device_counter WHERE at < :before

-- name: job_insert
INSERT INTO job (run_id, agent_id, targets, target_count, state, kind, settings, step, wave)
VALUES (:run, :agent, :targets, :count, 'waiting', :kind, :settings, :step, :wave)
RETURNING id

-- name: jobs_end_of_run
UPDATE job SET state = 'done', targets = '[]', target_count = 0
WHERE run_id = :run AND state <> 'done'

-- name: runs_with_work
SELECT j.run_id, coalesce(j.kind, r.kind), r.builtin,
       (SELECT count(*) FROM job l
        WHERE l.agent_id = :agent AND l.state = 'leased' AND l.run_id = j.run_id)
FROM job j JOIN run r ON r.id = j.run_id
WHERE j.agent_id = :agent AND j.state = 'waiting' AND r.code <> 'cancelled'
  AND (r.halted_at IS NULL OR j.step = 1)
GROUP BY j.run_id, coalesce(j.kind, r.kind), r.builtin
ORDER BY r.builtin, j.run_id LIMIT 1000

-- name: kind_leased
SELECT coalesce(sum(j.target_count), 0)
FROM job j JOIN run r ON r.id = j.run_id
WHERE j.state = 'leased' AND coalesce(j.kind, r.kind) = :kind

-- name: job_next
SELECT j.id, j.run_id, coalesce(j.kind, r.kind), coalesce(j.settings, r.settings), j.targets,
       j.tries, j.first_leased, r.mode, j.target_count
FROM job j JOIN run r ON r.id = j.run_id
WHERE j.agent_id = :agent AND j.state = 'waiting' AND j.run_id = :run
  AND coalesce(j.kind, r.kind) = :kind AND (r.halted_at IS NULL OR j.step = 1)
ORDER BY j.id LIMIT 1

-- name: jobs_leased
SELECT id FROM job WHERE agent_id = :agent AND state = 'leased' AND boot = :boot

-- name: job_take_back
UPDATE job SET state = 'leased', lease_until = :until
WHERE id = :id AND agent_id = :agent AND state = 'waiting' AND boot = :boot

-- name: job_release
UPDATE job SET state = 'waiting', boot = '', lease_until = 0 WHERE id = :id AND state = 'leased'

-- name: job_lease
UPDATE job
SET state = 'leased', boot = :boot, tries = tries + 1, lease_until = :until,
    first_leased = coalesce(first_leased, :now)
WHERE id = :id AND state = 'waiting'

-- name: job_renew
UPDATE job SET lease_until = :until
WHERE agent_id = :agent AND state = 'leased' AND boot = :boot

-- name: job_release_older
UPDATE job SET state = 'waiting', boot = '', lease_until = 0
WHERE agent_id = :agent AND state = 'leased' AND boot <> :boot

-- name: job_release_expired
UPDATE job SET state = 'waiting', lease_until = 0
WHERE state = 'leased' AND lease_until < :now

-- name: job_load
SELECT j.id, j.run_id, coalesce(j.kind, r.kind), r.builtin, coalesce(j.settings, r.settings),
       j.targets, j.state, j.step, j.wave, r.halted_at, r.mode
FROM job j JOIN run r ON r.id = j.run_id
WHERE j.id = :id AND j.agent_id = :agent

-- name: job_update
UPDATE job SET targets = :targets, target_count = :count, state = coalesce(:state, state)
WHERE id = :id

-- name: jobs_open_of_run
SELECT j.id, j.agent_id, j.targets, j.step, j.wave, coalesce(j.kind, r.kind), r.mode
FROM job j JOIN run r ON r.id = j.run_id WHERE j.run_id = :run AND j.state <> 'done'

-- name: job_here
SELECT j.id, j.run_id, coalesce(j.kind, r.kind), r.name, coalesce(j.settings, r.settings), j.targets
FROM job j JOIN run r ON r.id = j.run_id
WHERE j.agent_id = 0 AND j.state = 'waiting' AND r.code <> 'cancelled'
  AND (r.halted_at IS NULL OR j.step = 1)
ORDER BY j.id LIMIT 1

-- name: job_open
SELECT j.id, j.agent_id, j.targets, j.step, j.wave, coalesce(j.kind, r.kind), r.mode
FROM job j JOIN run r ON r.id = j.run_id WHERE j.id = :id AND j.state <> 'done'

-- name: run_kind
SELECT kind, mode FROM run WHERE id = :id

-- name: run_ending
SELECT kind, name, settings, ended FROM run WHERE id = :id

-- name: job_agents_of_run
SELECT DISTINCT agent_id FROM job WHERE run_id = :run AND state <> 'done'

-- name: job_agents_waiting
SELECT DISTINCT agent_id FROM job WHERE run_id = :run AND state = 'waiting'

-- name: job_cancels
SELECT DISTINCT j.run_id FROM job j JOIN run r ON r.id = j.run_id
WHERE j.agent_id = :agent AND j.state = 'leased' AND r.code = 'cancelled'

-- name: run_target_put
INSERT INTO run_target (run_id, job_id, device_id, agent_id, address, name, state, code, text,
                        ended, wave, started, params, changes, log)
VALUES (:run, :job, :device,
        coalesce(nullif(CAST(:agent AS BIGINT), 0),
                 (SELECT agent_id FROM device WHERE id = :device), 0),
        coalesce((SELECT address FROM device WHERE id = :device), ''),
        coalesce((SELECT name FROM device WHERE id = :device), ''), :state, :code, :text, :now,
        :wave, :started, :params, :changes, :log)
ON CONFLICT (run_id, agent_id, device_id) DO NOTHING

-- name: run_target_agent
INSERT INTO run_target (run_id, job_id, agent_id, name, state, code, text, ended, wave, started,
                        params, changes, log)
VALUES (:run, :job, :agent, coalesce((SELECT name FROM agent WHERE id = :agent), ''), :state, :code,
        :text, :now, :wave, :started, :params, :changes, :log)

-- name: run_target_by_id
SELECT t.id, t.device_id, t.agent_id, t.address, t.name, t.state, t.code, t.text, t.ended, a.local,
       t.params, t.changes, t.started, t.wave, t.log
FROM run_target t LEFT JOIN agent a ON a.id = t.agent_id
WHERE t.run_id = :run AND t.id = :id

-- name: flow_target_insert
INSERT INTO flow_target (run_id, device_id, agent_id, wave)
VALUES (:run, :device, :agent, :wave)

-- name: flow_target_take
DELETE FROM flow_target WHERE run_id = :run AND device_id = :device RETURNING agent_id, wave

-- name: flow_targets_of_run
SELECT device_id, started FROM flow_target WHERE run_id = :run ORDER BY device_id

-- name: flow_calls_delete
DELETE FROM flow_call WHERE run_id = :run AND device_id = :device

-- name: flow_call_done
UPDATE flow_call SET state = 'done', result = :result
WHERE job_id = :job AND target_id = :device AND state = 'waiting'

-- name: device_powers
SELECT id, power, last_seen FROM device

-- name: device_seen
UPDATE device SET last_seen = :at WHERE id = :id

-- name: verdict_put
INSERT INTO verdict (agent_id, address, address_key, hostname, decision, code, text, answered,
                     protocol, credential_id, driver, sureness, device_id, evidence, region_id,
                     at)
VALUES (:agent, :address, :address_key, :hostname, :decision, :code, :text, :answered, :protocol,
        :credential, :driver, :sureness, :device, :evidence, :region, :at)
ON CONFLICT (agent_id, address) DO UPDATE
SET hostname = excluded.hostname, decision = excluded.decision, code = excluded.code,
    text = excluded.text, answered = excluded.answered, protocol = excluded.protocol,
    credential_id = excluded.credential_id, driver = excluded.driver,
    sureness = excluded.sureness, device_id = excluded.device_id, evidence = excluded.evidence,
    region_id = excluded.region_id, at = excluded.at

-- name: agents_active
SELECT id FROM agent WHERE active = 1 ORDER BY id

-- name: agent_exists
SELECT active FROM agent WHERE id = :id

-- name: agent_boot
SELECT boot, seq FROM agent WHERE id = :id

-- name: agent_ack
UPDATE agent SET boot = :boot, seq = :seq, last_seen = :now WHERE id = :id

-- name: devices_by_agent
SELECT agent_id, id, region_id FROM device WHERE managed = 1 AND address <> ''
ORDER BY agent_id, id

-- name: devices_chosen
SELECT agent_id, id, region_id FROM device WHERE id IN (SELECT value FROM json_each(:ids))
ORDER BY agent_id, id

-- name: run_regions
SELECT region_id FROM run_region WHERE run_id = :owner ORDER BY region_id

-- name: run_region_insert
INSERT INTO run_region (run_id, region_id) VALUES (:owner, :region)

-- name: task_regions
SELECT region_id FROM task_region WHERE task_id = :owner ORDER BY region_id

-- name: task_region_insert
INSERT INTO task_region (task_id, region_id) VALUES (:owner, :region)

-- name: task_regions_delete
DELETE FROM task_region WHERE task_id = :owner

-- name: task_set_regions
UPDATE task SET regions = :regions WHERE id = :id

-- name: run_set_regions
UPDATE run SET regions = :regions WHERE id = :id

-- name: device_revision_of
SELECT revision FROM device_state WHERE device_id = :id
