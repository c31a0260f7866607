-- Users, sessions, tokens (core/model/user.c).

-- name: user_count
SELECT count(*) FROM user_account;

-- name: user_insert
INSERT INTO user_account (name, name_key, email, role, password, created)
VALUES (:name, :name_key, :email, :role, :password, :created);

-- name: user_by_id
SELECT id, name, email, role, functions, preferences FROM user_account WHERE id = :id;

-- name: user_for_login
SELECT id, name, email, role, functions, preferences, password, failures, locked_until
FROM user_account WHERE name_key = :name_key;

-- name: user_failed
UPDATE user_account
SET failures = CASE WHEN failures + 1 >= :most THEN 0 ELSE failures + 1 END,
    locked_until = CASE WHEN failures + 1 >= :most THEN :until ELSE locked_until END
WHERE id = :id;

-- name: user_succeeded
UPDATE user_account SET failures = 0, locked_until = 0 WHERE id = :id;

-- name: user_set_password
UPDATE user_account SET password = :password, failures = 0, locked_until = 0
WHERE name_key = :name_key;

-- name: user_end_sessions
DELETE FROM user_session
WHERE user_id IN (SELECT id FROM user_account WHERE name_key = :name_key);

-- name: user_set_preferences
UPDATE user_account SET preferences = :preferences WHERE id = :id;

-- name: user_session_insert
INSERT INTO user_session (hash, user_id, csrf, created, last_used, expires)
VALUES (:hash, :user_id, :csrf, :now, :now, :expires);

-- name: user_session_by_hash
SELECT u.id, u.name, u.email, u.role, u.functions, u.preferences,
       s.csrf, s.created, s.last_used, s.expires
FROM user_session s JOIN user_account u ON u.id = s.user_id WHERE s.hash = :hash;

-- name: user_session_use
UPDATE user_session SET last_used = :now WHERE hash = :hash AND last_used < :now;

-- name: user_session_delete
DELETE FROM user_session WHERE hash = :hash;

-- name: user_session_sweep
DELETE FROM user_session WHERE expires < :now OR last_used < :idle;

-- name: user_token_insert
INSERT INTO user_token (hash, user_id, name, role, created, expires)
VALUES (:hash, :user_id, :name, :role, :now, :expires);

-- name: user_token_by_hash
SELECT u.id, u.name, u.email, t.role, u.functions, u.preferences, t.id, t.name, t.expires, u.role
FROM user_token t JOIN user_account u ON u.id = t.user_id WHERE t.hash = :hash;

-- name: user_token_id
SELECT id FROM user_token WHERE hash = :hash;

-- name: user_token_use
UPDATE user_token SET last_used = :now WHERE hash = :hash;

-- name: user_token_remove
DELETE FROM user_token WHERE id = :id AND (:user_id = 0 OR user_id = :user_id);
