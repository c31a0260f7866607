-- Devices of regions, for plugins that ask of each.

-- name: visible_devices
SELECT id FROM device
WHERE managed IN (0, 1) AND region_id IN (SELECT value FROM json_each(:regions))
ORDER BY id
