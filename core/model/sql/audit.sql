-- The audit log (core/model/audit.c).

-- name: audit_head_get
SELECT sealed FROM audit_head WHERE id = 1;

-- Managers that share a database take turns here; see audit.pgsql.sql.
-- name: audit_head_lock
SELECT sealed FROM audit_head WHERE id = 1;

-- name: audit_head_put
INSERT INTO audit_head (id, sealed) VALUES (1, :sealed)
ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed;

-- name: audit_insert
INSERT INTO audit_entry (seq, at, user_id, user_name, way, address, category, action, object,
  object_name, result, before_text, after_text, hash)
VALUES (:seq, :at, :user_id, :user_name, :way, :address, :category, :action, :object,
  :object_name, :result, :before_text, :after_text, :hash);

-- name: audit_walk
SELECT seq, at, user_id, user_name, way, address, category, action, object, object_name, result,
  before_text, after_text, hash
FROM audit_entry WHERE seq > :after ORDER BY seq LIMIT :most;

-- name: audit_hash_of
SELECT hash FROM audit_entry WHERE seq = :seq;

-- name: audit_first_since
SELECT min(seq) FROM audit_entry WHERE at >= :since AND at <= :until;

-- name: audit_any
SELECT 1 FROM audit_entry LIMIT 1;

-- name: audit_delete_to
DELETE FROM audit_entry WHERE seq <= :seq;

-- name: audit_last
SELECT max(seq) FROM audit_entry;
