-- What the pages are told of results (core/rest/target_news.c).

-- name: news_newest
SELECT coalesce(max(id), 0) FROM run_target

-- name: news_targets
SELECT id, run_id FROM run_target WHERE id > :after ORDER BY id LIMIT :most
