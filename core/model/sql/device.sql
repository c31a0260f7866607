-- Devices: identity, state, alerts and spells.

-- name: device_identity_find
SELECT i.device_id, d.serial, d.manufacturer
FROM device_identity i JOIN device d ON d.id = i.device_id
WHERE i.key = :key

-- name: device_identity_put
INSERT INTO device_identity (key, device_id) VALUES (:key, :device)
ON CONFLICT (key) DO UPDATE SET device_id = excluded.device_id

-- name: device_identity_drop_weak
DELETE FROM device_identity WHERE device_id = :device AND key LIKE 'weak:%'

-- name: device_insert
INSERT INTO device (managed, agent_id, name, address, address_key, address6, hostname,
                    manufacturer, model, serial, mac, uuid, firmware, location, contact, link,
                    asset, power, severity, state, page_count, page_unit, color, supply_lowest,
                    alert, region_id, first_seen, last_seen)
VALUES (:managed, :agent, :name, :address, :address_key, :address6, :hostname, :manufacturer,
        :model, :serial, :mac, :uuid, :firmware, :location, :contact, :link, :asset, :power,
        :severity, :state, :page_count, :page_unit, :color, :supply_lowest, :alert, :region, :now,
        :now)
RETURNING id

-- name: device_state_insert
INSERT INTO device_state (device_id) VALUES (:device)

-- name: device_for_update
SELECT d.managed, d.agent_id, d.name, d.address, d.address6, d.hostname, d.manufacturer, d.model,
       d.serial, d.mac, d.uuid, d.firmware, d.location, d.contact, d.link, d.asset, d.power,
       d.severity, d.state, d.page_count, d.page_unit, d.color, d.supply_lowest, d.alert,
       s.hash_information, s.hash_status, s.hash_counters, s.credential_id, s.protocol, s.drivers,
       s.memo, s.sys_object_id, s.description, d.region_id
FROM device d JOIN device_state s ON s.device_id = d.id
WHERE d.id = :id

-- name: device_update_identity
UPDATE device
SET agent_id = :agent, name = :name, address = :address, address_key = :address_key,
    address6 = :address6, hostname = :hostname, manufacturer = :manufacturer, model = :model,
    serial = :serial, mac = :mac, uuid = :uuid, firmware = :firmware, location = :location,
    contact = :contact, link = :link, asset = :asset, color = :color, region_id = :region
WHERE id = :id

-- name: device_update_severity
UPDATE device SET power = :power, severity = :severity WHERE id = :id

-- name: device_update_pages
UPDATE device SET page_count = :page_count, page_unit = :page_unit WHERE id = :id

-- name: device_update_supply
UPDATE device SET supply_lowest = :supply_lowest WHERE id = :id

-- name: device_update_texts
UPDATE device SET state = :state, alert = :alert WHERE id = :id

-- name: device_update_power
UPDATE device SET power = :power WHERE id = :id

-- name: device_state_access
UPDATE device_state
SET credential_id = :credential, protocol = :protocol, drivers = :drivers, memo = :memo,
    sys_object_id = :sys_object_id, revision = revision + 1
WHERE device_id = :id

-- name: device_state_information
UPDATE device_state
SET description = :description, macs = :macs, firmware_parts = :firmware_parts,
    hash_information = :hash
WHERE device_id = :id

-- name: device_state_status
UPDATE device_state
SET supplies = :supplies, inputs = :inputs, outputs = :outputs, covers = :covers,
    finishers = :finishers, console = :console, alerts = :alerts, hash_status = :hash
WHERE device_id = :id

-- name: device_state_counters
UPDATE device_state SET counters = :counters, counter_rows = :rows, hash_counters = :hash
WHERE device_id = :id

-- name: device_alerts_open
SELECT id, severity, training, part_group, group_index, code, text, since
FROM device_alert WHERE device_id = :device AND until IS NULL
ORDER BY since, id

-- name: device_alert_insert
INSERT INTO device_alert (device_id, severity, training, part_group, group_index, code, text,
                          source, since)
VALUES (:device, :severity, :training, :part_group, :group_index, :code, :text, :source, :since)

-- name: device_alert_close
UPDATE device_alert SET until = :now WHERE id = :id

-- name: device_spell_close
UPDATE device_spell SET ended = :now WHERE device_id = :device AND ended IS NULL

-- name: device_spell_insert
INSERT INTO device_spell (device_id, power, severity, started)
VALUES (:device, :power, :severity, :now)

-- name: device_counter_insert
INSERT INTO device_counter (device_id, at, counters) VALUES (:device, :at, :counters)
ON CONFLICT (device_id, at) DO UPDATE SET counters = excluded.counters

-- name: device_detail
SELECT d.id, d.name, d.address, d.address6, d.hostname, d.manufacturer, d.model, d.serial, d.mac,
       d.firmware, d.location, d.contact, d.comment, d.link, d.managed, d.agent_id, s.drivers,
       d.page_count, d.page_unit, s.counters, d.power, d.severity, d.state, s.alerts, s.supplies,
       s.inputs, d.supply_lowest, d.first_seen, d.last_seen, s.description, a.local, d.region_id,
       g.name, d.alert, d.uuid, d.asset, d.color, s.outputs, s.covers, s.finishers, s.console, s.firmware_parts,
       s.macs, s.protocol, s.credential_id, s.counter_rows
FROM device d
JOIN device_state s ON s.device_id = d.id
LEFT JOIN agent a ON a.id = d.agent_id
LEFT JOIN region g ON g.id = d.region_id
WHERE d.id = :id

-- name: device_patch
UPDATE device
SET name = coalesce(:name, name), location = coalesce(:location, location),
    comment = coalesce(:comment, comment), link = coalesce(:link, link),
    managed = coalesce(:managed, managed)
WHERE id = :id
RETURNING region_id

-- name: device_delete
DELETE FROM device WHERE id = :id
RETURNING region_id, id, managed, name, address, hostname, manufacturer, model, serial, location

-- name: device_counts
SELECT severity, power, count(*) FROM device WHERE managed = 1 GROUP BY severity, power

-- name: device_ids_of_agent
SELECT id FROM device WHERE managed = 1 AND agent_id = :agent AND address <> '' ORDER BY id

-- name: device_agent_of
SELECT agent_id, address, name, managed FROM device WHERE id = :id

-- name: device_for_agent
SELECT d.id, s.revision, d.address, d.hostname, d.manufacturer, d.model, d.serial, s.sys_object_id,
       s.drivers, s.credential_id, s.protocol, s.memo
FROM device d JOIN device_state s ON s.device_id = d.id
WHERE d.id = :id
