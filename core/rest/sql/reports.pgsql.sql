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
