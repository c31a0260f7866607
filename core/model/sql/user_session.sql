-- Sessions (core/model/user_session.c).

-- name: user_session_insert
INSERT INTO user_session (hash, user_id, kind, remembered, address, browser, csrf, created,
                          last_used, expires)
VALUES (:hash, :user_id, :kind, :remembered, :address, :browser, :csrf, :now, :now, :expires);

-- name: user_session_bound
DELETE FROM user_session WHERE user_id = :id AND id NOT IN (
    SELECT id FROM user_session WHERE user_id = :id ORDER BY last_used DESC, id DESC LIMIT 100);

-- name: user_session_by_hash
SELECT u.id, u.name, u.email, u.role, u.functions, u.preferences, u.kind, u.domain, u.all_regions,
       u.created, u.last_login, u.locked_until, u.totp <> '',
       s.id, s.kind, s.remembered, s.address, s.browser, s.csrf, s.created, s.last_used, s.expires
FROM user_session s JOIN user_account u ON u.id = s.user_id WHERE s.hash = :hash;

-- name: user_session_of
SELECT id, kind, remembered, address, browser, csrf, created, last_used, expires
FROM user_session WHERE user_id = :id ORDER BY last_used DESC, id DESC;

-- name: user_session_id
SELECT id FROM user_session WHERE hash = :hash;

-- name: user_session_use
UPDATE user_session SET last_used = :now WHERE hash = :hash AND last_used < :now;

-- name: user_session_delete
DELETE FROM user_session WHERE hash = :hash;

-- name: user_session_delete_id
DELETE FROM user_session WHERE id = :id AND user_id = :user_id;

-- name: user_session_end_others
DELETE FROM user_session WHERE user_id = :id AND hash <> :keep;

-- name: user_session_sweep
DELETE FROM user_session
WHERE expires < :now OR (last_used < :idle AND kind <> 'kerberos'
    AND (remembered = 0 OR :remembered = 1));
