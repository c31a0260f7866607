-- Passwords (core/model/user_policy.c): the one in force and those before it.

-- name: user_password_last
SELECT password FROM (
    SELECT password, 9223372036854775807 AS rank FROM user_account WHERE id = :id
    UNION ALL
    SELECT password, id FROM user_password_old WHERE user_id = :id) AS known
WHERE password <> '' ORDER BY rank DESC LIMIT :most;

-- name: user_password_keep_old
INSERT INTO user_password_old (user_id, password)
SELECT id, password FROM user_account WHERE id = :id AND password <> '';

-- name: user_password_trim_old
DELETE FROM user_password_old
WHERE user_id = :id AND id NOT IN (
    SELECT id FROM user_password_old WHERE user_id = :id ORDER BY id DESC LIMIT 24);

-- name: user_password_set
UPDATE user_account SET password = :password, failures = 0, locked_until = 0
WHERE id = :id AND kind = 'local';
