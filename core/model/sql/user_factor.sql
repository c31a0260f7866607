-- The second factor (core/model/user_factor.c).

-- name: user_factor_get
SELECT kind, totp, totp_pending, totp_step FROM user_account WHERE id = :id;

-- name: user_factor_put_pending
UPDATE user_account SET totp_pending = :sealed WHERE id = :id;

-- name: user_factor_take_pending
UPDATE user_account SET totp = totp_pending, totp_pending = '' WHERE id = :id;

-- name: user_factor_step
UPDATE user_account SET totp_step = :step WHERE id = :id;

-- name: user_recovery_add
INSERT INTO user_recovery (user_id, hash) VALUES (:id, :hash);

-- name: user_recovery_use
DELETE FROM user_recovery WHERE user_id = :id AND hash = :hash;
