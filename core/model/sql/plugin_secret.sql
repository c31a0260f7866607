-- Secrets of plugins; id is "<plugin>/<name>".

-- name: plugin_secret_get
SELECT sealed FROM plugin_secret WHERE id = :id

-- name: plugin_secret_put
INSERT INTO plugin_secret (id, plugin, sealed) VALUES (:id, :plugin, :sealed)
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed

-- name: plugin_secret_drop
DELETE FROM plugin_secret WHERE id = :id

-- name: plugin_secret_forget
DELETE FROM plugin_secret WHERE plugin = :plugin
