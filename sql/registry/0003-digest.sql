-- A mail that was folded (state 5) names the digest that stands for it.

ALTER TABLE api_mail ADD COLUMN IF NOT EXISTS digest_id BIGINT UNSIGNED NULL AFTER message_id,
	ADD KEY IF NOT EXISTS digest (digest_id, message_id);
