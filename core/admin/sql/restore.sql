-- name: restore_end_sessions
DELETE FROM user_session;

-- name: restore_used
SELECT count(*) FROM preference WHERE key = 'key-check';
