-- Agents as the link sees them.

-- name: agent_insert
INSERT INTO agent (name, local, activation_hash) VALUES (:name, :local, '') RETURNING id

-- name: agent_set_key
UPDATE agent
SET activation_hash = :hash, activation_sealed = :sealed, active = 0, certificate = NULL
WHERE id = :id

-- name: agent_activation
SELECT active, activation_sealed FROM agent WHERE id = :id

-- name: agent_by_activation
SELECT id FROM agent WHERE activation_hash = :hash AND active = 0

-- name: agent_activate
UPDATE agent
SET active = 1, certificate = :certificate, activation_hash = NULL, activation_sealed = NULL,
    version = :version, address = :address
WHERE id = :id

-- name: agent_certificate
SELECT active, certificate FROM agent WHERE id = :id

-- name: agent_hello
UPDATE agent
SET version = :version, address = :address, drivers = :drivers, kinds = :kinds,
    functions = :functions, last_seen = :now
WHERE id = :id

-- name: agent_kinds
SELECT id, kinds FROM agent WHERE kinds <> '[]' ORDER BY last_seen DESC, id DESC

-- name: agent_functions
SELECT functions FROM agent WHERE id = :id

-- name: agent_config
SELECT ranges, hosts, snmp_port, ipp_port, local, ports FROM agent WHERE id = :id

-- name: agent_local
SELECT id FROM agent WHERE local = 1

-- name: agent_delete
DELETE FROM agent WHERE id = :id

-- name: credentials_all
SELECT id, kind, agents, fields, secrets FROM device_credential ORDER BY id
