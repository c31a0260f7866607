-- name: devices_chosen
SELECT agent_id, id, region_id FROM device
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS JSON)))
ORDER BY agent_id, id
