-- Devices of regions, for plugins that ask of each.

-- name: visible_devices
SELECT id FROM device
WHERE managed IN (0, 1) AND region_id = ANY (CAST(:regions AS BIGINT[]))
ORDER BY id
