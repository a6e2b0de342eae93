-- Requests that were refused with 401 or 403, counted: a few rows for each tenant, Source and
-- cause,
-- the oldest of which leave (store/store_refusal.c). alias_id 0: no tenant of ours; source_id 0: no
-- Source of the tenant, or none was named. fingerprint: a hash of client, method, path and note.
-- No parameter, header or body of a request is kept here.
CREATE TABLE IF NOT EXISTS api_refusal (
	alias_id INT UNSIGNED NOT NULL,
	source_id SMALLINT NOT NULL,
	cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	fingerprint BINARY(16) NOT NULL,
	client VARCHAR(64) NOT NULL,
	method VARCHAR(16) NOT NULL,
	path VARCHAR(200) NOT NULL,
	note VARCHAR(500) NOT NULL,
	request_id VARCHAR(100) NOT NULL,
	refusals BIGINT UNSIGNED NOT NULL,
	first_at DATETIME(6) NOT NULL,
	last_at DATETIME(6) NOT NULL,
	PRIMARY KEY (alias_id, source_id, cause, fingerprint),
	KEY last_at (last_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
