-- Logins and lockouts (core/model/user_login.c), accounts of a directory (user_directory.c).

-- name: user_for_login
SELECT id, name, email, role, functions, preferences, kind, domain, all_regions, created,
       last_login, locked_until, totp <> '', password
FROM user_account WHERE name_key = :name_key;

-- name: user_directory_part
SELECT id, name, email, role, functions, preferences, kind, domain, all_regions, created,
       last_login, locked_until, totp <> '', password
FROM user_account WHERE kind = 'directory' AND name_key = lower(domain) || '\' || :name_key
ORDER BY id LIMIT 1;

-- name: user_lock_get
SELECT failures, locked_until FROM user_account WHERE id = :id;

-- name: user_lock_set
UPDATE user_account SET failures = :failures, locked_until = :until WHERE id = :id;

-- name: user_login_good
UPDATE user_account SET failures = 0, locked_until = 0, last_login = :now WHERE id = :id;

-- name: user_decoy_touch
UPDATE user_decoy SET touched = touched + 1 WHERE id = 1;

-- name: user_directory_by_name
SELECT id, role, role_edited, external_id FROM user_account
WHERE name_key = :name_key AND kind = 'directory';

-- name: user_directory_by_external
SELECT id, role, role_edited, external_id FROM user_account
WHERE external_id = :external_id AND kind = 'directory';

-- name: user_directory_aside
UPDATE user_account SET name = name || ' #' || id, name_key = name_key || ' #' || id
WHERE id = :id;

-- name: user_directory_insert
INSERT INTO user_account (name, name_key, email, role, functions, password, kind, domain,
                          external_id, all_regions, created, last_login)
VALUES (:name, :name_key, :email, :role, :functions, '', 'directory', :domain, :external_id,
        :all_regions, :now, :now)
RETURNING id;

-- name: user_directory_refresh
UPDATE user_account
SET name = :name, name_key = :name_key, email = :email, role = :role, domain = :domain,
    external_id = :external_id, failures = 0, locked_until = 0, last_login = :now,
    functions = CASE WHEN :fresh = 1 THEN :functions ELSE functions END,
    all_regions = CASE WHEN :by_group = 1 THEN :all_regions ELSE all_regions END
WHERE id = :id
RETURNING id;

-- name: user_directory_leave
UPDATE user_account SET role = '', role_edited = 0 WHERE id = :id;
