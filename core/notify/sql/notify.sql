-- Webhooks, and what is to be sent (core/notify).

-- name: outbox_insert
INSERT INTO notify_outbox (mark, webhook_id, priority, recipient, code, language, content, secret,
                           short_lived, created, next_at, give_up_at, file_id, importance)
VALUES (:mark, :webhook, :priority, :recipient, :code, :language, :content, :secret, :short_lived,
        :now, :now, :give_up_at, :file, :importance)

-- name: outbox_file_insert
INSERT INTO notify_file (name, type, data) VALUES (:name, :type, :data) RETURNING id

-- name: outbox_file
SELECT name, type, data FROM notify_file WHERE id = :id

-- name: outbox_files
SELECT count(*) FROM notify_file

-- name: outbox_files_of_nobody
DELETE FROM notify_file WHERE id NOT IN (SELECT o.file_id FROM notify_outbox o)

-- name: outbox_due
SELECT id, mark, recipient, code, language, content, secret, tries, created, give_up_at, file_id,
       importance
FROM notify_outbox
WHERE webhook_id = :webhook AND state = 0 AND priority = :priority AND next_at <= :now
ORDER BY next_at, id LIMIT :most

-- name: outbox_next
SELECT next_at FROM notify_outbox
WHERE webhook_id = :webhook AND state = 0 AND priority = :priority
ORDER BY next_at LIMIT 1

-- name: outbox_done
DELETE FROM notify_outbox WHERE id = :id

-- name: outbox_later
UPDATE notify_outbox SET tries = tries + 1, next_at = :next_at, text = :text
WHERE id = :id AND state = 0

-- name: outbox_failed
UPDATE notify_outbox
SET state = 1, tries = tries + :tried, next_at = :now, secret = '', text = :text
WHERE id = :id AND state = 0

-- name: outbox_expire
UPDATE notify_outbox
SET state = 1, next_at = :now, secret = '', text = CASE WHEN text = '' THEN :text ELSE text END
WHERE webhook_id = :webhook AND state = 0 AND give_up_at <= :now AND (tries > 0 OR :blocked = 1)

-- name: outbox_hurry
UPDATE notify_outbox SET next_at = :now
WHERE webhook_id = :webhook AND state = 0 AND next_at > :now

-- name: outbox_retry
UPDATE notify_outbox
SET state = 0, next_at = :now,
    give_up_at = CASE WHEN short_lived = 1 THEN give_up_at ELSE :give_up_at END
WHERE id = :id

-- name: outbox_is_over
SELECT CASE WHEN short_lived = 1 AND state = 1 THEN 1 ELSE 0 END
FROM notify_outbox WHERE id = :id

-- name: outbox_of_nobody
DELETE FROM notify_outbox
WHERE webhook_id <> 0 AND webhook_id NOT IN (SELECT id FROM notify_webhook)

-- name: outbox_sweep
DELETE FROM notify_outbox WHERE state = 1 AND next_at < :before

-- name: outbox_too_many
DELETE FROM notify_outbox
WHERE state = 1 AND next_at <= COALESCE((SELECT o.next_at FROM notify_outbox o WHERE o.state = 1
                                         ORDER BY o.next_at DESC LIMIT 1 OFFSET :most), -1)

-- name: outbox_counts
SELECT webhook_id, state, count(*) FROM notify_outbox GROUP BY webhook_id, state

-- name: webhook_insert
INSERT INTO notify_webhook (name, url, created) VALUES (:name, :url, :now) RETURNING id

-- name: webhook_update
UPDATE notify_webhook SET name = :name, url = :url, token = :token, events = :events,
       words = :words, active = :active
WHERE id = :id

-- name: webhook_by_id
SELECT id, name, url, token, events, active, created, last_at, last_status, last_text,
       words
FROM notify_webhook WHERE id = :id

-- name: webhook_count
SELECT count(*) FROM notify_webhook

-- name: webhook_named
SELECT id FROM notify_webhook WHERE lower(name) = lower(:name) AND id <> :id

-- name: webhook_all
SELECT id, events, active FROM notify_webhook ORDER BY id

-- name: webhook_wanting
SELECT id FROM notify_webhook WHERE active = 1 AND strpos(words, :word) > 0 ORDER BY id

-- name: webhook_last
UPDATE notify_webhook SET last_at = :now, last_status = :status, last_text = :text WHERE id = :id

-- name: webhook_delete
DELETE FROM notify_webhook WHERE id = :id
