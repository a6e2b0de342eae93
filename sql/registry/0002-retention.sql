-- What retention has done: one row per tenant and state of settled messages. next_at: not before
-- this instant; a row is locked while a chunk of it is worked.
-- Bodies of messages settled up to (forgotten_at, forgotten_id) are empty already.

CREATE TABLE IF NOT EXISTS api_retention (
	tenant_id INT UNSIGNED NOT NULL,
	state TINYINT UNSIGNED NOT NULL,
	next_at DATETIME(6) NOT NULL,
	forgotten_at DATETIME(6) NOT NULL DEFAULT '1970-01-01',
	forgotten_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, state),
	KEY due (next_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
