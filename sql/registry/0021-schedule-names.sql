-- Names of schedules, chains of them, mails about failures, and POSTs that were done by their key.

-- name: unique among a tenant's schedules; NULL = none, and of a deleted one. on_failure: who gets
-- a
-- mail when a run of it fails. after_schedule_id: it has no times of its own but runs after each
-- success of that one.
ALTER TABLE api_schedule
	ADD COLUMN IF NOT EXISTS name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_general_ci NULL
		AFTER form,
	ADD COLUMN IF NOT EXISTS on_failure VARCHAR(320) NOT NULL DEFAULT '' AFTER overlap,
	ADD COLUMN IF NOT EXISTS after_schedule_id BIGINT UNSIGNED NULL AFTER on_failure,
	ADD UNIQUE KEY IF NOT EXISTS name (tenant_id, name),
	ADD KEY IF NOT EXISTS after_schedule (after_schedule_id);

-- As api_idempotency in a tenant's database, for POSTs that change the registry. status 0 is never
-- seen by another transaction: it is set before the commit.
CREATE TABLE IF NOT EXISTS api_request_key (
	key_hash BINARY(32) NOT NULL,
	request_hash BINARY(32) NOT NULL,
	status SMALLINT NOT NULL DEFAULT 0,
	etag VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	reply MEDIUMBLOB NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (key_hash),
	KEY created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
