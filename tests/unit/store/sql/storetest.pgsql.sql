-- name: storetest_dialect
SELECT 'pgsql'::text;
