-- Keys for forgotten passwords (core/model/user_reset.c).

-- name: user_reset_get
SELECT u.id, u.name, u.email, u.role, u.functions, u.preferences, u.kind, u.domain, u.all_regions,
       u.created, u.last_login, u.locked_until, u.totp <> '',
       r.hash, r.created, r.expires, r.failures
FROM user_account u LEFT JOIN user_reset r ON r.user_id = u.id
WHERE u.name_key = :name_key AND u.kind = 'local';

-- name: user_reset_put
INSERT INTO user_reset (user_id, hash, created, expires, failures)
VALUES (:id, :hash, :now, :expires, 0)
ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, created = excluded.created,
    expires = excluded.expires, failures = 0;

-- name: user_reset_wrong
UPDATE user_reset SET failures = failures + 1 WHERE user_id = :id;

-- name: user_reset_forget
UPDATE user_reset SET hash = '' WHERE user_id = :id;
