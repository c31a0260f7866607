-- What the device list is searched by (core/model/device_search.c).

-- name: device_search_put
INSERT INTO device_search (device_id, managed, text) VALUES (:device, :managed, :text)
ON CONFLICT (device_id) DO UPDATE SET managed = excluded.managed, text = excluded.text

-- name: device_search_texts
SELECT name, address, hostname, serial, model, managed FROM device WHERE id = :id

-- name: device_search_missing
SELECT d.id FROM device d
WHERE d.id > :after AND NOT EXISTS (SELECT 1 FROM device_search x WHERE x.device_id = d.id)
ORDER BY d.id LIMIT :most
