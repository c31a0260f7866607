-- A copy of every table in the schema platen_snapshot, and back. Each query gives the statements
-- that do it, in their order; names in them come from the catalog and are quoted there.

-- name: snapshot_make
SELECT s.text FROM (
    SELECT 1 AS step, t.relname AS name, format(
        'CREATE TABLE platen_snapshot.%I (LIKE %I.%I INCLUDING ALL EXCLUDING INDEXES)',
        t.relname, n.nspname, t.relname) AS text
    FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname = current_schema()
    UNION ALL
    SELECT 2, t.relname, format(
        'INSERT INTO platen_snapshot.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %I.%I',
        t.relname, c.list, c.list, n.nspname, t.relname)
    FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
        JOIN LATERAL (
            SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS list
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND a.attgenerated = '') AS c ON TRUE
    WHERE t.relkind = 'r' AND n.nspname = current_schema()
    UNION ALL
    SELECT CASE k.contype WHEN 'f' THEN 5 ELSE 3 END, t.relname || ' ' || k.conname, format(
        'ALTER TABLE platen_snapshot.%I ADD CONSTRAINT %I %s',
        t.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS t ON t.oid = k.conrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE k.contype IN ('p', 'u', 'f', 'x') AND n.nspname = current_schema()
    UNION ALL
    SELECT 4, t.relname || ' ' || i.relname, replace(pg_get_indexdef(i.oid),
        format(' ON %I.%I ', n.nspname, t.relname), format(' ON platen_snapshot.%I ', t.relname))
    FROM pg_catalog.pg_index AS x JOIN pg_catalog.pg_class AS i ON i.oid = x.indexrelid
        JOIN pg_catalog.pg_class AS t ON t.oid = x.indrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = current_schema() AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.oid AND k.contype <> 'f')
    UNION ALL
    SELECT 6, t.relname, format(
        'SELECT setval(pg_get_serial_sequence(''platen_snapshot.%I'', ''%s''), %s)',
        t.relname, a.attname, q.last_value)
    FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS t ON t.oid = a.attrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
        JOIN pg_catalog.pg_depend AS d ON d.refobjid = t.oid AND d.refobjsubid = a.attnum
            AND d.deptype = 'i' AND d.classid = 'pg_class'::regclass
        JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
        JOIN pg_catalog.pg_sequences AS q
            ON q.schemaname = n.nspname AND q.sequencename = s.relname
    WHERE a.attidentity <> '' AND q.last_value IS NOT NULL AND n.nspname = current_schema()
) AS s
ORDER BY s.step, s.name;

-- name: snapshot_back
SELECT s.text FROM (
    SELECT 1 AS step, t.relname AS name,
        format('DROP TABLE IF EXISTS %I.%I CASCADE', n.nspname, t.relname) AS text
    FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname = current_schema()
    UNION ALL
    SELECT 2, t.relname,
        format('ALTER TABLE platen_snapshot.%I SET SCHEMA %I', t.relname, current_schema())
    FROM pg_catalog.pg_class AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname = 'platen_snapshot'
) AS s
ORDER BY s.step, s.name;

-- name: snapshot_is_there
SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'platen_snapshot';
