-- The journal of flows: targets that have begun, their calls, and what scripts read.

-- name: flow_runs_open
SELECT r.id FROM run r
WHERE r.state IN ('waiting', 'running')
  AND EXISTS (SELECT 1 FROM flow_target t WHERE t.run_id = r.id)
ORDER BY r.id

-- name: flow_run
SELECT r.kind, r.settings, r.mode, r.code, CASE WHEN r.halted_at IS NULL THEN 0 ELSE 1 END,
       r.state, coalesce(r.script_version, 0), r.script_pin
FROM run r WHERE r.id = :id

-- name: flow_run_pin
UPDATE run SET script_version = :version, script_pin = :pin WHERE id = :id

-- name: flow_script_current
SELECT coalesce(version_id, 0) FROM script WHERE id = :id

-- name: flow_version
SELECT s.name, v.text FROM script_version v JOIN script s ON s.id = v.script_id WHERE v.id = :id

-- name: flow_libs_current
SELECT name, version_id FROM script
WHERE kind = 'lib' AND enabled = 1 AND version_id IS NOT NULL ORDER BY name

-- name: flow_run_regions
SELECT region_id FROM run_region WHERE run_id = :run ORDER BY region_id

-- name: flow_targets_begun
SELECT device_id, started FROM flow_target
WHERE run_id = :run AND started IS NOT NULL ORDER BY device_id

-- name: flow_targets_fresh
SELECT t.device_id, d.id, d.name, d.address, d.hostname, d.manufacturer, d.model, d.serial, d.mac,
       d.firmware, d.location, d.contact, d.comment, d.asset, d.managed, d.page_count, d.color,
       d.power, d.severity, d.alert, d.first_seen, d.last_seen, d.region_id, g.name, g.timezone
FROM flow_target t
LEFT JOIN device d ON d.id = t.device_id
LEFT JOIN region g ON g.id = d.region_id
WHERE t.run_id = :run AND t.started IS NULL
ORDER BY t.wave, t.device_id LIMIT :limit

-- name: flow_device
SELECT d.id, d.id, d.name, d.address, d.hostname, d.manufacturer, d.model, d.serial, d.mac,
       d.firmware, d.location, d.contact, d.comment, d.asset, d.managed, d.page_count, d.color,
       d.power, d.severity, d.alert, d.first_seen, d.last_seen, d.region_id, g.name, g.timezone
FROM device d LEFT JOIN region g ON g.id = d.region_id
WHERE d.id = :id

-- name: flow_device_parts
SELECT supplies, counters FROM device_state WHERE device_id = :id

-- name: flow_target_begin
UPDATE flow_target SET started = :now WHERE run_id = :run AND device_id = :device

-- name: flow_call_insert
INSERT INTO flow_call (run_id, device_id, seq, call, arguments, state, due_at, job_id, target_id,
                       result)
VALUES (:run, :device, :seq, :call, :arguments, :state, :due, :job, :target, :result)

-- name: flow_calls
SELECT device_id, seq, call, arguments, state, coalesce(due_at, 0), result
FROM flow_call WHERE run_id = :run ORDER BY device_id, seq

-- name: flow_calls_take
UPDATE flow_call SET state = 'taken' WHERE run_id = :run AND state = 'done'
RETURNING device_id, seq, result

-- name: flow_call_settle
UPDATE flow_call SET state = 'taken', result = :result
WHERE run_id = :run AND device_id = :device AND seq = :seq

-- name: flow_call_answer
UPDATE flow_call SET state = 'done', result = :result
WHERE run_id = :run AND device_id = :device AND seq = :seq AND state = 'waiting'

-- name: flow_call_again
UPDATE flow_call SET state = 'waiting', job_id = :job, result = NULL
WHERE run_id = :run AND device_id = :device AND seq = :seq

-- name: flow_task_find
SELECT id, kind, name, active FROM task WHERE name = :name ORDER BY id LIMIT 1
