-- What panels of dashboards show, of the devices of some regions or of all.

-- name: panel_alerts
SELECT a.code, max(a.severity), count(DISTINCT a.device_id) AS devices
FROM device_alert a JOIN device d ON d.id = a.device_id
WHERE d.managed = 1 AND a.since >= :since
  AND (:all = 1 OR d.region_id IN (SELECT value FROM json_each(:regions)))
GROUP BY a.code ORDER BY devices DESC, a.code LIMIT :limit

-- name: panel_supplies
SELECT d.id, d.name, d.address, d.location, d.supply_lowest FROM device d
WHERE d.managed = 1 AND d.supply_lowest <= :below
  AND (:all = 1 OR +d.region_id IN (SELECT value FROM json_each(:regions)))
ORDER BY d.supply_lowest, d.id LIMIT :limit

-- name: panel_firmware
SELECT d.manufacturer, d.model, d.firmware, count(*) AS devices FROM device d
WHERE d.managed = 1 AND (:all = 1 OR d.region_id IN (SELECT value FROM json_each(:regions)))
GROUP BY d.manufacturer, d.model, d.firmware
ORDER BY devices DESC, d.manufacturer, d.model, d.firmware LIMIT :limit

-- name: panel_models
SELECT d.manufacturer, d.model, count(*), sum(d.page_count) AS pages FROM device d
WHERE d.managed = 1 AND (:all = 1 OR d.region_id IN (SELECT value FROM json_each(:regions)))
GROUP BY d.manufacturer, d.model
ORDER BY coalesce(sum(d.page_count), 0) DESC, d.manufacturer, d.model LIMIT :limit

-- name: panel_pages
SELECT v.day, sum(v.pages) FROM page_volume v
WHERE v.day > :from AND (:all = 1 OR v.region_id IN (SELECT value FROM json_each(:regions)))
GROUP BY v.day ORDER BY v.day

-- name: panel_colour
SELECT sum(json_extract(s.counters, '$.color')), sum(json_extract(s.counters, '$.mono'))
FROM device d JOIN device_state s ON s.device_id = d.id
WHERE d.managed = 1 AND (:all = 1 OR d.region_id IN (SELECT value FROM json_each(:regions)))

-- name: panel_discovered
SELECT d.first_seen / 86400000 AS day, count(*) FROM device d
WHERE d.managed = 1 AND d.first_seen >= :since
  AND (:all = 1 OR d.region_id IN (SELECT value FROM json_each(:regions)))
GROUP BY day ORDER BY day

-- name: panel_outcomes
SELECT r.state, count(*) AS runs FROM run r
WHERE r.builtin = 0 AND r.ended >= :since
GROUP BY r.state ORDER BY runs DESC, r.state
