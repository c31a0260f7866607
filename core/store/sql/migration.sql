-- The steps that the database has seen, see migrate.c, which makes the table.

-- name: migration_list
SELECT number, name, checksum
FROM platen_migration
WHERE component = :component
ORDER BY number;

-- name: migration_text_add
INSERT INTO platen_migration_text (component, number, sql)
VALUES (:component, :number, :sql)
ON CONFLICT (component, number) DO UPDATE SET sql = excluded.sql;

-- name: migration_add
INSERT INTO platen_migration (component, number, name, checksum, applied_at)
VALUES (:component, :number, :name, :checksum, :applied_at);
