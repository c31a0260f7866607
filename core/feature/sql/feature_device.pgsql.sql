-- name: feature_devices_of
SELECT d.id, d.managed, d.power, d.severity, d.agent_id, d.region_id, d.name, d.address, d.address6,
       d.hostname, d.manufacturer, d.model, d.serial, d.mac, d.firmware, d.location, d.contact,
       d.comment, d.link, d.page_count, d.first_seen, d.last_seen
FROM json_array_elements_text(CAST(:ids AS JSON)) WITH ORDINALITY AS i (value, place)
    JOIN device AS d ON d.id = CAST(i.value AS BIGINT)
ORDER BY i.place

-- name: feature_devices_of_model
SELECT d.id
FROM json_array_elements_text(CAST(:ids AS JSON)) AS i (value)
    JOIN device AS d ON d.id = CAST(i.value AS BIGINT)
WHERE d.model = :model
