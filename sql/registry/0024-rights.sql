-- The zones and brands of which a Source's deliveries may write rows, comma separated; '' = all.
-- limits: those under which a
-- message came, of its sender and its Source together (lib/limits.h); NULL = none.
ALTER TABLE api_source
	ADD COLUMN IF NOT EXISTS zones VARCHAR(1000) CHARACTER
		SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' AFTER may_write,
	ADD COLUMN IF NOT EXISTS brands VARCHAR(1000) CHARACTER
		SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' AFTER zones;

-- body_hash: SHA-256 of the bytes that a signature was right for, NULL of other messages: what was
-- signed counts under the
-- topic under which it came first.
ALTER TABLE api_message
	ADD COLUMN IF NOT EXISTS limits TEXT CHARACTER
		SET ascii COLLATE ascii_bin NULL AFTER address_type_id,
	ADD COLUMN IF NOT EXISTS body_hash BINARY(32) NULL AFTER dedup_key,
	ADD KEY IF NOT EXISTS body_hash (body_hash);

-- What was seen of the database's clock, by machine as it was started (boot_id): seen_at is
-- believed, boot_us is how long the
-- machine had been up then. Nothing is deleted by a clock that ran ahead of that
-- (store/store_clock.h).
CREATE TABLE IF NOT EXISTS api_clock (
	boot_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	boot_us BIGINT NOT NULL,
	seen_at DATETIME(6) NOT NULL,
	PRIMARY KEY (boot_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
