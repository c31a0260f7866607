-- name: restore_end_sessions
DELETE FROM user_session;
