-- What a database is made of, see catalog.c and copy.c.

-- name: catalog_columns
SELECT t.name, c.name, upper(c.type)
FROM pragma_table_list AS t
    JOIN pragma_table_xinfo(t.name) AS c
WHERE t.schema = 'main' AND t.type = 'table' AND substr(t.name, 1, 7) <> 'sqlite_'
    AND t.name <> 'platen_migration' AND c.hidden = 0;

-- name: catalog_steps
SELECT component, max(number)
FROM platen_migration
GROUP BY component
ORDER BY component;

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
