-- name: crier_devices
SELECT id, managed, name, address, hostname, manufacturer, model, serial, location, power, severity,
       alert
FROM device
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS JSON)))
ORDER BY id
