-- What a database is made of, see catalog.c and copy.c.

-- name: catalog_columns
SELECT t.name, c.name, upper(c.type)
FROM pragma_table_list AS t
    JOIN pragma_table_xinfo(t.name) AS c
WHERE t.schema = 'main' AND t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'
    AND t.name NOT IN ('platen_migration', 'platen_migration_text') AND c.hidden = 0;

-- name: catalog_steps
SELECT component, max(number)
FROM platen_migration
GROUP BY component
ORDER BY component;

-- name: catalog_plugin_steps
SELECT m.component, m.number, m.name, t.sql
FROM platen_migration AS m
    JOIN platen_migration_text AS t ON t.component = m.component AND t.number = m.number
ORDER BY m.component, m.number;

-- name: catalog_sequences
SELECT name, seq
FROM sqlite_sequence;

-- name: catalog_sequence_raise
UPDATE sqlite_sequence
SET seq = max(seq, :last)
WHERE name = :name;

-- name: catalog_sequence_add
INSERT INTO sqlite_sequence (name, seq)
SELECT CAST(:name AS TEXT), CAST(:last AS BIGINT)
WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = CAST(:name AS TEXT));

-- name: catalog_references
SELECT '', '', '' WHERE 1 = 0;
