-- name: audit_head_lock
SELECT sealed FROM audit_head WHERE id = 1 FOR UPDATE;
