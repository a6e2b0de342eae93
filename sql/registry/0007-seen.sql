-- What each action of a tenant last answered, for its help page. Written at most every ten seconds
-- by each process, so it may be behind by as much.
-- error: kind of the problem and the fields at fault, never a value. payload: of the last request
-- with a body, masked.

CREATE TABLE IF NOT EXISTS api_seen (
	alias_id INT UNSIGNED NOT NULL,
	action VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	last_at DATETIME(6) NOT NULL,
	last_status SMALLINT UNSIGNED NOT NULL,
	error_at DATETIME(6) NULL,
	error_status SMALLINT UNSIGNED NULL,
	error VARCHAR(600) NULL,
	payload MEDIUMTEXT NULL,
	PRIMARY KEY (alias_id, action)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
