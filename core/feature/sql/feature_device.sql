-- Devices as model/1 of plugins hands them out (iface_model.c): the same columns in both.

-- name: feature_devices_of
SELECT d.id, d.managed, d.power, d.severity, d.agent_id, d.region_id, d.name, d.address, d.address6,
       d.hostname, d.manufacturer, d.model, d.serial, d.mac, d.firmware, d.location, d.contact,
       d.comment, d.link, d.page_count, d.first_seen, d.last_seen
FROM json_each(:ids) AS i JOIN device AS d ON d.id = i.value
ORDER BY i.key

-- name: feature_devices_after
SELECT d.id, d.managed, d.power, d.severity, d.agent_id, d.region_id, d.name, d.address, d.address6,
       d.hostname, d.manufacturer, d.model, d.serial, d.mac, d.firmware, d.location, d.contact,
       d.comment, d.link, d.page_count, d.first_seen, d.last_seen
FROM device AS d
WHERE d.managed = 1 AND d.id > :after
ORDER BY d.id LIMIT :most

-- name: feature_devices_of_model
SELECT d.id FROM json_each(:ids) AS i JOIN device AS d ON d.id = i.value
WHERE d.model = :model
