-- Accounts (core/model/user.c). What is read of a user is the same thirteen columns everywhere:
-- user_take() knows their order.

-- name: user_count
SELECT count(*) FROM user_account;

-- name: user_insert
INSERT INTO user_account
    (name, name_key, email, role, functions, all_regions, password, created)
VALUES (:name, :name_key, :email, :role, :functions, :all_regions, :password, :created)
RETURNING id;

-- name: user_change
UPDATE user_account
SET name = :name, name_key = :name_key, email = :email, role = :role, functions = :functions,
    all_regions = :all_regions,
    role_edited = CASE WHEN :role_edited = 1 AND kind = 'directory' THEN 1 ELSE role_edited END
WHERE id = :id;

-- name: user_delete
DELETE FROM user_account WHERE id = :id;

-- name: user_unlock
UPDATE user_account SET failures = 0, locked_until = 0 WHERE id = :id;

-- name: user_by_id
SELECT id, name, email, role, functions, preferences, kind, domain, all_regions, created,
       last_login, locked_until, totp <> ''
FROM user_account WHERE id = :id;

-- name: user_by_name
SELECT id, name, email, role, functions, preferences, kind, domain, all_regions, created,
       last_login, locked_until, totp <> ''
FROM user_account WHERE name_key = :name_key;

-- name: user_region_ids
SELECT region_id FROM user_region WHERE user_id = :id ORDER BY region_id;

-- name: user_region_clear
DELETE FROM user_region WHERE user_id = :id;

-- name: user_region_add
INSERT INTO user_region (user_id, region_id)
SELECT CAST(:id AS BIGINT), id FROM region WHERE id = :region
ON CONFLICT DO NOTHING;

-- name: user_set_preferences
UPDATE user_account SET preferences = :preferences WHERE id = :id;

-- name: user_factor_clear
UPDATE user_account SET totp = '', totp_pending = '', totp_step = 0 WHERE id = :id;

-- name: user_recovery_clear
DELETE FROM user_recovery WHERE user_id = :id;
