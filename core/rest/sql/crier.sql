-- What webhooks are told of devices and runs (core/rest/crier.c).

-- name: crier_devices
SELECT id, managed, name, address, hostname, manufacturer, model, serial, location, power, severity,
       alert
FROM device WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY id

-- name: crier_runs
SELECT id FROM run WHERE state = 'running' ORDER BY id DESC LIMIT 256
