-- The same of PostgreSQL's catalog.

-- name: catalog_columns
SELECT c.table_name, c.column_name, upper(c.data_type)
FROM information_schema.columns AS c
    JOIN information_schema.tables AS t
        ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
    AND c.table_name NOT IN ('platen_migration', 'platen_migration_text') AND c.is_generated = 'NEVER';

-- name: catalog_sequences
SELECT t.relname, q.last_value
FROM pg_catalog.pg_class AS s
    JOIN pg_catalog.pg_depend AS d
        ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
            AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
    JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
    JOIN pg_catalog.pg_sequences AS q
        ON q.schemaname = n.nspname AND q.sequencename = s.relname
WHERE s.relkind = 'S' AND n.nspname = current_schema() AND q.last_value IS NOT NULL;

-- name: catalog_sequence_raise
SELECT setval(pg_get_serial_sequence(quote_ident(CAST(:name AS TEXT)), a.attname),
    CAST(:last AS BIGINT))
FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname = current_schema() AND t.relname = CAST(:name AS TEXT) AND a.attidentity <> '';

-- name: catalog_sequence_add
SELECT 1 WHERE CAST(:name AS TEXT) = '' AND CAST(:last AS BIGINT) = 0;

-- name: catalog_references
SELECT quote_ident(t.relname), quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
WHERE c.contype = 'f' AND n.nspname = current_schema()
ORDER BY t.relname, c.conname;
