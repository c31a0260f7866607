-- Dashboards, and pages a day.

-- name: board_read
SELECT panels FROM board WHERE owner_id = :owner

-- name: board_put
INSERT INTO board (owner_id, panels) VALUES (:owner, :panels)
ON CONFLICT (owner_id) DO UPDATE SET panels = excluded.panels

-- name: board_delete
DELETE FROM board WHERE owner_id = :owner

-- name: page_volume_add
INSERT INTO page_volume (day, region_id, pages) VALUES (:day, :region, :pages)
ON CONFLICT (day, region_id) DO UPDATE SET pages = page_volume.pages + excluded.pages

-- name: page_volume_delete_old
DELETE FROM page_volume WHERE day < CAST(:before AS BIGINT) / 86400000
