-- Statements of the tests alone.

-- name: storetest_put
INSERT INTO storetest_item (key, value)
VALUES (:key, :value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: storetest_add
INSERT INTO storetest_item (key, value)
VALUES (:key, :value);

-- name: storetest_add_numbered
INSERT INTO storetest_value (word, whole, real, bytes)
VALUES (:word, :whole, :real, :bytes)
RETURNING id;

-- name: storetest_value_by_id
SELECT word, whole, real, bytes, word IS NULL, whole > 5
FROM storetest_value
WHERE id = :id;

-- name: storetest_list
SELECT key, value
FROM storetest_item
WHERE key >= :first AND key < :last -- a :comment is no parameter
ORDER BY key;

-- name: storetest_sum
SELECT count(*), coalesce(sum(value), 0)
FROM storetest_item;

-- name: storetest_get
SELECT value
FROM storetest_item
WHERE key = :key;

-- name: storetest_change
UPDATE storetest_item
SET value = value + :step
WHERE key >= :first AND key < :last;

-- name: storetest_child_add
INSERT INTO storetest_child (parent, name)
VALUES (:parent, :name);

-- name: storetest_dialect
SELECT 'sqlite';
