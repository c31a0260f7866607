-- Device groups: their rows, members and regions.

-- name: group_insert
INSERT INTO device_group (name, path, path_key, parent_id, kind, level, comment, filters, created)
VALUES (:name, :path, :path_key, :parent, :kind, :level, :comment, :filters, :now)
RETURNING id

-- name: group_update
UPDATE device_group
SET name = :name, path = :path, path_key = :path_key, parent_id = :parent, kind = :kind,
    level = :level, comment = :comment, filters = :filters
WHERE id = :id

-- name: group_set_path
UPDATE device_group SET path = :path, path_key = :path_key WHERE id = :id

-- name: group_by_id
SELECT id, name, path, parent_id, kind, level, comment, filters, regions
FROM device_group WHERE id = :id

-- name: group_by_path
SELECT id, level FROM device_group WHERE path_key = :path_key

-- name: group_below
SELECT id, name FROM device_group WHERE parent_id = :parent AND id > :last ORDER BY id LIMIT 256

-- name: group_delete
DELETE FROM device_group WHERE id = :id

-- name: group_all
SELECT id, name, path, parent_id, kind, level, comment, filters, regions
FROM device_group ORDER BY id

-- name: group_regions
SELECT region_id FROM device_group_region WHERE group_id = :owner ORDER BY region_id

-- name: group_region_insert
INSERT INTO device_group_region (group_id, region_id) VALUES (:owner, :region)

-- name: group_regions_delete
DELETE FROM device_group_region WHERE group_id = :owner

-- name: group_set_regions
UPDATE device_group SET regions = :regions WHERE id = :id

-- name: group_member_add
INSERT INTO device_group_member (group_id, device_id) VALUES (:group, :device)
ON CONFLICT (group_id, device_id) DO NOTHING

-- name: group_member_remove
DELETE FROM device_group_member WHERE group_id = :group AND device_id = :device

-- name: group_member_count
SELECT count(*) FROM device_group_member WHERE group_id = :group

-- name: group_tasks
SELECT name, targets FROM task WHERE targets LIKE '%"groups":[%'

-- name: group_members_of
SELECT m.device_id, m.group_id FROM device_group_member m
WHERE m.device_id IN (SELECT value FROM json_each(:ids))
ORDER BY m.device_id, m.group_id
