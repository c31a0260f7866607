-- Of SQLite the file is copied as it is: these are PostgreSQL's alone, see snapshot.c.

-- name: snapshot_make
SELECT '' WHERE 1 = 0;

-- name: snapshot_back
SELECT '' WHERE 1 = 0;

-- name: snapshot_is_there
SELECT 1 WHERE 1 = 0;

-- name: snapshot_forget
DELETE FROM platen_migration WHERE component = :component;
