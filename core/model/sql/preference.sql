-- What holds for the whole installation.

-- name: preference_get
SELECT value FROM preference WHERE key = :key

-- name: preference_put
INSERT INTO preference (key, value) VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
