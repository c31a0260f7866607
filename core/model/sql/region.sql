-- Regions: their rows, ranges and suffixes, and the devices and verdicts that are of them.

-- name: region_stamp
SELECT stamp FROM region_state WHERE id = 1

-- name: region_restamp
UPDATE region_state SET stamp = :stamp WHERE id = 1

-- name: region_insert
INSERT INTO region (name, name_key, timezone, addresses, suffixes, created)
VALUES (:name, :name_key, :timezone, :addresses, :suffixes, :now)
RETURNING id

-- name: region_update
UPDATE region
SET name = coalesce(:name, name), name_key = coalesce(:name_key, name_key),
    timezone = coalesce(:timezone, timezone), addresses = coalesce(:addresses, addresses),
    suffixes = coalesce(:suffixes, suffixes)
WHERE id = :id

-- name: region_delete
DELETE FROM region WHERE id = :id

-- name: region_name
SELECT name FROM region WHERE id = :id

-- name: region_named
SELECT id FROM region WHERE name_key = :name_key

-- name: region_show
SELECT r.id, r.name, r.timezone, r.addresses, r.suffixes,
       (SELECT count(*) FROM device d WHERE d.managed = 1 AND d.region_id = r.id),
       (SELECT count(*) FROM user_region u WHERE u.region_id = r.id)
FROM region r WHERE r.id = :id

-- name: region_counts
SELECT severity, power, region_id, count(*) FROM device WHERE managed = 1
GROUP BY severity, power, region_id

-- name: region_device_counts
SELECT severity, power, count(*) FROM device
WHERE managed = 1 AND +region_id IN (SELECT value FROM json_each(:regions))
GROUP BY severity, power

-- name: region_range_insert
INSERT INTO region_range (first_key, last_key, region_id) VALUES (:first, :last, :region)

-- name: region_ranges_delete
DELETE FROM region_range WHERE region_id = :region

-- name: region_suffix_insert
INSERT INTO region_suffix (suffix, region_id) VALUES (:suffix, :region)

-- name: region_suffixes_delete
DELETE FROM region_suffix WHERE region_id = :region

-- name: region_ranges
SELECT first_key, last_key, region_id FROM region_range WHERE region_id <> :except

-- name: region_suffixes
SELECT suffix, region_id FROM region_suffix WHERE region_id <> :except

-- name: region_of_device
SELECT region_id FROM device WHERE id = :id

-- name: region_places
SELECT id, address, address6, hostname, region_id FROM device ORDER BY id

-- name: region_verdict_places
SELECT id, address, hostname, region_id FROM verdict ORDER BY id

-- name: region_assign
UPDATE device SET region_id = :region WHERE id IN (SELECT value FROM json_each(:ids))

-- name: region_assign_verdicts
UPDATE verdict SET region_id = :region WHERE id IN (SELECT value FROM json_each(:ids))

-- name: region_users
SELECT u.name FROM user_region x JOIN user_account u ON u.id = x.user_id
WHERE x.region_id = :region ORDER BY u.name LIMIT 5

-- name: region_groups
SELECT g.name FROM device_group_region x JOIN device_group g ON g.id = x.group_id
WHERE x.region_id = :region ORDER BY g.name LIMIT 5

-- name: region_tasks
SELECT t.name FROM task_region x JOIN task t ON t.id = x.task_id
WHERE x.region_id = :region ORDER BY t.name LIMIT 5
