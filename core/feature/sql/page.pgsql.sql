-- name: page_device_names
SELECT id, name, address FROM device WHERE id = ANY (CAST(:ids AS BIGINT[]))
