-- Tokens (core/model/user_token.c).

-- name: user_token_insert
INSERT INTO user_token (hash, user_id, name, role, functions, all_regions, created, expires)
VALUES (:hash, :user_id, :name, :role, :functions, :all_regions, :now, :expires)
RETURNING id;

-- name: user_token_count
SELECT count(*) FROM user_token WHERE user_id = :id;

-- name: user_token_sweep
DELETE FROM user_token WHERE expires < :now - 2592000000;

-- name: user_token_by_hash
SELECT u.id, u.name, u.email, u.role, u.functions, u.preferences, u.kind, u.domain, u.all_regions,
       u.created, u.last_login, u.locked_until, u.totp <> '',
       t.id, t.name, t.expires, t.role, t.functions, t.all_regions
FROM user_token t JOIN user_account u ON u.id = t.user_id WHERE t.hash = :hash;

-- name: user_token_region_ids
SELECT region_id FROM user_token_region WHERE token_id = :id ORDER BY region_id;

-- name: user_token_region_add
INSERT INTO user_token_region (token_id, region_id)
SELECT CAST(:id AS BIGINT), id FROM region WHERE id = :region
ON CONFLICT DO NOTHING;

-- name: user_token_use
UPDATE user_token SET last_used = :now WHERE hash = :hash;

-- name: user_token_remove
DELETE FROM user_token WHERE id = :id AND (:user_id = 0 OR user_id = :user_id);
