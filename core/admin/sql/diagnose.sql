-- name: diagnose_agents
SELECT name, active, version, last_seen
FROM agent
ORDER BY local DESC, name;

-- name: diagnose_devices
SELECT count(*) FROM device WHERE managed = 1;
