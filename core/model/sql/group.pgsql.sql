-- name: group_members_of
SELECT m.device_id, m.group_id FROM device_group_member m
WHERE m.device_id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS JSON)))
ORDER BY m.device_id, m.group_id
