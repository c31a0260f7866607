-- name: region_assign
UPDATE device SET region_id = :region
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS JSON)))

-- name: region_assign_verdicts
UPDATE verdict SET region_id = :region
WHERE id IN (SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(:ids AS JSON)))

-- name: region_stamp
SELECT stamp FROM region_state WHERE id = 1 FOR SHARE

-- name: region_device_counts
SELECT severity, power, count(*) FROM device
WHERE managed = 1 AND region_id = ANY (CAST(:regions AS BIGINT[]))
GROUP BY severity, power
