-- What the routes of access ask beside the model (core/rest/rights.c).

-- name: access_region_is_there
SELECT 1 FROM region WHERE id = :id;
