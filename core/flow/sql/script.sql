-- Scripts and their versions.

-- name: script_by_name
SELECT s.id, s.kind, s.source, coalesce(v.digest, '') FROM script s
LEFT JOIN script_version v ON v.id = s.latest_id
WHERE s.name = :name

-- name: script_by_id
SELECT s.id, s.name, s.kind, s.title, s.source, s.enabled, coalesce(v.number, 0), s.updated,
       coalesce(v.author, ''), s.error, s.error_line, coalesce(v.text, ''), coalesce(v.digest, ''),
       s.created
FROM script s LEFT JOIN script_version v ON v.id = s.latest_id
WHERE s.id = :id

-- name: script_insert
INSERT INTO script (name, kind, source, enabled, created, updated)
VALUES (:name, :kind, :source, 1, :now, :now) RETURNING id

-- name: script_version_insert
INSERT INTO script_version (script_id, number, text, digest, author, at)
SELECT :script, coalesce(max(number), 0) + 1, CAST(:text AS TEXT), CAST(:digest AS TEXT),
       CAST(:author AS TEXT), CAST(:now AS BIGINT)
FROM script_version WHERE script_id = :script RETURNING id

-- name: script_good
UPDATE script
SET version_id = :version, latest_id = :version, title = :title, settings = :settings,
    writes = :writes, error = '', error_line = 0, source = :source, updated = :now
WHERE id = :id

-- name: script_wrong
UPDATE script
SET latest_id = :version, error = :error, error_line = :line, source = :source, updated = :now
WHERE id = :id

-- name: script_enable
UPDATE script SET enabled = :enabled, updated = :now WHERE id = :id

-- name: script_delete
DELETE FROM script WHERE id = :id

-- name: script_is_used
SELECT 1 WHERE EXISTS (SELECT 1 FROM task WHERE kind = :kind)
  OR EXISTS (SELECT 1 FROM run WHERE kind = :kind AND state IN ('waiting', 'running'))

-- name: script_kinds
SELECT id, name, kind, title, settings, writes FROM script
WHERE kind <> 'lib' AND enabled = 1 AND version_id IS NOT NULL ORDER BY id

-- name: script_libs
SELECT s.name, v.text FROM script s JOIN script_version v ON v.id = s.version_id
WHERE s.kind = 'lib' AND s.enabled = 1 ORDER BY s.name

-- name: script_version_at
SELECT number, text, author, at FROM script_version WHERE script_id = :script AND number = :number
