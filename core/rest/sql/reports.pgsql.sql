-- name: report_devices
SELECT d.id, d.name, d.location, d.contact, d.address, d.hostname, d.manufacturer, d.model,
       d.serial, d.firmware, d.asset, d.comment, d.power, d.severity, d.page_count,
       d.supply_lowest, d.first_seen, d.last_seen, r.name, s.counters, s.supplies
FROM device d LEFT JOIN device_state s ON s.device_id = d.id LEFT JOIN region r ON r.id = d.region_id
WHERE d.managed = 1 AND d.id > :after
  AND (:all = 1 OR d.region_id = ANY (CAST(:regions AS BIGINT[])))
  AND (:every = 1 OR d.id = ANY (CAST(:ids AS BIGINT[])))
ORDER BY d.id LIMIT 500

-- name: report_spells
SELECT x.device_id, x.power, x.severity,
       CAST(sum(least(coalesce(x.ended, :now), :now) - greatest(x.started, :from)) AS BIGINT)
FROM device_spell x
WHERE x.device_id > :after AND x.device_id <= :last AND x.started < :now
  AND (x.ended IS NULL OR x.ended > :from)
GROUP BY x.device_id, x.power, x.severity ORDER BY x.device_id

-- name: report_totals
WITH piece AS (
  SELECT d.id, d.name, d.address, d.manufacturer, d.model, d.serial, d.location
  FROM device d LEFT JOIN region r ON r.id = d.region_id
  WHERE d.managed = 1 AND d.id > :after AND coalesce(r.timezone, 'UTC') = :zone
    AND (:all = 1 OR d.region_id = ANY (CAST(:regions AS BIGINT[])))
    AND (:every = 1 OR d.id = ANY (CAST(:ids AS BIGINT[])))
  ORDER BY d.id LIMIT 500)
SELECT p.id, p.name, p.address, p.manufacturer, p.model, p.serial, p.location, b.key - 1,
       CASE WHEN c.at < b.value THEN 1 ELSE 0 END, coalesce(c.counters, '{}')
FROM piece p CROSS JOIN unnest(CAST(:begins AS BIGINT[])) WITH ORDINALITY AS b(value, key)
LEFT JOIN device_counter c ON c.device_id = p.id AND c.at = coalesce(
  (SELECT max(x.at) FROM device_counter x WHERE x.device_id = p.id AND x.at < b.value),
  (SELECT min(y.at) FROM device_counter y WHERE y.device_id = p.id))
ORDER BY p.id, b.key
