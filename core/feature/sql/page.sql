-- What pages of plugins show of devices.

-- name: page_device_names
SELECT id, name, address FROM device WHERE id IN (SELECT value FROM json_each(:ids))
