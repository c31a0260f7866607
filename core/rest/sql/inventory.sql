-- Agents, credentials, preferences and counts as the REST API needs them.

-- name: agent_show
SELECT a.id, a.name, a.local, a.active, a.version, a.address, a.ranges, a.hosts, a.snmp_port,
       a.ipp_port, a.last_seen, a.drivers, a.functions, a.ports,
       (SELECT count(*) FROM device d WHERE d.agent_id = a.id AND d.managed = 1)
FROM agent a WHERE a.id = :id

-- name: agents_functions
SELECT functions FROM agent WHERE active = 1 ORDER BY id

-- name: agent_settings
SELECT name, ranges, hosts, snmp_port, ipp_port, ports FROM agent WHERE id = :id

-- name: agent_update
UPDATE agent
SET name = :name, ranges = :ranges, hosts = :hosts, snmp_port = :snmp_port, ipp_port = :ipp_port,
    ports = :ports, revision = revision + 1
WHERE id = :id

-- name: credential_insert
INSERT INTO device_credential (kind, created) VALUES (:kind, :created) RETURNING id

-- name: credential_update
UPDATE device_credential
SET description = :description, agents = :agents, fields = :fields, secrets = :secrets
WHERE id = :id

-- name: credential_by_id
SELECT id, kind, description, agents, fields, secrets FROM device_credential WHERE id = :id

-- name: credential_delete
DELETE FROM device_credential WHERE id = :id

-- name: runs_running
SELECT count(*) FROM run WHERE state IN ('waiting', 'running')

-- name: agents_all
SELECT id, name, local, active FROM agent ORDER BY id

-- name: target_agent_local
SELECT local FROM agent WHERE id = :id
