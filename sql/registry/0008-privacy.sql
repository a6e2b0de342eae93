-- What was asked and done about persons: erasures, requests of platforms, exports. No personal data
-- in the clear.

-- kind: 1 erase, 2 redact (a platform's), 3 shop redact, 4 data request, 5 export.
-- state: 1 open, 2 done.
-- subject_hash: keyed, of what named the person; one who has the key file can tell
-- whether it was a certain person. subject_sealed: who it is, sealed under "privacy:<tenant_id>",
-- only while it is open. erased_at: deliveries up to then are refused. seen_id: messages up to it
-- are dealt with.
CREATE TABLE IF NOT EXISTS api_privacy (
	privacy_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
	tenant_id INT UNSIGNED NOT NULL,
	kind TINYINT UNSIGNED NOT NULL,
	state TINYINT UNSIGNED NOT NULL,
	source_id SMALLINT NULL,
	request VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
	receipt BINARY(16) NULL,
	subject_hash BINARY(32) NULL,
	subject_sealed LONGBLOB NULL,
	requested_by VARCHAR(200) NOT NULL,
	requested_at DATETIME(6) NOT NULL,
	erased_at DATETIME(6) NULL,
	seen_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
	done_at DATETIME(6) NULL,
	counts VARCHAR(2000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '{}',
	PRIMARY KEY (privacy_id),
	UNIQUE KEY receipt (receipt),
	KEY tenant (tenant_id, privacy_id),
	KEY subject (tenant_id, subject_hash, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
